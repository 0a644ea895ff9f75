"""Builds a static site: the reports of runs that are new, the trends, the index, badges and data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import evalkit
from evalkit.app.site import chosen, gather
from evalkit.app.site_cards import with_cards
from evalkit.app.site_files import Folder, opened
from evalkit.app.site_redaction import Redaction
from evalkit.core.digest import digest_bytes, digest_of
from evalkit.core.dossier import Site, SiteRun, SuiteTrend
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.protocols import Store
from evalkit.report import site as pages
from evalkit.report.site import run as run_page
from evalkit.report.text import plural

__all__ = ["Asked", "Built", "build"]


@dataclass(frozen=True)
class Asked:
    """What is wanted of a site.

    Attributes:
        suites: only these; none: all.
        limit: runs a suite that get a report of their own, the newest; 0: none.
        title: of the index.
        redact: fields that no page may show.
        force: write into a folder that is not ours.
        command: what makes the site again, without the folder, for its pages.
    """

    suites: tuple[str, ...] = ()
    limit: int = 50
    title: str = "Evaluations"
    redact: tuple[str, ...] = ()
    force: bool = False
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Built:
    """What came of it.

    Attributes:
        index: the first page.
        suites, runs, reports: how many there are.
        written, unchanged, removed: files.
        warnings: runs that could not be read and files that were left, as sentences.
    """

    index: Path
    suites: int
    runs: int
    reports: int
    written: int
    unchanged: int
    removed: int
    warnings: list[str]


def build(store: Store, root: Path, asked: Asked) -> Built:
    """Make the site in the folder `root`, or bring the one that is there up to date.

    A run's report is made again only where the run, the code that renders it, the title or what is redacted is not as
    it was; every other page is made each time, and written only where its bytes are others.

    Raises:
        InputError: the folder is not ours, or its site is another workspace's; a suite or redacted field is not known.
        StoreError: it cannot be written.
    """
    folder = opened(root, force=asked.force)
    _same_workspace(folder, store)
    redaction = Redaction(store, asked.redact)
    site = gather(store, chosen(store, asked.suites), title=asked.title, limit=asked.limit, seen=redaction.record)
    site = replace(site, version=evalkit.__version__, command=asked.command)
    redaction.check()
    site, cards = with_cards(site, store, bare=bool(asked.redact))
    folder.begin([*(run.page for t in site.suites for run in t.runs if run.page), *site.cards.values(), *_paths(site)])
    site = replace(site, suites=tuple(_reports(folder, site, trend, redaction) for trend in site.suites))
    for card in cards:
        if not folder.up_to_date(card.path, digest_of([card.source, _code()])):
            folder.put(card.path, card.html().encode(), digest_of([card.source, _code()]))
    for path, text in pages.files(site):
        folder.put(path, text.encode("utf-8", "replace"))
    folder.finish()
    return _built(folder, site)


def _same_workspace(folder: Folder, store: Store) -> None:
    """Refuse to write over a site none of whose runs is here: its pages would be removed.

    Raises:
        InputError: so it is, and `force` was not given.
    """
    told = folder.runs()
    if told and not folder.force and told.isdisjoint(run.run_id for run in store.runs()):
        what = f"the site there tells of {plural(len(told), 'run')} (such as {min(told)})"
        raise InputError(
            f"{what}, none of which is in this workspace",
            str(folder.root),
            "Name the workspace that it was made from (--workspace), another folder, or replace the site with --force",
        )


def _paths(site: Site) -> Iterator[str]:
    """Every file but the reports and cards, before any is made."""
    for trend in site.suites:
        yield f"suites/{trend.slug}.html"
        if trend.runs:
            yield f"badges/{trend.slug}.svg"
    if any(trend.runs for trend in site.suites):
        yield "feed.xml"
    yield from ("data.json", ".nojekyll", "index.html")


def _reports(folder: Folder, site: Site, trend: SuiteTrend, redaction: Redaction) -> SuiteTrend:
    return replace(trend, runs=tuple(_report(folder, site, trend, run, redaction) for run in trend.runs))


def _report(folder: Folder, site: Site, trend: SuiteTrend, run: SiteRun, redaction: Redaction) -> SiteRun:
    """Write a run's report if it is not there as it should be; without one, the run says why."""
    if not run.page:
        return run
    source = digest_of([run.content, site.title, trend.slug, redaction.fields, _code()])
    if folder.up_to_date(run.page, source):
        return run
    try:
        dossier = redaction.dossier(run.record.run_id)
    except EvalkitError as error:
        return replace(run, page="", why=str(error))
    folder.put(run.page, run_page.page(site, trend, dossier).encode("utf-8", "replace"), source)
    return run


@cache
def _code() -> str:
    """Digest of the code that pages are made by: another version makes them anew."""
    home = Path(evalkit.__file__).parent
    files = [p for part in ("core", "report", "app") for p in (home / part).rglob("*") if p.suffix in _CODE]
    return digest_of([[p.relative_to(home).as_posix(), digest_bytes(p.read_bytes())] for p in sorted(files)])


_CODE = {".py", ".html", ".css", ".js"}


def _built(folder: Folder, site: Site) -> Built:
    unread = [f"run {run} is left out: {why}" for trend in site.suites for run, why in trend.unread.items()]
    bare = [f"run {r.record.run_id} has no report: {r.why}" for trend in site.suites for r in trend.runs if r.why]
    kept = [f"{path} was changed by somebody and is left, though no longer part of the site" for path in folder.kept]
    return Built(
        index=folder.root / "index.html",
        suites=len(site.suites),
        runs=sum(len(trend.runs) for trend in site.suites),
        reports=sum(1 for trend in site.suites for run in trend.runs if run.page),
        written=folder.written,
        unchanged=folder.unchanged,
        removed=folder.removed,
        warnings=[*unread, *bare, *kept],
    )
