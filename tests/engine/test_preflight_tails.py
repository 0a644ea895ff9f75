"""What simulated runs tell the gates is what the real methods say of the same runs."""

import numpy as np
import pytest

from evalkit.core.nouns import Gate
from evalkit.engine.preflight_draws import draws
from evalkit.engine.preflight_gate import Change
from evalkit.engine.preflight_tails import moved, question, seen
from evalkit.stats.one_sample import mean, ratio
from evalkit.stats.paired import difference, ratio_difference
from evalkit.stats.relative import relative_difference
from tests.engine.preflight_builders import Toy, toy_known

RNG = np.random.default_rng(7)
VERSUS = Gate(metric="m", versus="baseline", margin=0.03)
AT_LEAST = Gate(metric="m", at_least=0.75)
AT_MOST = Gate(metric="m", at_most=0.9)


def runs_of(known, gate, replicates=8, seed=3):
    """The gate's view of some runs, and each run's own values, clusters and weights."""
    asked = question(gate, known)
    (draw,) = list(draws(known, seed, replicates))
    found = seen(asked, draw)
    ours, theirs = draw.sides(gate.metric)
    unit = np.repeat(np.arange(draw.shape[0] * draw.shape[1]), _lengths(draw))
    for i in range(replicates):
        rows = draw.run == i
        weights = None if known.weights is None else known.weights[draw.rows[rows]]
        yield i, found, ours[rows], theirs[rows], unit[rows] if draw.starts is not None else None, weights


def _lengths(draw):
    if draw.starts is None:
        return np.ones(len(draw.rows), int)
    return np.diff([*draw.starts, len(draw.rows)])


def values(parts):
    return parts[:, 0]


GROUPS = np.repeat(np.arange(60), RNG.integers(1, 8, 60))
BINARY = (RNG.random((1, len(GROUPS))) < 0.8).astype(float)
REAL = RNG.beta(4, 2, (1, len(GROUPS)))


def views(known, gate, expect, line, up, replicates=20):
    """p-values for passing of simulated runs: as the gates are told, and by the real method."""
    told, real = [], []
    for i, found, ours, theirs, unit, weights in runs_of(known, gate, replicates):
        expected = expect(values(ours), values(theirs), unit, weights)
        assert found.point[i] == pytest.approx(expected.point, abs=1e-12)
        if expected.interval is None:
            assert np.isnan(found.p_pass[i])
            continue
        told.append(found.p_pass[i])
        real.append(expected.p_above(line) if up else expected.p_below(line))
    return np.array(told), np.array(real)


def absolute(ours, theirs, unit, weights):
    return mean(ours, unit, weights, bounds=(0.0, 1.0))


def paired(ours, theirs, unit, weights):
    return difference(ours, theirs, unit, weights, bounds=(0.0, 1.0))


QUESTIONS = [(AT_LEAST, absolute, 0.75, True), (AT_MOST, absolute, 0.9, False), (VERSUS, paired, -0.03, True)]


@pytest.mark.parametrize(("gate", "expect", "line", "up"), QUESTIONS)
@pytest.mark.parametrize("discordance", [0.01, 0.1])
def test_independent_shares_have_the_p_values_of_the_real_methods(gate, expect, line, up, discordance) -> None:
    known = toy_known({"m": (Toy(), BINARY)}, discordance=discordance)
    told, real = views(known, gate, expect, line, up)
    assert told == pytest.approx(real, abs=1e-9)


@pytest.mark.parametrize("column", [BINARY, REAL, np.ones_like(BINARY)], ids=["binary", "real", "perfect"])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(("gate", "expect", "line", "up"), QUESTIONS)
def test_decisions_are_those_of_the_real_methods(column, grouped, gate, expect, line, up) -> None:
    """The real ones guard skew estimates besides, which moves a few runs across the line."""
    weights = np.linspace(0.5, 2, len(GROUPS)) if grouped else None
    known = toy_known({"m": (Toy(), column)}, GROUPS if grouped else None, weights=weights)
    told, real = views(known, gate, expect, line, up)
    assert ((told <= 0.05) == (real <= 0.05)).mean() >= 0.9
    assert np.median(np.abs(told - real)) < 0.01


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("column", [BINARY, REAL], ids=["binary", "real"])
@pytest.mark.parametrize("discordance", [0.02, 0.05, 0.3])
def test_relative_margins_have_the_p_values_of_the_real_method(discordance, column, grouped) -> None:
    """Where few groups differ, each counts as one case, whatever 0.9 times the baseline would make of them."""
    even = np.repeat(np.arange(40), 5)
    known = toy_known({"m": (Toy(), column[:, : len(even)])}, even if grouped else None, discordance=discordance)
    gate = Gate(metric="m", versus="baseline", margin="10%")
    for i, found, ours, theirs, unit, _ in runs_of(known, gate, 20):
        expected = relative_difference(values(ours), values(theirs), unit, bounds=(0.0, 1.0))
        assert found.p_pass[i] == pytest.approx(expected.p_above(-0.1), abs=1e-9)
        assert found.p_fail[i] == pytest.approx(expected.p_below(-0.1), abs=1e-9)


def test_values_without_bounds_and_lower_is_better() -> None:
    seconds = Toy(value_range=(0.0, None), better="lower", needs=frozenset({"seconds"}))
    known = toy_known({"m": (seconds, RNG.gamma(2, 1, (1, 200)))})
    open_ = lambda a, b, unit, w: difference(a, b, unit, w, bounds=(-np.inf, np.inf))  # noqa: E731
    told, real = views(known, VERSUS, open_, 0.03, False)
    assert told == pytest.approx(real, abs=1e-9)
    plain = lambda a, b, unit, w: mean(a, unit, w, method="t")  # noqa: E731
    told, real = views(known, Gate(metric="m", at_most=2.1), plain, 2.1, False)
    assert told == pytest.approx(real, abs=1e-9)


@pytest.mark.parametrize("grouped", [False, True])
def test_ratios_are_linearised_as_the_real_ones(grouped: bool) -> None:
    parts = np.stack([RNG.poisson(3, len(GROUPS)), RNG.poisson(5, len(GROUPS)) + 1.0], axis=-1)[None].astype(float)
    known = toy_known({"m": (Toy(kind="ratio", value_range=(0.0, None)), parts)}, GROUPS if grouped else None)
    for i, found, ours, _, unit, _ in runs_of(known, Gate(metric="m", at_least=0.4)):
        expected = ratio(ours[:, 0], ours[:, 1], unit)
        assert found.p_pass[i] == pytest.approx(expected.p_above(0.4), abs=0.01)
    for i, found, ours, theirs, unit, _ in runs_of(known, VERSUS):
        expected = ratio_difference(*ours.T, *theirs.T, unit)
        assert found.p_pass[i] == pytest.approx(expected.p_above(-0.03), abs=0.01)


def test_two_runs_differ_as_often_as_is_said() -> None:
    known = toy_known({"m": (Toy(), BINARY), "r": (Toy(), REAL)}, discordance=0.12)
    (draw,) = list(draws(known, 1, 300))
    for metric in ("m", "r"):
        ours, theirs = draw.sides(metric)
        assert (ours != theirs).any(axis=1).mean() == pytest.approx(0.12, abs=0.005)
        assert values(ours).mean() == pytest.approx(values(theirs).mean(), abs=0.005)


def test_repeats_differ_as_the_answers_do() -> None:
    chance = RNG.beta(4, 1, 400)
    answers = (RNG.random((6, 400)) < chance).astype(float)
    noise = float(answers.var(axis=0, ddof=1).mean())
    for repeats in (1, 3, 5):
        known = toy_known({"m": (Toy(), answers)}, repeats=repeats)
        (draw,) = list(draws(known, 1, 400))
        ours, theirs = (values(side) for side in draw.sides("m"))
        assert float(np.var(ours - theirs)) == pytest.approx(2 * noise / repeats, rel=0.05)
        truth = float(answers.mean(axis=0).var() - noise / 6)
        assert float(np.var(ours)) == pytest.approx(truth + noise / repeats, rel=0.06)


@pytest.mark.parametrize("by", [-0.1, 0.05])
@pytest.mark.parametrize(
    ("column", "metric"),
    [(BINARY, Toy()), (REAL, Toy()), (RNG.gamma(2, 1, (1, 250)), Toy(value_range=(None, None)))],
    ids=["binary", "bounded", "unbounded"],
)
def test_a_true_change_moves_the_mean_by_as_much(column: np.ndarray, metric: Toy, by: float) -> None:
    asked = question(VERSUS, toy_known({"m": (metric, column)}))
    many = np.tile(column[0], 400)
    changed = moved(many, by, np.random.default_rng(1).random(len(many)), asked)
    assert changed.mean() - many.mean() == pytest.approx(by, abs=0.004)
    if metric.value_range != (None, None):
        assert 0 <= changed.min() <= changed.max() <= 1


def test_unscored_cases_pull_towards_the_worst() -> None:
    known = toy_known({"m": (Toy(), BINARY)})
    asked = question(AT_LEAST, known)
    (draw,) = list(draws(known, 1, 200))
    whole, some = seen(asked, draw), seen(asked, draw, Change(unscored=0.1))
    assert some.point.mean() == pytest.approx(0.9 * whole.point.mean(), abs=0.01)
    assert (some.p_pass >= whole.p_pass - 1e-12).all()
