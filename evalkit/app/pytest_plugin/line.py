"""What a test marked `evalkit` asks for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from evalkit.core.errors import InputError

PASSED = "passed"
_EXAMPLE = "For example @pytest.mark.evalkit(repeats=20, at_least=0.8)."


@dataclass(frozen=True)
class Line:
    """The arguments of the mark.

    Attributes:
        repeats: how often each case is run.
        at_least, at_most: the line; one of them.
        metric: what the line is about: "passed" (the share of repeats without an AssertionError), or a name that the
            test gives to `evalkit_run.score`.
        group: a parameter of the test whose equal values are one cluster (one document, one user).
        errors: what an exception other than AssertionError is: "unscored", or "wrong".
        max_unscored: more unscored cases than this are inconclusive: a share below 1, or a count.
        basis: "sample": the cases (or repeats) stand for more, so an interval decides; "census": they are all there is,
            so what was seen decides.
    """

    repeats: int = 1
    at_least: float | None = None
    at_most: float | None = None
    metric: str = PASSED
    group: str | None = None
    errors: Literal["unscored", "wrong"] = "unscored"
    max_unscored: float | None = None
    basis: Literal["sample", "census"] = "sample"

    @classmethod
    def of(cls, given: Mapping[str, Any], positional: tuple[Any, ...] = ()) -> Line:
        """The line of a mark.

        Raises:
            InputError: an argument that there is not, or that cannot be meant; or no line at all.
        """
        if positional:
            raise _wrong(f"it takes named arguments, not {positional[0]!r}")
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
                raise _wrong(f"it has no argument {name!r}", hint)
        line = cls(**given)
        line.check()
        return line

    def check(self) -> None:
        """Refuse values that cannot be meant.

        Raises:
            InputError: naming the argument, its value and its bound.
        """
        if isinstance(self.repeats, bool) or not isinstance(self.repeats, int) or not 1 <= self.repeats <= 100_000:
            raise _wrong(f"repeats is {self.repeats!r}, not a whole number from 1 to 100,000")
        if (self.at_least is None) == (self.at_most is None):
            said = "neither" if self.at_least is None else "both"
            raise _wrong(f"it needs one of at_least and at_most, and has {said}")
        name = "at_least" if self.at_most is None else "at_most"
        line = getattr(self, name)
        if isinstance(line, bool) or not isinstance(line, int | float) or not 0 <= line <= 1:
            raise _wrong(f"{name} is {line!r}, not a share from 0 to 1")
        if self.errors not in ("unscored", "wrong"):
            raise _wrong(f"errors is {self.errors!r}, not 'unscored' or 'wrong'")
        if self.basis not in ("sample", "census"):
            raise _wrong(f"basis is {self.basis!r}, not 'sample' or 'census'")
        for name in ("metric", "group"):
            value = getattr(self, name)
            if not (isinstance(value, str) and value) and not (name == "group" and value is None):
                raise _wrong(f"{name} is {value!r}, not a name")
        allowed = self.max_unscored
        if allowed is not None and (
            isinstance(allowed, bool) or not isinstance(allowed, int | float) or not 0 <= allowed <= 1e9
        ):
            raise _wrong(f"max_unscored is {allowed!r}, not a share below 1 or a count")


def _wrong(what: str, remedy: str = "") -> InputError:
    return InputError(what, "@pytest.mark.evalkit", remedy or _EXAMPLE)
