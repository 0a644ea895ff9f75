"""Who approved which version of this record, and when; and room to sign on paper."""

from __future__ import annotations

from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Approval
from evalkit.report.findings import Findings
from evalkit.report.release.told import LONG, evidence_of, release_of, when
from evalkit.report.sentences import Word
from evalkit.report.text import clip, listing, plural

__all__ = ["State", "build", "stands", "state"]

_STATES = {"pass": Word("Approved", "✓"), "fail": Word("Rejected", "✗"), "inconclusive": Word("Open", "○")}
_WORDS = {"pass": Word("Approved", "✓"), "fail": Word("Rejected", "✗"), "ungated": Word("Not valid", "○")}


class State(NamedTuple):
    """Where the approvals stand.

    Attributes:
        outcome: pass: somebody approved and nobody rejects; fail: somebody rejects; inconclusive: nobody said.
        said: the sentence.
    """

    outcome: str
    said: str

    @property
    def word(self) -> Word:
        """The outcome as a word and a sign."""
        return _STATES[self.outcome]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """A row a signature, the newest first; those for another version of the record are told apart."""
    found = list(reversed(evidence_of(dossier, Approval)))
    digest = release_of(dossier).record_digest
    standing = _standing(dossier)
    run = dossier.record.run_id
    return {
        "state": state(dossier),
        "rows": [_row(one, digest, standing) for one in found],
        "digest": digest,
        "run": run,
        "approve": f"evalkit approve run:{run} --role ROLE",
        "lines": ("Name", "Role", "Date", "Signature"),
    }


def state(dossier: Dossier) -> State:
    """Where the approvals of this very record stand; the last word of each person counts."""
    standing = list(_standing(dossier).values())
    others = sum(a.record != release_of(dossier).record_digest for a in evidence_of(dossier, Approval))
    rest = (
        f" {plural(others, 'signature')} {'is' if others == 1 else 'are'} for another version of this record."
        if others
        else ""
    )
    against = [_who(a) for a in standing if not a.approved]
    agreed = [_who(a) for a in standing if a.approved]
    if against:
        more = f"; approved by {listing(agreed)}" if agreed else ""
        return State("fail", f"Rejected by {listing(against)}{more}.{rest}")
    if agreed:
        return State("pass", f"Approved by {listing(agreed)}.{rest}")
    return State("inconclusive", f"Nobody has approved this record yet.{rest}")


def _standing(dossier: Dossier) -> dict[str, Approval]:
    """Person -> their last word on this very record, in whatever role they said it."""
    digest = release_of(dossier).record_digest
    found: dict[str, Approval] = {}
    for one in evidence_of(dossier, Approval):
        if one.record == digest:
            found[_person(one)] = one
    return found


def _person(one: Approval) -> str:
    return " ".join(one.who.split()).casefold()


def stands(one: Approval, dossier: Dossier) -> bool:
    """Whether it is the last word of its person on this very record."""
    return _standing(dossier).get(_person(one)) == one


def _who(one: Approval) -> str:
    role = f" ({clip(one.role, 60)})" if one.role else ""
    return f"{clip(one.who, 80)}{role} on {when(one.created)[:10]}"


def _row(one: Approval, digest: str, standing: dict[str, Approval]) -> dict[str, Any]:
    mine = one.record == digest
    last = standing.get(_person(one)) == one
    outcome = ("pass" if one.approved else "fail") if mine and last else "ungated"
    why = (
        ""
        if mine and last
        else "withdrawn by a later word of the same person"
        if mine
        else "for another version of this record"
    )
    word = _WORDS[outcome] if outcome != "ungated" else Word("Approved" if one.approved else "Rejected", "○")
    return {
        "outcome": outcome,
        "word": word,
        "why": why,
        "who": clip(one.who, 120),
        "role": clip(one.role, 120) or "–",
        "at": when(one.created),
        "note": clip(one.note, LONG),
        "record": one.record[:12],
    }
