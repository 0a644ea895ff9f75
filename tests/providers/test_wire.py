"""Any JSON that an endpoint may send: a completion whose parts are what they say, or an error that is foreseen."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.protocols import CallError, Completion
from evalkit.providers.prices import Price
from evalkit.providers.web import Body
from evalkit.providers.wire import address, read
from tests.servers import completion

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(
        st.sampled_from(["text", "content", "token", "logprob"]), st.none() | st.text(max_size=2), max_size=2
    ),
)
PLACES: list[tuple[Any, ...]] = [
    ("choices",),
    ("choices", 0),
    ("choices", 0, "message"),
    ("choices", 0, "message", "content"),
    ("choices", 0, "message", "refusal"),
    ("choices", 0, "message", "tool_calls"),
    ("choices", 0, "finish_reason"),
    ("choices", 0, "logprobs"),
    ("choices", 0, "logprobs", "content"),
    ("choices", 0, "logprobs", "content", 0),
    ("choices", 0, "logprobs", "content", 0, "logprob"),
    ("choices", 0, "logprobs", "content", 0, "top_logprobs"),
    ("choices", 0, "logprobs", "content", 0, "top_logprobs", 0),
    ("model",),
    ("usage",),
    ("usage", "prompt_tokens"),
    ("usage", "completion_tokens"),
    ("usage", "prompt_tokens_details"),
    ("usage", "prompt_tokens_details", "cached_tokens"),
]


def found(row: Any) -> Completion | CallError:
    body = Body(200, json.dumps(row).encode(), False, {})
    try:
        return read("http://h/v1", body, {}, Price(1.0, 2.0, 0.5))
    except CallError as error:
        return error


def whole() -> dict[str, Any]:
    row = completion("yes", logprobs=[("yes", {"yes": -0.25, "no": -1.5})], tool_calls=[], refusal=None)
    row["usage"]["prompt_tokens_details"] = {"cached_tokens": 3}
    return row


@given(st.sampled_from(PLACES), ODD)
def test_one_part_of_another_form(place: tuple[Any, ...], odd: Any) -> None:
    row = whole()
    part: Any = row
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = odd
    one = found(row)
    if isinstance(one, CallError):
        assert (one.reason, one.retry, one.fatal) == ("bad_response", True, False)
        return
    assert all(isinstance(text, str | None) for text in (one.text, one.refusal, one.finish, one.model))
    assert all(isinstance(count, int | None) and (count or 0) >= 0 for count in (one.tokens_in, one.tokens_out))
    assert one.cost is None or (math.isfinite(one.cost) and one.cost >= 0)
    assert (one.cost is None) == (one.tokens_in is None or one.tokens_out is None)
    for token, others in one.logprobs or ():
        assert token in others
        assert all(math.isfinite(value) and value <= 0 for value in others.values())


@pytest.mark.parametrize(
    ("given", "mapping"),
    [
        ([("a", {"a": -0.5})], {"a": -0.5}),
        ([("a", {"b": -1.0})], {"b": -1.0, "a": -9999.0}),
        ([("a", {"a": 1e-6})], {"a": 0.0}),
    ],
)
def test_the_token_itself_is_among_its_alternatives(given: Any, mapping: dict[str, float]) -> None:
    one = found(completion("a", logprobs=given))
    assert isinstance(one, Completion)
    assert one.logprobs == (("a", mapping),)


@pytest.mark.parametrize("value", [0.5, None, "x", True, [1]])
def test_what_is_no_log_probability_counts_as_none_given(value: Any) -> None:
    row = whole()
    row["choices"][0]["logprobs"]["content"][0]["logprob"] = value
    one = found(row)
    assert isinstance(one, Completion)
    assert (one.text, one.logprobs) == ("yes", None)


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h:1/", "http://h:1/chat/completions"),
        ("https://h", "https://h/chat/completions"),
        ("https://h/a/?api-version=1#x", "https://h/a/chat/completions?api-version=1"),
    ],
)
def test_addresses(base_url: str, url: str) -> None:
    assert address(base_url) == url
