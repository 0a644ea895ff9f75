"""Texts that may repeat a redacted value: warnings, reasons, commands, the suite's source."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["Texts", "small", "telling"]

_START: Final = 4
"""Characters that a value must have to be looked for: `yes` and `12` stand everywhere and tell nothing."""
_NUMBER: Final = 7
_LONG: Final = 12
"""From here on a value is looked for inside words too."""
_ENDS: Final = ("…", "...")
_CLIPPED: Final = 1000


def telling(text: str) -> bool:
    """Whether a value is long enough to be looked for in other texts."""
    short = text.strip()
    return len(short) >= (_NUMBER if short.replace(".", "").lstrip("-").isdigit() else _START)


def small(text: str) -> str:
    """The text in small letters, as long as it was: of all capitals only the dotted I has a small form of two signs."""
    return text.replace("\u0130", "i").lower()


def _forms(value: str) -> dict[str, None]:
    """How a value stands in texts: as it is, and as JSON inside a text writes it, where that is another spelling."""
    plain = value.strip()
    return dict.fromkeys(
        small(form) for form in (plain, *(json.dumps(plain, ensure_ascii=a)[1:-1] for a in (False, True)))
    )


class Texts:
    """Replaces redacted values in texts, whatever their case; also where a text clips them."""

    def __init__(self, replaced: Mapping[str, str], kept: Iterable[str] = ()) -> None:
        """Take what is to be found.

        Args:
            replaced: value -> what stands in its place.
            kept: words that stay: names of metrics, systems, and of what is not redacted.
        """
        names = {small(name) for name in kept}
        self._whole = {form: said for value, said in replaced.items() if value.strip() for form in _forms(value)}
        self._whole = {value: said for value, said in self._whole.items() if value not in names}
        self._by_start: dict[str, dict[int, None]] = defaultdict(dict)
        self._starting: dict[str, list[str]] = defaultdict(list)
        for value in self._whole:
            if telling(value):
                self._by_start[value[:_START]][len(value)] = None
                self._starting[value[:_START]].append(value)
        self._lengths = {start: sorted(found, reverse=True) for start, found in self._by_start.items()}
        self._said: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text without what is redacted."""
        if not self._whole or not text:
            return text
        said = self._said.get(text)
        if said is None:
            said = self._said[text] = self._replace(text)
        return said

    def known(self) -> list[str]:
        """The values that are looked for, in small letters."""
        return [value for value in self._whole if telling(value)]

    def of(self, values: Iterable[str]) -> Texts:
        """The same for some of the values."""
        return Texts({value: self._whole[value] for value in values})

    def equal(self, text: str) -> str:
        """What stands for a text that is a redacted value as a whole, if it is long enough to tell; else the text."""
        low = small(text.strip())
        return self._whole.get(low, text) if telling(low) else text

    def _replace(self, text: str) -> str:
        low = small(text)
        done, place, parts = 0, 0, []
        while place <= len(low) - _START:
            found = self._at(low, place) if low[place : place + _START] in self._lengths else None
            if found is None:
                place += 1
                continue
            length, said = found
            parts += [text[done:place], said]
            done = place = place + length
        return "".join([*parts, text[done:]]) if parts else text

    def _at(self, low: str, place: int) -> tuple[int, str] | None:
        """The longest value that begins here, or what is left of one that was clipped."""
        start = low[place : place + _START]
        for length in self._lengths[start]:
            if place + length > len(low):
                continue
            said = self._whole.get(low[place : place + length])
            if said is not None and (length >= _LONG or _is_word(low, place, place + length)):
                return length, said
        ends = [end for sign in _ENDS if (end := low.find(sign, place + _START, place + _CLIPPED)) >= 0]
        if ends:
            piece = low[place : min(ends)]
            said = next((self._whole[value] for value in self._starting[start] if value.startswith(piece)), None)
            return None if said is None else (len(piece), said)
        return None


def _is_word(text: str, start: int, end: int) -> bool:
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return before and after
