"""The newest runs as an Atom feed: its ids are made from content, so it needs no address of the site."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime

from evalkit.core.dossier import Site, SiteRun, SuiteTrend
from evalkit.report import sentences
from evalkit.report.charts.svg import element, raw_text

__all__ = ["feed"]

_NEWEST = 50


def feed(site: Site) -> str:
    """feed.xml; empty text where there is no run, since a feed says when it was updated."""
    runs = [(run, trend) for trend in site.suites for run in trend.runs]
    newest = sorted(runs, key=lambda found: (_utc(found[0]), found[0].record.run_id), reverse=True)[:_NEWEST]
    if not newest:
        return ""
    body = element(
        "feed",
        element("id", _urn(site.title, *sorted(trend.name for trend in site.suites))),
        element("title", raw_text(site.title)),
        element("updated", _utc(newest[0][0])),
        element("author", element("name", "evalkit")),
        element("link", href="index.html"),
        *(_entry(run, trend) for run, trend in newest),
        xmlns="http://www.w3.org/2005/Atom",
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _entry(run: SiteRun, trend: SuiteTrend) -> str:
    verdict = sentences.verdict(run.record)
    return element(
        "entry",
        element("id", _urn("run", run.record.run_id)),
        element("title", raw_text(f"{trend.name}: {verdict.word.text}")),
        element("updated", _utc(run)),
        element("link", href=run.page or f"suites/{trend.slug}.html"),
        element("summary", raw_text(f"{verdict.headline}. {verdict.because}".strip())),
    )


def _utc(run: SiteRun) -> str:
    found = datetime.fromisoformat(run.record.created)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _urn(*parts: str) -> str:
    """A name-based UUID (version 8: SHA-256 of our own making)."""
    held = bytearray(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16])
    held[6], held[8] = held[6] & 0x0F | 0x80, held[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(held)).urn
