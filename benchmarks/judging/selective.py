"""How often a certified threshold breaks its promise: resamples of OpenQA's real verdicts, BEM's probabilities.

    python benchmarks/judging/selective.py                   # 1,000 resamples a cell
    python benchmarks/judging/selective.py --resamples 200

The population is every answer with a human verdict and BEM's probability; each resample labels n of them (or all
answers to n questions), certifies a threshold, and asks how often BEM is wrong on what it keeps of the whole
population. The promise: more than alpha in at most delta of the resamples.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, show

from evalkit.stats.selective import certify

SHARED = Path(os.environ.get("EVALKIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DELTA = 0.1


def cell(
    name: str, alpha: float, draw: Callable[[], np.ndarray], data: tuple[np.ndarray, ...], resamples: int
) -> Figure:
    """One row of results."""
    confidence, wrong, groups = data
    broken, covered, abstained = 0, 0.0, 0
    for _ in range(resamples):
        rows = draw()
        found = certify(
            confidence[rows], wrong[rows], alpha, DELTA, groups=groups[rows] if "questions" in name else None
        )
        if found.threshold is None:
            abstained += 1
            continue
        kept = confidence >= found.threshold
        covered += kept.mean()
        broken += bool(wrong[kept].mean() > alpha)
    detail = f"coverage {covered / resamples:.2f}, nothing certified in {abstained / resamples:.1%} of {resamples:,}"
    claim = f"certified threshold, alpha {alpha:g}, {name}: resamples whose true risk is above alpha"
    return Figure(claim, broken / resamples, DELTA, "", detail)


def whole(members: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """All answers to 100 questions."""
    return np.concatenate([members[g] for g in rng.integers(0, len(members), 100)])


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resamples", type=int, default=1000)
    resamples = parser.parse_args().resamples
    lines = (SHARED / "data" / "openqa" / "judged_answers.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["bem_prob"] is not None]
    chance = np.array([row["bem_prob"] for row in rows])
    wrong = np.array([row["judges"]["bem"] != row["human"] for row in rows])
    _, groups = np.unique([row["item_id"] for row in rows], return_inverse=True)
    data = (np.maximum(chance, 1 - chance), wrong, groups)
    members = [np.flatnonzero(groups == g) for g in range(groups.max() + 1)]
    rng = np.random.default_rng(7)
    figures = []
    for alpha in (0.2, 0.15, 0.1):
        for n in (100, 250, 500):
            draw = functools.partial(rng.integers, 0, len(rows), n)
            figures += [cell(f"{n} labels", alpha, draw, data, resamples)]
        figures += [cell("100 questions, all answers", alpha, lambda: whole(members, rng), data, resamples)]
    show(figures)


if __name__ == "__main__":
    main()
