"""Gathers what a static site over the runs of a workspace shows: records only, no tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from evalkit.app.site_changes import changes, comparable, repeated
from evalkit.core.digest import digest_bytes
from evalkit.core.dossier import Site, SiteRun, SuiteTrend
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import RunSummary, Store

__all__ = ["chosen", "gather", "slim", "slugs"]

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")
"""Names that are no files on Windows."""


def chosen(store: Store, suites: Sequence[str] = ()) -> dict[str, list[RunSummary]]:
    """The runs of every suite (or of these), newest first; the suite with the newest run comes first.

    Raises:
        InputError: a suite has no run.
    """
    found: dict[str, list[RunSummary]] = {}
    for summary in store.runs():
        found.setdefault(summary.suite, []).append(summary)
    unknown = [name for name in suites if name not in found]
    if unknown:
        near = get_close_matches(unknown[0], found, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        there = ", ".join(repr(name) for name in sorted(found)[:8]) or "none"
        raise InputError(f"no run is of a suite {unknown[0]!r}", "--suite", f"{hint}Suites with runs: {there}")
    return {name: runs for name, runs in found.items() if not suites or name in suites}


def gather(
    store: Store,
    runs: Mapping[str, Sequence[RunSummary]],
    *,
    title: str,
    limit: int,
    seen: Callable[[Record], Record] = lambda record: record,
) -> Site:
    """The site over these runs.

    Args:
        store: the workspace.
        runs: suite -> its runs, newest first.
        title: of the index.
        limit: runs a suite that get a page: the newest, and beside them those on which a baseline stands.
        seen: a record -> what may be shown of it.
    """
    slug = slugs(runs)
    trends = tuple(_trend(_read(store, found, seen), name, slug[name], found, limit) for name, found in runs.items())
    return Site(title, trends, tuple(store.certificates()))


def _read(
    store: Store, summaries: Sequence[RunSummary], seen: Callable[[Record], Record]
) -> Iterator[tuple[Record, str] | EvalkitError]:
    """Each run's record as it is shown with the digest of the whole one, or why it cannot be; oldest first."""
    for found in store.read_records([s.run_id for s in reversed(summaries)]):
        if isinstance(found, EvalkitError):
            yield found
            continue
        try:
            yield slim(seen(found)), digest_bytes(found.model_dump_json().encode())
        except EvalkitError as error:
            yield error


def _trend(
    read: Iterable[tuple[Record, str] | EvalkitError], name: str, slug: str, summaries: Sequence[RunSummary], limit: int
) -> SuiteTrend:
    paged = {s.run_id for i, s in enumerate(summaries) if i < limit or (limit and s.baselines)}
    runs: list[SiteRun] = []
    unread: dict[str, str] = {}
    for summary, found in zip(reversed(summaries), read, strict=True):
        if isinstance(found, EvalkitError):  # told on the page, in the run's place
            unread[summary.run_id] = str(found)
            continue
        record, content = found
        run = _run(record, summary, runs[-1].record if runs else None)
        page = f"runs/{summary.run_id}.html" if summary.run_id in paged else ""
        runs.append(replace(run, content=content, page=page))
    return SuiteTrend(name, slug, tuple(runs), tuple(repeated(runs)), unread)


def _run(record: Record, summary: RunSummary, before: Record | None) -> SiteRun:
    return SiteRun(
        record,
        record.first_look.found if record.first_look else record.outcome,
        summary.names,
        summary.tags,
        summary.baselines,
        None if before is None else tuple(changes(before, record)),
        before is None or comparable(before, record),
    )


def slim(record: Record) -> Record:
    """The record without the estimates of slices, which are most of it; those that gates judge are in the decisions."""
    return record.model_copy(update={"estimates": [e for e in record.estimates if e.slice is None]})


def slugs(names: Mapping[str, object]) -> dict[str, str]:
    """A safe file name for each name, unique also where case does not count; what is safe already stays as it is.

    It depends on the name alone but for two names that fall together by chance.
    """
    found: dict[str, str] = {}
    plain = [name for name in names if _PLAIN.fullmatch(name) and not _DEVICES.fullmatch(name)]
    for name in [*plain, *sorted(set(names) - set(plain))]:
        found[name] = name if name in plain else next(s for s in _marked(name) if s not in found.values())
    return found


def _marked(name: str) -> Iterator[str]:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    for length in range(8, 65):
        yield f"{words}-{digest[:length]}" if words else digest[:length]
