"""`evalkit serve` as users meet it: over HTTP on loopback, in lists of some hundred requests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TOGETHER = 200
_PATIENCE = 120.0  # seconds for a number to come to what it will be


class Gateway:
    """A gateway that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows in lists; the answers."""
        said: list[dict[str, Any]] = []
        for start in range(0, len(rows), _TOGETHER):
            body = json.dumps(rows[start : start + _TOGETHER]).encode()
            request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=120) as answer:
                found = json.load(answer)
            said += found if isinstance(found, list) else []
        return said

    def number(self, name: str) -> float:
        """Of `/metrics`; the sum where it has labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))

    def wait(self, name: str, wanted: float) -> None:
        """Until a number of `/metrics` is there."""
        end = time.monotonic() + _PATIENCE
        while abs(self.number(name) - wanted) > 1e-9:
            if time.monotonic() > end:
                raise TimeoutError(f"{name} is {self.number(name)}, and {wanted} was awaited")
            time.sleep(0.1)


@contextmanager
def serving(workspace: Path, *options: str) -> Iterator[Gateway]:
    """Start, give, end."""
    command = [sys.executable, "-m", "evalkit", "serve", "--port", "0", "--json", "--workspace", str(workspace)]
    with (Path(workspace) / "demo" / "gateway.log").open("ab") as log:
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=log)
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise RuntimeError(f"the gateway did not start; see {log.name}")
        yield Gateway(json.loads(line)["url"])
    finally:
        process.terminate()
        process.wait()
