"""A judge's calls end to end: runner, limits, journal and cache on the disk, against the ideal and bare clients.

The endpoint is a process of its own. A message of judging size goes out, a verdict of judging size comes back.
`python benchmarks/judging/runner.py`; `--rounds 3` takes the fastest of three.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, inside

from judging.transports import LATENCY, ROOT, VERDICT, main, measured, told_of
from tests.server_process import endpoint

CODE = """
import asyncio, json, sys, time
from contextlib import asynccontextmanager
from pathlib import Path

from evalkit.core.protocols import Answer, Request
from evalkit.engine.runner import CallPolicy, run_calls
from evalkit.providers import open_provider
from evalkit.stores.local import LocalStore

parameters = {{"temperature": 0, "max_tokens": 300}}


class Judge:
    def __init__(self, url, transport):
        self.provider = open_provider("openai:m", {{"base_url": url, "transport": transport}})
        self.spec = {{**self.provider.spec, "rubric": "r"}}
        self.identity = self.spec

    @asynccontextmanager
    async def session(self, concurrency):
        async with self.provider.session(concurrency) as complete:

            async def answer(request):
                found = await complete(request.input["messages"], parameters)
                verdict = json.loads(found.text)
                return Answer(verdict, tokens_in=found.tokens_in, tokens_out=found.tokens_out, model=found.model)

            yield answer


def requests(first, last):
    text = "Grade the answer. " * 80
    return [
        Request(f"c{{i}}", 0, {{"messages": [
            {{"role": "system", "content": "You grade."}}, {{"role": "user", "content": f"{{i}} {{text}}"}}
        ]}}, i)
        for i in range(first, last)
    ]


async def main():
    judge, store = Judge({url!r}, {kind!r}), LocalStore(Path("ws"))
    policy = CallPolicy().limited({{"concurrency": {concurrency}}})
    for name, first, last in (("start", 0, 20), ("all", 20, 20 + {calls})):
        journal = store.journal(name)
        wall, cpu = time.perf_counter(), time.process_time()
        found = await run_calls(requests(first, last), judge, policy, journal=journal, cache=store.cache())
        took = {{"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}}
        journal.close(done=True)
        assert all(answer.output["label"] == "correct" for answer in found.answers.values())
    return took

RESULT = asyncio.run(main())
"""


def end_to_end(kind: str, calls: int, concurrency: int) -> dict[str, Any]:
    """Wall and CPU seconds of `calls` judged cases in a fresh process."""
    with endpoint(VERDICT, latency=LATENCY) as there, tempfile.TemporaryDirectory() as folder:
        code = CODE.format(url=there.url, kind=kind, calls=calls, concurrency=concurrency)
        found = inside(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}", Path(folder))
        assert there.counts()["requests"] == calls + 20
    return found


def figures(calls: int, concurrency: int, rounds: int, wall_bound: float) -> list[Figure]:
    """Both transports at one concurrency, beside bare clients; of several rounds the one with the least wall time."""
    ways = {
        "bare aiohttp": lambda: measured("aiohttp", calls, concurrency),
        "lean": lambda: end_to_end("lean", calls, concurrency),
        "bare AsyncOpenAI": lambda: measured("openai", calls, concurrency),
        "sdk": lambda: end_to_end("sdk", calls, concurrency),
    }
    runs = {name: min((way() for _ in range(rounds)), key=lambda one: one["wall"]) for name, way in ways.items()}
    ideal = calls / concurrency * LATENCY
    told = told_of(runs, calls)
    name = f"judging {calls:,} cases at {concurrency}"
    aiohttp, lean, openai, sdk = runs.values()
    return [
        Figure(f"{name}: lean, wall / ideal {ideal:.1f} s", lean["wall"] / ideal, wall_bound, "x", told),
        Figure(f"{name}: lean / bare aiohttp, CPU", lean["cpu"] / aiohttp["cpu"], 2.4, "x", told),
        Figure(f"{name}: sdk / bare AsyncOpenAI, wall", sdk["wall"] / openai["wall"], 1.15, "x", told),
    ]


if __name__ == "__main__":
    main(figures, __doc__)
