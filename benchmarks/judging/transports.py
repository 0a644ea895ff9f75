"""The two transports bare, without the runner: wall and CPU of a call, against aiohttp and the `openai` client.

The endpoint is a process of its own. A message of judging size goes out, a verdict of judging size comes back.
`python benchmarks/judging/transports.py`; `--rounds 3` takes the fastest of three.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, inside, show

from tests.server_process import endpoint

ROOT = Path(__file__).resolve().parents[2]
VERDICT = json.dumps({"rationale": "The answer names the same year as the reference. " * 4, "label": "correct"})
LATENCY = 0.1

CODE = """
import asyncio, json, sys, time
url, kind, calls, concurrency = {url!r}, {kind!r}, {calls}, {concurrency}
sys.path.insert(0, {root!r})
question = "Grade the answer. " * 80
parameters = {{"temperature": 0, "max_tokens": 300}}


def messages(i):
    return [{{"role": "system", "content": "You grade."}}, {{"role": "user", "content": f"{{i}} {{question}}"}}]


async def aiohttp_bare(work):
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def call(i):
            body = {{"model": "m", "messages": messages(i), **parameters}}
            async with session.post(url + "/chat/completions", json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        await work(call)


async def openai_bare(work):
    import openai

    async with openai.AsyncOpenAI(api_key="test", base_url=url, max_retries=0) as client:
        async def call(i):
            found = await client.chat.completions.create(model="m", messages=messages(i), **parameters)
            return found.choices[0].message.content

        await work(call)


async def provider(work):
    from evalkit.providers import open_provider

    async with open_provider("openai:m", {{"base_url": url, "transport": kind}}).session(concurrency) as complete:
        async def call(i):
            return (await complete(messages(i), parameters)).text

        await work(call)


async def spread(call, first, last):
    numbers = iter(range(first, last))

    async def worker():
        for i in numbers:
            assert "correct" in await call(i)

    await asyncio.gather(*(worker() for _ in range(min(concurrency, last - first))))


async def work(call):
    global RESULT
    await spread(call, 0, 20)  # imports and the first connections are not counted
    wall, cpu = time.perf_counter(), time.process_time()
    await spread(call, 20, 20 + calls)
    RESULT = {{"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}}


RESULT = {{}}
asyncio.run({{"aiohttp": aiohttp_bare, "openai": openai_bare}}.get(kind, provider)(work))
"""


KINDS = ("aiohttp", "lean", "openai", "sdk")


def measured(kind: str, calls: int, concurrency: int) -> dict[str, Any]:
    """Wall and CPU seconds of `calls` calls in a fresh process."""
    with endpoint(VERDICT, latency=LATENCY) as there:
        code = CODE.format(url=there.url, kind=kind, calls=calls, concurrency=concurrency, root=str(ROOT))
        found = inside(code, ROOT)
        assert there.counts()["requests"] == calls + 20
    return found


def figures(calls: int, concurrency: int, rounds: int, wall_bound: float) -> list[Figure]:
    """All four clients at one concurrency, in turns, so that a busy minute hits them alike; of each the best round."""
    found = [{kind: measured(kind, calls, concurrency) for kind in KINDS} for _ in range(rounds)]
    runs = {kind: {what: min(one[kind][what] for one in found) for what in ("wall", "cpu")} for kind in KINDS}
    ideal = calls / concurrency * LATENCY
    told = told_of(runs, calls)
    name = f"{calls:,} calls at {concurrency}"
    walls = {kind: run["wall"] for kind, run in runs.items()}
    cpus = {kind: run["cpu"] for kind, run in runs.items()}
    return [
        Figure(f"{name}: lean, wall / ideal {ideal:.1f} s", walls["lean"] / ideal, wall_bound, "x", told),
        Figure(f"{name}: lean / bare aiohttp, CPU", cpus["lean"] / cpus["aiohttp"], 1.2, "x", told),
        Figure(f"{name}: sdk / bare AsyncOpenAI, wall", walls["sdk"] / walls["openai"], 1.15, "x", told),
        Figure(f"{name}: sdk / bare AsyncOpenAI, CPU", cpus["sdk"] / cpus["openai"], 1.15, "x", told),
    ]


def told_of(runs: Mapping[str, Mapping[str, float]], calls: int) -> str:
    """Wall clock and CPU of each client, in words."""
    return "; ".join(
        f"{kind} {run['wall']:.2f} s, {1e3 * run['cpu'] / calls:.2f} ms CPU a call" for kind, run in runs.items()
    )


def main(figures: Callable[[int, int, int, float], list[Figure]] = figures, what: str | None = __doc__) -> None:
    """Measure and print: the loads, and how many times the ideal each may take."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    show(figures(1_000, 100, rounds, 1.3))
    show(figures(1_000, 10, rounds, 1.06))
    show(figures(2_000, 500, rounds, 4.0))


if __name__ == "__main__":
    main()
