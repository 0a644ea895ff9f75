"""Predictions over HTTP: each in the log before it is answered, and nothing that one request brings hurts another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.gateway.careful import Careful
from evalkit.app.gateway.settings import Limits
from evalkit.core.traffic import Said
from evalkit.predictors.marks import Reply
from evalkit.stores.traffic import SqliteTraffic
from tests.app.gateway.sending import Calls, Got, gateway, send


def test_an_answer_is_in_the_log_when_it_is_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path) as g:
            got = await send(g, "/predict", {"id": "a", "unit": "u", "input": {"x": 3}})
            assert got.body == {"id": "a", "output": {"y": 6}, "variant": "old"}
            (row,) = SqliteTraffic(tmp_path).requests().to_pylist()  # while the gateway runs
            assert (row["id"], row["unit"], row["variant"], row["role"], row["weight"]) == (
                "a",
                "u",
                "old",
                "champion",
                1,
            )
            assert json.loads(row["input"]) == {"x": 3}
            assert json.loads(row["output"]) == {"y": 6}
            assert row["failure"] is None
            assert row["seconds"] == 0.003

    asyncio.run(work())


def test_what_is_not_said_is_made_up_and_told(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, Calls(lambda x: Reply({"y": 1}, confidence=0.75))) as g:
            got = await send(g, "/predict", {"input": None, "unit": 7})
            assert got.body["confidence"] == 0.75
            (row,) = SqliteTraffic(tmp_path).requests().to_pylist()
            assert (row["id"], row["unit"], row["confidence"]) == (got.body["id"], "7", 0.75)

    asyncio.run(work())


def test_a_list_is_answered_in_order(tmp_path: Path) -> None:
    def odd(x: int) -> int:
        if x % 2 == 0:
            raise ValueError(x)
        return x

    async def work() -> None:
        async with gateway(tmp_path, Calls(odd)) as g:
            got = await send(g, "/predict", [{"id": f"i{x}", "input": x} for x in range(4)])
            assert [row.get("output") for row in got.body] == [None, 1, None, 3]
            assert [row.get("status") for row in got.body] == [500, None, 500, None]
            assert (await send(g, "/predict", [])).body == []
            assert (await send(g, "/predict", [{"id": "z", "input": 1}] * 2)).status == 400

    asyncio.run(work())


BAD: list[tuple[Any, int, str]] = [
    (b"", 400, "not JSON"),
    (b"{", 400, "not JSON"),
    (b"\xff", 400, "not JSON"),
    (b'{"input": NaN}', 400, "NaN"),
    (b'{"input": [1e999]}', 400, "a number is too large"),
    (b"[" * 100_000, 400, "nested too deeply"),
    ({"x": 1}, 400, "a prediction is asked for as"),
    ("x", 400, "a prediction is asked for as"),
    ([{"input": 1}, 3], 400, "element 1: "),
    ({"input": 1, "units": 3}, 400, "units is not known"),
    ({"input": 1, "id": "x" * 300}, 400, "1 to 200 characters"),
    ({"input": 1, "id": "a\n"}, 400, "control characters"),
    ({"input": 1, "unit": "\ud800"}, 400, "control characters"),
    ({"input": 1, "unit": True}, 400, "unit is not a text"),
    ({"input": "x" * 2_000}, 413, "more than 1,000 bytes"),
    ([b'{"input": "', b"x" * 600, b"x" * 600, b'"}'], 413, "more than 1,000 bytes"),
    ([{"input": 1}] * 11, 413, "at most 10"),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD, ids=lambda value: str(value)[:20])
def test_a_malformed_request_is_told_what_is_wrong_and_leaves_no_row(
    tmp_path: Path, body: Any, status: int, words: str
) -> None:
    async def work() -> Got:
        async with gateway(tmp_path, limits=Limits(body=1_000 if status == 413 else 1_000_000, batch=10)) as g:
            lying = {"content-length": "5"} if isinstance(body, list) and isinstance(body[0], bytes) else {}
            return await send(g, "/predict", body, headers=lying)

    got = asyncio.run(work())
    assert got.status == status
    assert words in got.body["error"]
    assert len(SqliteTraffic(tmp_path).requests()) == 0


def test_a_body_that_is_declared_too_long_is_not_even_read(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path) as g:
            for length, status in (("1000001", 413), ("-1", 400), ("x", 400)):
                got = await send(g, "/predict", b"{}", headers={"content-length": length})
                assert got.status == status

    asyncio.run(work())


def test_a_body_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, limits=Limits(body_seconds=0.01)) as g:
            got = await send(g, "/predict", [b'{"input"', *[b""] * 0], headers={"content-length": "99"})
            assert got.status == 400  # it ended, and was not JSON
            scope = {"type": "http", "method": "POST", "path": "/predict", "headers": [(b"content-length", b"9")]}
            sent: list[Any] = []

            async def never() -> Any:
                await asyncio.Event().wait()

            async def keep(message: Any) -> None:
                sent.append(message)

            await g(scope, never, keep)
            assert sent[0]["status"] == 408

    asyncio.run(work())


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (lambda x: 1 / 0, 500, "ZeroDivisionError"),
        (lambda x: float("nan"), 500, "not JSON"),
        (lambda x: {"y": [1.0, float("inf")]}, 500, "not JSON"),
        (lambda x: object(), 500, "not JSON"),
        (lambda x: None, 500, "answered nothing"),
        (lambda x: exit(3), 500, "SystemExit"),
    ],
)
def test_a_system_that_fails_is_a_5xx_with_a_sentence_and_a_row(
    tmp_path: Path, answer: Any, status: int, reason: str
) -> None:
    async def work() -> None:
        async with gateway(tmp_path, Calls(answer)) as g:
            got = await send(g, "/predict", {"id": "a", "input": 1})
            assert got.status == status
            assert got.body["error"] == "old failed to answer"
            metrics = (await send(g, "/metrics")).body
            assert 'evalkit_failures_total{variant="old",role="champion"' in metrics

    asyncio.run(work())
    (row,) = SqliteTraffic(tmp_path).requests().to_pylist()
    assert row["output"] is None
    assert reason in row["failure"]


def test_when_the_canary_fails_the_user_is_served_and_the_canary_has_failed(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, canary=Calls(lambda x: 1 / 0), weight=1.0) as g:
            got = await send(g, "/predict", {"id": "a", "input": {"x": 1}})
            assert (got.status, got.body["output"], got.body["variant"]) == (200, {"y": 2}, "old")
            again = await send(g, "/predict", {"id": "a", "input": {"x": 1}})
            assert again.body == got.body

    asyncio.run(work())
    (row,) = SqliteTraffic(tmp_path).requests().to_pylist()
    assert (row["variant"], row["role"], row["weight"]) == ("new", "canary", 1.0)
    assert "ZeroDivisionError" in row["failure"]
    assert json.loads(row["output"]) == {"y": 2}


def test_users_do_not_wait_again_and_again_for_a_canary_that_hangs(tmp_path: Path) -> None:
    class Hangs:
        n = 0

        async def ask(self, request: str, given: Any) -> Said:
            self.n += 1
            return Said(None, "no answer within 10 s", 10.0, reason="timeout")

    async def work() -> None:
        async with gateway(tmp_path, canary=Careful(hangs, 10.0), weight=1.0) as g:
            for i in range(9):
                got = await send(g, "/predict", {"input": {"x": i}})
                assert (got.status, got.body["variant"]) == (200, "old")

    hangs = Hangs()
    asyncio.run(work())
    assert hangs.n == 5
    rows = SqliteTraffic(tmp_path).requests().to_pylist()
    assert [row["failure"] for row in rows[5:]] == ["it was not asked: 5 requests in a row had hung or died"] * 4
    assert {(row["variant"], row["seconds"]) for row in rows} == {("new", 10.0)}, "its failures, and slow ones"


def test_units_stay_with_their_variant_and_fall_as_the_weight_says(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, canary=Calls(lambda x: "new"), weight=0.3) as g:
            asked = [{"unit": f"u{i % 500}", "input": {"x": i}} for i in range(1_000)]
            got = (await send(g, "/predict", asked)).body
            first, second = ([row["variant"] for row in got[half : half + 500]] for half in (0, 500))
            assert first == second
            assert 110 < first.count("new") < 190
            g.state.weight = 0.6
            wider = [row["variant"] for row in (await send(g, "/predict", asked[:500])).body]
            assert all(after == "new" for before, after in zip(first, wider, strict=True) if before == "new")

    asyncio.run(work())
    rows = SqliteTraffic(tmp_path).requests().to_pylist()
    assert {(row["variant"], row["weight"]) for row in rows} == {("old", 0.7), ("new", 0.3), ("old", 0.4), ("new", 0.6)}


def test_the_first_answer_to_an_id_stands(tmp_path: Path) -> None:
    answers = iter(range(10))

    async def work() -> None:
        async with gateway(tmp_path, Calls(lambda x: next(answers))) as g:
            first = await send(g, "/predict", {"id": "a", "input": 1})
            assert (await send(g, "/predict", {"id": "a", "input": 1})).body == first.body
            assert (await send(g, "/predict", {"id": "a", "input": 2})).status == 409
            odd, even = (await send(g, "/predict", [{"id": "a", "input": 2}, {"id": "b", "input": 2}])).body
            assert (odd["status"], "first answer" in odd["error"]) == (409, True)
            assert even["id"] == "b", "the others of the list are answered"
            assert "output" in even

    asyncio.run(work())
    assert len(SqliteTraffic(tmp_path).requests()) == 2


def test_too_many_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    class Waits:
        def __init__(self) -> None:
            self.go = asyncio.Event()

        async def ask(self, request: str, given: Any) -> Said:
            await self.go.wait()
            return Said("1")

    async def work() -> None:
        host = Waits()
        async with gateway(tmp_path, host, limits=Limits(in_flight=2)) as g:
            under_way = [asyncio.create_task(send(g, "/predict", {"input": i})) for i in range(2)]
            await asyncio.sleep(0)
            full = await send(g, "/predict", {"input": 3})
            assert (full.status, full.headers["retry-after"]) == (503, "1")
            host.go.set()
            assert [(await task).status for task in under_way] == [200, 200]
            assert (await send(g, "/predict", {"input": 3})).status == 200

    asyncio.run(work())
