"""Redacts what is written in words: records, comparisons, evidence. Numbers, digests and times stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

from evalkit.app.redacting.paths import MARK
from evalkit.app.redacting.texts import Texts
from evalkit.core.digest import digest_of
from evalkit.core.evidence import Check
from evalkit.core.nouns import Certificate

__all__ = ["Words", "marks"]

_KEPT: Final = frozenset(
    {"at", "better", "cases", "commit", "created", "digest", "evalkit", "expires", "kind", "level", "method", "plan"}
    | {"platform", "policy", "python", "record", "record_digest", "run_id", "scoring", "since", "unit", "until"}
)
"""Fields that never repeat a case."""
N = TypeVar("N", bound=BaseModel)


@dataclass(frozen=True)
class Words:
    """Redacts nouns.

    Attributes:
        texts: replaces values of cases in sentences.
        tags: tag whose values are taken out -> value -> what stands for it.
        exactly: what is replaced only where it is all that is said: classes of gold, ids of metrics that name one.
        examples: whether examples of rows are taken out of evidence.
    """

    texts: Texts
    tags: Mapping[str, dict[str, str]]
    exactly: Mapping[str, str]
    examples: bool

    def noun(self, given: N) -> N:
        """The same noun, redacted. A certificate is of a judge, not of cases: it stays, and so does its digest."""
        if isinstance(given, Certificate):
            return given
        changed = {}
        for name in type(given).model_fields:
            old = getattr(given, name)
            new = old if name in _KEPT or name in _closed(type(given)) else self._any(old)
            if new != old:
                changed[name] = new
        if isinstance(given, Check) and self.examples and given.examples:
            changed["examples"] = [{key: _example(key, one[key]) for key in one} for one in given.examples]
        return given.model_copy(update=changed) if changed else given

    def text(self, text: str) -> str:
        """A text, redacted."""
        known = self.exactly.get(text)
        return self.texts(text) if known is None else known

    def tag(self, name: str, value: str) -> str:
        """What stands for the value of a tag: equal values stay equal, so that slices stay apart."""
        if name not in self.tags:
            return value
        known = self.tags[name]
        return known.setdefault(value, numbered(len(known) + 1))  # of another run: its cases are not here

    def _any(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            return self.noun(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return _joined((self.text(key), self._entry(key, inner)) for key, inner in value.items())
        if isinstance(value, list | tuple):
            return type(value)(self._any(inner) for inner in value)
        return value

    def _entry(self, key: str, inner: Any) -> Any:
        if key in self.tags and isinstance(inner, str | int | float):
            return self.tag(key, str(inner))
        return self._any(inner)


def numbered(place: int) -> str:
    """A mark that is told apart from others."""
    return f"{MARK[:-1]} {place}]"


def marks(values: Iterable[str]) -> dict[str, str]:
    """A mark for each value, in an order that tells nothing."""
    return {value: numbered(i) for i, value in enumerate(sorted(set(values), key=digest_of), 1)}


def _joined(pairs: Any) -> dict[str, Any]:
    """A dict; counts whose keys have become one are added up."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        counts = key in found and type(value) is int and type(found[key]) is int
        found[key] = found[key] + value if counts else value
    return found


def _example(key: str, value: Any) -> Any:
    return value if key == "row" and isinstance(value, int) else MARK


@cache
def _closed(noun: type[BaseModel]) -> frozenset[str]:
    """Fields whose words are given: they are no text of anybody."""
    return frozenset(name for name, field in noun.model_fields.items() if _is_closed(field.annotation))


def _is_closed(annotation: Any) -> bool:
    return get_origin(annotation) is Literal or any(map(_is_closed, _plain_args(annotation)))


def _plain_args(annotation: Any) -> tuple[Any, ...]:
    return () if get_origin(annotation) in (dict, list, Literal) else get_args(annotation)
