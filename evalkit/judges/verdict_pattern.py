"""A declared regular expression that finds the verdict in prose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.core.errors import InputError
from evalkit.judges.verdict_label import Menu

MAX_PATTERN = 1_000


@dataclass(frozen=True)
class Pattern:
    """A regular expression and what it captures.

    Attributes:
        regex: compiled.
        menu: labels.
        captures: captured text -> label.
    """

    regex: re.Pattern[str]
    menu: Menu
    captures: Mapping[str, str]

    @classmethod
    def compile(cls, text: str, menu: tuple[str, ...], captures: Mapping[str, str] | None = None) -> Pattern:
        """Check and compile.

        Raises:
            InputError: it is no regular expression, or one whose time is not bounded.
        """
        if len(text) > MAX_PATTERN:
            raise InputError(f"the pattern has {len(text):,} characters, more than {MAX_PATTERN:,}", remedy="Shorten.")
        try:
            regex = re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise InputError(f"the pattern {text[:60]!r} is no regular expression: {error}") from None
        return cls(regex, Menu.of(menu), captures or {})
