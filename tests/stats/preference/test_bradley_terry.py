"""Bradley-Terry against general optimisers and logistic regression, its intervals, and data that set no bound."""

import numpy as np
import pytest
import scipy.optimize
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.preference import Comparisons, bradley_terry
from evalkit.stats.preference.comparisons import cycles, wins
from evalkit.stats.preference.likelihood import fit

STRENGTHS = np.array([0.8, 0.3, 0.0, -0.4, -0.7])


def drawn(n: int, seed: int, nu: float = 0.6, slope: float = 0.0, m: int = 5) -> Comparisons:
    """Comparisons under the model."""
    rng = np.random.default_rng(seed)
    first = rng.integers(m, size=n)
    second = (first + rng.integers(1, m, size=n)) % m
    z = rng.normal(size=n)
    d = STRENGTHS[first] - STRENGTHS[second] + slope * z
    weights = np.column_stack([np.exp(-d / 2), np.full(n, nu), np.exp(d / 2)])
    edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    outcome = (rng.random((n, 1)) > edges).sum(axis=1) - 1
    return Comparisons(first, second, outcome.astype(np.int8), m, None, z if slope else None)


def negative_loglik(theta: np.ndarray, of: Comparisons) -> float:
    """Davidson's likelihood as the paper writes it."""
    worth = np.exp(theta[: of.n_systems])
    nu = np.exp(theta[of.n_systems])
    shift = theta[-1] * of.covariate if of.covariate is not None else 0.0
    a, b = worth[of.first] * np.exp(shift), worth[of.second]
    total = a + b + nu * np.sqrt(a * b)
    chance = np.choose(of.outcome + 1, [b / total, nu * np.sqrt(a * b) / total, a / total])
    return -float(np.log(chance).sum())


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_the_fit_is_the_maximum_that_scipy_finds(slope: float) -> None:
    of = drawn(600, 1, slope=slope)
    size = 6 + (slope != 0)
    best = scipy.optimize.minimize(negative_loglik, np.zeros(size), (of,), method="BFGS", options={"gtol": 1e-8})
    found = bradley_terry(of)
    assert found.strengths == pytest.approx(best.x[:5] - best.x[:5].mean(), abs=1e-5)
    assert found.tie_parameter == pytest.approx(np.exp(best.x[5]), abs=1e-5)
    assert found.loglik == pytest.approx(-best.fun, abs=1e-8)
    assert found.slope is None if not slope else found.slope.point == pytest.approx(best.x[-1], abs=1e-5)


@pytest.mark.parametrize("grouped", [False, True])
def test_without_ties_it_is_logistic_regression_with_clustered_errors(grouped: bool) -> None:
    of = drawn(500, 2, nu=0.0, slope=0.4)
    item = np.arange(500) // 4 if grouped else np.arange(500)
    of = of._replace(item=item)
    design = np.zeros((500, 5))
    design[np.arange(500), of.first] += 1
    design[np.arange(500), of.second] -= 1
    contrast = np.column_stack([design[:, :4] - design[:, [4]], of.covariate])  # sum-zero coding
    with_errors = {"cov_type": "cluster", "cov_kwds": {"groups": item, "use_correction": False}}
    reference = sm.Logit((of.outcome > 0).astype(float), contrast).fit(disp=0, tol=1e-14, **with_errors)
    found = bradley_terry(of)
    assert found.strengths[:4] == pytest.approx(reference.params[:4], abs=1e-9)
    assert found.slope.point == pytest.approx(reference.params[4], abs=1e-9)
    assert found.loglik == pytest.approx(reference.llf, abs=1e-9)
    assert found.tie_parameter == 0.0
    units = len(np.unique(item))
    t = scipy.stats.t.ppf(0.975, units - 1) * np.sqrt(units / (units - 1))
    assert (found.hi - found.strengths)[:4] == pytest.approx(t * reference.bse[:4], rel=1e-9)
    assert found.slope.hi - found.slope.point == pytest.approx(t * reference.bse[4], rel=1e-9)


def test_two_systems_have_the_logit_of_their_wins() -> None:
    outcome = np.repeat([1, -1], [70, 30])
    found = bradley_terry(Comparisons(np.zeros(100, int), np.ones(100, int), outcome, 2))
    assert found.strengths == pytest.approx([np.log(7 / 3) / 2, -np.log(7 / 3) / 2], abs=1e-12)
    assert found.win_rate.tolist() == [0.7, 0.3]
    se = np.sqrt(1 / 70 + 1 / 30) / 2 * np.sqrt(100 / 99)
    assert found.hi[0] - found.strengths[0] == pytest.approx(scipy.stats.t.ppf(0.975, 99) * se)
    assert found.ranks.tolist() == [[1, 1], [2, 2]]
    assert found.decisive


@settings(max_examples=15, derandomize=True)
@given(st.integers(0, 10**6))
def test_swapping_sides_and_permuting_rows_change_nothing(seed: int) -> None:
    of = drawn(200, seed, slope=0.3)._replace(item=np.arange(200) // 2)
    rng = np.random.default_rng(seed)
    order = rng.permutation(200)
    flip = rng.random(200) < 0.5
    other = Comparisons(
        np.where(flip, of.second, of.first)[order],
        np.where(flip, of.first, of.second)[order],
        np.where(flip, -of.outcome, of.outcome)[order],
        5,
        of.item[order],
        np.where(flip, -of.covariate, of.covariate)[order],
    )
    one, two = bradley_terry(of), bradley_terry(other)
    assert one.strengths == pytest.approx(two.strengths, abs=1e-9)
    assert one.lo == pytest.approx(two.lo, abs=1e-8)
    assert one.strengths.sum() == pytest.approx(0, abs=1e-9)
    assert (one.ranks == two.ranks).all()


def test_repeating_verdicts_inside_items_changes_no_interval() -> None:
    of = drawn(200, 5)._replace(item=np.arange(200))
    twice = Comparisons(*(np.repeat(column, 2) for column in of[:3]), 5, np.repeat(of.item, 2))
    one, two = bradley_terry(of), bradley_terry(twice)
    assert one.lo == pytest.approx(two.lo, abs=1e-9)
    assert one.ranks.tolist() == two.ranks.tolist()


def test_an_unbeaten_system_has_no_upper_bound() -> None:
    of = drawn(300, 3)
    first, second = np.append(of.first, np.full(12, 5)), np.append(of.second, np.arange(12) % 5)
    found = bradley_terry(Comparisons(first, second, np.append(of.outcome, np.ones(12, np.int8)), 6), [*"abcdef"])
    assert np.isfinite(found.strengths).all()
    assert found.strengths.argmax() == 5
    assert found.hi[5] == np.inf
    assert np.isfinite(found.lo).all()
    assert any(said.startswith("f never lost a comparison: the data set no upper bound") for said in found.warnings)
    assert any("regularised" in said for said in found.warnings)


def test_a_penalty_does_not_move_the_mean_of_the_strengths() -> None:
    first, second = np.repeat([0, 1], [30, 15]), np.repeat([1, 2], [30, 15])
    found = fit(Comparisons(first, second, np.repeat([1, 1, -1], [30, 10, 5]), 3), 1.0)
    assert found is not None

    def penalised(free: np.ndarray) -> float:
        s = np.append(free, -free.sum())
        rows = np.log1p(np.exp(s[1] - s[0])) * 30 + np.log1p(np.exp(s[2] - s[1])) * 10
        rows += np.log1p(np.exp(s[1] - s[2])) * 5
        return float(rows + (np.log1p(np.exp(s)) - s / 2).sum())

    best = scipy.optimize.minimize(penalised, [0.0, 0.0], tol=1e-12).x
    assert found.strengths[:2] == pytest.approx(best, abs=1e-5)
    assert found.strengths.sum() == pytest.approx(0, abs=1e-9)


def test_wins_and_ties_without_a_loss_have_no_upper_bound() -> None:
    found = bradley_terry(
        Comparisons(np.zeros(33, int), np.ones(33, int), np.repeat([1, 0], [30, 3]), 2), ["opal", "flint"]
    )
    assert found.reason is None
    assert found.lo[0] > 0
    assert found.hi[0] == np.inf
    assert "opal never lost a comparison" in " ".join(found.warnings)


def test_a_ladder_of_certain_wins_is_regularised() -> None:
    found = bradley_terry(Comparisons(np.repeat([0, 1], 40), np.repeat([1, 2], 40), np.ones(80, int), 3))
    assert found.strengths[0] > found.strengths[1] > found.strengths[2]
    assert np.isfinite(found.strengths).all()
    assert (found.hi[0], found.lo[2]) == (np.inf, -np.inf)


def test_unlinked_systems_are_refused_by_name() -> None:
    of = Comparisons(np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2]), np.array([1, 1, 1, 1]), 4)
    with pytest.raises(ValueError, match="no ranking orders them: a, b; c, d"):
        bradley_terry(of, ["a", "b", "c", "d"])


def test_ties_alone_and_one_item_alone_allow_no_interval() -> None:
    ties = bradley_terry(Comparisons(np.zeros(20, int), np.ones(20, int), np.zeros(20, int), 2))
    assert ties.reason == "every comparison is a tie"
    assert ties.ranks.tolist() == [[1, 2], [1, 2]]
    assert np.isnan(ties.lo).all()
    single = bradley_terry(drawn(100, 4)._replace(item=np.zeros(100, int)))
    assert "one item" in single.reason
    assert np.isnan(single.hi).all()


def test_too_few_items_for_the_parameters_allow_no_interval() -> None:
    few = bradley_terry(drawn(100, 4)._replace(item=np.arange(100) % 5))
    assert few.reason == "5 items are too few for the spread of 5 parameters"
    outcome = np.array([1, -1] * 4 + [0] * 4)
    flat = bradley_terry(Comparisons(np.zeros(12, int), np.ones(12, int), outcome, 2, np.repeat(np.arange(6), 2)))
    assert "do not vary in some strength" in flat.reason
    assert flat.ranks.tolist() == [[1, 2], [1, 2]]


def test_a_covariate_that_decides_everything_has_no_coefficient() -> None:
    of = drawn(200, 6, nu=0.0)
    found = bradley_terry(of._replace(covariate=of.outcome.astype(float)))
    assert "no finite value" in found.slope.reason
    assert np.isfinite(found.strengths).all()


def test_a_covariate_that_goes_with_the_systems_has_no_coefficient() -> None:
    of = drawn(200, 6)
    found = bradley_terry(of._replace(covariate=(of.first - of.second) / 2.0))
    assert "no finite value" in found.slope.reason
    assert found.strengths == pytest.approx(bradley_terry(of).strengths)


def test_cycles_are_counted() -> None:
    rock = Comparisons(np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([1, 1, 1]), 3)
    assert cycles(wins(rock)) == (1, 1)
    assert cycles(wins(rock._replace(outcome=np.array([1, 1, -1])))) == (0, 1)
    assert bradley_terry(rock).strengths == pytest.approx(0, abs=1e-12)


def test_a_system_that_is_stronger_for_certain_is_first_and_equals_are_not_parted() -> None:
    rng = np.random.default_rng(8)
    first, second = np.array([(i, j) for i in range(4) for j in range(i + 1, 4)] * 100).T
    d = 2.0 * ((first == 0).astype(float) - (second == 0))
    outcome = np.where(rng.random(600) < 1 / (1 + np.exp(-d)), 1, -1)
    found = bradley_terry(Comparisons(first, second, outcome, 4))
    assert found.ranks[0].tolist() == [1, 1]
    assert not found.decisive
    assert found.best[0] > 0.99
    assert found.letters[0] == "a"


def test_a_fit_without_a_maximum_is_none() -> None:
    assert fit(Comparisons(np.zeros(9, int), np.ones(9, int), np.ones(9, int), 2)) is None
