"""`http:` beyond the contract: statuses, secrets, sizes."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.predictors.http import HttpPredictor
from evalkit.providers.web import retry_after, where
from tests.predictors.asking import ask, one, run
from tests.servers import JsonService, failed


def test_the_request_and_all_that_an_answer_may_hold() -> None:
    row = {
        "output": {"a": 1},
        "cost": 0.5,
        "confidence": 0.25,
        "tokens_in": 3,
        "model": "m",
        "trace": [1],
        "seconds": 9,
    }
    with JsonService(lambda body: row) as server:
        answer = one(HttpPredictor.from_spec(server.url, {}), {"q": "é"})
        assert server.bodies == [{"case_id": "0", "input": {"q": "é"}, "repeat": 0, "seed": 0}]
    assert (answer.output, answer.cost, answer.confidence, answer.tokens_in) == ({"a": 1}, 0.5, 0.25, 3)
    assert (answer.model, answer.trace, answer.seconds) == ("m", [1], 9.0)


@pytest.mark.parametrize(
    ("status", "kind", "reason", "asked"),
    [
        (400, "system", "http_400", 1),
        (422, "system", "http_422", 1),
        (429, "harness", "rate_limited", 3),
        (408, "harness", "server_error", 3),
        (500, "harness", "server_error", 3),
        (503, "harness", "server_error", 3),
    ],
)
def test_statuses(status: int, kind: str, reason: str, asked: int) -> None:
    with JsonService(lambda body: failed(status, "told so")) as server:
        failure = one(HttpPredictor.from_spec(server.url, {})).failure
        assert len(server.bodies) == asked
    assert failure is not None
    assert (failure.kind, failure.reason) == (kind, reason)
    assert "told so" in failure.message


@pytest.mark.parametrize(
    ("status", "told"), [(401, "access denied"), (403, "access denied"), (404, "not found"), (302, "302")]
)
def test_what_can_never_succeed_ends_the_run_in_one_sentence(status: int, told: str) -> None:
    with JsonService(lambda body: failed(status)) as server, pytest.raises(InputError, match=told):
        run(HttpPredictor.from_spec(server.url, {}), list(range(100)))


def test_a_failure_that_passes() -> None:
    answers = iter([failed(429, Retry_After="0"), failed(503), {"output": 1}])
    with JsonService(lambda body: next(answers)) as server:
        result = run(HttpPredictor.from_spec(server.url, {}), ["q"])
    assert result.answers["0", 0].output == 1
    assert result.n_retries == 2


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (lambda: web.Response(text="<html>"), "unparseable"),
        (lambda: web.Response(text='{"output": NaN}'), "unparseable"),
        (lambda: web.json_response([1]), "unparseable"),
        (lambda: web.json_response({}), "empty"),
        (lambda: web.json_response({"output": "x" * 2_000}), "too_large"),
        (lambda: web.json_response({"failure": "refused"}), "refused"),
    ],
)
def test_bodies_that_are_no_answer(response: Any, reason: str) -> None:
    with JsonService(lambda body: response()) as server:
        failure = one(HttpPredictor.from_spec(server.url, {"max_bytes": 1_000})).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == ("system", reason)


def test_nobody_listens() -> None:
    with JsonService() as server:
        url = server.url
    failure = one(HttpPredictor.from_spec(url, {})).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == ("harness", "network")
    assert url in failure.message


def test_headers_come_from_the_environment_and_are_never_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "s3cret-value")
    with JsonService() as server:
        predictor = HttpPredictor.from_spec(
            server.url, {"headers": {"Authorization": "Bearer ${MY_TOKEN}", "X-A": "b"}}
        )
        assert one(predictor).output == "q"
        assert server.headers[0]["Authorization"] == "Bearer s3cret-value"
    assert predictor.spec["headers"] == ["Authorization", "X-A"]
    assert "s3cret" not in canonical_json(predictor.spec)
    assert "MY_TOKEN" not in canonical_json(predictor.spec)


def test_a_header_without_its_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_TOKEN", raising=False)
    predictor = HttpPredictor.from_spec("http://127.0.0.1:9/", {"headers": {"A": "${MY_TOKEN}"}})
    with pytest.raises(InputError, match="header A needs the environment variable MY_TOKEN"):
        run(predictor, [1])


@pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "http://h:99999/", "host/path"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="address"):
        HttpPredictor.from_spec(url, {})


def test_an_address_may_hold_no_password() -> None:
    with pytest.raises(InputError) as error:
        HttpPredictor.from_spec("http://me:hunter2@host/", {})
    assert "hunter2" not in str(error.value)
    assert where("https://h:1/p?key=hunter2") == "https://h:1/p"


def test_the_two_ways_to_write_an_address() -> None:
    assert HttpPredictor.from_spec("//h/p", {}).url == "http://h/p"
    assert HttpPredictor.from_spec("https://h/p", {}).url == "https://h/p"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=60.0) == seconds


def test_many_connections_at_once() -> None:
    with JsonService() as server:
        answers = ask(HttpPredictor.from_spec(server.url, {}), list(range(300)), concurrency=50)
    assert [answer.output for answer in answers] == list(range(300))
