"""What endpoints of several makes say when they turn a request away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.providers.refusals import error_of, refusal
from evalkit.providers.web import Body

PLAIN = {"model": "m", "messages": []}
FORMAT = {**PLAIN, "response_format": {"type": "json_schema"}}


def told(status: int, row: Any, sent: dict[str, Any] = PLAIN) -> str:
    return refusal("http://h/v1", Body(status, json.dumps(row).encode(), False, {}), sent).reason


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    "row",
    [
        said("whatever", code="context_length_exceeded"),
        said("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"),
        said("prompt is too long: 208310 tokens > 200000 maximum"),
        said("the request exceeds the available context size. try increasing it", type="exceed_context_size_error"),
        said("The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."),
        said("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"),
        said("input length and max_tokens exceed context limit: 5 + 7 > 10"),
        [said("Input is too long for requested model.")],
        {"object": "error", "message": "the model's context window was exceeded", "code": 400},
        {"detail": "Too many input tokens"},
        {"error": "exceeds the context window"},
    ],
)
def test_a_context_that_is_too_long(row: Any) -> None:
    assert told(400, row) == "context_too_long"
    assert told(400, row, FORMAT) == "context_too_long"


def test_a_body_that_is_too_large_is_one_too() -> None:
    assert told(413, "<html>") == "context_too_long"


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (400, said("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")),
        (400, said("does not support 'json_schema' response format. Supported formats: json_object.")),
        (400, said("invalid value: `json_schema`, supported values are `text`", param="response_format.type")),
        (400, {"error": "'response_format.json_schema.schema' must be an object"}),
        (422, {"detail": [{"loc": ["body", "response_format"], "msg": "extra fields not permitted"}]}),
        (404, said("No endpoints found that can handle the requested parameters.")),
        (501, said("structured outputs are not implemented")),
    ],
)
def test_a_form_of_answer_that_is_not_there(status: int, row: Any) -> None:
    """Only where one was asked for: without, the same sentence is any other error."""
    assert told(status, row, FORMAT) == "unsupported_format"
    assert told(status, row) != "unsupported_format"


@pytest.mark.parametrize(
    ("status", "row", "reason", "fatal"),
    [
        (400, said("max_tokens is too large: 100000. This model supports at most 16384"), "bad_request", False),
        (400, said("Unsupported parameter: 'temperature'", param="temperature"), "bad_request", False),
        (400, said("filtered", code="content_filter"), "content_filter", False),
        (403, said("flagged", code=403, metadata={"flagged_input": "x"}), "content_filter", False),
        (403, said("no access"), "auth", True),
        (401, said("no"), "auth", True),
        (402, said("Insufficient balance"), "quota", True),
        (429, said("pay", code="insufficient_quota"), "quota", True),
        (429, said("pay", type="insufficient_quota"), "quota", True),
        (429, said("slow"), "rate_limited", False),
        (404, said("no such model"), "not_found", True),
        (404, said("no such model with json_schema"), "not_found", True),
        (500, said("response_format broke us"), "server_error", False),
        (529, said("overloaded"), "server_error", False),
        (418, said("teapot"), "bad_request", False),
        (302, "", "bad_response", True),
        (101, "", "bad_response", True),
    ],
)
def test_others(status: int, row: Any, reason: str, fatal: bool) -> None:
    error = refusal("http://h/v1", Body(status, json.dumps(row).encode(), False, {}), PLAIN)
    assert (error.reason, error.fatal) == (reason, fatal)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "type", "metadata", "detail", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.integers(300, 599), JSON.map(lambda row: json.dumps(row).encode()) | st.binary(max_size=20), st.booleans())
def test_any_body_has_a_meaning(status: int, data: bytes, formatted: bool) -> None:
    body = Body(status, data, False, {})
    error = refusal("http://h/v1?key=secret", body, FORMAT if formatted else PLAIN)
    assert error.reason
    assert "secret" not in error.message
    assert len(error_of(body).message) < 1_000
