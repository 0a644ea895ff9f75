"""The page of a comparison of two systems or more: one file, no request, nothing trusted."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.report import document
from evalkit.report.compared import first
from evalkit.report.compared.told import Told
from evalkit.report.document import Section
from evalkit.report.figure_files import figures_of
from evalkit.report.figures import Figure
from evalkit.report.sections import certificates, corrected, explorer, failures, gates, judges, rules, unscored
from evalkit.report.sections.compared import (
    casewise,
    contrasts,
    differences,
    leaderboard,
    provenance,
    spread,
    tradeoffs,
)
from evalkit.report.text import plural

__all__ = ["SECTIONS", "Made", "make", "render"]

SECTIONS: tuple[Section, ...] = (
    Section("gates", "Gates", gates.build),
    Section("leaderboard", "Leaderboard", leaderboard.build),
    Section("differences", "Differences", differences.build),
    Section("tradeoffs", "Quality, cost and time", tradeoffs.build),
    Section("contrasts", "Slices", contrasts.build),
    Section("spread", "Distributions", spread.build),
    Section("casewise", "Case by case", casewise.flips),
    Section("agreement", "Agreement", casewise.agreement),
    Section("cases", "Cases", explorer.build),
    Section("corrected", "Judged numbers, corrected", corrected.build),
    Section("certificates", "Judges and their certificates", certificates.build),
    Section("judges", "What the judges decided", judges.build),
    Section("rules", "How answers were decided", rules.build),
    Section("unscored", "Unscored cases", unscored.build),
    Section("failures", "Failures of the systems", failures.build),
    Section("provenance", "What is compared", provenance.build),
)


class Made(NamedTuple):
    """The page as HTML, and the figures in it."""

    html: str
    figures: list[Figure]


def render(dossier: Dossier) -> str:
    """The page of a comparison as a self-contained HTML document (see `make`)."""
    return make(dossier).html


def make(dossier: Dossier) -> Made:
    """The page of a comparison, self-contained, and its figures.

    The same dossier gives the same bytes, and so do two comparisons of the same runs: no time is shown that is not the
    runs' own.

    Args:
        dossier: of the comparison's record; `comparison` is what the page is about.

    Raises:
        ValueError: the dossier has no comparison.
    """
    if dossier.comparison is None:
        raise ValueError("a page of a comparison needs one: dossier.comparison is None")
    told = Told(dossier, dossier.comparison)
    found = told.comparison
    top = first.build(dossier, told)
    blocks = document.blocks(SECTIONS, dossier, told)
    page = document.Document(
        title=f"Comparison: {found.suite}",
        kicker=[
            found.suite,
            f"version {found.suite_version}",
            plural(found.n_cases, "common case") + (f" in {plural(found.n_groups, 'group')}" if found.n_groups else ""),
            plural(len(found.systems), "system"),
            found.comparison_id,
        ],
        first=document.markup("first/compared.html", top),
        blocks=blocks,
        scripts=document.EXPLORER,
        skip="Skip to what is decided",
        version=dossier.record.environment.evalkit,
    )
    return Made(document.render(page), figures_of(blocks, top))
