"""The desk's answers: a judge that earned its vote, a release after another one, and runs on the way there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import evalkit
from docs.samples.evidence import every, lineage_before
from docs.samples.still import iso, moment, typed
from evalkit.app.calibrating.live import Calibrated, Live, calibrate
from evalkit.app.options import Options
from evalkit.core.evidence import Approval
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store

SUITE = "suites/support_answers"
_HERE = Path(__file__).resolve().parents[2] / SUITE
_STEPS = 5
_FIRST_GATES = """gates:
  - {metric: correct, at_least: 0.55, role: primary, name: half of the answers are right}
  - {metric: amount, at_least: 0.6, role: guardrail}
  - {metric: answered, at_least: 0.9, role: guardrail}

"""


class Support(NamedTuple):
    """What the samples are about.

    Attributes:
        judge: the calibration of the desk's judge.
        first: the run that stands for the last release.
        steps: systems to compare, from the one that is released to the one before it.
        record: the run that is released.
    """

    judge: Calibrated
    steps: list[str]
    record: Record


def run(store: Store) -> Support:
    """Calibrate the judge, release the old system, and run versions between it and the new one, up to the new one."""
    shutil.copytree(_HERE, SUITE, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md"))
    held = _calibrated(store)
    _write_first_suite()
    first = _run(store, f"{SUITE}/first.yaml", "old", None, day=1)
    store.add_evidence(first.run_id, lineage_before(first))
    store.set_baseline("production", first.run_id, who="release pipeline (made up)")
    for step in range(1, _STEPS):
        _mix(step)
        _run(store, f"{SUITE}/suite.yaml", f"step{step}", "old", day=2 + 3 * step)
    record = _run(store, f"{SUITE}/suite.yaml", "new", "old", day=20)
    for one in every(record):
        store.add_evidence(record.run_id, one)
    store.add_evidence(record.run_id, _approval(record))
    return Support(held, [f"desk-{name}/candidate" for name in ("new", "step4", "step2", "old")], record)


def _calibrated(store: Store) -> Calibrated:
    live = Live(
        f"{SUITE}/support.yaml",
        f"{SUITE}/calibration.jsonl",
        judge=f"{SUITE}/suite.yaml#desk",
        clock=lambda: moment(0),
    )
    return calibrate(live, store, lambda *_: None)


def _write_first_suite() -> None:
    """The suite as it may have been a release ago: no comparison, lines that are lower."""
    text = Path(SUITE, "suite.yaml").read_text(encoding="utf-8")
    before, after = text.index("gates:\n"), text.index("slices:")
    Path(SUITE, "first.yaml").write_text(text[:before] + _FIRST_GATES + text[after:], encoding="utf-8")


def _mix(step: int) -> None:
    """Answers of a version on the way: some appliances are answered by the new system, the others by the old one."""
    new, old = (Path(SUITE, f"answers/{n}.jsonl").read_text(encoding="utf-8").splitlines() for n in ("new", "old"))
    later = {line.split('"')[3]: line for line in new}
    rows = []
    for i, line in enumerate(old):
        ident = line.split('"')[3]
        rows.append(later.get(ident, line) if (i // 6 * 7) % _STEPS < step else line)
    Path(SUITE, f"answers/step{step}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _run(store: Store, suite: str, candidate: str, baseline: str | None, *, day: int) -> Record:
    specs = [None if name is None else f"recorded:{SUITE}/answers/{name}.jsonl" for name in (candidate, baseline)]
    words = f"evalkit run {suite.removesuffix('/suite.yaml')} --name desk-{candidate} --candidate {specs[0]}"
    with typed(words + (f" --baseline {specs[1]}" if baseline else "")):
        return evalkit.run(
            suite,
            candidate=specs[0],
            baseline=specs[1],
            workspace=store,
            options=Options(clock=lambda: moment(day), name=f"desk-{candidate}"),
        )


def _approval(record: Record) -> Approval:
    return Approval(
        created=iso(20.9),
        made_by="evalkit approve",
        who="Robin Example",
        role="release manager (made up)",
        approved=True,
        note="Better on the whole and worse nowhere that could be shown. The four limits are accepted.",
        record=record.digest,
    )
