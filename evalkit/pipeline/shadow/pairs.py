"""Rows of the traffic log, side by side: what the champion, the challenger and the outcome said of each request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.gold import gold_of
from evalkit.core.tables import MISSING, Column

__all__ = ["Pairs", "paired"]


class Pairs(NamedTuple):
    """n requests that the champion served and the challenger was asked, in order of time.

    Attributes:
        id: (n,) of the requests.
        at: (n,) seconds since 1970.
        input: as JSON values.
        champion, challenger, again: outputs, MISSING where there is none; `again` is the champion asked a second time.
        outcome: what became of it, MISSING where nobody has told yet.
        asked_again: (n,) bool.
        seconds, seconds_challenger: (n,) that they took.
    """

    id: list[str]
    at: np.ndarray
    input: Column
    champion: Column
    challenger: Column
    again: Column
    outcome: Column
    asked_again: np.ndarray
    seconds: np.ndarray
    seconds_challenger: np.ndarray

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: np.ndarray) -> Pairs:
        """Some rows, by index."""
        ids = [self.id[i] for i in rows.tolist()]
        return Pairs(
            ids,
            self.at[rows],
            self.input.take(rows),
            self.champion.take(rows),
            self.challenger.take(rows),
            self.again.take(rows),
            self.outcome.take(rows),
            self.asked_again[rows],
            self.seconds[rows],
            self.seconds_challenger[rows],
        )


def paired(requests: pa.Table, shadows: pa.Table, outcomes: pa.Table, champion: str, challenger: str) -> Pairs:
    """Join them.

    Args:
        requests, shadows, outcomes: of the log.
        champion: name of what users saw; rows of other variants are left out.
        challenger: name of what was asked beside it.
    """
    served = requests.filter(pc.equal(requests["variant"], champion))
    theirs, again = _by_id(shadows, challenger), _by_id(shadows, champion)
    rows = [
        row for row in served.sort_by([("at", "ascending"), ("seq", "ascending")]).to_pylist() if row["id"] in theirs
    ]
    others = [theirs[row["id"]] for row in rows]
    second = [again.get(row["id"]) for row in rows]
    return Pairs(
        [row["id"] for row in rows],
        np.array([row["at"].timestamp() for row in rows], float),
        _column([row["input"] for row in rows]),
        _column([None if row["failure"] else row["output"] for row in rows]),
        _column([row["output"] for row in others]),
        _column([None if row is None else row["output"] for row in second]),
        _column(gold_of(outcomes, [row["id"] for row in rows])),
        np.array([row is not None for row in second], bool),
        np.array([row["seconds"] for row in rows], float),
        np.array([row["seconds"] for row in others], float),
    )


def _by_id(shadows: pa.Table, variant: str) -> Mapping[str, dict[str, Any]]:
    rows = shadows.filter(pc.equal(shadows["variant"], variant)).to_pylist()
    return {row["id"]: row for row in rows}


def _column(texts: list[str | None]) -> Column:
    """Logged JSON as canonical texts; null is MISSING."""
    return Column.of([MISSING if text is None else json.loads(text) for text in texts])
