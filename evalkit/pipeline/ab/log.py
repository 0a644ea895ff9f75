"""Rows of an experiment as columns: who was exposed to what, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evalkit.core.nouns import Better
from evalkit.pipeline.ab.asked import Kind

__all__ = ["Clock", "Exposures", "Outcomes", "Place"]

Ints = npt.NDArray[np.int64]
Clock = Literal["epoch", "offset", "naive"]
"""How times are written: seconds (or ms, us, ns) since 1970, ISO 8601 with an offset, ISO 8601 without one."""


@dataclass(frozen=True)
class Place:
    """Where rows stand, for sentences.

    Attributes:
        file: its name.
        at: (n,) line or row number of each.
        unit: "line" (told as `file:12`) or "row" (told as `file, row 12`).
        clock: how its times are written.
    """

    file: str
    at: Ints
    unit: str = "line"
    clock: Clock = "epoch"

    def of(self, row: int) -> str:
        """The place of one row."""
        return f"{self.file}:{self.at[row]}" if self.unit == "line" else f"{self.file}, row {self.at[row]}"


@dataclass(frozen=True)
class Exposures:
    """(n,) rows: a unit saw a variant.

    Attributes:
        unit, variant: strings without nulls.
        at: microseconds since 1970.
        place: of the rows.
    """

    unit: pa.Array
    variant: pa.Array
    at: Ints
    place: Place


@dataclass(frozen=True)
class Outcomes:
    """(n,) rows: a unit has a value of a metric.

    Attributes:
        unit, metric: strings without nulls.
        value: finite.
        at: microseconds since 1970.
        place: of the rows.
        known: metric -> kind and direction where nothing else is asked; of others they are seen from the values.
    """

    unit: pa.Array
    metric: pa.Array
    value: npt.NDArray[np.float64]
    at: Ints
    place: Place
    known: Mapping[str, tuple[Kind, Better]] = field(default_factory=dict)
