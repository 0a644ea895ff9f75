"""The rubric that a certificate names by its digest, found where the certificate says and among those that ship."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from evalkit.core.errors import EvalkitError
from evalkit.core.judge_card import Criterion, MenuLabel, RubricText
from evalkit.core.nouns import Certificate
from evalkit.judges.rubric import Rubric, shipped_rubrics

__all__ = ["rubric_of"]

_MOST = 1 << 20  # bytes of a rubric file


def rubric_of(held: Certificate, base: Path) -> tuple[RubricText | None, str]:
    """The rubric's text, or why it is not shown.

    Args:
        held: names the rubric by its digest; a file of another digest is never shown as it.
        base: folder of the certificate's file.
    """
    if held.rubric is None:
        return None, "the certificate names no rubric"
    others = []
    for path in dict.fromkeys(_candidates(held, base)):
        found = _read(path)
        if found is None:
            continue
        if found.digest == held.rubric:
            return _text(found, path), ""
        if found.id == held.rubric_id:
            others.append(f"{path.name} has digest {found.digest[:12]} now")
    named = f"{held.rubric_id or 'the rubric'} with digest {held.rubric[:12]}"
    if others:
        return None, f"{named} is not at hand: {others[0]}, so it changed since the judge was calibrated"
    return None, f"{named} is not at hand: make this page in the folder in which the judge was calibrated"


def _candidates(held: Certificate, base: Path) -> Iterator[Path]:
    named = _in_command(held.renew)
    if named is not None:
        yield from (Path(named), base / named, base / Path(named).name)
    shipped = shipped_rubrics()
    for name in (held.rubric_id, named):
        if name in shipped:
            yield shipped[name]
    yield from (file for folder in dict.fromkeys((base, Path())) for file in sorted(folder.glob("*.yaml"))[:20])


def _in_command(command: str) -> str | None:
    """The word after `calibrate`."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    at = words.index("calibrate") + 1 if "calibrate" in words else len(words)
    return words[at] if at < len(words) and not words[at].startswith("-") else None


def _read(path: Path) -> Rubric | None:
    """A rubric, or None where this is none: the text of a stranger's certificate may name any file."""
    try:
        if path.suffix not in (".yaml", ".yml") or not path.is_file() or path.stat().st_size > _MOST:
            return None
        return Rubric.read(path)
    except (EvalkitError, OSError, ValueError):
        return None


def _text(found: Rubric, path: Path) -> RubricText:
    criteria = tuple(Criterion(c.id, c.text, c.weight, c.veto, _menu(c.values, c.anchors)) for c in found.criteria)
    return RubricText(
        id=found.id,
        version=found.version,
        kind=found.kind,
        digest=found.digest,
        source=path.name,
        description=found.description,
        system=found.system,
        template=found.template,
        menu=_menu(found.values, found.texts),
        criteria=criteria,
        n_examples=len(found.examples),
    )


def _menu(values: Mapping[str, float], texts: Mapping[str, str]) -> tuple[MenuLabel, ...]:
    return tuple(MenuLabel(label, value, texts.get(label, "")) for label, value in values.items())
