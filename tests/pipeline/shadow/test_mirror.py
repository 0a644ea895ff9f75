"""What a shadow does reaches no user: its queue is bounded, its time limited, and what it is not asked is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from evalkit.core.traffic import Dropped, Said, Shadowed
from evalkit.pipeline.shadow.mirror import Mirror, MirrorLimits


def run(ask: Callable[[str, Any], Awaitable[Said]], n: int, limits: MirrorLimits) -> tuple[Mirror, list[Any]]:
    rows: list[Any] = []

    async def work() -> Mirror:
        async with Mirror("m", ask, rows.append, limits, lambda: 1e9) as mirror:
            for i in range(n):
                mirror.offer(f"r{i}", i)
            for _ in range(20 + 2 * n):
                await asyncio.sleep(0)
        return mirror

    mirror = asyncio.run(work())
    return mirror, rows


async def doubled(request: str, given: Any) -> Said:
    return Said(str(given * 2), None, 0.5)


def test_what_a_shadow_says_is_put() -> None:
    mirror, rows = run(doubled, 3, MirrorLimits())
    assert rows == [Shadowed(f"r{i}", 1e9, "m", str(2 * i), None, 0.5) for i in range(3)]
    assert (mirror.n_asked, mirror.n_failed, mirror.n_dropped) == (3, 0, 0)


def test_a_full_queue_drops_and_counts() -> None:
    async def hangs(request: str, given: Any) -> Said:
        await asyncio.Event().wait()
        raise AssertionError

    mirror, rows = run(hangs, 100, MirrorLimits(queue=10, concurrency=2, seconds=60))
    assert mirror.n_dropped == 98, "two are under way; the rest is dropped, at once or at the end"
    assert sum(row.dropped for row in rows if isinstance(row, Dropped)) == 98


def test_an_answer_that_takes_too_long_is_a_failure() -> None:
    async def hangs(request: str, given: Any) -> Said:
        await asyncio.Event().wait()
        raise AssertionError

    rows: list[Any] = []

    async def work() -> None:
        async with Mirror("m", hangs, rows.append, MirrorLimits(seconds=0.001), lambda: 1e9) as mirror:
            mirror.offer("r", 1)
            while not rows:
                await asyncio.sleep(0.001)

    asyncio.run(work())
    assert rows[0].failure == "no answer within 0.001 s"


def test_what_raises_is_a_failure_and_the_next_is_asked() -> None:
    async def odd(request: str, given: Any) -> Said:
        if given == 1:
            raise ValueError("one")
        return Said(str(given))

    _, rows = run(odd, 3, MirrorLimits())
    assert [row.output for row in rows] == ["0", None, "2"]
    assert rows[1].failure == "it raised ValueError: one"


class Loop(asyncio.SelectorEventLoop):
    """Seconds pass when the test says so."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def test_a_shadow_that_fails_again_and_again_is_left_alone_and_then_tried_by_one_request() -> None:
    well, rows = False, list[Any]()

    async def ask(request: str, given: Any) -> Said:
        await asyncio.sleep(0)
        return Said("1") if well else Said(None, "the process died", 0.1, reason="died")

    async def work() -> None:
        nonlocal well
        loop: Any = asyncio.get_running_loop()

        async def offered(n: int) -> tuple[int, int]:
            for i in range(n):
                mirror.offer(f"r{i}", i)
            for _ in range(200):
                await asyncio.sleep(0)
            return mirror.n_asked, mirror.n_dropped

        async with Mirror("m", ask, rows.append, MirrorLimits(concurrency=6), lambda: 1e9) as mirror:
            assert await offered(30) == (10, 20), (
                "five failed, five were under way by then, and what waits is not tried"
            )
            for k, rest in enumerate((1, 2, 4)):
                loop.ahead += rest - 0.5
                assert await offered(3) == (10 + k, 20 + 5 * k + 3), "it is left alone"
                loop.ahead += 0.6
                assert await offered(3) == (11 + k, 20 + 5 * (k + 1)), "one tries whether it is back"
            loop.ahead, well = loop.ahead + 8.1, True
            assert await offered(3) == (14, 37)
            assert await offered(3) == (17, 37), "it is back"

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(work())


def test_as_many_are_under_way_as_a_gateways_rate_makes_of_32_ms() -> None:
    under_way = 0

    async def hangs(request: str, given: Any) -> Said:
        nonlocal under_way
        under_way += 1
        await asyncio.Event().wait()
        raise AssertionError

    assert run(hangs, 1_032, MirrorLimits())[0].n_dropped == 32 + 968, "a second's worth is taken, the rest at its end"
    assert under_way == 32


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_sample_is_drawn_by_the_requests_id(share: float) -> None:
    mirror, _ = run(doubled, 1_000, MirrorLimits(sample=share, queue=2_000))
    assert abs(mirror.n_asked - 1_000 * share) < 50
    again, _ = run(doubled, 1_000, MirrorLimits(sample=share, queue=2_000))
    assert again.n_asked == mirror.n_asked
    assert mirror.n_dropped == 0, "what was not drawn is not dropped"
