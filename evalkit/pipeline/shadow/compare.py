"""A challenger against the champion on the same requests, at all looks, beside the champion against itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better, Decision, Estimate, Gate
from evalkit.core.tables import Column
from evalkit.engine.gate import decide
from evalkit.engine.hull import gate_line
from evalkit.engine.live import About, live_estimate
from evalkit.pipeline.shadow.pairs import Pairs
from evalkit.pipeline.shadow.scoring import Scale, unequal
from evalkit.stats.sequential.asymptotic import asymptotic_mean
from evalkit.stats.sequential.betting import betting_mean, betting_paired
from evalkit.stats.sequential.sequence import Sequential

__all__ = ["ALPHA", "Finding", "Settings", "Values", "compared"]

ALPHA = 0.05  # one-sided, of each verdict
Against = Literal["outcomes", "champion", "nothing"]


@dataclass(frozen=True)
class Settings:
    """How it is held against the champion.

    Attributes:
        margin: how much worse a share or a rate may be.
        margins: metric -> how much worse it may be, in its own units.
        max_mismatch: share of the answers that may differ from the champion's; None: differing is no fault.
    """

    margin: float = 0.02
    margins: Mapping[str, float] = field(default_factory=dict)
    max_mismatch: float | None = None


class Values(NamedTuple):
    """A measure of each row that has one, in order of time.

    Attributes:
        rows: (m,) which pairs these are.
        ours: (m,) of the challenger.
        theirs: (m,) of the champion; None: `ours` is itself a comparison.
    """

    rows: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray | None = None


@dataclass(frozen=True)
class Finding:
    """One measure.

    Attributes:
        metric: its id.
        against: what an answer was held against.
        values: of single rows.
        look: makes a sequence of values; of any part of them, such as a slice, or all until a time.
        estimate: challenger - champion, or of a comparison itself.
        noise: the same of the champion asked twice; None where that was not done.
        decision: None where it is for information.
    """

    metric: str
    against: Against
    better: Better
    unit: str
    values: Values
    look: Callable[[Values], Sequential]
    estimate: Estimate
    noise: Estimate | None
    decision: Decision | None
    e_value: float | None

    @property
    def said(self) -> str:
        """A word."""
        if self.decision is None:
            lo, hi = self.estimate.lo, self.estimate.hi
            if self.values.theirs is None:
                return ""
            if lo is None or hi is None or lo <= 0 <= hi:
                return "undecided"
            if self.against == "champion":  # who is right is not known
                return "higher" if lo > 0 else "lower"
            return "better" if (lo > 0) == (self.better == "higher") else "worse"
        return {"fail": "worse", "inconclusive": "undecided"}.get(self.decision.outcome, self.decision.relation)


class _Measure(NamedTuple):
    """What is to be measured: values of the challenger, and of the champion in its place."""

    metric: str
    against: Against
    better: Better
    unit: str
    bounds: tuple[float, float] | None
    values: Values
    noise: Values | None
    gate: Gate | None


def compared(pairs: Pairs, scales: Sequence[Scale], settings: Settings) -> list[Finding]:
    """All that can be measured, the gravest first.

    Args:
        pairs: in order of time.
        scales: the suite's metrics; none: answers are right where they are the same as the outcome.
        settings: margins.
    """
    found = [_failures(pairs, settings), *_by_outcomes(pairs, scales, settings)]
    found += [_mismatch(pairs, settings), *_by_champion(pairs, scales), *_numbers(pairs), _seconds(pairs)]
    return [_finding(one, settings) for one in found if len(one.values.rows)]


def _finding(one: _Measure, settings: Settings) -> Finding:
    def look(values: Values) -> Sequential:
        return _sequence(values, one.bounds)

    line = 0.0 if one.gate is None else gate_line(one.gate, one.better)
    sequence = look(one.values)
    about = About(
        one.metric, "challenger - champion" if one.values.theirs is not None else "challenger", one.better, one.unit
    )
    estimate = live_estimate(sequence, about, line=line, alpha=ALPHA)
    noise = None if one.noise is None or not len(one.noise.rows) else live_estimate(look(one.noise), about, alpha=ALPHA)
    decision = None if one.gate is None else decide(one.gate, estimate, "challenger", alpha=ALPHA)
    e_value = sequence.e(line) if one.gate is not None or one.values.theirs is not None else None
    return Finding(one.metric, one.against, one.better, one.unit, one.values, look, estimate, noise, decision, e_value)


def _sequence(values: Values, bounds: tuple[float, float] | None) -> Sequential:
    """Betting where values have bounds, which holds from the first row on; else the asymptotic sequence."""
    if values.theirs is None:
        return asymptotic_mean(values.ours) if bounds is None else betting_mean(values.ours, bounds)
    if bounds is None:
        return asymptotic_mean(values.ours - values.theirs)
    found = betting_paired(values.ours, values.theirs, bounds)
    # That all so far are alike says nothing yet of requests to come.
    return found._replace(inference=found.inference._replace(identical=False))


def _versus(metric: str, bounds: tuple[float, float] | None, settings: Settings) -> Gate | None:
    shares = bounds == (0.0, 1.0)
    margin = settings.margins.get(metric, settings.margin if shares else None)
    return None if margin is None else Gate(metric=metric, versus="baseline", margin=margin)


def _failures(pairs: Pairs, settings: Settings) -> _Measure:
    ours, theirs = (~column.present() for column in (pairs.challenger, pairs.champion))
    every = np.arange(len(pairs))
    again = np.flatnonzero(pairs.asked_again)
    noise = Values(again, (~pairs.again.present()[again]).astype(float), theirs[again].astype(float))
    values = Values(every, ours.astype(float), theirs.astype(float))
    unit = (0.0, 1.0)
    return _Measure("failed", "nothing", "lower", "share", unit, values, noise, _versus("failed", unit, settings))


def _by_outcomes(pairs: Pairs, scales: Sequence[Scale], settings: Settings) -> list[_Measure]:
    """Both against what became of it."""
    told = pairs.take(np.flatnonzero(pairs.outcome.present()))
    if not len(told):
        return []
    rows = np.flatnonzero(pairs.outcome.present())
    if not scales:
        return _plainly(told, rows, settings)
    found = []
    for scale in scales:
        ours, theirs, again = (
            _scored(scale, told, told.outcome, column) for column in (told.challenger, told.champion, told.again)
        )
        both = _kept(rows, ours, theirs)
        noise = _kept(rows, np.where(told.asked_again, again, np.nan), theirs)
        gate = _versus(scale.id, scale.bounds, settings)
        found.append(_Measure(scale.id, "outcomes", scale.better, scale.unit, scale.bounds, both, noise, gate))
    return found


def _plainly(told: Pairs, rows: np.ndarray, settings: Settings) -> list[_Measure]:
    """Without a suite: right or wrong; of numbers the absolute error."""
    gold, unit = told.outcome.values(), (0.0, 1.0)
    columns = (told.challenger, told.champion, told.again)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in gold):
        ours, theirs, again = (np.abs(_floats(column) - np.array(gold, float)) for column in columns)
        name, better, bounds = "absolute_error", "lower", None
    else:
        ours, theirs, again = (1 - unequal(column, told.outcome) for column in columns)
        name, better, bounds = "right", "higher", unit
    noise = _kept(rows, np.where(told.asked_again, again, np.nan), theirs)
    gate = _versus(name, bounds, settings)
    return [_Measure(name, "outcomes", better, "", bounds, _kept(rows, ours, theirs), noise, gate)]  # type: ignore[arg-type]


def _by_champion(pairs: Pairs, scales: Sequence[Scale]) -> list[_Measure]:
    """The suite's metrics with the champion's answer as gold: how alike the two are, whoever is right."""
    rows = np.flatnonzero(pairs.champion.present())
    mine, found = pairs.take(rows), []
    for scale in scales:
        try:
            ours = _scored(scale, mine, mine.champion, mine.challenger)
        except InputError:  # an answer need not be a gold: stated probabilities are no class
            continue
        again = np.where(mine.asked_again, _scored(scale, mine, mine.champion, mine.again), np.nan)
        values, noise = _kept(rows, ours), _kept(rows, again)
        name = f"{scale.id} (champion as gold)"
        found.append(_Measure(name, "champion", scale.better, scale.unit, scale.bounds, values, noise, None))
    return found


def _mismatch(pairs: Pairs, settings: Settings) -> _Measure:
    both = np.flatnonzero(pairs.champion.present() & pairs.challenger.present())
    twice = np.flatnonzero(pairs.champion.present() & pairs.again.present())
    values = Values(both, unequal(pairs.champion.take(both), pairs.challenger.take(both)))
    noise = Values(twice, unequal(pairs.champion.take(twice), pairs.again.take(twice)))
    limit = settings.max_mismatch
    gate = None if limit is None else Gate(metric="mismatch", at_most=limit)
    return _Measure("mismatch", "champion", "lower", "share", (0.0, 1.0), values, noise, gate)


def _numbers(pairs: Pairs) -> list[_Measure]:
    """Of outputs that are numbers, how far they are apart on average."""
    ours, theirs, again = (_floats(column) for column in (pairs.challenger, pairs.champion, pairs.again))
    rows = np.arange(len(pairs))
    values, noise = _kept(rows, ours, theirs), _kept(rows, again, theirs)
    return [_Measure("output", "champion", "higher", "", None, values, noise, None)] if len(values.rows) else []


def _seconds(pairs: Pairs) -> _Measure:
    values = Values(np.arange(len(pairs)), pairs.seconds_challenger, pairs.seconds)
    return _Measure("seconds", "nothing", "lower", "s", None, values, None, None)


def _scored(scale: Scale, pairs: Pairs, gold: Column, output: Column) -> np.ndarray:
    return scale.values(pairs.id, pairs.input, gold, output, ~output.present())


def _kept(rows: np.ndarray, ours: np.ndarray, theirs: np.ndarray | None = None) -> Values:
    """Rows whose values are known."""
    there = ~np.isnan(ours) if theirs is None else ~(np.isnan(ours) | np.isnan(theirs))
    return Values(rows[there], ours[there], None if theirs is None else theirs[there])


def _floats(column: Column) -> np.ndarray:
    """(n,) numbers, NaN where a value is none."""
    return np.array(
        [v if isinstance(v, int | float) and not isinstance(v, bool) else np.nan for v in column.values()], float
    )
