"""The faulty endpoint itself: a benchmark or a test of retries is only as good as what it is run against."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

import pytest

from tests.faults import SHARES, Faults
from tests.server_process import endpoint
from tests.servers import FakeOpenAI, completion


def ask(url: str, text: str, **more: Any) -> tuple[int, Any]:
    """Status and body of one request, by a client that is none of ours."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}], **more}).encode()
    request = urllib.request.Request(f"{url}/chat/completions", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_faults_are_drawn_from_the_request_and_the_try() -> None:
    faults = Faults(rate_limited=0.2, server_error=0.1, seed=3)
    drawn = [faults.chosen(b"%d" % i, 0, 99) for i in range(4_000)]
    assert drawn == [faults.chosen(b"%d" % i, 0, 99) for i in range(4_000)]
    assert 700 < drawn.count("rate_limited") < 900
    assert 320 < drawn.count("server_error") < 480
    again = [faults.chosen(b"%d" % i, 1, 99) for i in range(4_000)]
    both = sum(a == b == "rate_limited" for a, b in zip(drawn, again, strict=True))
    assert 110 < both < 210
    assert drawn != [Faults(rate_limited=0.2, server_error=0.1, seed=4).chosen(b"%d" % i, 0, 99) for i in range(4_000)]


def test_a_script_goes_first_and_rules_before_it() -> None:
    faults = Faults(script=("server_error", "ok"), models=("m",), context=10, at_once=2)
    assert [faults.chosen(b"", 0, i) for i in range(3)] == ["server_error", "ok", "ok"]
    body = {"model": "m", "messages": [{"content": "hi"}]}
    assert faults.ruled(body, None, 1) is None
    assert faults.ruled({**body, "model": "n"}, None, 1) == "not_found"
    assert faults.ruled({**body, "messages": [{"content": "x" * 11}]}, None, 1) == "too_long"
    assert faults.ruled(body, None, 3) == "rate_limited"
    assert Faults(key="k").ruled(body, "Bearer x", 1) == "unauthorized"
    assert Faults(refuses_formats=True).ruled({**body, "response_format": {}}, None, 1) == "unsupported"


def test_shares_that_cannot_be() -> None:
    for bad in ({"rate_limited": 0.6, "server_error": 0.6}, {"slow": -1}, {"script": ("nonsense",)}):
        with pytest.raises(AssertionError):
            Faults(**bad)
    with pytest.raises(AssertionError, match="unknown"):
        Faults.of({"rate_limted": 0.1})


@pytest.mark.parametrize(
    ("fault", "status"),
    [("rate_limited", 429), ("server_error", 500), ("not_found", 404), ("unauthorized", 401), ("too_long", 400)],
)
def test_statuses(fault: str, status: int) -> None:
    with FakeOpenAI(faults=Faults(**{fault: 1.0})) as server:
        assert ask(server.url, "q")[0] == status
        assert server.counts == {fault: 1}


def test_what_is_wrong_with_an_answer() -> None:
    with FakeOpenAI(faults=Faults(script=("cut_off", "refused", "wrong_model", "empty", "slow"))) as server:
        found = [ask(server.url, "question")[1] for _ in range(6)]
    choices = [row["choices"][0] for row in found]
    assert (choices[0]["message"]["content"], choices[0]["finish_reason"]) == ("ques", "length")
    assert choices[1]["message"]["refusal"]
    assert [row["model"] for row in found] == ["m", "m", "another-model-2020", "m", "m", "m"]
    assert [choice["message"]["content"] for choice in choices[3:]] == ["", "question", "question"]


@pytest.mark.parametrize("fault", ["malformed", "truncated", "reset"])
def test_bytes_that_are_no_answer(fault: str) -> None:
    with FakeOpenAI(faults=Faults(**{fault: 1.0})) as server, pytest.raises((ValueError, OSError, HTTPException)):
        ask(server.url, "q")


def test_every_fault_has_its_doing() -> None:
    """A fault that the server does not know would be answered well, and a test of it would test nothing."""
    row = completion("text")
    with FakeOpenAI(lambda body: row) as server:
        for fault in SHARES:
            if fault not in {"hanging", "slow", "truncated", "reset", "malformed"}:
                server.faults = Faults(**{fault: 1.0})
                assert ask(server.url, "q") != (200, row), fault


def test_in_a_process_of_its_own() -> None:
    with endpoint('{"label": "yes"}', server_error=1.0, script=["ok"]) as there:
        status, row = ask(there.url, "q")
        assert (status, row["choices"][0]["message"]["content"]) == (200, '{"label": "yes"}')
        assert ask(there.url, "q")[0] == 500
        found = there.counts()
    assert (found["requests"], found["counts"], found["most"]) == (2, {"ok": 1, "server_error": 1}, 1)
