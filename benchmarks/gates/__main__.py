"""Write docs/benchmarks/gates.md and its picture: `python -m benchmarks.gates` (see requirements.txt)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.gates import rules
from benchmarks.gates.chart import draw
from benchmarks.gates.world import DISAGREE, MEAN, pairs

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "gates.md"
PICTURE = ROOT / "docs" / "images" / "gates.svg"
SIZES = (50, 100, 200, 500, 1000)
DROPS = {0.0: "Nothing changed", 0.02: "It is 2 points worse", 0.05: "It is 5 points worse"}
REPLICATES = 20_000


class Cell(NamedTuple):
    """Shares of comparisons that were flagged, let pass, and left open."""

    flagged: float
    passed: float

    @property
    def open(self) -> float:
        """Neither."""
        return 1.0 - self.flagged - self.passed


Table = dict[tuple[str, float, int], Cell]
"""(rule, drop, items) -> shares."""


def all_rules() -> dict[str, rules.Rule]:
    """Name -> rule, in the order of the page."""
    return {
        "any item breaks": rules.any_flip,
        "the mean fell a point": rules.fell_a_point,
        "mlflow: not below the baseline": rules.mlflow_rule(),
        "lm-eval: unpaired z": rules.unpaired_z,
        "paired test, pass unless significant": rules.paired_test,
        "evalkit, margin 0": rules.evalkit_gate(0.0),
        "evalkit, margin 0.03": rules.evalkit_gate(0.03),
    }


def measure(chosen: dict[str, rules.Rule], replicates: int = REPLICATES, sizes: tuple[int, ...] = SIZES) -> Table:
    """Every rule on the same simulated comparisons."""
    found: Table = {}
    for drop in DROPS:
        for n in sizes:
            drawn = pairs(n, drop, replicates)
            for name, rule in chosen.items():
                said = [(rule(pair), count) for pair, count in drawn.items()]
                flagged = sum(count for flag, count in said if flag is True) / replicates
                passed = sum(count for flag, count in said if flag is False) / replicates
                found[name, drop, n] = Cell(flagged, passed)
    return found


HEAD = """\
# Gates, measured

Written by `python -m benchmarks.gates` (see `benchmarks/gates/requirements.txt`); don't edit. What several ways to
decide say of a candidate whose truth is known: the same as the baseline, 2 points worse, 5 points worse. Each cell is
{replicates:,} simulated comparisons (seeded; standard error 0.35 points at a share of 50 %, 0.15 at 5 %), and every
rule sees the same ones.

![Share of candidates flagged as worse, and passed, by number of items](../images/gates.svg)
"""

READING = """\
## What it says

- **Identical systems.** "Any item breaks" flags {flip_50} of identical systems at 50 items and all of them from 200 on;
  "the mean fell a point" flags {fell_50}, at 1,000 items still {fell_1000}; "not below the baseline" {mlflow_50} and
  {mlflow_1000}. None of the three can say that it does not know.
- **A true 5-point drop.** The two tests that let pass what is not significant keep their false alarms low and wave
  through {paired_50} (paired) and {z_50} (unpaired z) of them at 50 items; at 500 the unpaired z, which throws the
  pairing away, still {z_500}.
- **evalkit** with margin 0.03 passes {pass_bad_50} of the 5-point drops at 50 items and {pass_bad_1000} at 1,000: 5 %
  at most for any drop beyond the margin is the promise. What it cannot decide it calls inconclusive: {open_50} of
  identical systems at 50 items, {open_500} at 500, {open_1000} at 1,000. A 2-point drop lies within this margin, so
  passing it is right, and the relation says that it is worse.
- Margin 0 asks to show that nothing is worse: it fails {detect_500} of the 5-point drops at 500 items (the paired test,
  two-sided, {paired_500}), and an identical system that is not seen to be better stays open.

A verdict that is mostly *inconclusive* is not a weakness of the gate but news about the suite: 50 items cannot decide
about a point. [`evalkit plan`](../reference/cli.md) says so before the items are paid for.

## Assumptions

- An item has a chance p of being answered right, a different one each, and runs are independent given p. The mean of p
  is {mean}. Two runs of one system disagree on {disagree} of the items, as runs of sampled models do.
- A drop of d multiplies every p by 1 - d / {mean}.
- Items are independent, all are scored, every item is asked once, and one metric is looked at once.
- *mlflow: not below the baseline* is `mlflow.validate_evaluation_results` (called, mlflow {mlflow}) with
  `MetricThreshold(min_relative_change=0.0)`, the mildest comparison with a baseline that it accepts. There is no
  `compare_evaluations` in that version.
- *lm-eval: unpaired z* is the formula of lm-evaluation-harness's `scripts/model_comparator.py`: the difference over
  the root of the sum of both squared standard errors, two-sided at .05; flagged where the candidate is the lower one.
- *paired test* is McNemar's mid-p, two-sided at .05; flagged where the candidate is the lower one.
- *evalkit* is the gate itself (`engine.gate.decide` on `stats.paired.difference`), one-sided at .05.
"""


def page(found: Table) -> str:
    """The page."""
    lines = [HEAD.format(replicates=REPLICATES)]
    for drop, title in DROPS.items():
        lines += [f"## {title}", "", "Flagged as worse / passed / left open, in percent.", ""]
        lines += ["| rule | " + " | ".join(f"{n:,} items" for n in SIZES) + " |", "|---|" + "---:|" * len(SIZES)]
        for name in dict.fromkeys(rule for rule, _, _ in found):
            lines.append(f"| {name} | " + " | ".join(_cell(found[name, drop, n]) for n in SIZES) + " |")
        lines.append("")
    return "\n".join(lines) + "\n" + _reading(found)


def _cell(cell: Cell) -> str:
    shares = [cell.flagged, cell.passed, cell.open]
    shown = [f"{100 * share:.1f}" if 0 < share < 0.1 else f"{100 * share:.0f}" for share in shares]
    return " / ".join(shown[:2] if cell.open < 1e-9 else shown)


def _reading(found: Table) -> str:
    def flagged(rule: str, drop: float, n: int) -> str:
        return f"{found[rule, drop, n].flagged:.0%}".replace("%", " %")

    def passed(rule: str, drop: float, n: int) -> str:
        share = found[rule, drop, n].passed
        return f"{share:.1%}".replace("%", " %") if share < 0.1 else f"{share:.0%}".replace("%", " %")

    gate, paired, z = "evalkit, margin 0.03", "paired test, pass unless significant", "lm-eval: unpaired z"
    return READING.format(
        flip_50=flagged("any item breaks", 0.0, 50),
        fell_50=flagged("the mean fell a point", 0.0, 50),
        fell_1000=flagged("the mean fell a point", 0.0, 1000),
        mlflow_50=flagged("mlflow: not below the baseline", 0.0, 50),
        mlflow_1000=flagged("mlflow: not below the baseline", 0.0, 1000),
        paired_50=passed(paired, 0.05, 50),
        z_50=passed(z, 0.05, 50),
        z_500=passed(z, 0.05, 500),
        pass_bad_50=passed(gate, 0.05, 50),
        pass_bad_1000=passed(gate, 0.05, 1000),
        **{f"open_{n}": f"{found[gate, 0.0, n].open:.0%}".replace("%", " %") for n in (50, 500, 1000)},
        detect_500=flagged("evalkit, margin 0", 0.05, 500),
        paired_500=flagged(paired, 0.05, 500),
        mean=MEAN,
        disagree=f"{100 * DISAGREE:g} %",
        mlflow=version("mlflow"),
    )


def main() -> None:
    """Measure and write."""
    found = measure(all_rules())
    PAGE.write_text(page(found), encoding="utf-8")
    PICTURE.write_text(draw(found, list(DROPS.items()), SIZES), encoding="utf-8")


if __name__ == "__main__":
    main()
