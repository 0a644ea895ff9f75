"""The HTML report: one file, no request, nothing trusted."""

from __future__ import annotations

from markupsafe import Markup

from evalkit.core.dossier import Dossier
from evalkit.report import page
from evalkit.report.findings import Findings
from evalkit.report.sections import SECTIONS, Section, first

__all__ = ["render"]


def render(dossier: Dossier) -> str:
    """The report of one record as a self-contained HTML document.

    The same dossier gives the same bytes: no clock is read, and what is sampled is seeded by the cases digest.

    Args:
        dossier: the record with its columns; a dossier without cases, baseline or gates gives a shorter report.
    """
    findings = Findings(dossier.record)
    templates = page.environment()
    shown: list[tuple[Section, Markup]] = []
    for section in SECTIONS:
        built = section.build(dossier, findings)
        if built is not None:
            body = templates.get_template(f"sections/{section.ident}.html").render(built)
            shown.append((section, Markup(body)))
    return templates.get_template("page.html").render(
        record=dossier.record,
        first=first.build(dossier, findings),
        sections=shown,
        policy=page.content_security_policy(),
        style=page.style(),
        script=page.script(),
    )
