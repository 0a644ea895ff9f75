"""A function in threads: one that hangs or takes long holds nobody else up."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from evalkit.app.gateway.settings import Limits
from evalkit.app.gateway.threads import Threads, called
from evalkit.predictors.marks import Reply


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.app.gateway.threads._TICK", 0.001)


def test_answers_come_to_whom_they_belong() -> None:
    async def work() -> list[str | None]:
        async with Threads(lambda x: x * 2, Limits()) as host:
            return [said.output for said in await asyncio.gather(*(host.ask("", i) for i in range(500)))]

    assert asyncio.run(work()) == [str(2 * i) for i in range(500)]


def test_slow_calls_get_more_threads_up_to_the_limit() -> None:
    here, most, go = [0], [0], threading.Event()
    lock = threading.Lock()

    def wait(x: int) -> int:
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
            if here[0] == 3:
                go.set()
        go.wait(30)
        with lock:
            here[0] -= 1
        return x

    async def work() -> list[str | None]:
        async with Threads(wait, Limits(threads=3)) as host:
            return [said.output for said in await asyncio.gather(*(host.ask("", i) for i in range(6)))]

    assert asyncio.run(work()) == [str(i) for i in range(6)]
    assert most == [3]


def test_a_call_that_hangs_is_left_behind_and_the_next_is_answered() -> None:
    go = threading.Event()

    def odd(x: int) -> int:
        if x == 0:
            go.wait(30)
        return x

    async def work() -> None:
        async with Threads(odd, Limits(seconds=0.02, threads=1, stuck=2)) as host:
            hung, good = await asyncio.gather(host.ask("", 0), host.ask("", 1))
            assert (hung.reason, good.output) == ("timeout", "1")
            assert "no answer within 0.02 s" in str(hung.failure)
            assert host.n_stuck == 1
            await host.ask("", 0)
            assert (await host.ask("", 1)).reason == "busy", "too many hang: no more is asked"
            go.set()
            while host.n_stuck:
                await asyncio.sleep(0.001)
            assert (await host.ask("", 1)).output == "1"

    asyncio.run(work())


def test_who_waits_too_long_for_a_thread_is_told_so() -> None:
    go = threading.Event()

    async def work() -> None:
        async with Threads(lambda x: go.wait(30), Limits(seconds=0.02, threads=1, stuck=1)) as host:
            asked = await asyncio.gather(*(host.ask("", i) for i in range(8)))
            assert {said.reason for said in asked} <= {"timeout", "busy"}
            go.set()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("answer", "output", "confidence"),
    [
        (Reply(1, confidence=0.5), "1", 0.5),
        (Reply(1, confidence=1.5), "1", None),
        (Reply(1, confidence=float("nan")), "1", None),
        (Reply(1, seconds=float("nan")), "1", None),
        (Reply(1, seconds="long", confidence="high"), "1", None),  # type: ignore[arg-type]
        (Reply("é\ud800"), '"\\u00e9\\ud800"', None),
        ({"a": (1, 2)}, '{"a":[1,2]}', None),
    ],
)
def test_what_a_function_gives_is_json(answer: Any, output: str, confidence: float | None) -> None:
    said = called(lambda x: answer, None)
    assert (said.output, said.confidence) == (output, confidence)
    assert said.seconds >= 0


def test_numpy_is_made_plain() -> None:
    import numpy as np

    assert called(lambda x: np.float64(0.5), 0).output == "0.5"
    assert called(lambda x: {"y": np.arange(2)}, 0).output == '{"y":[0,1]}'
    assert "not JSON" in str(called(lambda x: np.float64("nan"), 0).failure)
