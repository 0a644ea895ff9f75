"""Every gate with its outcome, its evidence, and what would decide it."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Decision
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["build", "gate_row"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One row a decision, in the order of the suite file."""
    rows = [gate_row(findings, decision) for decision in dossier.record.decisions]
    return {"rows": rows} if rows else None


def gate_row(findings: Findings, decision: Decision) -> dict[str, Any]:
    """What a table says of one gate, all of it text."""
    estimate, signed = decision.estimate, decision.gate.versus is not None
    waved = decision.outcome == "inconclusive" and not decision.blocks
    return {
        "outcome": decision.outcome,
        "word": sentences.word(decision.outcome),
        "label": sentences.gate_name(findings.record, decision),
        "role": sentences.role(decision) + (", does not block" if waved and decision.gate.role != "info" else ""),
        "estimate": numbers.point(estimate, signed=signed),
        "interval": numbers.interval(estimate),
        "level": numbers.level(estimate.level),
        "no_interval": estimate.reason or "",
        "n": count(estimate.n),
        "n_unscored": count(estimate.n_unscored) if estimate.n_unscored else "",
        "relation": sentences.relation(decision),
        "reason": decision.reason,
        "p_pass": numbers.p_value(decision.p_pass),
        "p_fail": numbers.p_value(decision.p_fail),
        "p_fail_holm": numbers.p_value(decision.p_fail_holm),
        "would_decide": decision.would_decide or "",
        "signature": estimate.signature,
        "method": estimate.method,
    }
