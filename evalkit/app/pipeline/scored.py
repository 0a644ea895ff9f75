"""Logged answers that somebody told the right answer of, each scored by the metrics of a suite."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING, Column
from evalkit.engine.suite import LoadedSuite
from evalkit.pipeline.monitor.windows import Seen, json_of
from evalkit.pipeline.shadow.scoring import Scale, scales

__all__ = ["scales_of", "scored"]


def scales_of(loaded: LoadedSuite) -> tuple[list[Scale], list[str]]:
    """The metrics of a suite that live traffic can be scored by, and sentences about the others.

    Raises:
        InputError: a metric cannot be made.
    """
    from evalkit.app.catalog import make_metrics

    return scales(make_metrics(loaded.suite, loaded.base))


def scored(
    seen: Seen, loaded: LoadedSuite, found: Sequence[Scale], notes: list[str], asked: Collection[str] = ()
) -> Iterator[tuple[Scale, np.ndarray]]:
    """(metric, (n,) values, NaN where there is none), as shadows and the monitor score the same rows.

    Args:
        seen: the requests, and all that was told of them.
        loaded: the suite, which says what a failure is.
        found: its metrics that score.
        notes: sentences about what could not be scored are put here.
        asked: metrics that have to be.

    Raises:
        InputError: what was told is no gold of a metric that is asked.
    """
    rows = np.flatnonzero([label is not None for label in seen.labels])
    if not len(rows):
        notes.append("No right answer was told of these requests, so the metrics of the suite say nothing yet")
        return
    mine = seen.take(rows)
    given, gold = Column.of(mine.decoded("input")), Column.of([json_of(label) for label in mine.labels])
    failed = mine.failed
    answers = zip(mine.decoded("output"), failed.tolist(), strict=True)
    output = Column.of([MISSING if lost else answer for answer, lost in answers])
    for scale in found:
        values = np.full(len(seen), np.nan)
        try:
            values[rows] = scale.values(mine.requests["id"].to_pylist(), given, gold, output, failed)
        except InputError as error:  # labels come from outside: one that is no gold costs this metric alone
            if scale.id in asked:
                raise
            notes.append(f"The metric {scale.id} is left out: {error.what}"[:300])
            continue
        if loaded.suite.on_failure == "unscored":
            values[seen.failed] = np.nan
        yield scale, values
