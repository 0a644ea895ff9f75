"""The report of one run: one file, no request, nothing trusted."""

from __future__ import annotations

from evalkit.core.dossier import Dossier
from evalkit.report import document
from evalkit.report.figure_files import figures_of
from evalkit.report.figures import Figure
from evalkit.report.findings import Findings
from evalkit.report.sections import SECTIONS, first
from evalkit.report.text import count, when

__all__ = ["figures", "render"]


def render(dossier: Dossier) -> str:
    """The report of one record as a self-contained HTML document.

    The same dossier gives the same bytes: no clock is read, and what is sampled is seeded by the cases digest.

    Args:
        dossier: the record with its columns; a dossier without cases, baseline or gates gives a shorter report.
    """
    return document.render(document_of(dossier))


def document_of(dossier: Dossier) -> document.Document:
    """The report before it is rendered, for who puts it among other pages."""
    record, findings = dossier.record, Findings(dossier.record)
    top = first.build(dossier, findings)
    return document.Document(
        title=f"{top['verdict'].word.text}: {record.suite.name}",
        kicker=[
            record.suite.name,
            f"version {record.suite.version}",
            f"{count(record.n_cases)} cases",
            f"run {record.run_id}",
            when(record.created),
        ],
        first=document.markup("first/run.html", {**top, "warnings": record.warnings[:5]}),
        blocks=document.blocks(SECTIONS, dossier, findings),
        scripts=document.EXPLORER,
        version=record.environment.evalkit,
    )


def figures(dossier: Dossier) -> list[Figure]:
    """The figures of the report, in the order of the page."""
    findings = Findings(dossier.record)
    charted = [section for section in SECTIONS if section.ident != "cases"]  # the explorer holds none, and is large
    return figures_of(document.blocks(charted, dossier, findings), first.build(dossier, findings))
