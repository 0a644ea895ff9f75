"""Evidence in words: times, outcomes, and numbers with their intervals, one way in all sections."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeVar

from evalkit.core.dossier import Dossier, Release
from evalkit.core.evidence import Measured, Moment
from evalkit.core.nouns import Estimate, Outcome
from evalkit.report import numbers
from evalkit.report.charts.spec import Mark, Range
from evalkit.report.sentences import Word, word
from evalkit.report.text import clip, count, when

__all__ = [
    "LONG",
    "badge_of",
    "between",
    "estimate_of",
    "evidence_of",
    "made",
    "mark_of",
    "release_of",
    "short",
    "when",
    "with_release",
]

LONG = 600
"""Characters of a stranger's sentence that a page shows."""
_Kind = TypeVar("_Kind")


def release_of(dossier: Dossier) -> Release:
    """The release of the dossier; of a plain run one without history or evidence."""
    return dossier.release or Release(
        record_digest=dossier.record.digest,
        apart="No last release was looked for.",
        found="No last release was looked for.",
    )


def with_release(dossier: Dossier) -> Dossier:
    """The dossier with its release in it: that of a plain run is made once, because its digest takes its time."""
    return replace(dossier, release=release_of(dossier))


def evidence_of(dossier: Dossier, kind: type[_Kind]) -> list[_Kind]:
    """The evidence of one kind, oldest first."""
    return [one for one in release_of(dossier).evidence if isinstance(one, kind)]


def between(since: str | None, until: str | None) -> str:
    """`from 2026-11-01 to 2026-11-07`, as far as it is known."""
    parts = [f"from {when(since)}" if since else "", f"to {when(until)}" if until else ""]
    return " ".join(filter(None, parts))


def made(found: Any, dates: str = "") -> str:
    """When evidence was made (or of which time it is), and by whom."""
    by = f", by {clip(found.made_by, 120)}" if found.made_by else ""
    return f"{dates or when(found.created)}{by}"


def short(digest: str | None) -> str:
    """The beginning of a digest; a word of another kind (a version) as it is; an en dash for None."""
    if digest is None:
        return "–"
    return digest[:12] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest) else clip(digest, 120)


def badge_of(outcome: Outcome | None) -> dict[str, Any]:
    """What the badge macro needs; evidence without a verdict of its own says so."""
    if outcome is None:
        return {"outcome": "ungated", "word": Word("Recorded", "○")}
    return {"outcome": outcome, "word": word(outcome)}


def estimate_of(found: Measured | Moment, like: Any = None) -> Estimate:
    """A number of evidence as an estimate, so that it is written as all numbers are."""
    like = found if like is None else like
    return Estimate(
        metric=clip(like.metric, 80),
        variant=clip(like.variant, 80),
        unit=clip(like.unit, 20),
        better=like.better,
        level=like.level,
        n=max(found.n, 0),
        point=found.point,
        lo=found.lo if found.hi is not None else None,
        hi=found.hi if found.lo is not None else None,
        reason=None if found.point is not None else "nothing was seen",
    )


def mark_of(estimate: Estimate, series: int = 0, *, signed: bool = False, tone: Any = None) -> Mark:
    """An estimate without a tail as a mark, with the cells of its table."""
    spans = estimate.lo is not None and estimate.hi is not None
    span = numbers.interval(estimate)
    said = f"{numbers.point(estimate, signed=signed)} {span}".strip()
    return Mark(
        series=series,
        point=estimate.point,
        thin=Range(estimate.lo or 0.0, estimate.hi or 0.0) if spans else None,
        tone=tone,
        words=f"{estimate.metric} {estimate.variant}: {said}, n = {count(estimate.n)}",
        cells={
            "Value": numbers.point(estimate, signed=signed),
            f"{numbers.level(estimate.level)} interval": span or "none",
            "n": count(estimate.n),
        },
    )
