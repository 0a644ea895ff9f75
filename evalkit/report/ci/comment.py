"""The one comment of a pull request (and the summary of a job): what each suite says, and what would decide it.

It begins with a mark that is not shown, by which it is found and updated, and never outgrows what a forge takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.core.checks import Checks, SuiteCheck
from evalkit.core.nouns import Decision, Estimate, Record
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.inert import code, escape, table
from evalkit.report.sections import certificates, corrected
from evalkit.report.text import count, plural

__all__ = ["LIMIT", "LINKS", "mark", "render", "with_links"]

LIMIT = 65_536
"""Characters of a GitHub comment."""

LINKS = "<!-- evalkit:links -->"
_ROOM = 2_000  # for links that are put in later
_WORDS = {"skipped": ("Not run", "–")}


def mark(name: str = "") -> str:
    """The hidden first line by which a comment is found again; `name` keeps those of several jobs apart."""
    return f"<!-- evalkit:comment{':' + re.sub(r'[^A-Za-z0-9_.-]', '-', name)[:80] if name else ''} -->"


def render(checks: Checks, *, name: str = "", limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters: where it would be longer, details go first, then suites."""
    head = [mark(name), f"## evalkit: {_head(checks)}", _overview(checks)]
    foot = [*_notes(checks), LINKS]
    for detail in (3, 2, 1, 0):
        text = _joined(checks, detail, head, foot, limit - _ROOM)
        if text is not None:
            return with_links(text, checks.links)
    shorter = "Details are left out, for they exceed what a comment may hold; the report has them."
    text = "\n\n".join([head[0], head[1], shorter, *foot]) + "\n"
    return with_links(text[: limit - _ROOM], checks.links)


def _joined(checks: Checks, detail: int, head: list[str], foot: list[str], room: int) -> str | None:
    """All of it at one level of detail; None where there is no room for it."""
    blocks = [b for b in head if b]
    taken = sum(len(b) + 2 for b in (*blocks, *foot))
    for suite in checks.by_gravity:
        told = [b for b in _suite(suite, detail) if b]
        taken += sum(len(b) + 2 for b in told)
        if taken > room:
            return None
        blocks += told
    return "\n\n".join([*blocks, *foot]) + "\n"


def with_links(text: str, links: dict[str, str]) -> str:
    """The comment with links in the slot that it has for them; addresses that are not http(s) are left out."""
    found = [
        f"[{escape(label)}](<{url}>)"
        for label, url in links.items()
        if re.fullmatch(r"https?://[^\s<>\"'`\\]{1,500}", url)
    ]
    return text.replace(LINKS, " · ".join(found[:5]) + f"\n{LINKS}" if found else LINKS, 1)


def _head(checks: Checks) -> str:
    by: dict[str, int] = {}
    for suite in checks.suites:
        by[suite.status] = by.get(suite.status, 0) + 1
    if checks.status == "skipped":
        return escape(checks.idle)
    text, sign = _word(checks.status)
    open_ = sum(suite.undecided for suite in checks.suites)
    if open_:
        text += f", {plural(open_, 'gate')} undecided"
    if len(checks.suites) == 1:
        return f"{sign} {text}"
    told = ", ".join(f"{n} {_word(status)[0].lower()}" for status, n in sorted(by.items()))
    return f"{sign} {text} ({plural(len(checks.suites), 'suite')}: {told})"


def _word(status: str) -> tuple[str, str]:
    if status in _WORDS:
        return _WORDS[status]
    found = sentences.OUTCOMES[status]
    return found.text, found.mark


def _overview(checks: Checks) -> str:
    if len(checks.suites) < 2:
        return ""
    rows = ["| | Suite | Verdict |", "| --- | --- | --- |"]
    for suite in checks.by_gravity[:50]:
        text, sign = _word(suite.status)
        said = suite.why if suite.status == "skipped" else _said(suite)
        rows.append(f"| {sign} {text}{_open(suite)} | {escape(suite.name)} | {escape(said)} |")
    more = len(checks.suites) - 50
    return "\n".join(rows) + (f"\n\n{more} more suites are in the report." if more > 0 else "")


def _open(suite: SuiteCheck) -> str:
    return f" ({count(suite.undecided)} undecided)" if suite.undecided else ""


def _said(suite: SuiteCheck) -> str:
    if suite.error is not None:
        return suite.error.sentence
    return sentences.verdict(suite.record).headline if suite.record else suite.why


def _suite(suite: SuiteCheck, detail: int) -> Iterator[str]:
    """The blocks of one suite; `detail` from 3 (all) down to 0 (the headline)."""
    if suite.status == "skipped":
        return
    text, sign = _word(suite.status)
    yield f"### {sign} {escape(suite.name)}: {text}{_open(suite)}"
    if suite.error is not None:
        yield escape(suite.error.sentence)
        return
    record = suite.record
    if record is None:
        return
    said = sentences.verdict(record)
    yield escape(said.headline[:1].upper() + said.headline[1:]) + "."
    if detail >= 1 and said.because and suite.status != "pass":
        yield escape(said.because)
    if detail >= 1:
        yield from _table(record, 12 if detail >= 2 else 4)
    if detail >= 2:
        yield from _flips(suite, 5 if detail >= 3 else 2)
        yield from _judged(record, 4 if detail >= 3 else 2)
        yield from _decide(record)
    if detail >= 3:
        yield from _cautions(suite, record, said.caution)
        yield _small(record)


def _table(record: Record, most: int) -> Iterator[str]:
    if not record.decisions:
        return
    findings = Findings(record)
    order = {"fail": 0, "inconclusive": 1, "pass": 2}
    rows = sorted(record.decisions, key=lambda d: order[d.outcome])
    head = ["| | Gate | Candidate | Baseline | Difference (95 %) | Shown |", "| --- | --- | ---: | ---: | ---: | --- |"]
    yield "\n".join(head + [_row(findings, d) for d in rows[:most]])
    if len(rows) > most:
        passed = sum(d.outcome == "pass" for d in rows[most:])
        yield f"{len(rows) - most} more gates ({passed} passed) are in the report."


def _row(findings: Findings, d: Decision) -> str:
    g, base = d.gate, findings.baseline
    own = findings.estimate(g.metric, d.variant, g.slice)
    theirs = findings.estimate(g.metric, base.name, g.slice) if base else None
    difference = findings.estimate(g.metric, findings.contrast(d.variant), g.slice) if base else None
    if g.versus and difference is None:
        difference = d.estimate
    if not g.versus:
        own = d.estimate
    text, sign = _word(d.outcome)
    info = "" if g.role == "primary" else f" ({sentences.role(d)})"
    cells = [
        f"{sign} **{text}**",
        f"{escape(sentences.gate_name(findings.record, d))}{info}",
        _number(own, span=not g.versus),
        _number(theirs, span=False),
        _number(difference, span=True, signed=True),
        escape(sentences.relation(d)),
    ]
    return "| " + " | ".join(cells) + " |"


def _number(e: Estimate | None, *, span: bool, signed: bool = False) -> str:
    if e is None or e.point is None:
        return "–"
    text = numbers.point(e, signed=signed)
    return f"{text} {escape(numbers.interval(e))}".strip() if span else text


def _flips(suite: SuiteCheck, most: int) -> Iterator[str]:
    lines = []
    for f in suite.flips[:5]:
        several = f" of {escape(f.candidate)}" if f.candidate != "candidate" else ""
        line = f"- {escape(f.metric)}{several}: **{count(f.n_broke)} broke**, {count(f.n_fixed)} fixed"
        ids = ", ".join(code(i) for i in f.broke[:most])
        lines.append(line + (f". Broke: {ids}{', …' if f.n_broke > most else ''}" if ids else ""))
    if lines:
        yield "**What changed, case by case**\n\n" + "\n".join(lines)


def _judged(record: Record, most: int) -> Iterator[str]:
    """Judged numbers in three rows, those of gates first, and whether their judges have a vote."""
    gated = {d.gate.metric for d in record.decisions}
    found = [e for e in record.estimates if e.slice is None and e.correction is not None]
    found.sort(key=lambda e: e.metric not in gated)
    blocks = [corrected.block(e, e.correction) for e in found[:most] if e.correction is not None]
    if blocks:
        rows = [[escape(b.name), *(escape(cell) for cell in line)] for b in blocks for line in b.lines]
        yield "**What the judge said, and what it is worth**"
        yield table(["Number", "Row", "Value", "95 % interval", "n"], rows, frozenset({2, 3, 4}))
        if len(found) > most:
            yield f"{plural(len(found) - most, 'more judged number')} in the report."
    votes = list(certificates.terminal(record)) if any(e.judge for e in record.estimates) else []
    if votes:
        yield "\n".join(f"- {escape(line)}" for line in votes[:most])


def _decide(record: Record) -> Iterator[str]:
    open_ = [d for d in record.decisions if d.outcome == "inconclusive" and d.would_decide]
    if open_:
        lines = [f"- {escape(sentences.gate_name(record, d))}: {escape(d.would_decide or '')}" for d in open_[:5]]
        yield "**What would decide it**\n\n" + "\n".join(lines)


def _cautions(suite: SuiteCheck, record: Record, caution: str) -> Iterator[str]:
    said = [*([caution] if caution else []), *suite.notes, *record.warnings]
    if said:
        yield "\n".join(f"- {escape(line)}" for line in said[:6])


def _small(record: Record) -> str:
    cost = f", {numbers.dollars(record.cost)}" if record.cost is not None else ""
    done = f"{plural(record.n_cases, 'case')}, {numbers.duration(record.seconds)}{cost}"
    base = next((v.from_run for v in record.variants if v.role == "baseline" and v.from_run), None)
    against = f", baseline run {code(base)}" if base else ""
    return f"<sub>{escape(done)}, run {code(record.run_id)}{against}, suite {code(suite_file(record))}</sub>"


def suite_file(record: Record) -> str:
    """The suite file as the record names it, or the suite."""
    return record.suite.path or record.suite.name


def _notes(checks: Checks) -> Iterator[str]:
    if checks.policy == "pull_request" and any(s.record for s in checks.suites):
        yield (
            "<sub>Policy pull_request: only what is shown worse blocks. The 5 % false-release guarantee holds for "
            "releases (policy release), not here.</sub>"
        )
