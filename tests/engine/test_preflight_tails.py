"""What simulated runs tell the gates is what the real methods say of the same runs."""

import numpy as np
import pytest

from evalkit.core.nouns import Gate
from evalkit.engine.preflight_draws import draws
from evalkit.engine.preflight_tails import Change, moved, question, seen
from evalkit.stats.one_sample import mean, ratio
from evalkit.stats.paired import difference, ratio_difference
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
    return parts[:, 0] / parts[:, 1]


GROUPS = np.repeat(np.arange(60), RNG.integers(1, 8, 60))
BINARY = (RNG.random((1, len(GROUPS))) < 0.8).astype(float)
REAL = RNG.beta(4, 2, (1, len(GROUPS)))


@pytest.mark.parametrize("column", [BINARY, REAL, np.ones_like(BINARY)], ids=["binary", "real", "perfect"])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_p_values_are_those_of_the_real_methods(column: np.ndarray, grouped: bool, weighted: bool) -> None:
    weights = np.linspace(0.5, 2, len(GROUPS)) if weighted else None
    known = toy_known({"m": (Toy(), column)}, GROUPS if grouped else None, weights=weights)
    for gate in (AT_LEAST, AT_MOST):
        for i, found, ours, _, unit, w in runs_of(known, gate):
            expected = mean(values(ours), unit, w)
            same(found, i, expected, gate.at_least or gate.at_most, gate is AT_LEAST)
    for i, found, ours, theirs, unit, w in runs_of(known, VERSUS):
        expected = difference(values(ours), values(theirs), unit, w, bounds=(0.0, 1.0))
        same(found, i, expected, -0.03, True)


def same(found, i, expected, line, up):
    assert found.point[i] == pytest.approx(expected.point, abs=1e-12)
    if expected.interval is None:
        assert np.isnan(found.p_pass[i])
        return
    above, below = expected.p_above(line), expected.p_below(line)
    p_pass, p_fail = (above, below) if up else (below, above)
    assert found.p_pass[i] == pytest.approx(p_pass, abs=1e-6)
    assert found.p_fail[i] == pytest.approx(p_fail, abs=1e-6)


@pytest.mark.parametrize("grouped", [False, True])
def test_few_differing_clusters_use_the_bound_of_the_real_gate(grouped: bool) -> None:
    known = toy_known({"m": (Toy(), BINARY)}, GROUPS if grouped else None, discordance=0.01)
    for i, found, ours, theirs, unit, _ in runs_of(known, VERSUS):
        same(found, i, difference(values(ours), values(theirs), unit, bounds=(0.0, 1.0)), -0.03, True)


def test_values_without_bounds_and_lower_is_better() -> None:
    seconds = Toy(value_range=(0.0, None), better="lower", needs=frozenset({"seconds"}))
    known = toy_known({"m": (seconds, RNG.gamma(2, 1, (1, 200)))})
    for i, found, ours, theirs, _, _ in runs_of(known, VERSUS):
        same(found, i, difference(values(ours), values(theirs), bounds=(-np.inf, np.inf)), 0.03, False)
    for i, found, ours, _, _, _ in runs_of(known, Gate(metric="m", at_most=2.1)):
        same(found, i, mean(values(ours), method="t"), 2.1, False)


@pytest.mark.parametrize("grouped", [False, True])
def test_ratios_are_linearised_as_the_real_ones(grouped: bool) -> None:
    parts = np.stack([RNG.poisson(3, len(GROUPS)), RNG.poisson(5, len(GROUPS)) + 1.0], axis=-1)[None].astype(float)
    known = toy_known({"m": (Toy(kind="ratio", value_range=(0.0, None)), parts)}, GROUPS if grouped else None)
    for i, found, ours, _, unit, _ in runs_of(known, Gate(metric="m", at_least=0.4)):
        expected = ratio(ours[:, 0], ours[:, 1], unit)
        assert found.p_pass[i] == pytest.approx(expected.p_above(0.4), abs=1e-4)
    for i, found, ours, theirs, unit, _ in runs_of(known, VERSUS):
        expected = ratio_difference(*ours.T, *theirs.T, unit)
        assert found.p_pass[i] == pytest.approx(expected.p_above(-0.03), abs=1e-4)


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
