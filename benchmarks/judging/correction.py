"""How often corrected intervals hold the truth, and how narrow they are: resamples of real verdicts on OpenQA.

    python benchmarks/judging/correction.py                        # 2,000 replicates a cell: some minutes
    python benchmarks/judging/correction.py --replicates 500

Each row resamples the answers of one system (or of all) to 301 questions, with people's, GPT-4's and BEM's verdicts:
n labelled and 500 judged, with replacement. Stress cells draw right answers so often that the truth is .95 or .99.
`cover` is the coverage of 95 % intervals (at least .93, clustered .94), `above` the one-sided miss that a gate at 5 %
has (at most .05), `width` the mean width over that of Wilson's interval on the labels alone (at most .87 at 100 labels
with GPT-4). `*` marks a cell that is more than three binomial standard errors beyond its bound.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, show

from evalkit.stats.correction import (
    Errors,
    Sample,
    choose,
    corrected,
    rogan_gladen,
    rogan_gladen_difference,
    sample,
)
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference

Array = npt.NDArray[np.float64]
SYSTEMS = ("FiD", "R2D2", "EviGen", "text-davinci-003_zeroshot", "text-davinci-003_fewshot-n64")
SHARED = Path(os.environ.get("EVALKIT_SHARED", Path(__file__).parents[3] / "shared"))
PAIRS = (("FiD", "text-davinci-003_zeroshot"), ("EviGen", "R2D2"), ("FiD", "FiD-KD"))
JUDGED = 500


class Cell(NamedTuple):
    """One situation: draw -> (corrected, width of Wilson's interval on the labels, whether it was PPI++)."""

    name: str
    draw: Callable[[np.random.Generator], tuple[Inference, float, bool]]
    truth: float
    least: float = 0.93
    widest: float | None = None


class Line(NamedTuple):
    """What was observed."""

    name: str
    cover: float
    above: float
    below: float
    width: float
    used: float
    flag: str


def measured(cell: Cell, replicates: int) -> Line:
    """Simulate one cell."""
    rng = np.random.default_rng(list(cell.name.encode()))
    cover = above = below = used = 0
    widths, alone = [], []
    for _ in range(replicates):
        found, wilson, by_judge = cell.draw(rng)
        if found.interval is None:
            cover += 1
            continue
        lo, hi = found.interval(0.95)
        low, high = found.interval(0.9)
        cover += lo <= cell.truth <= hi
        above += low > cell.truth
        below += high < cell.truth
        used += by_judge
        widths.append(hi - lo)
        alone.append(wilson)
    n = replicates
    three = 3 * np.sqrt(0.05 * 0.95 / n)
    width = float(np.mean(widths) / np.mean(alone))
    bad = cover / n < cell.least - three or above / n > 0.05 + three
    bad |= cell.widest is not None and width > cell.widest
    return Line(cell.name, cover / n, above / n, below / n, width, used / n, "*" if bad else "")


def rows_of(shared: Path) -> list[dict[str, Any]]:
    """The judged answers."""
    return [json.loads(line) for line in (shared / "openqa/judged_answers.jsonl").read_text("utf-8").splitlines()]


def verdicts(rows: list[dict[str, Any]], judge: str, system: str | None = None) -> tuple[Array, Array]:
    """People's and a judge's verdicts on one system's answers, or on all."""
    mine = [r for r in rows if (system is None or system in r["models"]) and r["judges"].get(judge) in (0, 1)]
    return np.array([r["human"] for r in mine], float), np.array([r["judges"][judge] for r in mine], float)


def rate(name: str, human: Array, judge: Array, n: int, p: float | None = None, widest: float | None = None) -> Cell:
    """n labelled and 500 judged answers; with p, right ones are drawn so often."""
    share = human.mean()
    weight = np.ones(len(human)) if p is None else np.where(human == 1, p / share, (1 - p) / (1 - share))
    weight = weight / weight.sum()

    def draw(rng: np.random.Generator) -> tuple[Inference, float, bool]:
        rows = rng.choice(len(human), n + JUDGED, p=weight)
        return _auto(sample(np.where(np.arange(n + JUDGED) < n, human[rows], np.nan), judge[rows]), rng)

    return Cell(name, draw, float(weight @ human), widest=widest)


def _auto(found: Sample, rng: np.random.Generator) -> tuple[Inference, float, bool]:
    method = choose(found).method
    made = corrected(found, method, int(rng.integers(1 << 30)))
    return made.inference, _alone(found), method == "ppi++"


def _alone(found: Sample) -> float:
    labels = found.human[found.labelled]
    if found.bounds == (0.0, 1.0):
        ends = mean(labels, method="wilson").interval
    else:
        ends = difference(np.maximum(labels, 0), np.maximum(-labels, 0)).interval
    lo, hi = (0.0, 1.0) if ends is None else ends(0.95)
    return hi - lo


def clustered(rows: list[dict[str, Any]], n: int) -> Cell:
    """150 questions with all their answers, n labels drawn among those."""
    mine = [r for r in rows if r["judges"].get("gpt-4") in (0, 1)]
    codes = np.unique([r["item_id"] for r in mine], return_inverse=True)[1]
    human, judge = np.array([r["human"] for r in mine], float), np.array([r["judges"]["gpt-4"] for r in mine], float)
    members = [np.flatnonzero(codes == c) for c in range(int(codes.max()) + 1)]

    def draw(rng: np.random.Generator) -> tuple[Inference, float, bool]:
        picked = [members[c] for c in rng.integers(len(members), size=150)]
        at = np.concatenate(picked)
        groups = np.repeat(np.arange(150), [len(m) for m in picked])
        labelled = np.zeros(len(at), bool)
        labelled[rng.choice(len(at), n, replace=False)] = True
        return _auto(sample(np.where(labelled, human[at], np.nan), judge[at], groups), rng)

    return Cell(f"gpt-4 150 questions n={n}", draw, float(human.mean()), least=0.94)


def paired(rows: list[dict[str, Any]], pair: tuple[str, str], n: int) -> Cell:
    """The paired difference of two systems."""
    of = [{r["item_id"]: r for r in rows if s in r["models"] and r["judges"].get("gpt-4") in (0, 1)} for s in pair]
    both = sorted(of[0].keys() & of[1].keys())
    human = np.array([of[0][i]["human"] - of[1][i]["human"] for i in both], float)
    judge = np.array([of[0][i]["judges"]["gpt-4"] - of[1][i]["judges"]["gpt-4"] for i in both], float)

    def draw(rng: np.random.Generator) -> tuple[Inference, float, bool]:
        at = rng.integers(len(both), size=n + JUDGED)
        labels = np.where(np.arange(n + JUDGED) < n, human[at], np.nan)
        return _auto(sample(labels, judge[at], bounds=(-1.0, 1.0)), rng)

    return Cell(f"gpt-4 {pair[0]} - {pair[1]} n={n}", draw, float(human.mean()))


def by_certificate(human: Array, judge: Array, m: int, p: float) -> Cell:
    """Lee et al.: errors from m labels of the same judge, 500 other answers, the truth p."""
    yes, no = judge[human == 1], judge[human == 0]

    def draw(rng: np.random.Generator) -> tuple[Inference, float, bool]:
        truth = rng.random(m) < human.mean()
        said = np.where(truth, rng.choice(yes, m), rng.choice(no, m)) == 1
        q = Errors.of_counts(*(float(x.sum()) for x in (truth & said, ~truth & said, ~truth & ~said, truth & ~said)))
        new = rng.random(JUDGED) < p
        share = float(np.where(new, rng.choice(yes, JUDGED), rng.choice(no, JUDGED)).mean())
        return rogan_gladen(share, JUDGED, q), 1.0, True

    return Cell(f"certificate m={m} p={p}", draw, p)


def difference_by_certificate(human: Array, judge: Array, m: int, shift: float) -> Cell:
    """The paired difference of two systems, the second of which loses `shift` of the answers."""
    yes, no = judge[human == 1], judge[human == 0]

    def draw(rng: np.random.Generator) -> tuple[Inference, float, bool]:
        truth = rng.random(m) < human.mean()
        said = np.where(truth, rng.choice(yes, m), rng.choice(no, m)) == 1
        q = Errors.of_counts(*(float(x.sum()) for x in (truth & said, ~truth & said, ~truth & ~said, truth & ~said)))
        a = rng.random(JUDGED) < 0.7
        flip = rng.random(JUDGED)
        b = np.where(a, flip >= (shift + 0.09) / 0.7, flip < 0.3)
        seen = [np.where(x, rng.choice(yes, JUDGED), rng.choice(no, JUDGED)) for x in (a, b)]
        return rogan_gladen_difference(difference(seen[0], seen[1]), q), 1.0, True

    return Cell(f"certificate difference m={m} of {shift}", draw, shift)


def cells(rows: list[dict[str, Any]]) -> Iterator[Cell]:
    """Every row of the table."""
    for judge in ("gpt-4", "bem"):
        for system in (*SYSTEMS, None):
            human, said = verdicts(rows, judge, system)
            for n in (50, 100, 200):
                widest = 0.87 if (judge, n) == ("gpt-4", 100) else None
                yield rate(f"{judge} {system or 'all'} n={n}", human, said, n, widest=widest)
        human, said = verdicts(rows, judge)
        for p in (0.95, 0.99):
            for n in (50, 100, 200):
                yield rate(f"{judge} stress p={p} n={n}", human, said, n, p)
    for n in (50, 100, 200):
        yield clustered(rows, n)
    for pair in PAIRS:
        for n in (50, 100, 200):
            yield paired(rows, pair, n)
    human, said = verdicts(rows, "gpt-4")
    for p in (0.55, 0.8, 0.95):
        yield from (by_certificate(human, said, m, p) for m in (100, 400))
    for shift in (0.0, 0.06):
        yield from (difference_by_certificate(human, said, m, shift) for m in (100, 400))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--only", default="", help="cells whose name holds this")
    given = parser.parse_args()
    print(f"{'cell':44} {'cover':>6} {'above':>6} {'below':>6} {'width':>6} {'ppi++':>6}", file=sys.stderr)
    found = []
    for cell in cells(rows_of(SHARED / "data")):
        if given.only in cell.name:
            line = measured(cell, given.replicates)
            found.append(line)
            figures = " ".join(f"{x:6.3f}" for x in line[1:6])
            print(f"{line.name:44} {figures} {line.flag}", file=sys.stderr, flush=True)
    show(promises(found, given.replicates))


def promises(found: list[Line], replicates: int) -> list[Figure]:
    """What the table has to show."""
    detail = f"{len(found)} cells of {replicates} resamples of OpenQA"
    lost = Figure("corrected intervals: cells beyond their bound", sum(bool(x.flag) for x in found), 0, "cells", detail)
    wide = [x.width for x in found if x.name.startswith("gpt-4 ") and " n=100" in x.name and _of_systems(x.name)]
    if not wide:
        return [lost]
    claim = "corrected interval over Wilson's on 100 labels, 500 judged by GPT-4"
    return [lost, Figure(claim, max(wide), 0.87, "x", "the widest of five systems and all answers")]


def _of_systems(name: str) -> bool:
    return name.removeprefix("gpt-4 ").removesuffix(" n=100") in (*SYSTEMS, "all")


if __name__ == "__main__":
    main()
