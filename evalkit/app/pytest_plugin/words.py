"""Decisions as pytest shows them: a sentence for the summary line, a few lines below, and no traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _pytest._code.code import ReprExceptionInfo

    from evalkit.core.nouns import Decision, Record
    from evalkit.core.protocols import Store

_SHOWN, _WARNINGS = 5, 3
_LONGEST = 300


def failure(message: str, path: str, line: int) -> ReprExceptionInfo:
    """A message in the shape that the terminal, JUnit XML and pytest-xdist know; its first line is the summary."""
    from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

    text = safe(message)
    crash = ReprFileLocation(path, line, text.partition("\n")[0])
    return ReprExceptionInfo(
        reprcrash=crash, reprtraceback=ReprTraceback([ReprEntryNative([text + "\n"])], None, "native")
    )


def safe(text: str) -> str:
    """Text that cannot drive a terminal."""
    from evalkit.app.cli.console import printable

    return printable(text.replace("\u00a0", " "))


def clip(text: str) -> str:
    """At most a few hundred characters of one value."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def sentence(decision: Decision) -> str:
    """The reason; an inconclusive one begins with the word."""
    head = {"inconclusive": "Inconclusive: ", "fail": "", "pass": ""}[decision.outcome]
    return f"{head}{decision.reason}"


def lines(decision: Decision) -> list[str]:
    """The number with its interval, and what would decide."""
    from evalkit.report import numbers

    e = decision.estimate
    interval = numbers.interval(e)
    span = f"{interval} at {numbers.level(e.level)}" if interval else f"(no interval: {e.reason or 'not stated'})"
    unscored = f", {e.n_unscored:,} unscored" if e.n_unscored else ""
    value = f"{e.metric} {numbers.point(e, signed=decision.gate.versus is not None)} {span}"
    found = [f"  {value}, {e.n:,} cases{unscored} ({decision.variant})"]
    if decision.would_decide:
        found.append(f"  What would decide: {decision.would_decide}")
    return found


def message(record: Record, store: Store, decision: Decision) -> str:
    """All that a gate says when it does not pass."""
    told = [sentence(decision), *lines(decision), *_cases(record, store, decision)]
    told.append(f"  More: evalkit report run:{record.run_id}")
    return "\n".join(told)


def properties(decision: Decision, run_id: str) -> list[tuple[str, object]]:
    """What JUnit XML carries beside the outcome."""
    e = decision.estimate
    found: dict[str, Any] = {
        "outcome": decision.outcome,
        "relation": decision.relation,
        "metric": e.metric,
        "n": e.n,
        "n_unscored": e.n_unscored,
        "point": e.point,
        "lo": e.lo,
        "hi": e.hi,
        "p_pass": decision.p_pass,
        "p_fail_holm": decision.p_fail_holm,
        "run": run_id,
    }
    return [(f"evalkit_{key}", "" if value is None else value) for key, value in found.items()]


def headline(record: Record, report: Path | None = None) -> str:
    """A line for the end of the session, and what the run warns of."""
    from evalkit.report import sentences

    said = sentences.verdict(record)
    where = f", report {report}" if report else ""
    line = f"{record.suite.name}: {said.word.text}: {said.headline}. run:{record.run_id}{where}"
    return safe("\n  warning: ".join([line, *map(clip, record.warnings[:_WARNINGS])]))


def _cases(record: Record, store: Store, decision: Decision) -> list[str]:
    """The first cases that got worse, or that are wrong; with their answers."""
    from evalkit.app.dossier import assemble

    dossier = assemble(record, store)
    if decision.gate.versus:
        flips = [f for f in dossier.flips if (f.metric, f.candidate) == (decision.gate.metric, decision.variant)]
        rows = [int(row) for flip in flips for row in flip.broke]
        head = [f"  Broke: {len(rows):,}; fixed: {sum(len(f.fixed) for f in flips):,}."] if flips else []
    else:
        values = dossier.values.get((decision.gate.metric, decision.variant))
        wrong = () if values is None or decision.estimate.better != "higher" else (values < 1).nonzero()[0]
        rows, head = [int(row) for row in wrong], [f"  Not right: {len(wrong):,}."] if len(wrong) else []
    return head + [f"    {line}" for line in _answers(dossier, decision, rows[:_SHOWN])]


def _answers(dossier: Any, decision: Decision, rows: list[int]) -> list[str]:
    """`case-1: expected "a", answered "b"`, a line each."""
    import pyarrow.compute as pc

    ids = [dossier.cases.ids[row].as_py() for row in rows]
    mine = dossier.predictions.filter(pc.equal(dossier.predictions["variant"], decision.variant))
    found = []
    for row, case_id in zip(rows, ids, strict=True):
        answers = mine.filter(pc.equal(mine["case_id"], case_id)).slice(0, 1).to_pylist()
        said = answers[0]["output"] or f"failed: {answers[0]['failure_reason']}" if answers else "nothing"
        expected = dossier.cases.expected.text[row].as_py()
        found.append(f"{clip(case_id)}: expected {clip(expected or 'nothing')}, answered {clip(said)}")
    return found
