"""What is known to be wrong, weak or not known: what its makers say of it, and what the record itself shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Limits
from evalkit.report import sentences
from evalkit.report.findings import Findings
from evalkit.report.release.ranked import thin
from evalkit.report.release.told import LONG, evidence_of, when
from evalkit.report.sections.slices import SMALL
from evalkit.report.text import clip, count, listing, plural

__all__ = ["build", "shown_by_record"]

_MOST = 30


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """Sentences of the makers, then those that the record's own numbers give."""
    stated = [
        {
            "by": f"{clip(one.made_by, 120) or 'Its makers'}, {when(one.created)}",
            "sentences": [clip(s, LONG) for s in one.sentences[:_MOST]],
        }
        for one in reversed(evidence_of(dossier, Limits))
    ]
    shown = list(dict.fromkeys(shown_by_record(dossier, findings)))
    return {"stated": stated, "shown": shown[:_MOST], "left": count(len(shown) - _MOST) if len(shown) > _MOST else ""}


def shown_by_record(dossier: Dossier, findings: Findings) -> Iterator[str]:
    """What the record itself says against its numbers."""
    record = dossier.record
    yield from (clip(warning, LONG) for warning in record.warnings)
    yield from _unscored(dossier)
    yield from _failed(findings)
    yield from _uncorrected(dossier)
    small = thin(findings)
    if small:
        yield f"{plural(len(small), 'slice')} hold fewer than {SMALL} cases: {clip(listing(small, 6), 300)}."
    without = [
        sentences.gate_name(record, d) for d in record.decisions if d.estimate.lo is None and d.gate.basis == "sample"
    ]
    if without:
        yield f"No interval could be made for {clip(listing(without, 6), 300)}."
    yield from _notes(dossier)


def _unscored(dossier: Dossier) -> Iterator[str]:
    """What could not be scored; the same of several metrics is said once."""
    candidates = {v.name for v in dossier.record.variants if v.role == "candidate"}
    alike: dict[tuple[str, int], list[str]] = {}
    for group in dossier.unscored:
        if group.variant in candidates:
            alike.setdefault((group.reason, group.n), []).append(group.metric)
    for (reason, n), metrics in list(alike.items())[:8]:
        yield f"{plural(n, 'case')} could not be scored by {clip(listing(metrics, 4), 200)}: {clip(reason, 200)}."


def _failed(findings: Findings) -> Iterator[str]:
    for variant in findings.candidates:
        if variant.n_failed or variant.n_missing:
            missing = f" and {plural(variant.n_missing, 'answer')} did not reach us" if variant.n_missing else ""
            reasons = listing([f"{clip(r, 60)} {count(n)}" for r, n in variant.failures.items()], 6)
            head = f"The system {clip(variant.name, 60)} failed to answer {plural(variant.n_failed, 'time')}{missing}"
            yield f"{head} ({reasons})." if reasons else f"{head}."


def _uncorrected(dossier: Dossier) -> Iterator[str]:
    judged = [e for e in dossier.record.estimates if e.judge is not None and e.slice is None and e.correction is None]
    names = list(dict.fromkeys(clip(e.metric, 60) for e in judged))
    if names:
        yield f"Judged, and not corrected for the judge's errors: {listing(names, 6)}."


def _notes(dossier: Dossier) -> Iterator[str]:
    """Notes beside the numbers that gates read: the same note of several numbers is said once."""
    by_note: dict[str, list[str]] = {}
    for decision in dossier.record.decisions:
        for note in decision.estimate.notes:
            names = by_note.setdefault(note, [])
            if decision.gate.metric not in names:
                names.append(decision.gate.metric)
    for note, names in by_note.items():
        yield f"{clip(listing(names), 120)}: {clip(note, LONG).rstrip('.')}."
