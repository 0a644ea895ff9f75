"""A paired difference as a comparison reads it: the inference, and what was corrected for a judge's errors."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.core.nouns import Correction
from evalkit.engine.hull import Found

UNCORRECTED = "No certificate and no labels by people say how often its judge errs."


class Paired(NamedTuple):
    """A paired difference, to be read at any level.

    Attributes:
        found: the inference.
        correction: of a judged metric: what it was corrected for.
        uncorrected: of a judged metric: why it was not, as a sentence; None also where no verdict is in it.
    """

    found: Found
    correction: Correction | None = None
    uncorrected: str | None = None
