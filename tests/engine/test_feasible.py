"""Gates that cannot pass are known before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.nouns import Gate
from evalkit.engine.feasible import Shape, cannot_pass

SHARE = Shape((0.0, 1.0))


def said(n: int, clusters: int | None = None, shape: Shape = SHARE, alpha: float = 0.05, **gate: Any) -> str | None:
    return cannot_pass(Gate(metric="m", **gate), n, clusters, shape, alpha)


def test_a_line_so_high_that_perfect_answers_would_not_pass() -> None:
    assert said(50, at_least=0.99) == "Even 50 of 50 right would not pass: a line of 0.99 takes at least 299 cases."
    assert said(298, at_least=0.99) is not None
    assert said(299, at_least=0.99) is None  # 0.05 ** (1 / 299) > 0.99
    assert said(50, at_most=0.01) == "Even 50 of 50 at 0 would not pass: a line of 0.01 takes at least 299 cases."
    assert "299 groups" in str(said(5000, 50, at_least=0.99))
    assert said(299, at_least=0.99, alpha=0.025) is not None


def test_a_share_of_one_takes_a_census() -> None:
    assert "basis: census" in str(said(10_000, at_least=1))
    assert said(10_000, at_least=1, basis="census") is None


@pytest.mark.parametrize(
    ("n", "clusters", "shape", "gate", "words"),
    [
        (0, None, SHARE, {"at_least": 0.5}, "No case"),
        (20, None, SHARE, {"at_least": 0.5, "min_n": 30}, "at least 30"),
        (20, 1, SHARE, {"at_least": 0.5}, "only one group"),
        (1, None, Shape(), {"at_most": 2}, "only one case"),
        (20, 1, SHARE, {"versus": "baseline", "margin": 0.5}, "only one group, so nothing but the same answers"),
        (20, None, Shape((0.0, 1.0), "general"), {"at_least": 0.5}, "takes 30 cases"),
        (71, None, Shape((0.0, None), "general", 0.95), {"at_most": 5}, "at least 72"),
        (50, None, SHARE, {"at_least": 1.5}, "ends at 1"),
        (50, None, Shape((0.0, None)), {"at_most": -1}, "begins at 0"),
    ],
)
def test_what_cannot_pass_says_why(
    n: int, clusters: int | None, shape: Shape, gate: dict[str, Any], words: str
) -> None:
    assert words in str(said(n, clusters, shape, **gate))


def test_what_may_pass_is_left_alone() -> None:
    assert said(60, at_least=0.95) is None
    assert said(5, versus="baseline", margin=0.01) is None  # the same answers would pass
    assert said(72, None, Shape((0.0, None), "general", 0.95), at_most=5) is None
