"""The options of a model as a judge, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, plain
from evalkit.core.protocols import JUDGE_LIMITS

Structured = Literal["auto", "json_schema", "none"]
Orders = Literal["both", "one"]

SAMPLING = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "max_completion_tokens",
        "max_tokens",
        "presence_penalty",
        "reasoning_effort",
        "seed",
        "service_tier",
        "temperature",
        "top_k",
        "top_p",
        "verbosity",
    }
)
"""Parameters of the call that a judge may name; what makes a reply a verdict is evalkit's own to set."""
_NUMBERS = ("frequency_penalty", "presence_penalty", "temperature", "top_p")
_WHOLE = ("max_completion_tokens", "max_tokens", "seed", "top_k")
_PLACE = frozenset({"base_url", "api_key_env", "transport", "prices", "extra_body"})
_CALLS = JUDGE_LIMITS - _PLACE - {"certificate", "sentinel"}
_OWN = frozenset({"votes", "structured", "logprobs", "top_logprobs", "orders", "reasks"})
MOST_VOTES, MOST_REASKS = 100, 5


class ModelOptions(NamedTuple):
    """What a judge's mapping says.

    Attributes:
        place: for the provider.
        parameters: sent with each call.
        limits: what bounds the calls; in no digest.
        votes: calls a question and order.
        structured: whether the endpoint is asked to hold the reply to a schema.
        top_logprobs: alternatives a token; 0: none are asked for.
        orders: in which a pair is shown.
        reasks: how often a reply without a usable verdict is asked for again; None: as the rubric says.
    """

    place: dict[str, Any]
    parameters: dict[str, Any]
    limits: dict[str, Any]
    votes: int
    structured: Structured
    top_logprobs: int
    orders: Orders
    reasks: int | None


def read_options(options: Mapping[str, Any]) -> ModelOptions:
    """The options of a judge's mapping.

    Raises:
        InputError: one is unknown, or has a value that it cannot have.
    """
    given = {name: plain(value) if name not in _PLACE else value for name, value in options.items()}
    check_options("judge", given, SAMPLING | _PLACE | JUDGE_LIMITS | _OWN)
    votes = _whole(given, "votes", 1, 1, MOST_VOTES)
    parameters = {name: given[name] for name in sorted(SAMPLING & given.keys()) if given[name] is not None}
    _check_numbers(parameters)
    if "temperature" not in given and votes == 1:
        parameters["temperature"] = 0
    wanted = given.get("logprobs", "top_logprobs" in given)
    if not isinstance(wanted, bool):
        raise InputError(f"judge: option logprobs is {wanted!r:.60}", remedy="Write true or false.")
    reasks = None if given.get("reasks") is None else _whole(given, "reasks", 1, 0, MOST_REASKS)
    return ModelOptions(
        place={name: given[name] for name in sorted(_PLACE & given.keys())},
        parameters=parameters,
        limits={name: given[name] for name in sorted(_CALLS & given.keys()) if given[name] is not None},
        votes=votes,
        structured=cast("Structured", _one_of(given, "structured", ("auto", "json_schema", "none"))),
        top_logprobs=_whole(given, "top_logprobs", 5, 1, 20) if wanted else 0,
        orders=cast("Orders", _one_of(given, "orders", ("both", "one"))),
        reasks=reasks,
    )


def _check_numbers(parameters: Mapping[str, Any]) -> None:
    for names, kinds, what in ((_NUMBERS, (int, float), "number"), (_WHOLE, (int,), "whole number")):
        for name in names:
            value = parameters.get(name, 0)
            if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
                raise InputError(f"judge: option {name} is {value!r:.60}, not a {what}")


def _whole(given: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"judge: option {name} is {value!r:.60}, not a whole number from {low} to {high}")
    return value


def _one_of(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name, known[0])
    if value is None and name == "structured":  # `structured: none` of a text is read as it is written
        return "none"
    if value not in known:
        raise InputError(f"judge: option {name} is {value!r:.60}", remedy=f"Write {' or '.join(known)}.")
    return str(value)
