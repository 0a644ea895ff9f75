"""The words for outcomes and relations: one home, so that page, comment, terminal and notebook tell one story."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from evalkit.core.comparison import Comparison
from evalkit.core.nouns import Decision, Outcome, Record, RunOutcome
from evalkit.report.text import listing, plural

__all__ = [
    "OUTCOMES",
    "RELATIONS",
    "Verdict",
    "Word",
    "binding",
    "compared",
    "decisive",
    "direction",
    "next_step",
    "relation",
    "role",
    "verdict",
    "word",
]


class Word(NamedTuple):
    """An outcome as a word and a sign, never as a colour alone."""

    text: str
    mark: str


OUTCOMES: dict[str, Word] = {
    "pass": Word("Pass", "✓"),
    "fail": Word("Fail", "✗"),
    "inconclusive": Word("Inconclusive", "?"),
    "ungated": Word("Ungated", "○"),
    "error": Word("Error", "!"),
}

RELATIONS: dict[str, str] = {
    "better": "shown better than the baseline",
    "not_worse": "shown not worse than the baseline by more than the margin",
    "worse_within_margin": "shown worse than the baseline, but by less than the margin",
    "worse": "shown worse than the margin allows",
    "identical": "answers identical to the baseline's on every case",
    "undecided": "not decided by these cases",
}

_ABSOLUTE = {
    "pass": "shown on the right side of the line",
    "fail": "shown on the wrong side of the line",
    "inconclusive": "the evidence does not settle the side of the line",
}

_ROLES = {
    "primary": "primary gate",
    "guardrail": "guardrail",
    "info": "for information only",
}


def word(outcome: Outcome | RunOutcome) -> Word:
    """The word and the sign of an outcome."""
    return OUTCOMES[outcome]


def role(decision: Decision) -> str:
    """What the gate is for."""
    return "advice of a judge, not a gate" if decision.gate.judge == "advisory" else _ROLES[decision.gate.role]


def relation(decision: Decision) -> str:
    """What was shown, in words: against the baseline, or against the line of an absolute gate."""
    if decision.gate.basis == "census":
        return "the observed value decides: no inference"
    return RELATIONS[decision.relation] if decision.gate.versus else _ABSOLUTE[decision.outcome]


def direction(better: str) -> str:
    """Which way is better, in words: a sign is never turned."""
    return "higher is better" if better == "higher" else "lower is better"


def binding(record: Record) -> list[Decision]:
    """The decisions that the verdict rests on: all but those of gates that inform, or let a judge advise."""
    return [d for d in record.decisions if d.gate.role != "info" and d.gate.judge != "advisory"]


def decisive(record: Record) -> list[Decision]:
    """The decisions that brought the verdict about, primary gates first; empty when there is none to name."""
    found = [d for d in binding(record) if d.outcome == record.outcome and (d.outcome != "inconclusive" or d.blocks)]
    return sorted(found, key=lambda d: d.gate.role != "primary")


class Verdict(NamedTuple):
    """The first thing that is said.

    Attributes:
        outcome: of the run.
        word: its word and sign.
        headline: one sentence: the outcome, and which gates brought it about.
        because: the reason of the gate that decided first; empty when there is none.
        caution: what the verdict does not say (a pass that is worse within the margin, gates waved through); or empty.
    """

    outcome: RunOutcome
    word: Word
    headline: str
    because: str
    caution: str


def verdict(record: Record) -> Verdict:
    """The verdict of a record in sentences."""
    deciders = decisive(record)
    because = deciders[0].reason if deciders else ""
    if record.outcome == "pass" and len(deciders) > 1:  # the headline names none of them
        because = f"“{gate_name(record, deciders[0])}”: {because}"
    if record.outcome == "error" and not because:
        because = record.warnings[0] if record.warnings else "The run has no estimate to show for its gates."
    return Verdict(record.outcome, word(record.outcome), _headline(record, deciders), because, _caution(record))


def compared(found: Comparison) -> Verdict:
    """What a comparison of many systems says first: it is no verdict of a gate."""
    said = found.sentence.rstrip(".")
    about = f"{len(found.systems)} systems on {plural(found.n_cases, 'common case')}, scored as {found.scored_as} says."
    failed = [s.name for s in found.systems if s.n_failed]
    caution = f"Failures count as wrong: {listing(failed)}." if failed else ""
    return Verdict("ungated", Word("Comparison", "≷"), said, about, caution)


def of_two(found: Comparison, record: Record) -> Verdict:
    """What a comparison of two runs says first: the gates' verdict where there is one, and which run is which."""
    told = verdict(record)
    if record.outcome != "ungated":
        return told._replace(because=f"{told.because} {who(found)}".strip())
    return Verdict("ungated", Word("Comparison", "≷"), found.sentence.rstrip("."), who(found), told.caution)


def who(found: Comparison) -> str:
    """Which run each of two systems is."""
    said = []
    for system in found.systems:
        run = system.run_id if system.variant == "candidate" else f"{system.run_id}/{system.variant}"
        said.append(f"{system.name} is {system.run_name} ({run})" if system.run_name else f"{system.name} is run {run}")
    return f"{listing(said)}."[:1].upper() + f"{listing(said)}."[1:]


def _headline(record: Record, deciders: list[Decision]) -> str:
    gates = binding(record)
    first = record.first_look
    if first is not None and first.found != record.outcome:
        return f"the first verdict stands ({first.run_id}); this rerun alone would say {word(first.found).text.lower()}"
    named = listing([gate_name(record, d) for d in deciders])
    if record.outcome == "pass":
        passed = sum(d.outcome == "pass" for d in gates)
        if passed == len(gates):
            return f"the only gate passed: {named}" if passed == 1 else f"all {passed} gates passed"
        return f"{passed} of {plural(len(gates), 'gate')} passed, and none of the others blocks"
    if record.outcome in ("fail", "inconclusive"):
        what = "failed" if record.outcome == "fail" else "could not be decided"
        return f"{len(deciders)} of {plural(len(gates), 'gate')} {what}: {named}" if deciders else f"a gate {what}"
    if record.outcome == "error":
        return "the run did not measure what its gates ask for"
    return _without_gate(record)


def _without_gate(record: Record) -> str:
    if not record.decisions:
        return "the suite declares no gate, so these are numbers without a verdict"
    return "no gate of the suite decides, they only inform, so these are numbers without a verdict"


def gate_name(record: Record, decision: Decision) -> str:
    """The gate's label, with the candidate's name where there are several."""
    several = sum(v.role == "candidate" for v in record.variants) > 1
    return f"{decision.gate.label} ({decision.variant})" if several else decision.gate.label


def _caution(record: Record) -> str:
    gates = binding(record)
    said = []
    worse = [gate_name(record, d) for d in gates if d.relation == "worse_within_margin"]
    if worse and record.outcome == "pass":
        said.append(f"Worse than the baseline, though within the margin: {listing(worse)}.")
    waved = [gate_name(record, d) for d in gates if d.outcome == "inconclusive" and not d.blocks]
    if waved:
        why = "which is neutral for a pull request" if record.policy == "pull_request" else "and declared not to block"
        said.append(f"Inconclusive, {why}: {listing(waved)}.")
    assumed = [gate_name(record, d) for d in gates if d.gate.unscored == "missing_at_random" and d.estimate.n_unscored]
    if assumed:
        said.append(f"Unscored cases are assumed to be missing at random: {listing(assumed)}.")
    return " ".join(said)


def next_step(record: Record) -> str:
    """What a person would do now, in a sentence."""
    deciders = decisive(record)
    if record.outcome == "inconclusive" and deciders and deciders[0].would_decide:
        return deciders[0].would_decide
    if record.outcome == "fail":
        return f"Read the cases that broke: {_reading(record)}"
    if record.outcome == "ungated" and any(d.gate.judge == "advisory" for d in record.decisions):
        return "Calibrate the judge (evalkit calibrate) and write `judge: certified` to let it decide."
    if record.outcome == "ungated":
        return "Declare a gate under `gates:` in the suite file to get a verdict."
    if record.outcome == "error":
        return f"Retry what was not answered, with --retry-failed, or read the reasons: {_reading(record)}"
    return f"Read the report: {_reading(record)}"


def _reading(record: Record) -> str:
    """The command that writes the report; of a comparison, which is not stored, the one that makes it again."""
    if record.run_id.startswith("compare-"):
        return f"{shlex.join(record.command)} --report FILE"
    return f"evalkit report run:{record.run_id}"
