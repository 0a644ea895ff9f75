"""May a judge gate? Its certificate, read at a moment and beside the models that answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow.compute as pc

from evalkit.core.nouns import Certificate

__all__ = ["Certifying", "Standing", "expired", "models_of", "standing"]

_CALIBRATE = "evalkit calibrate RUBRIC --labels FILE --judge SPEC"


class Standing(NamedTuple):
    """What a judge's numbers carry.

    Attributes:
        certificate: digest of the certificate that was read; None: there is none.
        why: why the judge may not gate, as sentences; None: it may.
    """

    certificate: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Certifying:
    """What a run is told of its judges, beside their certificates; all by the judge's digest.

    Attributes:
        lacking: why there is no certificate of exactly this judge, as a sentence: what changed since the one there is.
        as_of: when the standing is read (ISO 8601), where that is not now: of an old run, the run's time.
        renew: the command that makes a certificate.
        sentinel: verdicts to ask again past the cache; 0: none. A judge that is not named makes no calls.
        slices: verdicts on the labelled items that may be asked again (`engine.sentinel.Frozen`).
    """

    lacking: Mapping[str, str] = field(default_factory=dict)
    as_of: Mapping[str, str] = field(default_factory=dict)
    renew: Mapping[str, str] = field(default_factory=dict)
    sentinel: Mapping[str, int] = field(default_factory=dict)
    slices: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def standing(
        self,
        certificates: Mapping[str, Certificate],
        judge: str,
        now: str,
        models: Collection[str],
        drift: str | None = None,
    ) -> Standing:
        """How a judge stands in this run.

        Args:
            certificates: of this run's judges.
            judge: its digest.
            now: when the run was made (ISO 8601).
            models: that its responses named in this run.
            drift: what the sentinel found, as a sentence; None: nothing.
        """
        held = certificates.get(judge)
        command = (held.renew if held else "") or self.renew.get(judge) or _CALIBRATE
        why = standing(held, judge, self.as_of.get(judge, now), models) or drift
        if held is None:
            why = self.lacking.get(judge, why)
        elif held.usable or held.revokes is not None:
            command += " --fresh"  # what it said is recorded, and what it says now is the question
        return Standing(held.digest if held else None, why and f"{why} To certify it: {command}")


def standing(certificate: Certificate | None, judge_digest: str, now: str, models: Collection[str]) -> str | None:
    """Why a judge may not gate, as sentences; None: it may.

    Args:
        certificate: of the judge, or None.
        judge_digest: of the judge that judged.
        now: ISO 8601; the certificate has to hold then.
        models: that the judge's responses named.
    """
    if certificate is None:
        return "It comes from a judge without a certificate, which may advise (judge: advisory) but not gate."
    if certificate.judge != judge_digest:
        theirs, ours = certificate.judge[:12], judge_digest[:12]
        return f"The judge's certificate is of another judge (digest {theirs}, and this one's is {ours})."
    if not certificate.usable:
        reasons = " ".join(_sentence(reason) for reason in certificate.reasons) or "It says that it is not usable."
        return f"The judge has a certificate that lets it advise, but not gate. {reasons}"
    if certificate.expires is not None and expired(certificate.expires, now):
        return f"The judge's certificate expired on {certificate.expires[:10]} (it is read as of {now[:10]})."
    return _other_model(certificate.models, models)


def models_of(verdicts: Iterable[Any], judge: str) -> set[str]:
    """The models that a judge's responses named; of tables of verdicts (schema VERDICTS)."""
    found: set[str] = set()
    for table in (judgement.table for judgement in verdicts):
        if "model" in table.schema.names and len(table):
            found.update(pc.unique(table.filter(pc.equal(table["judge"], judge))["model"]).drop_null().to_pylist())
    return found


def expired(expires: str, now: str) -> bool:
    """Whether a moment (ISO 8601; UTC where it names no zone) lies behind."""
    return _moment(now) > _moment(expires)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _other_model(certified: Sequence[str], named: Collection[str]) -> str | None:
    others = sorted(set(named) - set(certified)) if certified else []
    if not others:
        return None
    said = ", ".join(repr(name[:80]) for name in others[:3])
    of = ", ".join(repr(name[:80]) for name in certified[:3])
    return f"The judge's responses name the model {said}, and its certificate is for {of}: it is stale."


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(". ") + "."
