"""The fake endpoint as a process of its own, so that a benchmark measures its caller alone.

    with endpoint(latency=0.1, rate_limited=0.1) as there:
        ... there.url ...
        there.counts()["requests"]

By hand: `python -m tests.server_process '{"latency": 0.1}'` prints its base_url and serves until stdin ends.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults import Faults
from tests.servers import FakeOpenAI, completion

ROOT = Path(__file__).resolve().parent.parent


class Endpoint(NamedTuple):
    """Where it is, and which process it is."""

    url: str
    pid: int

    def counts(self) -> dict[str, Any]:
        """{"requests", "counts": {fault: n}, "in_flight", "most", "left"} so far."""
        with urllib.request.urlopen(f"{self.url}/counts", timeout=10) as response:
            found: dict[str, Any] = json.load(response)
            return found


@contextmanager
def endpoint(reply: str | None = None, **faults: Any) -> Iterator[Endpoint]:
    """Serve until the block ends.

    Args:
        reply: the text of every answer; or `module:function`, called with the request's body, that gives a completion.
            None: the last message is said again.
        faults: fields of Faults.
    """
    command = [sys.executable, "-m", "tests.server_process", json.dumps(faults), *([reply] if reply else [])]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        url = child.stdout.readline().strip()
        assert url, "the endpoint did not start"
        yield Endpoint(url, child.pid)
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(10)


def _reply(text: str) -> Any:
    module, colon, name = text.partition(":")
    if colon and module.replace(".", "").isidentifier() and name.isidentifier():
        return getattr(importlib.import_module(module), name)
    return lambda body: completion(text, model=body["model"])


class _Plain(FakeOpenAI):
    """Keeps no requests: a long benchmark would fill the memory."""

    def _noted(self, text: bytes, body: Any, request: Any) -> int:
        nth = super()._noted(text, body, request)
        self.bodies.clear()
        self.headers.clear()
        return nth


def main(arguments: list[str]) -> None:
    """Serve until stdin ends."""
    faults = Faults.of(json.loads(arguments[0] if arguments else "{}"))
    with _Plain(_reply(arguments[1]) if len(arguments) > 1 else None, faults) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
