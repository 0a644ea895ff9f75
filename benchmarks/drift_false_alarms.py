"""How often drift is called where nothing changed, and found where a little did: seeded simulation.

    python benchmarks/drift_false_alarms.py                       # 1,000 tables a row: some forty minutes
    python benchmarks/drift_false_alarms.py --replicates 200

A table has 20 columns (ten normal, four lognormal, two counts with many zeros, four categories, one of them with rare
values), a reference of 2,000 rows, and 50 to 20,000 rows of now. `any column` is the share of tables in which at least
one column is called drift or shifted: 5 % is claimed. `drift` counts those that evalkit calls drift, of an effect of
at least .1; `told` are columns of which it says no_drift. `*` marks a rate that is more than three binomial standard
errors above 5 %.

Beside it stands, re-implemented here from its published defaults and named as such, the rule of a widely used monitor,
Evidently 0.7: with a reference above 1,000 rows nothing is tested; a number has drifted where Wasserstein's distance
over the reference's standard deviation is at least .1, a category where the Jensen-Shannon distance is, however few
the rows of now.

`power` is of one normal column that moved by .08 standard deviations, in a table of 20: the share of tables in which
it is called drift or shifted.
"""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from measure import Figure, show

from evalkit.pipeline.monitor.drift import drift
from evalkit.pipeline.monitor.profile import profile

REFERENCE = 2_000
CURRENT = (50, 100, 200, 500, 2_000, 20_000)
SHIFT = 0.08
_RARE = np.array([0.7, 0.2, 0.06, 0.03, 0.009, 0.001])


class Row(NamedTuple):
    """What was observed at one size of now, as shares of the replicates (`told`, `rule_columns`: of the columns)."""

    size: int
    any_column: float
    any_drift: float
    told: float
    rule_any: float
    rule_columns: float
    power: float
    rule_power: float


def table(rng: np.random.Generator, n: int, shift: float = 0.0) -> dict[str, npt.NDArray[Any]]:
    """20 columns of n rows; the first is moved by `shift`."""
    columns: dict[str, npt.NDArray[Any]] = {f"normal{i}": rng.normal(shift * (i == 0), 1, n) for i in range(10)}
    columns |= {f"lognormal{i}": rng.lognormal(size=n) for i in range(4)}
    columns |= {f"count{i}": rng.poisson(0.3, n) for i in range(2)}
    columns |= {f"kind{i}": rng.choice(list("abcd"), n) for i in range(3)}
    columns["rare"] = rng.choice(list("abcdef"), n, p=_RARE)
    return columns


def rule(reference: npt.NDArray[Any], current: npt.NDArray[Any]) -> bool:
    """Evidently's default above 1,000 rows of reference, re-implemented from its description."""
    if reference.dtype.kind in "US":
        keys = np.unique(np.concatenate([reference, current]))
        p, q = ((side[:, None] == keys).mean(axis=0) for side in (reference, current))
        middle = (p + q) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [np.where(side > 0, side * np.log2(side / middle), 0.0).sum() for side in (p, q)]
        return math.sqrt(max(0.0, sum(terms) / 2)) >= 0.1
    from scipy.stats import wasserstein_distance

    return bool(wasserstein_distance(reference, current) / max(reference.std(), 0.001) >= 0.1)


def measured(size: int, replicates: int, seed: int = 20_261_123) -> Row:
    """One row: `replicates` pairs of equal tables, and as many with one column moved."""
    rng = np.random.default_rng([seed, size])
    counts = np.zeros(7)
    for _ in range(replicates):
        reference, current, moved = table(rng, REFERENCE), table(rng, size), rng.normal(SHIFT, 1, size)
        kept = profile(pa.table(reference))
        found = drift(kept, profile(pa.table(current)))
        shown = [row.outcome in ("drift", "shifted") for row in found.rows]
        by_rule = [rule(reference[name], current[name]) for name in reference]
        power = drift(kept, profile(pa.table({**current, "normal0": moved}))).rows[0].outcome in ("drift", "shifted")
        counts += [
            any(shown),
            any(row.outcome == "drift" for row in found.rows),
            np.mean([row.outcome == "no_drift" for row in found.rows]),
            any(by_rule),
            np.mean(by_rule),
            power,
            rule(reference["normal0"], moved),
        ]
    return Row(size, *(counts / replicates).tolist())


def say(line: str) -> None:
    """A line for people."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Print the table on stderr, the figure on stdout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1_000)
    replicates = parser.parse_args().replicates
    most = 0.05 + 3 * math.sqrt(0.05 * 0.95 / replicates)
    print(
        f"{replicates:,} tables of 20 equal columns, reference {REFERENCE:,} rows; nothing changed, or .08 sd in one\n"
    )
    say("| rows now | any column | any drift | columns told | rule*: any | rule*: columns | power | rule*: power |")
    say("|---:|---:|---:|---:|---:|---:|---:|---:|")
    rows = []
    for size in CURRENT:
        found = measured(size, replicates)
        rows.append(found)
        cells = [f"{share:.1%}" for share in found[1:]]
        cells[0] += " *" if found.any_column > most else ""
        say(f"| {size:,} | {' | '.join(cells)} |")
    say("\nrule*: Evidently's default above 1,000 rows of reference, re-implemented from its description")
    worst = max(rows, key=lambda row: row.any_column)
    claim = "drift on equal tables: P(any of 20 columns), 5 % and three standard errors of the simulation"
    show([Figure(claim, worst.any_column, most, "share", f"{replicates:,} tables, worst at {worst.size:,} rows now")])


if __name__ == "__main__":
    main()
