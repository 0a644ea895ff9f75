"""Reading a predictor's options: an unknown one is an error that names the nearest."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from typing import Any

from evalkit.core.errors import InputError


def check_options(scheme: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse options that the predictor does not have.

    Raises:
        InputError: naming the option and the nearest known one.
    """
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Options: {', '.join(sorted(known)) or 'none'}."
            raise InputError(f"{scheme}: has no option {name!r}", remedy=remedy)


def plain(value: Any) -> Any:
    """An option's value: a text from a command line that is JSON is read as such ("0.2" is a number)."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=lambda token: token)
    except ValueError:
        return value


def number(scheme: str, options: Mapping[str, Any], name: str, default: float, least: float = 0.0) -> float:
    """A number option, at least `least`.

    Raises:
        InputError: it is no such number.
    """
    value = plain(options.get(name, default))
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
        raise InputError(f"{scheme}: option {name} is {value!r}, not a number from {least:g} up")
    return value


def text(scheme: str, options: Mapping[str, Any], name: str, default: str | None = None) -> str | None:
    """A text option.

    Raises:
        InputError: it is not a text.
    """
    value = options.get(name, default)
    if value is not None and not isinstance(value, str | int | float):
        raise InputError(f"{scheme}: option {name} is {value!r}, not a text")
    return None if value is None else str(value)
