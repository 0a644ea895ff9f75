"""What a judge wrote as its label, against the menu: exactly, then trimmed and without case; never by likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Menu:
    """The labels of a verdict.

    Attributes:
        exact: label -> label.
        folded: trimmed label without case -> label; None where two labels share one.
    """

    exact: Mapping[str, str]
    folded: Mapping[str, str | None]

    @classmethod
    def of(cls, labels: Sequence[str]) -> Menu:
        """The menu of these labels."""
        folded: dict[str, str | None] = {}
        for label in labels:
            key = label.strip().casefold()
            folded[key] = None if key in folded and folded[key] != label else label
        return cls({label: label for label in labels}, folded)

    def find(self, said: Any) -> str | None:
        """The label that was said, or None. A whole number is its digits; true and false are themselves."""
        text = said_as_text(said)
        if text is None:
            return None
        return self.exact.get(text) or self.folded.get(text.strip().casefold())


def said_as_text(said: Any) -> str | None:
    """A text, a number or a truth value as text; None for anything else."""
    if isinstance(said, str):
        return said
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, int) and abs(said) < 10**15:
        return str(said)
    if isinstance(said, float) and abs(said) < 10**15:  # false for NaN
        return str(int(said)) if said == int(said) else repr(said)
    return None
