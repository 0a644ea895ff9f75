"""The gateway beside bare uvicorn with the same predictor, under SIGKILLs, and with a shadow that hangs.

    python benchmarks/gateway.py [--requests 4000] [--rounds 5] [--kills 20] [--only speed|kills|shadow]

Load comes from this process over kept-alive connections, 32 at once (8 for latencies). Two servers are measured in
turns, so that what else the machine does falls on both; a ratio is the median over rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
from measure import Figure, show

PREDICTOR = """
import time
def predict(x): return {"y": x["x"] * 2}
def hangs(x): time.sleep(3600)
"""
BARE = """
import json
from m import predict
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body")
    said = json.dumps({"output": predict(json.loads(body)["input"])}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})
"""


class Server(NamedTuple):
    """A process that serves on a port."""

    process: subprocess.Popen[bytes]
    url: str


class Load(NamedTuple):
    """What a load came to: requests a second, and their seconds, sorted."""

    rate: float
    seconds: list[float]

    @property
    def p99(self) -> float:
        """Seconds that 99 % of the requests took at most."""
        return self.seconds[int(0.99 * len(self.seconds))]


@contextlib.contextmanager
def serving(folder: Path, *command: str) -> Iterator[Server]:
    """A server, until it answers and for as long as it is needed; `{port}` stands for a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/predict"
    try:
        for _ in range(600):
            with contextlib.suppress(aiohttp.ClientError, OSError):
                asyncio.run(load(url, 1, 1))
                break
            time.sleep(0.1)
        yield Server(process, url)
    finally:
        process.kill()
        process.wait()


def gateway(folder: Path, *options: str) -> contextlib.AbstractContextManager[Server]:
    """`evalkit serve`."""
    served = ("evalkit", "serve", "--champion", "python:m.py:predict", "--port", "{port}", "--workspace", "ws")
    return serving(folder, *served, *options)


async def load(url: str, n: int, at_once: int) -> Load:
    """Ask n times."""
    seconds: list[float] = []
    places = iter(range(n))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def ask() -> None:
            for i in places:
                began = time.perf_counter()
                async with session.post(url, json={"unit": f"u{i}", "input": {"x": i}}) as found:
                    await found.read()
                    if found.status != 200:
                        raise RuntimeError(f"status {found.status}")
                seconds.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(at_once)))
    return Load(n / (time.perf_counter() - began), sorted(seconds))


def speed(n: int, rounds: int) -> Figure:
    """Requests a second, beside the same function under bare uvicorn."""
    with tempfile.TemporaryDirectory() as name:
        folder = _folder(name)
        bare = (
            "uvicorn",
            "bare:app",
            "--port",
            "{port}",
            "--log-level",
            "critical",
            "--no-access-log",
            "--lifespan",
            "off",
        )
        with serving(folder, *bare) as one, gateway(folder) as other:
            pairs = [tuple(asyncio.run(load(s.url, n, 32)).rate for s in (one, other)) for _ in range(rounds)]
    ratio = statistics.median(plain / ours for plain, ours in pairs)
    rates = [statistics.median(column) for column in zip(*pairs, strict=True)]
    detail = f"{rates[0]:,.0f} and {rates[1]:,.0f} requests/s, {n:,} requests x {rounds}, every row committed first"
    return Figure("bare uvicorn's requests a second, beside the gateway's", ratio, 2, "x", detail)


def kills(times: int) -> Figure:
    """Rows that were acknowledged and are not in the log after SIGKILLs."""
    from evalkit.stores.traffic import SqliteTraffic

    acknowledged: set[str] = set()
    with tempfile.TemporaryDirectory() as name:
        folder = _folder(name)
        for k in range(times):
            with gateway(folder) as server:
                asyncio.run(_until_killed(server, k, acknowledged))
        lost = acknowledged - set(SqliteTraffic(folder / "ws").requests()["id"].to_pylist())
    detail = f"{times} kills, {len(acknowledged):,} rows acknowledged"
    return Figure("acknowledged rows that SIGKILLs of the gateway lost", len(lost), 0, "rows", detail)


async def _until_killed(server: Server, k: int, acknowledged: set[str]) -> None:
    async with aiohttp.ClientSession() as session:

        async def ask(worker: int) -> None:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                for i in range(1_000_000):
                    name = f"{k}-{worker}-{i}"
                    async with session.post(server.url, json={"id": name, "input": {"x": i}}) as found:
                        await found.read()
                        acknowledged.update([name] if found.status == 200 else [])

        asked = [asyncio.create_task(ask(worker)) for worker in range(16)]
        await asyncio.sleep(0.3 + 0.05 * k)
        server.process.send_signal(signal.SIGKILL)
        await asyncio.gather(*asked)


def shadow(n: int, rounds: int) -> Figure:
    """What users wait (p99) with a shadow that hangs, beside the same gateway without one."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        tempfile.TemporaryDirectory() as three,
    ):
        hanging = ("--shadow", "python:m.py:hangs", "--shadow-seconds", "1", "--noise", "0")
        with (
            gateway(_folder(one)) as plain,
            gateway(_folder(two), *hanging) as shadowed,
            gateway(_folder(three)) as same,
        ):
            servers = (plain, shadowed, same)
            found = [[asyncio.run(load(server.url, n, 8)).p99 for server in servers] for _ in range(rounds)]
    ratio, noise = (statistics.median(row[k] / row[0] for row in found) for k in (1, 2))
    spread = max(max(row[2] / row[0], row[0] / row[2]) for row in found)
    p99 = [1_000 * statistics.median(row[k] for row in found) for k in (0, 1)]
    detail = (
        f"p99 {p99[0]:.1f} and {p99[1]:.1f} ms, {n:,} requests x {rounds}; "
        f"of two gateways without a shadow {noise:.2f} x, at most {spread:.2f} x in a round"
    )
    return Figure("users' p99 with a hanging shadow, beside without", ratio, max(1.2, spread), "x", detail)


def _folder(name: str) -> Path:
    folder = Path(name)
    (folder / "m.py").write_text(PREDICTOR)
    (folder / "bare.py").write_text(BARE)
    return folder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", choices=("speed", "kills", "shadow"))
    given = parser.parse_args()
    measures = {
        "speed": lambda: speed(given.requests, given.rounds),
        "kills": lambda: kills(given.kills),
        "shadow": lambda: shadow(given.requests // 2, 3 * given.rounds),
    }
    show([measure() for name, measure in measures.items() if given.only in (None, name)])


if __name__ == "__main__":
    main()
