"""The alternative-annotator test against scipy and statsmodels, and at its edges."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp, wilcoxon
from statsmodels.stats.multitest import multipletests

from evalkit.stats.judging.alt_test import alt_test
from evalkit.stats.multiplicity import benjamini_yekutieli


def drawn(seed: int, n: int, raters: int, missing: float, skill: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Labels of people and verdicts of a judge around one truth, some labels missing."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    people = np.where(rng.random((n, raters)) < skill, truth[:, None], rng.integers(3, size=(n, raters)))
    people[rng.random((n, raters)) < missing] = -1
    return people, np.where(rng.random(n) < skill, truth, rng.integers(3, size=n))


def by_hand(people: np.ndarray, judge: np.ndarray, epsilon: float) -> tuple[float, float, list[float]]:
    """omega, rho and the p-values, item by item."""
    rates, p = [], []
    for j in range(people.shape[1]):
        f, h = [], []
        for i, row in enumerate(people):
            others = [label for k, label in enumerate(row) if k != j and label >= 0]
            if row[j] < 0 or not others or judge[i] < 0:
                continue
            of_judge = np.mean([label == judge[i] for label in others])
            of_person = np.mean([label == row[j] for label in others])
            f.append(of_judge >= of_person)
            h.append(of_person >= of_judge)
        d = np.array(h, float) - np.array(f, float)
        rates.append(np.mean(f))
        p.append(
            float(
                ttest_1samp(d, epsilon, alternative="less").pvalue
                if len(d) >= 30
                else wilcoxon(d - epsilon, alternative="less").pvalue
            )
        )
    rejected = multipletests(p, alpha=0.05, method="fdr_by")[0]
    return float(np.mean(rejected)), float(np.mean(rates)), p


@pytest.mark.parametrize(("seed", "n", "raters", "missing"), [(1, 200, 3, 0.0), (2, 150, 4, 0.3), (3, 20, 3, 0.0)])
@pytest.mark.parametrize("epsilon", [0.0, 0.15, 0.2])
def test_it_is_the_test_of_the_paper(seed: int, n: int, raters: int, missing: float, epsilon: float) -> None:
    people, judge = drawn(seed, n, raters, missing)
    omega, rho, p = by_hand(people, judge, epsilon)
    found = alt_test(people, judge, epsilon)
    assert (found.omega, found.rho) == (pytest.approx(omega, abs=1e-12), pytest.approx(rho, abs=1e-12))
    assert [one.p for _, one in found.annotators] == pytest.approx(p, rel=1e-9)
    assert found.passed == (omega >= 0.5)
    assert found.rho_interval[0] < rho < found.rho_interval[1]


def test_a_judge_that_copies_people_passes_and_one_that_guesses_does_not() -> None:
    people, _ = drawn(4, 300, 3, 0.0)
    good = np.array([np.bincount(row).argmax() for row in people])
    assert alt_test(people, good, 0.1).passed
    bad = np.random.default_rng(5).integers(3, size=300)
    assert not alt_test(people, bad, 0.1).passed


def test_differences_that_never_vary_are_rejected_below_epsilon_alone() -> None:
    people = np.zeros((40, 2), int)
    same = alt_test(people, np.zeros(40, int), 0.15)
    assert (same.omega, same.rho, same.passed) == (1.0, 1.0, True)
    assert {one.method for _, one in same.annotators} == {"constant"}
    worse = alt_test(people, np.ones(40, int), 0.15)
    assert (worse.omega, worse.rho, worse.passed) == (0.0, 0.0, False)
    assert not alt_test(people, np.zeros(40, int), 0.0).passed


def test_it_takes_two_people_on_one_item() -> None:
    apart = np.array([[0, -1], [-1, 0], [1, -1]])
    assert alt_test(apart, np.zeros(3, int), 0.15) is None
    assert alt_test(np.zeros((3, 1), int), np.zeros(3, int), 0.15) is None
    assert alt_test(np.zeros((3, 0), int), np.zeros(3, int), 0.15) is None
    assert alt_test(np.zeros((3, 2), int), np.full(3, -1), 0.15) is None


def test_unusable_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="epsilon is the cost"):
        alt_test(np.zeros((3, 2), int), np.zeros(3, int), float("nan"))
    with pytest.raises(ValueError, match="labels are"):
        alt_test(np.zeros((3, 2), int), np.zeros(4, int), 0.1)


def test_benjamini_and_yekutieli() -> None:
    p = np.random.default_rng(6).random(12) ** 3
    assert benjamini_yekutieli(p) == pytest.approx(multipletests(p, method="fdr_by")[1], rel=1e-12)
    assert len(benjamini_yekutieli([])) == 0


def test_the_order_of_people_and_items_plays_no_role() -> None:
    people, judge = drawn(9, 80, 4, 0.2)
    items, columns = np.random.default_rng(9).permutation(80), [2, 0, 3, 1]
    one, two = alt_test(people, judge, 0.1), alt_test(people[items][:, columns], judge[items], 0.1)
    assert (one.omega, one.rho) == (two.omega, pytest.approx(two.rho))
    assert [found.p for _, found in two.annotators] == pytest.approx([one.annotators[at][1].p for at in columns])
