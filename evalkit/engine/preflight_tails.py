"""Simulated runs -> what each gate would read of them: the methods of the real gates, many runs at once."""

from __future__ import annotations

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.hull import gate_line
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_draws import Draw
from evalkit.engine.preflight_gate import NO_CHANGE, Change, Found, Question, Seen
from evalkit.engine.preflight_general import general, ranked
from evalkit.stats.clusters import Array
from evalkit.stats.vectorised import (
    Tails,
    korn_graubard_tails,
    normal_tails,
    proportion_tails,
    ratio_tails,
    student_tails,
    tango_tails,
)

UNEVEN, MANY = 2 / 3, 100.0  # as of `stats.clusters.robust`
TELLING = 10  # clusters with a case of the rarer outcome, below which each counts as one case


def question(gate: Gate, known: Known) -> Question:
    """A gate bound to the cases that are known."""
    b = known.bound[gate.metric]
    use = known.use(gate.metric, gate.slice)
    up = gate.at_least is not None if gate.versus is None else b.metric.better == "higher"
    line, factor = gate_line(gate, b.metric.better), 1.0
    if gate.relative:
        line, factor = 0.0, 1 - gate.allowed if up else 1 + gate.allowed
    return Question(gate, b, use, line, up, known.binary(gate.metric), factor)


def seen(asked: Question, draw: Draw, change: Change = NO_CHANGE) -> Seen:
    """What the gate reads of each simulated run."""
    use = asked.use[draw.rows]
    mass = np.where(use, 1.0 if draw.known.weights is None else draw.known.weights[draw.rows], 0.0)
    ours, theirs = draw.sides(asked.gate.metric)
    n = draw.totals(use.astype(float))
    if asked.linear:
        a, b = ours[:, 0], theirs[:, 0]
        a[use] = moved(a[use], change.by, draw.flip[use], asked)
        a = _worst(a, change.unscored, draw.other, asked)
        found = _versus(asked, draw, a, b, mass) if asked.gate.versus else _absolute(asked, draw, a, mass)
    elif asked.b.ranked is not None:
        found = ranked(asked, draw, ours, theirs, mass)
    else:
        found = general(asked, draw, ours, theirs, mass)
    point, se, tails = found
    p_pass, p_fail = (tails.above, tails.below) if asked.up else (tails.below, tails.above)
    whole = Seen(point, se, p_pass, p_fail, n)
    return whole if asked.linear else shifted(asked, whole, change.by)


def shifted(asked: Question, found: Seen, by: float) -> Seen:
    """The same runs with another true value of a metric that is no mean: its estimate is moved, not the answers."""
    if by == 0:
        return found
    point = found.point + by
    tails = normal_tails(point, np.where(np.isfinite(found.p_pass), found.se, 0.0), asked.line)
    p_pass, p_fail = (tails.above, tails.below) if asked.up else (tails.below, tails.above)
    return found._replace(point=point, p_pass=p_pass, p_fail=p_fail)


def moved(values: Array, by: float, u: Array, asked: Question) -> Array:
    """Values after a true change of their mean.

    Right answers are made wrong at random (or wrong ones right); what is bounded is drawn towards its worst (best), so
    that it stays in its range; what is not is shifted.

    Args:
        values: (t,) of the gate's own cases.
        by: the change of the mean.
        u: (t,) uniform numbers.
        asked: the gate.
    """
    if by == 0 or not len(values):
        return values
    low, high = asked.b.metric.value_range
    end = low if by < 0 else high
    average = float(values.mean())
    if asked.binary and not (values % 1).any():
        chance = abs(by) / max(average if by < 0 else 1 - average, 1e-12)
        return np.where(u < chance, 0.0 if by < 0 else 1.0, values)
    if end is None:
        return values + by
    share = min(1.0, abs(by) / max(abs(average - end), 1e-12))
    return values + share * (end - values)


def _worst(values: Array, share: float, u: Array, asked: Question) -> Array:
    """Some cases unscored, at their worst."""
    low, high = asked.b.metric.value_range
    worst = low if asked.up else high
    if share <= 0 or worst is None:
        return values
    return np.where(u < share, worst, values)


def _absolute(asked: Question, draw: Draw, values: Array, mass: Array) -> Found:
    """A share of cases, or a mean, of one system."""
    sums, sizes = draw.sums(mass * values), draw.sums(mass)
    total = sizes.sum(axis=1)
    binary = asked.binary and draw.known.repeats == 1 and not (values % 1).any()
    with np.errstate(all="ignore"):
        point = sums.sum(axis=1) / total
        if binary and draw.starts is None and draw.known.weights is None:
            se = np.sqrt(point * (1 - point) / total)
            return point, se, proportion_tails(sums.sum(axis=1), total, asked.line)
        variance, df = _robust(sums - point[:, None] * sizes, sizes)
        se = np.sqrt(variance)
        if not binary:
            return point, se, student_tails(point, se, df, asked.line)
        rarer = np.where(point >= 0.5, 0.0, 1.0)[draw.run]
        touched = (draw.sums((mass > 0) & (values == rarer)) > 0).sum(axis=1)
        kish = total**2 / (sizes**2).sum(axis=1)
        design = np.where(variance > 1e-20, point * (1 - point) / variance, np.inf)
        cap = np.where(touched < TELLING, kish, np.inf)
        return point, se, korn_graubard_tails(np.clip(point, 0, 1), design, df, cap, asked.line)


def _versus(asked: Question, draw: Draw, ours: Array, theirs: Array, mass: Array) -> Found:
    """The difference of two systems on the same cases, by the rules of `stats.paired` and `stats.relative`."""
    alone = asked.binary and draw.starts is None and draw.known.weights is None and draw.known.repeats == 1
    if alone and asked.factor == 1.0:
        return _discordant(asked, draw, ours - theirs, mass)
    a, b, sizes = draw.sums(mass * ours), draw.sums(mass * theirs), draw.sums(mass)
    sums, total = a - asked.factor * b, sizes.sum(axis=1)
    with np.errstate(all="ignore"):
        point = sums.sum(axis=1) / total
        variance, df = _robust(sums - point[:, None] * sizes, sizes)
        count = (sizes > 0).sum(axis=1)
        se = np.sqrt(variance)
        differing = (np.abs(a - b) > 1e-12).sum(axis=1)
        enough = (differing >= np.minimum(20.0, np.maximum(5.0, count / 2))) & (variance > 1e-24) & (not alone)
        student = student_tails(point, se, df, asked.line)
        scored = _by_score(asked, a, b, sizes)
    return point, se, Tails(*(np.where(enough, s, t) for s, t in zip(student, scored, strict=True)))


def _by_score(asked: Question, a: Array, b: Array, sizes: Array) -> Tails:
    """The score bound with each cluster as one case: Tango's, or of a relative margin Tang's; NaN without a range."""
    total = sizes.sum(axis=1)
    units = total**2 / (sizes**2).sum(axis=1)
    low, high = asked.b.metric.value_range
    if asked.factor != 1.0 and low == 0 and high is not None:
        scale = units / (high * total)
        both = np.minimum(a, b).sum(axis=1) * scale
        gains, losses = (np.maximum(side.sum(axis=1) * scale - both, 0.0) for side in (a, b))
        return ratio_tails(both, gains, losses, units, asked.factor)
    if asked.span is None or asked.factor != 1.0:
        return Tails(np.full(len(total), np.nan), np.full(len(total), np.nan))
    shares = (a - b) / (asked.span * total[:, None]) * units[:, None]
    gains, losses = np.clip(shares, 0, None).sum(axis=1), np.clip(-shares, 0, None).sum(axis=1)
    return tango_tails(gains, losses, units, asked.line / asked.span)


def _discordant(asked: Question, draw: Draw, gap: Array, mass: Array) -> Found:
    """Independent 0/1 cases: three counts a run say it all."""
    use = mass > 0
    n = draw.totals(mass)
    gains, losses = draw.totals(((gap > 0) & use).astype(float)), draw.totals(((gap < 0) & use).astype(float))
    with np.errstate(all="ignore"):
        point = (gains - losses) / n
        se = np.sqrt(np.maximum((gains + losses) / n - point**2, 0.0) / (n - 1))
        return point, se, tango_tails(gains, losses, n, asked.line)


def _robust(residuals: Array, sizes: Array) -> tuple[Array, Array]:
    """Cluster-robust variance of a mean and its degrees of freedom: CR1, or CR2 where sizes are very unequal.

    As `stats.clusters.robust`, many runs at once: (runs, clusters) sums of residuals and of masses.
    """
    total = sizes.sum(axis=1, keepdims=True)
    squares = (residuals / total) ** 2
    share = sizes / total
    plain = (sizes > 0).sum(axis=1) - 1.0
    tilt = share**2 / (1 - share)
    spread = (share**2).sum(axis=1) + tilt.sum(axis=1) ** 2 - (tilt**2).sum(axis=1)
    df = 1 / spread
    uneven = df < np.minimum(UNEVEN * plain, MANY)
    first = (plain + 1) / np.maximum(plain, 1) * squares.sum(axis=1)
    variance = np.where(uneven, (squares / (1 - share)).sum(axis=1), first)
    return variance, np.maximum(np.where(uneven, df, plain), 1.0)
