"""Answers as JSON: the journal keeps them as rows of a batch, the cache as an object each."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final

from evalkit.core.errors import InputError
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer

PLAIN_FIELDS: Final = tuple(field.name for field in fields(Answer) if field.name != "failure")

# ASCII only: a lone surrogate in a system's answer survives, and no byte of a torn line is half a character.
dump: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def to_fields(answer: Answer) -> dict[str, Any]:
    """The answer as a JSON object; fields that are None are left out."""
    found = {name: value for name in PLAIN_FIELDS if (value := getattr(answer, name)) is not None}
    if answer.failure is not None:
        found["failure"] = dump_failure(answer.failure)
    return found


def from_fields(found: dict[str, Any]) -> Answer:
    """The inverse of `to_fields`.

    Raises:
        TypeError, ValueError: not the fields of an answer.
    """
    failure = load_failure(found.pop("failure", None))
    return Answer(**found, failure=failure)


def dump_failure(failure: Failure | None) -> list[str] | None:
    """A failure as JSON: kind, reason, message."""
    return None if failure is None else [failure.kind, failure.reason, failure.message]


def load_failure(found: list[str] | None) -> Failure | None:
    """The inverse of `dump_failure`.

    Raises:
        ValueError: not a failure.
    """
    if found is None:
        return None
    return Failure.model_validate(dict(zip(("kind", "reason", "message"), found, strict=True)))


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
