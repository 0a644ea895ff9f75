"""Under which conditions the verdict holds: what it assumes, what was left out, and what was waived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Decision, Record
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.release.told import release_of
from evalkit.report.text import clip, count, listing, plural

__all__ = ["Condition", "build", "conditions"]

_POLICIES = {
    "release": "Every primary gate and every guardrail has to pass; one that is inconclusive blocks, unless it says "
    "otherwise.",
    "pull_request": "Only what is shown to be worse blocks: a gate that is inconclusive does not. A release is usually "
    "held to the policy `release`.",
}


class Condition(NamedTuple):
    """One condition.

    Attributes:
        term: what it is about, in a word or two.
        said: the sentence.
        loud: whether who signs has to know it: it weakens the verdict.
    """

    term: str
    said: str
    loud: bool = False


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """The verdict in a sentence, and all conditions."""
    told = sentences.verdict(dossier.record)
    return {"verdict": told, "conditions": conditions(dossier)}


def conditions(dossier: Dossier) -> list[Condition]:
    """All conditions in the order of the pipeline; the loud ones weaken the verdict."""
    record = dossier.record
    parts = (_policy, _looks, _cases, _selection, _unscored, _judges, _waived, _census, _failures, _code)
    found = [condition for part in parts for condition in part(record)]
    return [*found, *_moved(dossier)]


def _policy(record: Record) -> Iterator[Condition]:
    yield Condition("Policy", _POLICIES[record.policy], record.policy != "release")
    levels = sorted({(d.level, d.alpha) for d in record.decisions if d.gate.basis == "sample"})
    if levels:
        said = listing([f"{numbers.level(level)} (alpha {alpha:g})" for level, alpha in levels])
        yield Condition(
            "Confidence",
            f"A gate passes when its one-sided bound at {said} is beyond its line. It fails when the other side is "
            "shown, corrected over the gates of the run (Holm). Each passed gate may be wrong at that rate.",
        )


def _looks(record: Record) -> Iterator[Condition]:
    looks = record.suite.source.get("looks", 1)
    first = record.first_look
    if first is not None:
        found = sentences.word(first.found).text.lower()
        yield Condition(
            "Looks",
            f"This is look {first.looks} at the same candidate; the first verdict, of run {first.run_id}, was "
            f"{sentences.word(first.outcome).text.lower()}, and this run alone would say {found}.",
            True,
        )
    elif isinstance(looks, int) and looks > 1:
        yield Condition(
            "Looks", f"This is the first of {looks} looks that the suite allows; each spends its share of alpha."
        )
    else:
        yield Condition(
            "Looks", "This is the first look at this candidate; a rerun is shown beside it, not instead of it."
        )


def _cases(record: Record) -> Iterator[Condition]:
    groups = f" in {plural(record.n_groups, 'group')}" if record.n_groups else ""
    repeats = f", each asked {record.suite.repeats} times" if record.suite.repeats > 1 else ""
    yield Condition(
        "Cases",
        f"{plural(record.n_cases, 'case')}{groups}{repeats}. The intervals are for cases drawn as these were; they say "
        "nothing of cases of another kind.",
    )


def _selection(record: Record) -> Iterator[Condition]:
    if record.selection:
        given = ", ".join(f"{name} {clip(str(value), 120)}" for name, value in record.selection.items())
        yield Condition("Selection", f"Only a part of the suite's cases was asked ({given}).", True)


def _unscored(record: Record) -> Iterator[Condition]:
    bounded: list[str] = []
    assumed: list[str] = []
    for decision in sentences.binding(record):
        if decision.estimate.n_unscored:
            said = f"{_name(record, decision)} ({count(decision.estimate.n_unscored)})"
            (assumed if decision.gate.unscored == "missing_at_random" else bounded).append(said)
    if bounded:
        yield Condition(
            "Unscored",
            f"Unscored cases are counted at their worst and at their best, so the intervals hold: {listing(bounded)}.",
        )
    if assumed:
        yield Condition("Unscored", f"Unscored cases are assumed to be missing at random: {listing(assumed)}.", True)


def _judges(record: Record) -> Iterator[Condition]:
    advisory = [_name(record, d) for d in record.decisions if d.gate.judge == "advisory"]
    if advisory:
        yield Condition("Judges", f"These are a judge's advice and decide nothing: {listing(advisory, 6)}.", True)
    without = [_name(record, d) for d in sentences.binding(record) if d.estimate.uncertified]
    if without:
        yield Condition("Judges", f"The judge of these had no vote: {listing(without, 6)}.", True)
    assumed = {d.estimate.correction.assumes: None for d in record.decisions if d.estimate.correction is not None}
    for said in filter(None, assumed):
        yield Condition(
            "Judges",
            f"Judged numbers are corrected, assuming that {said[:1].lower()}{clip(said[1:], 300).rstrip('.')}.",
        )
    drifted = [info for info in record.sentinels.values() if info.drifted]
    if drifted:
        yield Condition("Judges", f"{plural(len(drifted), 'judge')} drifted since calibration and lost the vote.", True)


def _waived(record: Record) -> Iterator[Condition]:
    waved = [_name(record, d) for d in sentences.binding(record) if d.outcome == "inconclusive" and not d.blocks]
    if waved:
        yield Condition("Waived", f"Inconclusive, and declared not to block: {listing(waved, 6)}.", True)
    info = [_name(record, d) for d in record.decisions if d.gate.role == "info" and d.gate.judge != "advisory"]
    if info:
        yield Condition("Information", f"Shown, and decide nothing: {listing(info, 6)}.")


def _census(record: Record) -> Iterator[Condition]:
    held = [_name(record, d) for d in sentences.binding(record) if d.gate.basis == "census"]
    if held:
        yield Condition(
            "Census",
            f"The observed value decides, without inference, as if there were no other cases: {listing(held, 6)}.",
            True,
        )


def _failures(record: Record) -> Iterator[Condition]:
    failed = sum(v.n_failed for v in record.variants if v.role == "candidate")
    if record.suite.source.get("on_failure") == "unscored":
        yield Condition("Failures", "A system's own failure is left unscored, not counted as wrong.", bool(failed))
    elif failed:
        yield Condition("Failures", f"{plural(failed, 'answer')} that the system failed to give count as wrong.")


def _code(record: Record) -> Iterator[Condition]:
    env = record.environment
    if env.commit is None:
        yield Condition("Code", "The suite lay in no git repository: the code of this run has no commit.", True)
    elif env.dirty:
        yield Condition(
            "Code", f"Commit {env.commit[:12]} with uncommitted changes: it does not say all of the code.", True
        )
    else:
        yield Condition("Code", f"Commit {env.commit[:12]}, without uncommitted changes.")


def _moved(dossier: Dossier) -> Iterator[Condition]:
    """Gates that are easier than those of the last release."""
    release = release_of(dossier)
    eased = [
        p
        for c in release.changes
        for p in c.parts
        if p.bend == "loosened" or (c.what == "policy" and p.bend == "removed")
    ]
    for part in eased:
        yield Condition("Gates moved", clip(part.said or f"{part.what} was {part.bend}.", 300), True)


def _name(record: Record, decision: Decision) -> str:
    return f"“{clip(sentences.gate_name(record, decision), 120)}”"
