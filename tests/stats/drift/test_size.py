"""How far: distances against scipy, intervals by coverage."""

import numpy as np
import pytest
from scipy import stats

from evalkit.stats.drift.samples import side_by_side
from evalkit.stats.drift.size import Effect, distance, moved, variation
from evalkit.stats.drift.sketch import moments_of, sketch_of
from evalkit.stats.drift.verdict import FEWEST, verdict, worst


def far(x: object, y: object) -> tuple[float | None, float | None, str]:
    one, two = sketch_of(x), sketch_of(y)  # type: ignore[arg-type]
    return moved(side_by_side(one, two), one, moments_of(x))  # type: ignore[arg-type]


def test_wasserstein_over_the_middle_half() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=501), rng.normal(0.5, 2, 300)
    found = far(x, y)
    iqr = np.quantile(x, 0.75, method="inverted_cdf") - np.quantile(x, 0.25, method="inverted_cdf")
    assert found == pytest.approx((stats.wasserstein_distance(x, y), found[0] / iqr, "iqr"))


def test_a_reference_without_spread_has_its_own_scale() -> None:
    zeros = np.r_[np.zeros(90), np.ones(10)]
    assert far(zeros, zeros + 1) == pytest.approx((1.0, 1 / zeros.std(ddof=1), "sd"))
    assert far(np.ones(50), np.full(30, 3.0)) == (2.0, None, "none")
    assert far([1e308, -1e308], [1e308]) == (None, None, "none")
    assert far([], [1.0]) == (None, None, "none")


def distances(shift: float, n: int, m: int, runs: int) -> list[Effect]:
    rng = np.random.default_rng([n, m, int(100 * shift)])
    pairs = ((sketch_of(rng.normal(size=n)), sketch_of(rng.normal(shift, 1, m))) for _ in range(runs))
    return [distance(side_by_side(x, y)) for x, y in pairs]


def check_coverage(found: list[Effect], truth: float) -> None:
    """Each side misses at most 2.5 %, and three standard errors of the simulation."""
    runs = len(found)
    assert all(0 <= e.lo <= e.point <= e.hi <= 1 for e in found)
    most = runs * 0.025 + 3 * np.sqrt(runs * 0.025 * 0.975)
    assert max(sum(e.hi < truth for e in found), sum(e.lo > truth for e in found)) <= most


SHIFTS = [(0.0, 300, 60), (0.15, 300, 60), (0.5, 80, 500), (1.5, 40, 40)]


@pytest.mark.parametrize(("shift", "n", "m"), SHIFTS)
def test_the_interval_of_the_distance_holds_it(shift: float, n: int, m: int) -> None:
    check_coverage(distances(shift, n, m, 120), 2 * stats.norm.cdf(shift / 2) - 1)


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "n", "m"), [*SHIFTS, (1.0, 25, 2_000), (3.0, 30, 30)])
def test_the_interval_of_the_distance_holds_it_often(shift: float, n: int, m: int) -> None:
    check_coverage(distances(shift, n, m, 3_000), 2 * stats.norm.cdf(shift / 2) - 1)


@pytest.mark.parametrize("k", [2, 5, 40])
def test_the_interval_of_total_variation_holds_it(k: int) -> None:
    rng = np.random.default_rng(k)
    p = rng.dirichlet(np.ones(k))
    q = 0.9 * p + 0.1 * rng.dirichlet(np.ones(k))
    found = [variation(rng.multinomial(400, p), rng.multinomial(150, q)) for _ in range(400)]
    check_coverage(found, np.abs(p - q).sum() / 2)


def test_too_short_an_interval_would_be_seen() -> None:
    """The check above can fail: without the upper side."""
    short = [e._replace(hi=e.point) for e in distances(1.0, 60, 60, 200)]
    with pytest.raises(AssertionError):
        check_coverage(short, 2 * stats.norm.cdf(0.5) - 1)


def test_an_empty_side_bounds_nothing() -> None:
    nothing = np.zeros(2, np.int64)
    assert variation(nothing, np.array([3, 4])) == distance(side_by_side(sketch_of([]), sketch_of([1.0]))) == (0, 0, 1)


def test_evidence_and_size_come_to_one_word() -> None:
    sizes = {"small": Effect(0.04, 0.01, 0.08), "large": Effect(0.2, 0.1, 0.3), "wide": Effect(0.04, 0, 0.3)}

    def said(p: float, size: str, n: int = 500, m: int = 500) -> str:
        return verdict(p, sizes[size], n, m, min_effect=0.1)

    assert (said(0.01, "large"), said(0.01, "small"), said(0.01, "wide")) == ("drift", "shifted", "shifted")
    assert (said(0.2, "small"), said(0.2, "wide"), said(0.2, "large")) == ("no_drift", *["insufficient_data"] * 2)
    assert said(1e-9, "large", 500, FEWEST - 1) == said(1e-9, "large", FEWEST - 1) == "insufficient_data"
    assert said(1e-9, "large", 500, FEWEST) == "drift"


def test_what_cannot_be_told_comes_before_a_small_shift() -> None:
    assert worst(["no_drift", "shifted", "insufficient_data", "drift"]) == "drift"
    assert worst(["no_drift", "shifted", "insufficient_data"]) == "insufficient_data"
    assert worst(["no_drift", "shifted"]) == "shifted"
    assert worst(["no_drift"]) == "no_drift"
    assert worst([]) == "insufficient_data"
