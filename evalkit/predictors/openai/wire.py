"""The chat completions protocol: what is sent, and what a response means."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from evalkit.core.protocols import CallError
from evalkit.predictors.rows import clip, parse
from evalkit.predictors.web import Body, trouble, where

_KEY_LIKE = re.compile(r"\b(sk|key|pk|gsk|xai)-[\w*-]{6,}|Bearer\s+\S+", re.IGNORECASE)
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class Completion(NamedTuple):
    """One answer of a model.

    Attributes:
        text: the message's text, or None.
        refusal: the model's own words of refusal, or None.
        tool_calls: as sent, [] if there are none.
        finish: stop, length, tool_calls, content_filter, ... or None.
        model: the model that the response names.
        tokens_in, tokens_out, cached: counts, None where the response has none.
    """

    text: str | None
    refusal: str | None
    tool_calls: list[Any]
    finish: str | None
    model: str | None
    tokens_in: int | None
    tokens_out: int | None
    cached: int


def scrub(text: str, key: str | None) -> str:
    """The text without the key, or anything that looks like one."""
    if key:
        text = text.replace(key, "[key]")
    return _KEY_LIKE.sub("[key]", text)


def read(url: str, body: Body, key: str | None) -> Completion:
    """The completion in a response.

    Raises:
        CallError: the status says that there is none, or the body is no completion.
    """
    said, code = _error_of(body)
    said = scrub(said, key)
    if code in _NO_MONEY:
        raise CallError("quota", f"{where(url)}: {said}", fatal=True)
    if body.status == 404:
        raise CallError("not_found", f"{where(url)}: unknown model or address (404): {said}", fatal=True)
    if (error := trouble(url, body, said)) is not None:
        raise error
    if body.status >= 400:
        raise CallError("bad_request", f"{where(url)}: the request was refused ({body.status}): {said}")
    try:
        row = parse(body.data)
        return _completion(row)
    except (ValueError, LookupError, TypeError, AttributeError):
        shown = scrub(body.shown(), key)
        raise CallError("bad_response", f"{where(url)}: this is no chat completion: {shown}", retry=True) from None


def filtered(body: Body) -> bool:
    """Whether a 400 means that the provider's content filter stopped the prompt (Azure says it so)."""
    return body.status == 400 and _error_of(body)[1] == "content_filter"


def _completion(row: Any) -> Completion:
    choice = row["choices"][0]
    message = choice.get("message") or {}
    usage = row.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return Completion(
        _text(message.get("content")),
        _text(message.get("refusal")),
        list(message.get("tool_calls") or ()),
        _text(choice.get("finish_reason")),
        _text(row.get("model")),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _count(details.get("cached_tokens")) or 0,
    )


def _text(value: Any) -> str | None:
    """A text; some endpoints send content as a list of parts."""
    if isinstance(value, list):
        return "".join(part.get("text") or "" for part in value if isinstance(part, dict)) or None
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _error_of(body: Body) -> tuple[str, str | None]:
    """The message and the code of an error body."""
    if body.status < 400:
        return "", None
    try:
        error = parse(body.data)["error"]
        if isinstance(error, str):
            return clip(error, 400), None
        return clip(str(error.get("message") or error), 400), error.get("code")
    except (ValueError, LookupError, TypeError, AttributeError):
        return body.shown(), None
