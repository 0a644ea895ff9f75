"""Units that an experiment needs."""

import math

import pytest
from statsmodels.stats.power import NormalIndPower

from evalkit.pipeline.ab.plan import Spread, needed


def test_at_one_look_it_is_the_textbooks_normal_formula() -> None:
    found = needed(Spread(1.0, 1.0), 0.1)
    each = NormalIndPower().solve_power(effect_size=0.1, alpha=0.05, power=0.8)
    assert found.fixed == pytest.approx(2 * each, abs=2)


def test_looking_often_costs_units_and_an_uneven_split_too() -> None:
    even, uneven = needed(Spread(0.4, 0.4), 0.02), needed(Spread(0.4, 0.4, 0.1), 0.02)
    assert 1.3 * even.fixed < even.anytime < 2.5 * even.fixed
    assert uneven.fixed == pytest.approx(even.fixed * 0.25 / 0.09, rel=1e-3)
    assert needed(Spread(0.4, 0.4), -0.02) == even


@pytest.mark.parametrize(("spread", "lift", "power"), [((1, 1), 0.0, 0.8), ((1, 1), math.inf, 0.8), ((1, 1), 1.0, 0.4)])
def test_what_cannot_be_planned_is_refused(spread: tuple[float, float], lift: float, power: float) -> None:
    with pytest.raises(ValueError, match="power is between"):
        needed(Spread(*spread), lift, power)
    with pytest.raises(ValueError, match="cannot be shown"):
        needed(Spread(0.0, 0.0), 0.1)
