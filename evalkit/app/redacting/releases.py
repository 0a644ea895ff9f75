"""Redacts what a release report reads beside the record."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from evalkit.app.redacting.nouns import Words
from evalkit.core.dossier import Change, Moved, Release

__all__ = ["without"]

_Told = TypeVar("_Told", Change, Moved)


def without(release: Release, words: Words) -> Release:
    """The release, redacted; certificates are of judges, and stay."""
    previous = release.previous
    if previous is not None:  # its warnings may cite cases that are not here, so that nobody could look for them
        previous = words.noun(previous.model_copy(update={"warnings": []}))
    return replace(
        release,
        previous=previous,
        changes=[_said(change, words) for change in release.changes],
        since=None if release.since is None else words.noun(release.since),
        apart=words.text(release.apart),
        evidence=[words.noun(one) for one in release.evidence],
        command=tuple(words.text(part) for part in release.command),
        found=words.text(release.found),
    )


def _said(one: _Told, words: Words) -> _Told:
    """A change or a part of one, redacted: names, values and sentences."""
    told: dict[str, Any] = {}
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, str):
            told[field.name] = words.text(value)
        elif isinstance(value, list):
            told[field.name] = [_said(part, words) for part in value]
    return replace(one, **told)
