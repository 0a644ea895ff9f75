"""Who gets which variant: a hash of the unit, so that nobody has to remember it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError

__all__ = ["Assignment", "exposure"]

_STEPS = 1 << 53


class Assignment:
    """The arms of one experiment.

    Each arm draws a number u in (0, 1) for the unit, by SHA-256 of salt, arm and unit, and the arm with the least
    -log(u) / share has it (weighted rendezvous hashing: the first of exponential clocks, so that each arm wins with its
    share). Two experiments with different salts are independent. Where shares change, a unit moves only to an arm whose
    share grew relative to its own: when one arm is made larger or smaller, no assignment moves fewer units; the order
    in which arms are named changes nothing.
    """

    def __init__(self, salt: str, split: Mapping[str, float]) -> None:
        """Fix the experiment.

        Args:
            salt: of the experiment, never used for another.
            split: arm -> share, from 0 up; an arm of share 0 gets no unit.

        Raises:
            InputError: no arm has a share, a share is none, or the salt is empty.
        """
        if not salt:
            raise InputError("the salt is empty", "--salt", "Give each experiment a salt of its own, such as its name")
        if not all(0 <= share < math.inf for share in split.values()) or not any(split.values()):
            raise InputError("a split has shares from 0 up, one of them above 0", "--split", "Write a=.5,b=.5")
        self.salt, self.split = salt, dict(split)
        self._arms = [(arm, share, self._begun(arm)) for arm, share in sorted(split.items()) if share > 0]

    def _begun(self, arm: str) -> hashlib._Hash:
        return hashlib.sha256(canonical_json([self.salt, arm]).encode() + b"\n")

    def arm(self, unit: str, seen: Mapping[str, str] | None = None) -> str:
        """The arm of a unit.

        Args:
            unit: its id.
            seen: unit -> arm of those that were exposed already; they keep it while it has a share, however the shares
                change.
        """
        kept = None if seen is None else seen.get(unit)
        if kept is not None and self.split.get(kept, 0) > 0:
            return kept
        name = unit.encode("utf-8", "surrogatepass")
        return min(self._arms, key=lambda one: (_clock(one[2], name) / one[1], one[0]))[0]

    def arms(self, units: Iterable[str], seen: Mapping[str, str] | None = None) -> Iterator[str]:
        """The arm of each unit."""
        return (self.arm(unit, seen) for unit in units)


def _clock(begun: hashlib._Hash, unit: bytes) -> float:
    """An exponential time: -log of a number in (0, 1) with 53 bits."""
    ended = begun.copy()
    ended.update(unit)
    drawn = int.from_bytes(ended.digest()[:8], "big") >> 11
    return -math.log((drawn + 0.5) / _STEPS)


def exposure(unit: str, variant: str, at: float) -> dict[str, str | float]:
    """The row to log when (and only when) a unit meets its variant; `at` in seconds since 1970."""
    return {"unit": unit, "variant": variant, "ts": at}
