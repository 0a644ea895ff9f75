"""A comparison as plain values, and as evidence of a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from evalkit.core.evidence import Measured, Moment, Series, Shadow
from evalkit.core.nouns import Estimate, Outcome, Span
from evalkit.core.tables import MISSING
from evalkit.core.texts import clip
from evalkit.pipeline.shadow.compare import Finding, Values
from evalkit.pipeline.shadow.pairs import Pairs
from evalkit.pipeline.shadow.scoring import unequal

__all__ = ["Told", "as_evidence", "as_json"]

LOOKS = 12
_SHOWN = 10
_LEAST = 20  # rows of a slice that is shown


@dataclass(frozen=True)
class Told:
    """All of it.

    Attributes:
        champion, challenger: names in the log.
        pairs: what was compared.
        findings: by measure.
        dropped: requests that the challenger was not asked, for want of room.
        notes: sentences.
        by: fields of inputs, whose values are slices.
    """

    champion: str
    challenger: str
    pairs: Pairs
    findings: Sequence[Finding]
    dropped: int = 0
    notes: Sequence[str] = ()
    by: Sequence[str] = ()

    @property
    def failed(self) -> int:
        """Requests that the challenger failed to answer."""
        return int((~self.pairs.challenger.present()).sum())

    @property
    def outcome(self) -> Outcome:
        """fail where something is shown worse; pass where all is shown not worse, and not of failures alone."""
        decided = [one.decision.outcome for one in self.findings if one.decision is not None]
        quality = [one for one in self.findings if one.decision is not None and one.metric != "failed"]
        if "fail" in decided:
            return "fail"
        return "pass" if quality and set(decided) == {"pass"} else "inconclusive"


def as_json(told: Told) -> dict[str, Any]:
    """What `evalkit shadow report --json` prints."""
    pairs = told.pairs
    return {
        "outcome": told.outcome,
        "champion": told.champion,
        "challenger": told.challenger,
        "since": _iso(pairs.at[0]) if len(pairs) else None,
        "until": _iso(pairs.at[-1]) if len(pairs) else None,
        "n": len(pairs),
        "dropped": told.dropped,
        "failed": told.failed,
        "outcomes": int(pairs.outcome.present().sum()),
        "asked_again": int(pairs.asked_again.sum()),
        "measured": [_measure(one) for one in told.findings],
        "slices": [row for name in told.by for row in _slices(told, name)],
        "mismatches": _mismatches(pairs),
        "notes": [*told.notes, *_remarks(told)],
    }


def _measure(one: Finding) -> dict[str, Any]:
    estimate, theirs = one.estimate, one.values.theirs
    shown = {
        "metric": one.metric,
        "against": one.against,
        "better": one.better,
        "n": estimate.n,
        "challenger": _mean(one.values.ours),
        "champion": None if theirs is None else _mean(theirs),
        "point": estimate.point,
        "lo": estimate.lo,
        "hi": estimate.hi,
        "e_value": one.e_value,
        "noise": _spanned(one.noise),
        "said": one.said,
        "outcome": None if one.decision is None else one.decision.outcome,
        "reason": estimate.reason if one.decision is None else one.decision.reason,
    }
    return shown | _excess(one)


def _excess(one: Finding) -> dict[str, Any]:
    """By how much the challenger differs more from the champion than the champion from itself; both ends hold."""
    ours, noise = one.estimate, one.noise
    if one.values.theirs is not None or noise is None or None in (ours.lo, ours.hi, noise.lo, noise.hi):
        return {}
    ends = [ours.lo - noise.hi, ours.hi - noise.lo]  # type: ignore[operator]
    point = None if ours.point is None or noise.point is None else ours.point - noise.point
    return {"excess": {"point": point, "lo": ends[0], "hi": ends[1]}}


def _slices(told: Told, field: str) -> list[dict[str, Any]]:
    """The first measure of quality (else the mismatches) by the values of one field of the inputs."""
    one = next((f for f in told.findings if f.against == "outcomes"), None)
    one = one or next((f for f in told.findings if f.metric == "mismatch"), None)
    if one is None:
        return []
    cells = told.pairs.input.values(field)
    names = [None if cells[i] is MISSING else clip(str(cells[i]), 80) for i in one.values.rows.tolist()]
    found: list[dict[str, Any]] = []
    for name, n in Counter(name for name in names if name is not None).most_common():
        if n < _LEAST or len(found) == _SHOWN:
            break
        keep = np.array([other == name for other in names])
        inference = one.look(_some(one.values, keep)).inference
        lo, hi = inference.interval(0.95) if inference.interval is not None else (None, None)
        found.append(
            {"slice": {field: name}, "metric": one.metric, "n": n, "point": inference.point, "lo": lo, "hi": hi}
        )
    return found


def _some(values: Values, keep: np.ndarray) -> Values:
    theirs = None if values.theirs is None else values.theirs[keep]
    return Values(values.rows[keep], values.ours[keep], theirs)


def _mismatches(pairs: Pairs) -> dict[str, Any]:
    """How often which answer became which other, and examples."""
    rows = np.flatnonzero(unequal(pairs.champion, pairs.challenger) > 0)
    texts = [pairs.champion.text.to_pylist(), pairs.challenger.text.to_pylist()]
    kinds: dict[tuple[str | None, str | None], list[int]] = {}
    for row in rows.tolist():
        kinds.setdefault((texts[0][row], texts[1][row]), []).append(row)
    top = sorted(kinds.items(), key=lambda item: -len(item[1]))[:_SHOWN]
    return {
        "n": len(rows),
        "top": [
            {
                "champion": _clipped(ours),
                "challenger": _clipped(theirs),
                "n": len(found),
                "example": pairs.id[found[0]],
                "input": _clipped(pairs.input.text[found[0]].as_py()),
            }
            for (ours, theirs), found in top
        ],
    }


def _remarks(told: Told) -> list[str]:
    found = []
    if not told.pairs.outcome.present().any():
        found.append("no outcome was told of these requests: who is right is not known, only how much the two differ")
    if not told.pairs.asked_again.any():
        found.append("the champion was not asked twice: how much it differs from itself is not known (--noise)")
    if told.dropped:
        found.append(f"{told.dropped:,} requests were dropped for want of room: what is shown is of the others")
    return found


def as_evidence(told: Told, created: str, made_by: str = "evalkit shadow report") -> Shadow:
    """Evidence for a release report, with how each difference came about."""
    pairs = told.pairs
    return Shadow(
        created=created,
        made_by=made_by,
        outcome=told.outcome,
        champion=told.champion,
        challenger=told.challenger,
        since=_iso(pairs.at[0]) if len(pairs) else None,
        until=_iso(pairs.at[-1]) if len(pairs) else None,
        n=int((pairs.champion.present() & pairs.challenger.present()).sum()),
        dropped=told.dropped,
        failed=told.failed,
        measured=[_measured(one, pairs) for one in told.findings],
    )


def _measured(one: Finding, pairs: Pairs) -> Measured:
    estimate, noise = one.estimate, one.noise
    span = None if noise is None or noise.lo is None or noise.hi is None else Span(lo=noise.lo, hi=noise.hi)
    return Measured(
        metric=one.metric,
        variant=estimate.variant,
        unit=one.unit,
        better=one.better,
        n=estimate.n,
        point=estimate.point,
        lo=estimate.lo,
        hi=estimate.hi,
        level=estimate.level,
        e_value=one.e_value,
        noise=span,
        said=one.said,
        contrast=one.values.theirs is not None,
        series=_series(one, pairs),
    )


def _series(one: Finding, pairs: Pairs) -> Series:
    m = len(one.values.rows)
    places = np.unique(np.linspace(0, m, LOOKS + 1).astype(int)[1:])
    moments = []
    for place in places.tolist():
        inference = one.look(_some(one.values, np.arange(m) < place)).inference
        lo, hi = inference.interval(0.95) if inference.interval is not None else (None, None)
        at = _iso(pairs.at[one.values.rows[place - 1]])
        moments.append(Moment(at=at, n=place, point=inference.point, lo=lo, hi=hi))
    return Series(
        metric=one.metric,
        variant=one.estimate.variant,
        unit=one.unit,
        better=one.better,
        sequence=True,
        moments=moments,
    )


def _spanned(noise: Estimate | None) -> dict[str, Any] | None:
    return None if noise is None else {"n": noise.n, "point": noise.point, "lo": noise.lo, "hi": noise.hi}


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _clipped(text: str | None) -> str | None:
    return None if text is None else clip(text, 200)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="microseconds")
