"""The chat completions protocol: what a response of status 2xx means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evalkit.core.protocols import CallError, Completion
from evalkit.core.texts import clip, parse
from evalkit.providers.prices import Price
from evalkit.providers.refusals import refusal
from evalkit.providers.web import Body, where

MAX_BYTES = 10_000_000 + 65_536  # of a response
MOST_TOKENS = 10**12
NOT_OURS = frozenset({"model", "messages", "stream", "stream_options", "n"})
"""Parameters that cannot be given: they would change what an answer is."""


def address(base_url: str) -> str:
    """Where chat completions are asked; a query (`?api-version=...`) stays behind the path."""
    parts = urlsplit(base_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/chat/completions", fragment=""))


def read(url: str, body: Body, sent: Mapping[str, Any], price: Price | None = None) -> Completion:
    """The completion in a response.

    Args:
        url: where it was asked, for sentences.
        body: the response.
        sent: the request's body.
        price: of a token; None: the cost is unknown.

    Raises:
        CallError: the status says that there is none (see `refusal`); `bad_response`: the body is no completion;
            `too_large`: it has more bytes than are read.
    """
    if not 200 <= body.status < 300:
        raise refusal(url, body, sent)
    if body.cut:
        raise CallError("too_large", f"the response has more than {MAX_BYTES:,} bytes")
    try:
        return completion_of(parse(body.data), price)
    except (ValueError, LookupError, TypeError, AttributeError):
        message = f"{where(url)}: this is no chat completion: {body.shown()}"
        raise CallError("bad_response", message, retry=True) from None


def completion_of(row: Any, price: Price | None) -> Completion:
    """The first choice of a response's JSON.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it has not the form of one.
    """
    choice = row["choices"][0]
    message = choice.get("message") or {}
    usage = _mapping(row.get("usage"))
    details = _mapping(usage.get("prompt_tokens_details"))
    tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    cached = _count(details.get("cached_tokens")) or 0
    cost = None
    if price is not None and tokens_in is not None and tokens_out is not None:
        cost = price.of(tokens_in, tokens_out, cached)
    return Completion(
        text=_text(message.get("content")),
        refusal=_text(message.get("refusal")),
        finish=_name(choice.get("finish_reason")),
        model=_name(row.get("model")),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cached=cached,
        cost=cost,
        tool_calls=tuple(_list(message.get("tool_calls") or [])),
        logprobs=_logprobs(choice.get("logprobs")),
    )


def _text(value: Any) -> str | None:
    """A text; some endpoints send content as a list of parts."""
    if isinstance(value, list):
        return "".join(part.get("text") or "" for part in value if isinstance(part, dict)) or None
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _name(value: Any) -> str | None:
    """A short text, as it may stand in a table: no lone surrogates."""
    return clip(text, 300) if (text := _text(value)) is not None else None


def _mapping(value: Any) -> Mapping[str, Any]:
    """What stands beside an answer does not spoil it: another form counts as nothing."""
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _count(value: Any) -> int | None:
    """A number of tokens that can be one; None: unknown."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None


def _logprobs(value: Any) -> tuple[tuple[str, Mapping[str, float]], ...] | None:
    """(token, {alternative: log probability}) of each token; None where any of them has another form."""
    if value is None:
        return None
    try:
        rows = value["content"]
        return tuple((_token(row), _alternatives(row)) for row in rows) if rows else None
    except (LookupError, TypeError, ValueError):
        return None


def _token(row: Any) -> str:
    if not isinstance(row["token"], str):
        raise TypeError("a token is a text")
    return str(row["token"])


def _alternatives(row: Any) -> dict[str, float]:
    found = {_token(other): _log(other["logprob"]) for other in row.get("top_logprobs") or ()}
    return {**found, _token(row): _log(row["logprob"])}


def _log(value: Any) -> float:
    """A log probability: finite and at most 0 (rounding allowed for).

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value <= 1e-3:
        raise ValueError("not a log probability")
    return float(min(value, 0.0))
