"""Agreement against scikit-learn, the textbook's table and definitions written out, and data that allow no figure."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from evalkit.stats.agreement import agreement, grouped_agreement

WEIGHTS = {"nominal": None, "ordinal": "linear", "interval": "quadratic"}


def ratings(n: int, raters: int, q: int, seed: int, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.choice(q, n, p=np.arange(1, q + 1) / (q * (q + 1) / 2))
    noisy = np.where(rng.random((raters, n)) < 0.7, truth, rng.integers(q, size=(raters, n))).T
    return np.where(rng.random((n, raters)) < missing, -1, noisy)


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
def test_kappa_is_that_of_scikit_learn(scale: str) -> None:
    table = ratings(150, 2, 4, 1)
    found = agreement(table, np.arange(4), scale, seed=1)  # type: ignore[arg-type]
    assert found.kappa.point == pytest.approx(cohen_kappa_score(*table.T, weights=WEIGHTS[scale]), abs=1e-12)
    assert found.kappa.lo < found.kappa.point < found.kappa.hi
    assert found.raw.point == pytest.approx((table[:, 0] == table[:, 1]).mean())


def test_the_textbook_table(shared: Path) -> None:
    known = json.loads((shared / "REFERENCE.json").read_text())["krippendorff_textbook"]
    table = np.array([[-1 if v is None else v - 1 for v in row] for row in known["data"]]).T
    for scale in ("nominal", "ordinal", "interval"):
        found = agreement(table, np.arange(1, 5), scale, seed=1)  # type: ignore[arg-type]
        assert found.alpha.point == pytest.approx(known[scale], abs=1e-12)
        assert found.alpha.lo < found.alpha.point < found.alpha.hi <= 1
        assert (found.n_items, found.n_single, found.n_raters) == (12, 1, 3)


def written_out(table: np.ndarray, values: np.ndarray, scale: str) -> tuple[float, float]:
    """(AC, alpha) as the papers define them, pair by pair."""
    q = len(values)
    spread = values[-1] - values[0]
    weight = {
        "nominal": lambda i, j: float(i == j),
        "ordinal": lambda i, j: 1 - abs(i - j) / (q - 1),
        "interval": lambda i, j: 1 - ((values[i] - values[j]) / spread) ** 2,
    }[scale]
    items = [[int(v) for v in row if v >= 0] for row in table if (row >= 0).any()]
    several = [item for item in items if len(item) >= 2]
    observed = np.mean([np.mean([weight(i, j) for i, j in permutations(item, 2)]) for item in several])
    shares = np.mean([[item.count(k) / len(item) for k in range(q)] for item in items], axis=0)
    total = sum(weight(i, j) for i in range(q) for j in range(q))
    chance = total / (q * (q - 1)) * (shares * (1 - shares)).sum()
    pooled = [v for item in several for v in item]
    count = np.array([pooled.count(k) for k in range(q)])

    def apart(i: int, j: int) -> float:
        if scale == "nominal":
            return float(i != j)
        if scale == "interval":
            return float(values[i] - values[j]) ** 2
        low, high = min(i, j), max(i, j)
        return float(count[low : high + 1].sum() - (count[low] + count[high]) / 2) ** 2

    within = sum(sum(apart(i, j) for i, j in permutations(item, 2)) / (len(item) - 1) for item in several)
    across = sum(apart(i, j) for i, j in permutations(pooled, 2)) / (len(pooled) - 1)
    return (observed - chance) / (1 - chance), 1 - within / across


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coefficients_are_what_their_papers_define(scale: str, seed: int) -> None:
    table, values = ratings(14, 4, 4, seed, missing=0.3), np.array([1.0, 2.0, 4.0, 9.0])
    found = agreement(table, values, scale, seed=1)  # type: ignore[arg-type]
    assert (found.ac.point, found.alpha.point) == pytest.approx(written_out(table, values, scale), abs=1e-10)


def test_a_judge_of_open_questions_against_people(shared: Path) -> None:
    table = json.loads((shared / "REFERENCE.json").read_text())["openqa_nq301"]["judges"]["gpt-4"]
    cells = [(1, 1, "tp"), (1, 0, "fp"), (0, 1, "fn"), (0, 0, "tn")]
    codes = np.concatenate([np.tile([judge, human], (table[cell], 1)) for judge, human, cell in cells])
    found = agreement(codes, np.arange(2), seed=1)
    assert found.kappa.point == pytest.approx(table["cohen_kappa"], abs=1e-12)
    assert found.raw.point == pytest.approx(table["accuracy"], abs=1e-12)
    assert found.kappa.hi - found.kappa.lo == pytest.approx(0.073, abs=0.006)  # 2 x 1.96 x the asymptotic 0.0187


@settings(max_examples=15, derandomize=True)
@given(st.integers(0, 10**6))
def test_order_and_notation_play_no_role(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = ratings(60, 3, 3, seed, missing=0.2)
    one = agreement(table, np.array(["a", "b", "c"]), seed=5, replicates=200)
    turned = np.append(rng.permutation(3), -1)[table][rng.permutation(60)][:, rng.permutation(3)]
    two = agreement(turned, np.array(["x", "y", "z"]), seed=5, replicates=200)
    for name in ("raw", "ac", "alpha"):
        assert getattr(one, name).point == pytest.approx(getattr(two, name).point, abs=1e-12)
    same = agreement(table[rng.permutation(60)], np.array(["a", "b", "c"]), seed=5, replicates=200)
    assert same.alpha.lo == pytest.approx(one.alpha.lo, abs=1e-12)


def test_intervals_cover_the_truth() -> None:
    # Two raters that copy a fair coin with chance c and toss otherwise agree by kappa = alpha = c^2.
    rng = np.random.default_rng(3)
    hits = np.zeros(2)
    for _ in range(100):
        truth = rng.integers(2, size=100)
        table = np.where(rng.random((2, 100)) < 0.8, truth, rng.integers(2, size=(2, 100))).T
        found = agreement(table, np.arange(2), seed=1, replicates=500)
        hits += [found.kappa.lo <= 0.64 <= found.kappa.hi, found.alpha.lo <= 0.64 <= found.alpha.hi]
    assert (hits >= 89).all()  # 95 less 3 simulation errors of 100


def test_constant_ratings_have_no_coefficient() -> None:
    found = agreement(np.zeros((50, 2), int), np.array(["yes"]), seed=1)
    assert found.raw.point == 1.0
    assert found.raw.lo < 1.0
    for one in (found.kappa, found.ac, found.alpha):
        assert one.point is None
        assert "every rating is the same value" in one.reason


def test_full_agreement_on_two_values_has_no_interval() -> None:
    found = agreement(np.tile([[0, 0], [1, 1]], (50, 1)), np.arange(2), seed=1)
    assert found.kappa.point == found.alpha.point == found.ac.point == 1.0
    assert found.kappa.lo is None
    assert "agree on 100 of 100 items" in found.kappa.reason
    assert found.raw.lo == pytest.approx(0.9638, abs=1e-4)  # Clopper-Pearson


@pytest.mark.parametrize("shift", [1, 2])
def test_kappa_over_other_notations_is_refused(shift: int) -> None:
    truth = np.random.default_rng(1).integers(2, size=100)
    found = agreement(np.column_stack([truth, truth + shift]), np.arange(2 + shift), seed=1)
    assert found.kappa.point is None
    assert "vocabularies differ" in found.kappa.reason


def test_a_rare_value_of_ones_own_is_no_other_notation() -> None:
    table = ratings(100, 2, 3, 4)
    table[0], table[1] = [3, 0], [0, 4]
    assert agreement(table, np.arange(5), seed=1).kappa.point is not None


def test_too_little_data_is_said() -> None:
    nothing = agreement(np.array([[0, -1], [-1, 1]]), np.arange(2), seed=1)
    assert nothing.alpha.reason == nothing.raw.reason == "no item has two ratings"
    few = agreement(np.array([[0, 0], [1, 1], [0, 1], [1, 0]]), np.arange(2), seed=1)
    assert few.kappa.point == 0.0
    assert "an interval takes 8 items" in few.kappa.reason
    three = agreement(ratings(40, 3, 2, 1), np.arange(2), seed=1)
    assert three.kappa.reason == "Cohen's kappa is of two raters, and there are 3"


def test_an_ordinal_scale_of_many_values_keeps_its_distances() -> None:
    table = ratings(60, 3, 40, 2, missing=0.1)
    used = np.unique(table[table >= 0])
    codes = np.where(table >= 0, np.searchsorted(used, table), -1)
    found = agreement(codes, used, "ordinal", seed=1, replicates=200)
    assert len(used) > 30
    assert found.alpha.point == pytest.approx(written_out(codes, used.astype(float), "ordinal")[1], abs=1e-10)
    assert found.alpha.lo < found.alpha.point < found.alpha.hi


def test_continuous_ratings_need_no_table_of_values() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=2_000)
    numbers = truth[:, None] + 0.3 * rng.normal(size=(2_000, 2))
    values = np.unique(numbers)
    found = agreement(np.searchsorted(values, numbers), values, "interval", seed=1, replicates=500)
    assert found.alpha.point == pytest.approx(1 / 1.09, abs=0.01)  # the intraclass correlation
    assert found.kappa.point == pytest.approx(found.alpha.point, abs=0.001)
    assert "at most 500 values" in found.ac.reason
    with pytest.raises(ValueError, match="no nominal scale"):
        agreement(np.searchsorted(values, numbers), values, seed=1)


def test_groups_of_one_are_no_groups() -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(2, size=120)
    codes = np.where(rng.random((120, 2)) < 0.85, truth[:, None], 1 - truth[:, None])
    alone, grouped = agreement(codes, [0, 1], seed=1), grouped_agreement(codes, [0, 1], np.arange(120), seed=1)
    for name in ("raw", "kappa", "ac", "alpha"):
        a, b = getattr(alone, name), getattr(grouped, name)
        assert a.point == b.point
        assert (b.lo, b.hi) == pytest.approx((a.lo, a.hi), abs=0.03)


def test_groups_are_resampled_whole() -> None:
    rng = np.random.default_rng(8)
    truth = np.repeat(rng.integers(2, size=40), 5)
    judge = np.where(np.repeat(rng.random(40) < 0.75, 5), truth, 1 - truth)
    codes, groups = np.column_stack([truth, judge]), np.repeat(np.arange(40), 5)
    alone, grouped = agreement(codes, [0, 1], seed=1), grouped_agreement(codes, [0, 1], groups, seed=1)
    for name in ("raw", "kappa", "ac", "alpha"):
        a, b = getattr(alone, name), getattr(grouped, name)
        assert a.point == b.point
        assert b.hi - b.lo > 1.7 * (a.hi - a.lo)
    order = rng.permutation(200)
    again = grouped_agreement(codes[order], [0, 1], groups[order], seed=1)
    assert (again.kappa.lo, again.kappa.hi) == pytest.approx((grouped.kappa.lo, grouped.kappa.hi), abs=1e-12)


def test_items_without_a_rating_take_their_group_with_them() -> None:
    codes = np.array([[0, 0], [-1, -1], [1, 1], [0, 1], [1, -1]] * 20)
    found = grouped_agreement(np.random.default_rng(9).permutation(codes), [0, 1], np.arange(100) // 5, seed=1)
    assert (found.n_items, found.n_single) == (60, 20)
    assert found.kappa.lo < found.kappa.point < found.kappa.hi
    with pytest.raises(ValueError, match="one id an item"):
        grouped_agreement(codes, [0, 1], np.arange(99), seed=1)
