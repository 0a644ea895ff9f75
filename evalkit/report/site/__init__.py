"""A static site over the runs of a workspace: fit for any host of files, and for a folder."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.dossier import Site
from evalkit.report.site import badge, data, feed, index, suite

__all__ = ["files"]


def files(site: Site) -> Iterator[tuple[str, str]]:
    """(path from the root, text) of every file but the reports of runs and judges; the index comes last."""
    for trend in site.suites:
        yield f"suites/{trend.slug}.html", suite.page(site, trend)
        if trend.runs:
            yield f"badges/{trend.slug}.svg", badge.badge(trend)
    yield "data.json", data.data(site)
    entries = feed.feed(site)
    if entries:
        yield "feed.xml", entries
    yield ".nojekyll", ""
    yield "index.html", index.page(site)
