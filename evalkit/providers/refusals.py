"""What an endpoint's error means for the call: whether to try again, to go on without it, or to end the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from evalkit.core.protocols import CallError
from evalkit.core.texts import clip, parse
from evalkit.providers.web import Body, trouble, where

_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_TOO_LONG = re.compile(
    r"(maximum|model'?s|available|the) context (length|window|size)|context.{0,12}(length|window|size).{0,12}exceed"
    r"|exceed\w* (the )?.{0,40}context|prompt is too long|too many (input |prompt )?tokens"
    r"|input (is |prompt is )?too long|(input|prompt).{0,40}token.{0,60}exceed|inputs?`? tokens? \+",
    re.IGNORECASE,
)
_TOO_LONG_CODES = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length", "request_too_large"}
)
_FORMAT = re.compile(
    r"response_?format|json_?schema|structured[ _-]?outputs?|json_object|json mode|guided_json|requested parameters",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """What an error body says: its message for people, and its code, type, parameter and metadata for programs."""

    message: str
    code: str | None = None
    kind: str | None = None
    param: str | None = None
    flagged: bool = False


def refusal(url: str, body: Body, sent: Mapping[str, Any]) -> CallError:
    """The error of a status from 400 up (or of one that is no answer).

    Reasons: rate_limited, server_error (try again); auth, not_found, quota, bad_response (the run ends);
    content_filter, context_too_long, unsupported_format, bad_request (this call fails, others may not).

    Args:
        url: where it was asked.
        body: the response.
        sent: the request's body.
    """
    said = error_of(body)
    place, told = where(url), said.message
    if body.status == 402 or {said.code, said.kind} & _NO_MONEY:
        return CallError("quota", f"{place}: {told}", fatal=True)
    if body.status in {400, 403} and (said.code == "content_filter" or said.flagged):
        return CallError("content_filter", f"{place}: the provider's content filter stopped the prompt: {told}")
    if _refuses_format(body.status, said, sent):
        return CallError("unsupported_format", f"{place}: the request was refused ({body.status}): {told}")
    if body.status == 404:
        return CallError("not_found", f"{place}: unknown model or address (404): {told}", fatal=True)
    if (error := trouble(url, body, told)) is not None:
        return error
    reason = "context_too_long" if _too_long(body.status, said) else "bad_request"
    return CallError(reason, f"{place}: the request was refused ({body.status}): {told}")


def _refuses_format(status: int, said: Said, sent: Mapping[str, Any]) -> bool:
    """Whether it is the form of the answer (`response_format`) that this model, or this endpoint, does not have."""
    if "response_format" not in sent or status not in {400, 404, 422, 501}:
        return False
    if said.code in _TOO_LONG_CODES or (said.param is None and status != 404 and _TOO_LONG.search(said.message)):
        return False
    return bool(_FORMAT.search(f"{said.param or ''} {said.message}"))


def _too_long(status: int, said: Said) -> bool:
    return bool(status == 413 or {said.code, said.kind} & _TOO_LONG_CODES or _TOO_LONG.search(said.message))


def error_of(body: Body) -> Said:
    """The error in a body, in OpenAI's form or one of its relatives."""
    try:
        row = parse(body.data)
        row = row[0] if isinstance(row, list) else row  # Gemini's compatible endpoint
        error = row.get("error", row)
        if isinstance(error, str):
            return Said(clip(error, 400))
        told = error.get("message") or error.get("detail") or body.shown()
        metadata = error.get("metadata")
        flagged = isinstance(metadata, Mapping) and "flagged_input" in metadata
        kind, param = _word(error.get("type")), _word(error.get("param"))
        return Said(clip(str(told), 400), _word(error.get("code")), kind, param, flagged)
    except (ValueError, LookupError, TypeError, AttributeError):
        return Said(body.shown())


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None
