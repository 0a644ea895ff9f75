"""Random choices made of a hash of their own name, so that adding one question changes no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Draw:
    """Choices under one seed; the same key always gives the same choice, on every platform."""

    seed: int

    def below(self, n: int, *key: object) -> int:
        """An integer in [0, n)."""
        text = "|".join(str(part) for part in (self.seed, *key))
        return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % n

    def between(self, low: int, high: int, *key: object) -> int:
        """An integer in [low, high]."""
        return low + self.below(high - low + 1, *key)

    def pick(self, options: Sequence[T], *key: object) -> T:
        """One of the options."""
        return options[self.below(len(options), *key)]
