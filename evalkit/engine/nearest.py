"""What a person probably meant: the nearest known name, and the list of names to choose from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST, _MOST = 100, 5_000  # comparing words is quadratic: hostile names and huge vocabularies are cut


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or None when none is alike (at least 60 % of the characters agree,
    50 % in a word of two)."""
    word = word[:_LONGEST]
    names = [name for name in known if abs(len(name) - len(word)) <= max(3, len(word))][:_MOST]
    folded = {name.casefold(): name for name in reversed(names)}
    if word.casefold() in folded:
        return folded[word.casefold()]
    swapped = next((name for name in folded if sorted(name) == sorted(word.casefold())), None)
    if swapped is not None:
        return folded[swapped]
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6 if len(word) > 2 else 0.5)
    return folded[found[0]] if found else None


def listed(names: Iterable[str], most: int = 20) -> str:
    """`a, b, c`, and how many more beyond `most`."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(word: str, known: Iterable[str], kind: str) -> str:
    """The remedy of an unknown name: the nearest one, then all valid ones. `kind` is a plural, such as "keys"."""
    known = sorted(known)
    if not known:
        return f"There are no {kind}"
    close = nearest(word, known)
    meant = f"Nearest: {close!r}. " if close else ""
    return f"{meant}Valid {kind}: {listed(known)}"
