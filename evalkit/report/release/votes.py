"""The judges of the release: whether each may vote, under which certificate, and what became of its others."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Certificate, Record
from evalkit.report.findings import Findings
from evalkit.report.release.told import LONG, release_of, when
from evalkit.report.sections import certificates
from evalkit.report.text import clip, count, listing

__all__ = ["build", "state"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A row a judge, and a row a certificate; None where no metric is judged."""
    judges = certificates.rows(dossier.record)
    if not judges:
        return None
    held = release_of(dossier).certificates
    used = {c.digest for c in dossier.record.certificates.values()}
    return {"judges": judges, "certificates": [_row(dossier.record, c, held, c.digest in used) for c in held]}


def _row(record: Record, held: Certificate, among: list[Certificate], used: bool) -> dict[str, str]:
    named = {info.judge: info.name for info in record.judges if info.name}
    said = state(record, held, among)
    return {
        "digest": held.digest[:12],
        "judge": clip(named.get(held.judge) or held.judge[:12], 80),
        "state": said,
        "used": "used by this run" if used else "not used by this run",
        "made": when(held.created),
        "until": when(held.expires) if held.expires else "no end",
        "n": count(held.n),
        "why": clip(listing(held.reasons, 3), LONG),
    }


def state(record: Record, held: Certificate, among: list[Certificate]) -> str:
    """What a certificate was worth when the run was made: no clock is read."""
    if held.revokes is not None:
        return "a revocation: the judge drifted"
    if any(other.revokes == held.digest for other in among):
        return "revoked: the judge drifted"
    sentinel = record.sentinels.get(held.judge)
    if sentinel is not None and sentinel.drifted:
        return "drifted in this run"
    if not held.usable:
        return "not usable"
    if held.expires is not None and held.expires[:19] < record.created[:19]:
        return "expired"
    if held.created[:19] > record.created[:19]:
        return "made after this run"
    return "valid"
