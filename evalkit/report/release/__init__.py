"""The report of a release: a document to sign and to archive. A new section is a file, a template and a line here."""

from __future__ import annotations

from evalkit.core.dossier import Dossier
from evalkit.report import document
from evalkit.report.document import Block, Section
from evalkit.report.figure_files import figures_of
from evalkit.report.figures import Figure
from evalkit.report.findings import Findings
from evalkit.report.release import (
    again,
    approvals,
    changes,
    conditions,
    first,
    limits,
    lineage,
    monitor,
    ranked,
    registry,
    rollout,
    since,
    spending,
    trials,
    validation,
    votes,
)
from evalkit.report.release.told import when, with_release
from evalkit.report.sections import corrected, gates
from evalkit.report.text import clip, count

__all__ = ["SECTIONS", "figures", "render"]

SECTIONS: tuple[Section, ...] = (
    Section("conditions", "Verdict and conditions", conditions.build),
    Section("changes", "What changed since the last release", changes.build),
    Section("since", "The numbers since", since.build),
    Section("gates", "Gates", gates.build),
    Section("corrected", "Judged numbers, corrected", corrected.build),
    Section("ranked", "Slices by evidence", ranked.build),
    Section("votes", "Judges and their votes", votes.build),
    Section("validation", "Data validation", validation.build),
    Section("lineage", "Lineage", lineage.build),
    Section("registry", "Registry", registry.build),
    Section("shadow", "Shadow run", trials.shadow),
    Section("ab", "A/B test", trials.ab),
    Section("rollout", "Rollout", rollout.build),
    Section("monitor", "In use", monitor.build),
    Section("spending", "Cost", spending.build),
    Section("limits", "Known limits", limits.build),
    Section("approvals", "Approvals and signatures", approvals.build),
    Section("again", "To make and verify it again", again.build),
)


def render(dossier: Dossier) -> str:
    """The release report as a self-contained HTML document; the same dossier gives the same bytes.

    Args:
        dossier: a record with its columns and its `release`; without one, a report without history or evidence.
    """
    dossier = with_release(dossier)
    record, findings = dossier.record, Findings(dossier.record)
    blocks = _numbered(dossier, findings)
    top = {**first.build(dossier, findings), "contents": first.contents(blocks), "redacted": dossier.redacted}
    suite = clip(record.suite.name, 120)
    return document.render(
        document.Document(
            title=f"Release of {suite}: {top['verdict'].word.text}",
            kicker=[
                "Release report",
                suite,
                f"version {record.suite.version}",
                f"{count(record.n_cases)} cases",
                f"run {record.run_id}{f' ({clip(record.name, 80)})' if record.name else ''}",
                when(record.created),
            ],
            first=document.markup("first/release.html", top),
            blocks=blocks,
            version=record.environment.evalkit,
            running=f"Release of {suite} · run {record.run_id} · {when(record.created)}",
        )
    )


def figures(dossier: Dossier) -> list[Figure]:
    """The figures of the report, in the order of the page."""
    dossier, findings = with_release(dossier), Findings(dossier.record)
    return figures_of(document.blocks(SECTIONS, dossier, findings), first.build(dossier, findings))


def _numbered(dossier: Dossier, findings: Findings) -> list[Block]:
    """The sections with numbers before their titles, to cite them by."""
    found = document.blocks(SECTIONS, dossier, findings)
    return [block._replace(title=f"{i}\u2002{block.title}") for i, block in enumerate(found, 1)]
