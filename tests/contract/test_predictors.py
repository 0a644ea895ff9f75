"""One battery for every live predictor: the same questions, the same outcomes, and nothing left running."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.digest import canonical_json
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, LivePredictor, Request
from evalkit.engine.retry import Backoff
from evalkit.engine.runner import CallPolicy, run_blocking, run_calls
from tests.contract.systems import KINDS, NETWORK, PROCESSES, System, has_ended
from tests.memory import MemoryJournal

if not sys.platform.startswith("linux"):
    pytest.skip("process bookkeeping is checked through /proc", allow_module_level=True)

VALUES: list[Any] = [
    0,
    1.5,
    "",
    "é 漢 🙂 \u2028 '\"<&>\\",
    [],
    {},
    [1, [2]],
    {"a": {"b": [True, False]}},
    "x\ny",
    2**53 + 1,
]
QUICK = CallPolicy(concurrency=6, timeout=20.0, retries=1, backoff=Backoff(base=0.0))


@pytest.fixture(params=KINDS)
def system(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    monkeypatch.setenv("TEST_PIDS", str(tmp_path / "pids"))
    made = System(request.param, tmp_path)
    yield made
    assert [pid for pid in made.pids() if not has_ended(pid)] == [], "a process outlived its run"


def asks(*inputs: Any) -> list[Request]:
    return [Request(f"case é {i}", 0, value, i) for i, value in enumerate(inputs)]


def echo(value: Any) -> dict[str, Any]:
    return {"do": "echo", "value": value}


def ask(system: System, requests: list[Request], **limits: Any) -> list[Answer]:
    policy = CallPolicy(**{**vars(QUICK), **limits})
    with system.predictor(requests) as predictor:
        result = run_blocking(lambda: run_calls(requests, predictor, policy, journal=MemoryJournal()))
    return [result.answers[request.case_id, request.repeat] for request in requests]


def reasons(answers: list[Answer]) -> list[str | None]:
    return [answer.failure and answer.failure.reason for answer in answers]


def test_it_is_a_live_predictor_whose_spec_is_json(system: System) -> None:
    with system.predictor([]) as predictor:
        assert isinstance(predictor, LivePredictor)
        assert canonical_json(predictor.spec)
        assert canonical_json(predictor.identity)


def test_every_json_value_comes_back_as_it_went(system: System) -> None:
    answers = ask(system, asks(*map(echo, VALUES)))
    assert [answer.failure for answer in answers] == [None] * len(VALUES)
    assert [canonical_json(answer.output) for answer in answers] == [canonical_json(value) for value in VALUES]
    assert all(answer.seconds is not None and answer.seconds >= 0 for answer in answers)


def test_order_does_not_matter(system: System) -> None:
    requests = asks(*(echo(i) for i in range(40)))
    random.Random(7).shuffle(requests)
    answers = ask(system, requests)
    assert [answer.output for answer in answers] == [request.input["value"] for request in requests]


def test_repeats_are_kept_apart(system: System) -> None:
    if system.kind == "fake":
        requests = [Request("c", repeat, echo("same"), 0) for repeat in range(4)]
    else:
        requests = [Request("c", repeat, echo(repeat), 0) for repeat in range(4)]
    answers = ask(system, requests)
    assert [answer.output for answer in answers] == [request.input["value"] for request in requests]


def test_a_large_input_arrives_whole(system: System) -> None:
    (answer,) = ask(system, asks(echo("é" * 1_000_000)))
    assert answer.output == "é" * 1_000_000


def test_no_answer_and_too_large_a_one_are_failures_of_the_system(system: System) -> None:
    answers = ask(system, asks({"do": "empty"}, {"do": "large", "size": 2_000}, echo(1)), max_output_bytes=1_000)
    assert reasons(answers) == ["empty", "too_large", None]


def test_an_exception_is_told_in_its_own_words(system: System) -> None:
    answers = ask(system, asks(echo(1), {"do": "raise"}, echo(2)))
    failure = answers[1].failure
    assert failure is not None
    assert "no good: é" in failure.message
    expected = {"http": ("system", "http_400"), "openai": ("harness", "bad_request")}
    assert (failure.kind, failure.reason) == expected.get(system.kind, ("system", "raised"))
    assert [answers[0].output, answers[2].output] == [1, 2]


def test_a_hang_costs_only_the_case_that_hangs(system: System) -> None:
    inputs = [echo(0), {"do": "hang"}, *(echo(i) for i in range(2, 8))]
    answers = ask(system, asks(*inputs), timeout=0.3)
    assert reasons(answers) == [None, "timeout", *[None] * 6]
    assert answers[1].failure is not None
    assert "0.3 s" in answers[1].failure.message


@pytest.mark.parametrize(
    ("how", "told"),
    [("die", "exit code 3"), pytest.param("segfault", "exit code -11, SIGSEGV", marks=pytest.mark.slow)],
)
def test_a_death_costs_only_the_case_that_dies(system: System, how: str, told: str) -> None:
    inputs = [echo(0), echo(1), {"do": how}, *(echo(i) for i in range(3, 10))]
    answers = ask(system, asks(*inputs))
    failure = answers[2].failure
    assert failure is not None
    if system.kind in PROCESSES:
        assert failure == Failure(kind="system", reason="died", message=failure.message)
        assert told in failure.message
    else:
        assert failure.kind == "harness"
    assert [answer.output for answer in answers[:2] + answers[3:]] == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_cancelling_leaves_nothing_behind(system: System) -> None:
    requests = asks(echo(0), *({"do": "hang"} for _ in range(8)))
    journal = MemoryJournal()

    async def main(predictor: LivePredictor) -> None:
        policy = CallPolicy(concurrency=4, timeout=None)
        run = asyncio.create_task(run_calls(requests, predictor, policy, journal=journal))
        while not (journal.known or (system.kind == "python_batch" and system.pids()) or run.done()):
            await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    with system.predictor(requests) as predictor:
        asyncio.run(asyncio.wait_for(main(predictor), 20))
    # A batch ends when its last input does, so here none has.
    assert [answer.output for answer in journal.known.values()] == ([] if system.kind == "python_batch" else [0])
    if system.kind in PROCESSES:
        assert system.pids()


def test_a_single_cancelled_call_leaves_the_others_alone(system: System) -> None:
    hang, *rest = asks({"do": "hang"}, *(echo(i) for i in range(1, 6)))

    async def main(predictor: LivePredictor) -> list[Any]:
        async with predictor.session(6) as answer:
            stuck = asyncio.create_task(answer(hang))
            await asyncio.sleep(0.05)
            others = [asyncio.create_task(answer(request)) for request in rest]
            await asyncio.sleep(0.05)
            stuck.cancel()
            await asyncio.gather(stuck, return_exceptions=True)
            return [found.output for found in await asyncio.gather(*others)]

    with system.predictor([hang, *rest]) as predictor:
        assert asyncio.run(asyncio.wait_for(main(predictor), 20)) == [1, 2, 3, 4, 5]


def test_the_battery_covers_every_kind() -> None:
    from evalkit.app.catalog import PREDICTORS

    live = {kind.partition("_")[0] for kind in KINDS}
    assert live | {"recorded"} == set(PREDICTORS)
    assert set(NETWORK) | set(PROCESSES) | {"fake"} == set(KINDS)
