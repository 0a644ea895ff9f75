"""Answers as JSON: one form for the journal and the cache; fields that are None are left out."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final

from evalkit.core.errors import InputError
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer

_FIELDS: Final = tuple(field.name for field in fields(Answer) if field.name != "failure")

# ASCII only: a lone surrogate in a system's answer survives, and no byte of a torn line is half a character.
dump: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def to_fields(answer: Answer) -> dict[str, Any]:
    """The answer as a JSON object."""
    found = {name: value for name in _FIELDS if (value := getattr(answer, name)) is not None}
    if answer.failure is not None:
        found["failure"] = {
            "kind": answer.failure.kind,
            "reason": answer.failure.reason,
            "message": answer.failure.message,
        }
    return found


def from_fields(found: dict[str, Any]) -> Answer:
    """The inverse of `to_fields`.

    Raises:
        TypeError, ValueError: not the fields of an answer.
    """
    failure = found.pop("failure", None)
    return Answer(**found, failure=None if failure is None else Failure(**failure))


def dump_answer(value: Any, whose: str) -> str:
    """Compact JSON text of what an answer is made of.

    Raises:
        InputError: it holds NaN, infinity or what JSON cannot hold; `whose` names the case or key.
    """
    try:
        return dump(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the answer cannot be kept: {error}", whose, "Answer with JSON values: no NaN, no infinity, no objects"
        ) from None
