"""The figures of `benchmarks/canary.py` in small: the state machine on simulated traffic."""

from __future__ import annotations

import pytest

from benchmarks import canary
from evalkit.stats.sequential.canary_plan import Setting, horizon

pytestmark = pytest.mark.slow


def within(share: float, truth: float, runs: int) -> bool:
    """Not more than three standard errors above what is promised."""
    return share <= truth + 3 * (truth * (1 - truth) / runs) ** 0.5


@pytest.mark.parametrize("weights", [(0.1,), (0.01, 0.05, 0.1)])
def test_five_times_the_errors_go_back_within_400_requests(weights: tuple[float, ...]) -> None:
    kept = 1 - canary.share(canary.planned(*weights), 5.0, 400, 20, 120, "rolled_back", wave=0.0)
    assert within(kept, 0.03, 120)  # the promise is .05


@pytest.mark.parametrize("look", [200, None])
def test_an_identical_candidate_is_promoted_within_the_horizon(look: int | None) -> None:
    most = horizon(Setting(0.1, canary.BASE))
    kept = 1 - canary.share(canary.planned(0.1), 1.0, most, look or most, 150, "promoted")
    assert within(kept, 0.034, 150)  # what the plan computes; the promise is .05


def test_a_candidate_that_is_alike_stays_and_one_at_the_margin_is_not_promoted() -> None:
    most = horizon(Setting(0.1, canary.BASE))
    assert within(canary.share(canary.planned(0.1), 1.0, most, 100, 150, "rolled_back"), 0.02, 150)
    assert within(canary.share(canary.planned(0.1), 2.0, most, 100, 150, "promoted"), 0.05, 150)
