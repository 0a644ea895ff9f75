"""Performance without labels: right while confidences mean what they meant."""

import numpy as np
import pytest

from evalkit.stats.drift.expected import FEWEST_LABELLED, calibrate, expected


def labelled(rng: np.random.Generator, n: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Confidences that are too sure of themselves, always in the same way."""
    confidence = 1 / (1 + np.exp(-rng.normal(1 + shift, 1, n)))
    return confidence, (rng.random(n) < confidence**1.5).astype(float)


@pytest.mark.parametrize("shift", [-0.8, 0.8])
def test_the_interval_holds_what_labels_would_say(shift: float) -> None:
    rng = np.random.default_rng(int(10 * shift) + 100)
    truth = labelled(rng, 400_000, shift)[1].mean()
    runs, missed = 150, 0
    for _ in range(runs):
        known = calibrate(*labelled(rng, 2_000))
        assert known is not None
        found = expected(known, labelled(rng, 500, shift)[0])
        assert found is not None
        missed += not found.lo <= truth <= found.hi
    assert missed <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


def test_that_confidences_mean_less_now_cannot_be_seen() -> None:
    """The assumption is one: labels fall, and what is expected does not."""
    rng = np.random.default_rng(7)
    known = calibrate(*labelled(rng, 2_000))
    assert known is not None
    confidence, right = labelled(rng, 5_000)
    right *= rng.random(5_000) > 0.3
    found = expected(known, confidence)
    assert found is not None
    assert found.lo > right.mean() + 0.1


def test_failures_are_worth_nothing_and_the_unknown_is_said() -> None:
    known = calibrate(np.linspace(0.5, 0.9, 200), np.ones(200))
    assert known is not None
    all_right = expected(known, [0.7] * 50)
    half = expected(known, [0.7] * 50, failed=50)
    assert all_right is not None
    assert half is not None
    assert half.point == pytest.approx(all_right.point / 2)
    assert (half.n, all_right.hi, all_right.beyond) == (100, 1.0, 0.0)
    assert all_right.lo < 1.0
    beyond = expected(known, [0.1, 0.95, 0.6, 0.6])
    assert beyond is not None
    assert beyond.beyond == 0.5
    assert expected(known, []) is None
    only = expected(known, [], failed=3)
    assert only is not None
    assert (only.point, only.lo, only.hi) == (0.0, 0.0, 0.0)


def test_too_few_labels_calibrate_nothing() -> None:
    few = np.full(FEWEST_LABELLED - 1, 0.5)
    assert calibrate(few, few) is None
    one = calibrate(np.full(300, 0.5), np.arange(300) % 2)
    assert one is not None
    assert (one.edges, one.means) == ((), (0.5,))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        calibrate([0.5], [2.0])
    with pytest.raises(ValueError, match="confidence"):
        calibrate([np.nan], [1.0])
