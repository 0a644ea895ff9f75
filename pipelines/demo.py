"""Turn the whole loop on the flights of 2013, and compare each verdict with what the README foretells.

    python pipelines/demo.py [--reports FOLDER] [--workspace FOLDER] [--sample N]

Ended anywhere, it goes on with the same command and comes to the same digests. Exit code 0 only when all came true.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "pipelines" / "flights"

SAYS = {
    "intake": "January to March come in as events, and the contract is held against each",
    "features": "What was known two hours before departure, the same offline and online",
    "models": "Two candidates, trained in clean processes; one twice",
    "gate": "April decides",
    "deploy": "April's traffic over HTTP: a broken system, a shadow, a canary",
    "experiment": "May: aircraft are assigned to the old or the new model",
    "monitor": "June to December, day by day, against May",
    "feedback": "What became of the summer's flights comes back as training rows",
    "retrain": "The next candidate, judged on November",
    "release": "What is known of the champion",
}
FORETOLD = {
    "intake": ("80,789 events: 77,911 rows, 2,878 in quarantine", "841 without a tail number"),
    "features": ("deterministic: True", "differs from offline in 0 of 1,000"),
    "models": ("trained twice: same",),
    "gate": ("linear against a constant: pass", "boosted against linear: pass", "flights@2 is challenger"),
    "deploy": (
        "broken system: rolled back",
        "users saw 0 errors",
        "requests: pass",
        "challenger: promoted",
        "@2 is champion",
    ),
    "experiment": ("the split is as meant", "undecided"),
    "monitor": (
        "summer: Performance holds",
        "summer: 'temp' drifted",
        "summer: It mattered",
        "autumn: Performance holds",
    ),
    "feedback": ("April's answers as training rows: refused", "June to September"),
    "retrain": ("retrained against the champion: pass", "flights@3 is challenger"),
    "release": ("validation, lineage, registry, shadow, rollout, ab, monitor",),
}
"""Words that each stage has to say; the README says the same."""


def main(argv: list[str] | None = None) -> int:
    """Run all stages, compare, make the pages; 0 only when all came true."""
    parser = argparse.ArgumentParser(description="Turns the whole loop on the flights of 2013.")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports", help="folder of the pages")
    parser.add_argument("--workspace", type=Path, default=ROOT / ".evalkit", help="folder where all is kept")
    parser.add_argument("--sample", type=int, default=0, help="so many flights a month: quick, and nothing is foretold")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    report = turned(options.workspace, options.sample)
    surprises = [] if options.sample else [one for stage in report.stages for one in differs(stage, options.workspace)]
    if report.exit_code == 0:
        surprises += pages(options.reports, options.workspace, report)
    print(f"\nDone in {time.perf_counter() - began:.0f} s")
    for sentence in surprises:
        print(f"NOT AS FORETOLD: {sentence}")
    if not surprises and not report.exit_code and not options.sample:
        print("Every verdict is the one that pipelines/flights/README.md foretells.")
    return report.exit_code or int(bool(surprises))


def turned(workspace: Path, sample: int) -> Any:
    """Run the pipeline, and tell what happens."""
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.file import Project, read_project
    from evalkit.app.pipeline.stages.run import Wanted, run

    project = read_project(HOME)
    if sample:
        project = Project(sampled(project.pipeline, sample), project.base)
    workspace.mkdir(parents=True, exist_ok=True)
    return run(Bench(workspace.resolve()), project, Wanted(begins=begins, tell=tell, done=done))


def sampled(pipeline: Any, sample: int) -> Any:
    """The same pipeline on fewer flights."""
    stages = {}
    for name, stage in pipeline.stages.items():
        config = {key: {"sample": sample, "cases": sample}.get(key, value) for key, value in stage.config.items()}
        stages[name] = stage.model_copy(update={"config": config})
    return pipeline.model_copy(update={"stages": stages})


def begins(stage: str, why: Any) -> None:
    """A stage begins."""
    print(f"\n== {SAYS[stage]}", flush=True)


def tell(stage: str, sentence: str) -> None:
    """A stage says something."""
    print(f"   {sentence}", flush=True)


def done(report: Any) -> None:
    """A stage ended."""
    verdict = f", {report.outcome}" if report.outcome else ""
    said = f" ({report.said})" if report.said and report.outcome != "pass" else ""
    if report.state == "kept":
        print(f"\n== {SAYS[report.stage]}: nothing changed{verdict}{said}", flush=True)
    else:
        print(f"   [{report.stage} {report.state} in {report.seconds:.0f} s{verdict}{said}]", flush=True)


def differs(stage: Any, workspace: Path) -> list[str]:
    """What a stage was to say and did not."""
    if stage.state not in ("ran", "kept"):
        return [f"{stage.stage} {stage.state}: {stage.said}"]
    said = "\n".join(logged(workspace, stage.stage))
    return [f"{stage.stage} does not say {words!r}" for words in FORETOLD[stage.stage] if words not in said]


def logged(workspace: Path, stage: str) -> list[str]:
    """What a stage said when it ran, then or now."""
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.ledger import Ledger

    last = Ledger(Bench(workspace.resolve()), "flights").last(stage)
    return [] if last is None else list(last.ran.made.logged)


def pages(reports: Path, workspace: Path, report: Any) -> list[str]:
    """The release report of the champion's run, and the site over all runs; what went wrong, as sentences."""
    run = next(one for one in report.stages if one.stage == "gate").outputs["second"].name
    reports.mkdir(parents=True, exist_ok=True)
    release, site = reports / "flights-loop.html", reports / "site"
    print("\n== Release report of the champion, and the site over all runs", flush=True)
    wrong = evalkit("report", "release", f"run:{run}", "-o", str(release), "--workspace", str(workspace))
    wrong += evalkit("report", "site", str(site), "--force", "--workspace", str(workspace))
    print(f"Release report: {release}\nSite over all runs: {site / 'index.html'}")
    return wrong + [f"there is no {page}" for page in (release, site / "index.html") if not page.exists()]


def evalkit(*words: str) -> list[str]:
    """A command of evalkit."""
    code = subprocess.run([sys.executable, "-m", "evalkit", *words], cwd=ROOT, check=False).returncode
    return [] if code == 0 else [f"evalkit {' '.join(words[:2])} ended with exit code {code}"]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main(sys.argv[1:]))
