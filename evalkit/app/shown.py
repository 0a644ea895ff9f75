"""How nouns show themselves in a notebook and as text: the report is imported when one is shown, not before."""

from __future__ import annotations

from evalkit.core.comparison import Comparison
from evalkit.core.nouns import Decision, Estimate, Record

__all__ = ["show_nouns"]


def show_nouns() -> None:
    """Let `_repr_html_` and `str` of records, estimates, decisions and comparisons ask the report."""
    Record.as_html, Record.as_text = staticmethod(_record_html), staticmethod(_record_text)
    Estimate.as_html, Estimate.as_text = staticmethod(_estimate_html), staticmethod(_estimate_text)
    Decision.as_html, Decision.as_text = staticmethod(_decision_html), staticmethod(_decision_text)
    Comparison.as_html = staticmethod(_comparison_html)


def _record_html(record: Record) -> str:
    from evalkit.report.notebook import record_html

    return record_html(record)


def _record_text(record: Record) -> str:
    from evalkit.report.terminal import render

    return render(record).rstrip("\n")


def _estimate_html(estimate: Estimate) -> str:
    from evalkit.report.notebook import estimate_html

    return estimate_html(estimate)


def _estimate_text(estimate: Estimate) -> str:
    from evalkit.report.notebook import estimate_text

    return estimate_text(estimate)


def _decision_html(decision: Decision) -> str:
    from evalkit.report.notebook import decision_html

    return decision_html(decision)


def _decision_text(decision: Decision) -> str:
    from evalkit.report.notebook import decision_text

    return decision_text(decision)


def _comparison_html(found: Comparison) -> str:
    from evalkit.report.compared.notebook import comparison_html

    return comparison_html(found)
