"""Reruns: declared looks share alpha, undeclared ones stand beside the first verdict."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evalkit.core.nouns import RunOutcome
from evalkit.engine.looks import standing

VERDICTS: tuple[RunOutcome, ...] = ("fail", "inconclusive", "pass")


@pytest.mark.parametrize("found", list(itertools.product(VERDICTS, repeat=3)))
def test_an_undeclared_rerun_never_betters_the_first_verdict(found: tuple[RunOutcome, ...]) -> None:
    assert VERDICTS.index(standing(found)) == min(VERDICTS.index(found[0]), VERDICTS.index(found[-1]))


def test_a_declared_look_decides_what_was_open() -> None:
    assert standing(["inconclusive", "pass"], 2) == "pass"
    assert standing(["inconclusive", "fail"], 2) == "fail"
    assert standing(["fail", "pass"], 2) == "fail"
    assert standing(["pass", "fail"], 2) == "fail"
    assert standing(["inconclusive", "inconclusive", "pass"], 2) == "inconclusive"


@pytest.mark.parametrize("looks", [2, 3, 5])
def test_rerunning_until_green_stays_at_alpha(looks: int) -> None:
    rng = np.random.default_rng(looks)
    passes = rng.random((20_000, looks)) < 0.05
    found = [["pass" if p else "inconclusive" for p in row] for row in passes.tolist()]
    kept = np.mean([any(standing(row[: i + 1]) == "pass" for i in range(looks)) for row in found])
    taken = passes.any(axis=1).mean()
    assert kept < 0.055
    assert taken > 0.09
    halves = rng.random((20_000, 2)) < 0.025
    declared = [standing(["pass" if p else "inconclusive" for p in row], 2) == "pass" for row in halves.tolist()]
    assert np.mean(declared) < 0.055
