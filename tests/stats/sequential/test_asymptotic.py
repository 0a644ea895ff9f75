"""Asymptotic sequences: the closed form, its inverse, and that its bet is below the mixture it stands for."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from evalkit.stats.sequential.arms import Arm, contrast, welch
from evalkit.stats.sequential.asymptotic import AsymptoticSide, asymptotic_mean, asymptotic_of, rho


def test_rho_is_the_papers() -> None:
    assert rho(5_000, 0.05) ** 2 == pytest.approx(
        (-2 * math.log(0.05) + math.log(-2 * math.log(0.05) + 1)) / 5_000, rel=1e-12
    )


def test_the_boundary_is_the_closed_form() -> None:
    t, scale, tail = 1_000.0, rho(), 0.025
    mass = t * scale**2
    reach = math.sqrt(2 * (mass + 1) / (t * mass) * math.log(1 + math.sqrt(mass + 1) / (2 * tail)))
    side = AsymptoticSide(0.3, 2.0 / math.sqrt(t), t, scale)
    assert side.lower(tail) == pytest.approx(0.3 - 2.0 * reach, rel=1e-12)


@given(z=st.floats(0.01, 30), t=st.floats(10, 1e7), scale=st.floats(1e-3, 1.0))
def test_the_bet_is_at_most_the_half_normal_mixture(z: float, t: float, scale: float) -> None:
    """2 E[exp(l S - l^2 V / 2); l > 0], l ~ N(0, rho^2): a martingale for Brownian motion, so ours is fair too."""
    mass = t * scale**2
    power = z * z * mass / (2 * (mass + 1))
    mixture = math.log(2 / math.sqrt(mass + 1)) + power + scipy.stats.norm.logcdf(math.sqrt(2 * power))
    ours = AsymptoticSide(z, 1.0, t, scale).e(0.0)
    assert ours == 0 or math.log(ours) <= mixture + 1e-9


def test_the_mixture_is_what_the_test_above_says() -> None:
    s, v, scale = 12.0, 50.0, 0.2
    numeric, _ = scipy.integrate.quad(
        lambda x: 2 * scipy.stats.norm.pdf(x, 0, scale) * math.exp(x * s - x * x * v / 2), 0, 3
    )
    mass, z = v * scale**2, s / math.sqrt(v)
    power = z * z * mass / (2 * (mass + 1))
    closed = 2 / math.sqrt(mass + 1) * math.exp(power) * scipy.stats.norm.cdf(math.sqrt(2 * power))
    assert numeric == pytest.approx(closed, rel=1e-8)


@given(tail=st.floats(1e-6, 0.5), t=st.floats(50, 1e6), se=st.floats(1e-3, 10))
def test_bound_and_p_value_are_inverses(tail: float, t: float, se: float) -> None:
    side = AsymptoticSide(1.0, se, t, rho())
    assert side.p(side.lower(tail)) == pytest.approx(tail, rel=1e-6)
    assert side.p(1.0 + se) == 1.0


def test_before_it_begins_there_is_a_reason_and_no_interval() -> None:
    short = asymptotic_mean(np.arange(49.0))
    assert short.inference.reason == "an asymptotic confidence sequence begins at 50 units, and there are 49"
    assert short.inference.point == 24.0
    assert asymptotic_mean([]).inference.point is None
    assert "every unit has the same value" in (asymptotic_mean(np.full(90, 0.1)).inference.reason or "")
    two = asymptotic_of(contrast(Arm(np.arange(49.0)), Arm(np.arange(500.0))))
    assert "at 50 units in each arm, and there are 49 and 500" in (two.inference.reason or "")


def test_means_of_two_arms_are_welchs_at_one_look() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.exponential(2, 300), rng.normal(1.8, 1, 90)
    found = welch(contrast(Arm(a), Arm(b)))
    reference = scipy.stats.ttest_ind(a, b, equal_var=False)
    assert 2 * found.p_above(0.0) == pytest.approx(reference.pvalue, rel=1e-9)
    assert found.interval(0.95) == pytest.approx(tuple(reference.confidence_interval(0.95)), rel=1e-9)
    wide = asymptotic_of(contrast(Arm(a), Arm(b))).inference.interval(0.95)
    assert wide[0] < found.interval(0.95)[0] < found.interval(0.95)[1] < wide[1]


def test_a_small_arm_that_has_not_met_a_rare_value_yet_scatters_as_the_other() -> None:
    """60 units without a success beside 5,000 with fifty: nothing unusual, but nothing varies in the small arm."""
    small, large = np.zeros(60), np.repeat([1.0, 0.0], [50, 4_950])
    found = contrast(Arm(small), Arm(large))
    pooled = (59 * small.var(ddof=1) + 4_999 * large.var(ddof=1)) / 5_058
    assert found.pooled == pytest.approx(pooled * (1 / 60 + 1 / 5_000), rel=0.02)
    assert found.pooled > 50 * found.variance
    assert (asymptotic_of(found).e() or 0.0) < 1
    even = contrast(Arm(np.arange(80.0)), Arm(np.arange(80.0) ** 2))
    assert even.pooled == pytest.approx(even.variance, rel=1e-12)


def test_a_ratio_by_the_delta_method_is_the_textbooks() -> None:
    rng = np.random.default_rng(4)
    views = [rng.poisson(5, n) + 1.0 for n in (400, 350)]
    clicks = [rng.binomial(v.astype(int), p).astype(float) for v, p in zip(views, (0.2, 0.25), strict=True)]
    found = contrast(Arm(clicks[1], views[1]), Arm(clicks[0], views[0]))
    variance = 0.0
    for num, den in zip(clicks, views, strict=True):
        cov, r, n = np.cov(num, den), num.sum() / den.sum(), len(num)
        variance += (cov[0, 0] - 2 * r * cov[0, 1] + r * r * cov[1, 1]) / den.mean() ** 2 / n
    assert found.variance == pytest.approx(variance, rel=1e-9)
    assert found.summary.point == pytest.approx(
        clicks[1].sum() / views[1].sum() - clicks[0].sum() / views[0].sum(), rel=1e-12
    )
    assert welch(found).method == "welch-t (delta method)"


@pytest.mark.parametrize(
    ("treatment", "control", "reason"),
    [
        (Arm([]), Arm([1.0, 2.0]), "the treatment has no units"),
        (Arm([1.0], [0.0]), Arm([1.0], [1.0]), "the treatment has nothing to divide by"),
        (Arm([1.0]), Arm([1.0, 2.0]), "an arm has a single unit"),
        (Arm([1.0, 1.0]), Arm([2.0, 2.0]), "neither arm varies"),
    ],
)
def test_what_cannot_be_compared_has_a_reason(treatment: Arm, control: Arm, reason: str) -> None:
    assert (welch(contrast(treatment, control)).reason or "").startswith(reason)
