"""Gathers what a judge's card may read: the certificate, its standing, the rubric's text, and what runs saw of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from evalkit.app.carded.given import Given, given
from evalkit.app.carded.rubric import rubric_of
from evalkit.app.carded.seen import history, seen
from evalkit.core.judge_card import JudgeCard, State
from evalkit.core.nouns import Certificate
from evalkit.core.protocols import Store
from evalkit.engine.calibrating.strength import strength
from evalkit.engine.certify import expired

__all__ = ["card", "file_name"]


def card(ref: str, store: Store, now: str | None = None) -> JudgeCard:
    """The card of the certificate that `ref` means.

    Args:
        ref: the beginning of its digest, a file, `run:ID`, or the file of `evalkit calibrate --json`.
        store: the workspace.
        now: when it is read (ISO 8601), for what has expired since; None: by the clock.

    Raises:
        InputError: no certificate is meant, or several. StoreError: it cannot be read.
    """
    own = given(ref, store)
    held = own.certificate
    known = store.certificates()
    revoked = next((one for one in known if one.revokes == own.digest), None)
    state, said = _standing(own, revoked, now or datetime.now(UTC).isoformat(timespec="seconds"))
    text, why = rubric_of(held, own.base)
    runs = seen(held.judge, store)
    return JudgeCard(
        certificate=held,
        digest=own.digest,
        origin=own.origin,
        state=state,
        said=said,
        whole=own.whole,
        cautions=own.cautions or _cautions(held),
        rubric=text,
        rubric_why=why,
        history=history(held, own.digest, known) if own.bound else (),
        revoked=revoked.digest if revoked is not None else None,
        looks=runs.looks,
        uses=runs.uses,
        strength=strength(held.tp, held.fp, held.tn, held.fn),
        notes=runs.notes,
        name=runs.name or _named(held),
        command=("evalkit", "report", "judge", ref),
    )


def _standing(own: Given, revoked: Certificate | None, now: str) -> tuple[State, str]:
    """What the judge may do, and why not; of a run as of its time."""
    held = own.certificate
    if own.record is not None:
        found = next((e.uncertified for e in own.record.estimates if e.judge == held.judge and e.uncertified), None)
        now = own.record.created
        if found is not None and held.usable and not _over(held, now):
            return ("revoked" if held.revokes else "may_advise"), found
    if held.revokes is not None or (revoked is not None and own.record is None):
        return "revoked", _sentences((revoked or held).reasons)
    if not own.bound:
        return "unbound", _sentences(held.reasons)
    if not held.usable:
        return "may_advise", _sentences(held.reasons) or "The certificate says that it is not usable."
    if _over(held, now):
        return "expired", f"It held until {held.expires or ''}."
    return "may_gate", ""


def _over(held: Certificate, now: str) -> bool:
    try:
        return held.expires is not None and expired(held.expires, now)
    except ValueError:  # of a stranger's record: what is no time holds no longer
        return True


def _sentences(reasons: list[str]) -> str:
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('. ')}." for one in reasons)


def _named(held: Certificate) -> str:
    """Its name in the suite that the command names: SUITE.yaml#NAME."""
    found = re.search(r"\.ya?ml#([\w.-]{1,60})", held.renew[:4_000])
    return found.group(1) if found else ""


def _cautions(held: Certificate) -> tuple[str, ...]:
    found = held.findings.get("cautions")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def file_name(shown: JudgeCard, suffix: str) -> str:
    """`<rubric>-<digest8>.html`; of a name only letters, digits and `.`, `_`, `-` are kept."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", shown.certificate.rubric_id or "judge").strip("-.")[:60]
    return f"{name or 'judge'}-{shown.digest[:8]}.{suffix}"
