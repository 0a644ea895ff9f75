"""The release report as Markdown: the sections of the page in words and tables, with every text of strangers inert."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from evalkit.core.dossier import Dossier, Moved
from evalkit.core.nouns import Estimate
from evalkit.report import markdown as run
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.inert import code, escape, table
from evalkit.report.redacted import statement
from evalkit.report.release import ranked
from evalkit.report.release.conditions import conditions
from evalkit.report.release.markdown_evidence import approvals, bullets, evidence, limits
from evalkit.report.release.since import numbers_since
from evalkit.report.release.told import release_of, short, when
from evalkit.report.sections import certificates, corrected
from evalkit.report.sections.identity import facts
from evalkit.report.text import clip, count, plural, visible

__all__ = ["changes", "escape_long", "fenced", "render", "since", "slices"]

_MOST = 40


def render(dossier: Dossier) -> str:
    """Verdict, conditions, changes, numbers, evidence, limits, approvals, and how to make it again."""
    findings = Findings(dossier.record)
    blocks = [*_head(dossier), *changes(dossier), *_numbers(dossier, findings), *evidence(dossier)]
    blocks += [*_cost(findings), "## Known limits", *_limits(dossier), "## Approvals", *approvals(dossier)]
    return "\n\n".join(filter(None, [*blocks, *_again(dossier)])) + "\n"


def _head(dossier: Dossier) -> Iterator[str]:
    record, said = dossier.record, sentences.verdict(dossier.record)
    yield f"# Release of {escape(record.suite.name)}: {said.word.mark} {said.word.text}"
    yield f"**{escape(said.headline[:1].upper() + said.headline[1:]).rstrip('.')}.** {escape(said.because)}".strip()
    suite = f"{escape(record.suite.name)}, version {escape(str(record.suite.version))}"
    yield f"Suite {suite}, on {plural(record.n_cases, 'case')}; run {code(record.run_id)} of {when(record.created)}."
    yield escape_long(statement(dossier))
    yield f"**Note.** {escape(said.caution)}" if said.caution else ""
    if record.outcome == "inconclusive":
        yield f"**What would decide it.** {escape(sentences.next_step(record))}"
    yield "## Conditions"
    yield bullets(
        f"**{escape(one.term)}**{' (weakens the verdict)' if one.loud else ''}: {escape_long(one.said)}"
        for one in conditions(dossier)
    )


def escape_long(text: str) -> str:
    """Text of any length, escaped sentence by sentence, for `escape` clips."""
    return " ".join(escape(part) for part in text.replace(". ", ".\n").split("\n"))


def fenced(lines: Iterable[str]) -> str:
    """Commands as a block to copy, whatever backticks they have; empty where there is none."""
    shown = [" ".join(visible(line).split()) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}sh", *shown, fence]) if shown else ""


def changes(dossier: Dossier) -> Iterator[str]:
    """What is not as it was in the last release."""
    release = release_of(dossier)
    yield "## What changed since the last release"
    yield escape(release.found)
    same = [escape(change.what) for change in release.changes if change.same is True]
    rows = [
        [
            escape(change.what),
            code(short(change.before)),
            code(short(change.after)),
            "changed" if change.same is False else "not known",
            escape(change.said),
        ]
        for change in release.changes
        if change.same is not True
    ]
    if rows:
        yield table(["What", "Before", "Now", "State", "What it means"], rows)
    parts = [(c.what, part) for c in release.changes for part in c.parts]
    if parts:
        yield bullets(
            f"{escape(what)}: {escape(part.said) if part.said else _moved(part)}" for what, part in parts[:_MOST]
        )
        if len(parts) > _MOST:
            yield f"and {count(len(parts) - _MOST)} more, which the page lists."
    if same:
        yield f"As it was: {', '.join(same)}."


def _moved(part: Moved) -> str:
    """What became of a part, with its values: a change without them cannot be judged."""
    spans = ((part.before, "before"), (part.after, "now"))
    values = ", ".join(f"{name} {code(clip(value, 200))}" for value, name in spans if value is not None)
    return f"{escape(part.what)} was {part.bend}{f' ({values})' if values else ''}"


def _numbers(dossier: Dossier, findings: Findings) -> Iterator[str]:
    record = dossier.record
    yield from _headed(run.gates(findings))
    yield from since(dossier, findings)
    yield from _headed(run.estimates(findings))
    yield from slices(dossier, findings)
    yield from _headed(corrected.markdown(record))
    yield from _headed(run.decided(record))
    yield from _headed(certificates.markdown(record))
    yield from _headed(run.unscored(dossier))
    yield from _headed(run.failures(findings))


def _headed(blocks: Iterator[str]) -> Iterator[str]:
    """The same a level up: here these are sections."""
    return (block.removeprefix("#") if block.startswith("### ") else block for block in blocks)


def since(dossier: Dossier, findings: Findings) -> Iterator[str]:
    """The numbers then and now."""
    release = release_of(dossier)
    found = [number for number in numbers_since(dossier, findings) if number.then is not None]
    if not found:
        return
    yield "## The numbers since"
    yield escape(release.apart)
    rows = [
        [
            escape(number.metric),
            *(_value(one) for one in (number.then, number.now)),
            _value(number.change, signed=True),
            escape(number.shown),
        ]
        for number in found[:_MOST]
    ]
    yield table(["Metric", "Then", "Now", "Now − then", "What it shows"], rows, frozenset({1, 2, 3}))
    if release.since is not None:
        yield bullets(escape(said) for said in release.since.comparability)


def _value(estimate: Estimate | None, *, signed: bool = False) -> str:
    if estimate is None:
        return "–"
    return f"{numbers.point(estimate, signed=signed)} {escape(numbers.interval(estimate))}".strip()


def slices(dossier: Dossier, findings: Findings) -> Iterator[str]:
    """The slices with the strongest evidence that they are unlike the rest."""
    built = ranked.build(dossier, findings)
    if built is None:
        return
    yield "## Slices, the strongest evidence first"
    for figure in built["figures"]:
        yield f"**{escape(figure.title)}**"
        yield table(
            [escape(cell) for cell in figure.table.header], [[escape(c) for c in row] for row in figure.table.rows]
        )
        yield escape(figure.note)


def _cost(findings: Findings) -> Iterator[str]:
    yield "## Cost and time"
    rows = [
        [
            escape(v.name),
            count(v.n_predictions),
            count(v.n_failed),
            numbers.duration(v.seconds),
            numbers.dollars(v.cost),
        ]
        for v in findings.systems
    ]
    yield table(["System", "Answers", "Failed", "Answering time", "Cost"], rows, frozenset({1, 2, 3, 4}))


def _limits(dossier: Dossier) -> Iterator[str]:
    said = limits(dossier)
    yield bullets(said) if said else "Its makers have stated none."


def _again(dossier: Dossier) -> Iterator[str]:
    record, release = dossier.record, release_of(dossier)
    yield "## Reproduction"
    yield fenced(shlex.join(command) for command in (record.command, release.command) if command)
    rows = [[name, code(value)] for name, value in [("Record digest", release.record_digest), *facts(record)]]
    yield table(["What", "Value"], rows)
    if record.warnings:
        yield bullets(f"Warning: {escape(w)}" for w in record.warnings)
