"""`evalkit ab analyze` without the terminal: two files, or the traffic log, in, an analysis out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.app.pipeline.ab.cells import names, numbers, times
from evalkit.app.pipeline.ab.logged import WORD, FromLog
from evalkit.app.pipeline.ab.rows import read_rows
from evalkit.pipeline.ab.analyze import Analysis, analyze, settled
from evalkit.pipeline.ab.asked import Method, parse_metric, parse_split
from evalkit.pipeline.ab.log import Exposures, Outcomes, Place
from evalkit.pipeline.ab.trial import Trial, join
from evalkit.pipeline.ab.values import asked_of

__all__ = ["analyzed", "read_exposures", "read_outcomes"]


def read_exposures(path: Path) -> Exposures:
    """Rows `{"unit", "variant", "ts"}`.

    Raises:
        InputError: the file or a row cannot be used.
    """
    raw = read_rows(path, "exposures", ("unit", "variant", "ts"))
    unit, variant = names(raw, "unit"), names(raw, "variant")
    at, clock = times(raw, "ts")
    return Exposures(unit, variant, at, Place(raw.file, raw.at, raw.unit, clock))


def read_outcomes(path: Path) -> Outcomes:
    """Rows `{"unit", "metric", "value", "ts"}`.

    Raises:
        InputError: the file or a row cannot be used.
    """
    raw = read_rows(path, "outcomes", ("unit", "metric", "value", "ts"))
    unit, metric, value = names(raw, "unit"), names(raw, "metric"), numbers(raw, "value")
    at, clock = times(raw, "ts")
    return Outcomes(unit, metric, value, at, Place(raw.file, raw.at, raw.unit, clock))


def analyzed(
    exposures: Path,
    outcomes: Path,
    control: str,
    *,
    split: str | None = None,
    metrics: tuple[str, ...] = (),
    method: Method = "anytime",
    adjust: bool = False,
    log: FromLog | None = None,
) -> tuple[Trial, Analysis]:
    """The experiment of two files.

    Args:
        exposures, outcomes: JSON Lines, CSV or Parquet; `traffic`: the log of the workspace.
        control: the variant that the others are held against.
        split: `a=.5,b=.5`; None: as the gateway logged it, of files equal over the variants that were seen.
        metrics: `NAME[:KIND][:lower]`; none: all that occur.
        method: anytime or fixed.
        adjust: CUPED.
        log: what stands for `traffic`; None: that is a file as well.

    Raises:
        InputError: something cannot be used as given.
    """
    wanted = [parse_metric(text) for text in metrics]
    shares = None if split is None else parse_split(split)
    notes: list[str] = []
    if log is not None and exposures == Path(WORD):
        seen, shares = log.exposures(), shares or log.split()
    else:
        seen = read_exposures(exposures)
    if log is not None and outcomes == Path(WORD):
        came, notes = log.outcomes({name for name, _, _ in wanted})
    else:
        came = read_outcomes(outcomes)
    trial = join(seen, came, shares)
    plan = settled(trial, control, shares, asked_of(wanted, came), method, adjust=adjust)
    found = analyze(trial, plan)
    return trial, replace(found, notes=(*found.notes, *notes))
