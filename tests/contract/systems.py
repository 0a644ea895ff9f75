"""One system under test in every form that a live predictor can take. What it does stands in its input."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from evalkit.app.pipeline.models.predictor import ModelPredictor
from evalkit.app.pipeline.registry.refs import Model
from evalkit.core.digest import canonical_json
from evalkit.core.protocols import LivePredictor, Request
from evalkit.pipeline.train.archive import packed
from evalkit.pipeline.train.artifact import MANIFEST, Manifest
from evalkit.predictors.command import CommandPredictor
from evalkit.predictors.fake import FakePredictor
from evalkit.predictors.http import HttpPredictor
from evalkit.predictors.openai.predictor import OpenAIPredictor
from evalkit.predictors.python import PythonPredictor
from evalkit.stores.local import LocalStore
from tests.servers import FakeOpenAI, JsonService, completion, failed

SOURCE = """
import asyncio, dataclasses, json, os, sys, threading, time
import evalkit

with open(os.environ["TEST_PIDS"], "a") as pids:
    pids.write(f"{os.getpid()}\\n")

def do(x):
    kind = x["do"]
    print("a print of the function goes nowhere near the protocol")
    if kind == "echo": return x["value"]
    if kind == "hang": time.sleep(1000)
    if kind == "die": os._exit(3)
    if kind == "segfault": os.kill(os.getpid(), 11); time.sleep(1000)
    if kind == "raise": raise ValueError("no good: é")
    if kind == "large": return "x" * x["size"]
    return None

def sync(x):
    return do(x)

async def asynchronous(x):
    await asyncio.sleep(1000 if x["do"] == "hang" else 0.001)
    return do(x)

async def blocking(x):
    return do(x)

@dataclasses.dataclass(frozen=True)
class Model:
    def predict(self, x):
        return do(x)

@evalkit.batch(size=4)
def batch(xs):
    return [do(x) for x in xs]

def answer(row):
    try:
        return {"case_id": row["case_id"], "repeat": row["repeat"], "output": do(row["input"])}
    except ValueError as error:
        failure = {"kind": "system", "reason": "raised", "message": str(error)}
        return {"case_id": row["case_id"], "repeat": row["repeat"], "failure": failure}

def main(threads):
    out, lock = os.fdopen(os.dup(1), "w"), threading.Lock()
    os.dup2(2, 1)
    def one(line):
        text = json.dumps(answer(json.loads(line))) + "\\n"
        with lock:
            out.write(text)
            out.flush()
    for line in sys.stdin:
        threading.Thread(target=one, args=(line,), daemon=True).start() if threads else one(line)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and threads:
            thread.join()

if __name__ == "__main__":
    main(sys.argv[1] == "threads")
"""

PROCESSES = ("python_sync", "python_async", "python_blocking", "python_batch", "command", "command_threads", "model")
NETWORK = ("http", "openai")
KINDS = (*PROCESSES, *NETWORK, "fake")


@dataclass
class System:
    """A predictor of one kind, and the file that its processes write their ids to."""

    kind: str
    folder: Path

    @contextmanager
    def predictor(self, requests: list[Request]) -> Iterator[LivePredictor]:
        """The predictor, with the server that it needs."""
        source = self.folder / "system_under_test.py"
        source.write_text(SOURCE, encoding="utf-8")
        with ExitStack() as stack:
            yield self._made(str(source), requests, stack)

    def _made(self, source: str, requests: list[Request], stack: ExitStack) -> LivePredictor:
        python = {
            "python_sync": "sync",
            "python_async": "asynchronous",
            "python_blocking": "blocking",
            "python_batch": "batch",
        }
        if self.kind in python:
            return PythonPredictor.from_spec(f"{source}:{python[self.kind]}", {})
        if self.kind.startswith("command"):
            threads = "threads" if self.kind == "command_threads" else "one"
            return CommandPredictor.from_spec(f"{sys.executable} {source} {threads}", {"start_timeout": 3})
        if self.kind == "model":
            return _own_model(self.folder)
        if self.kind == "http":
            return HttpPredictor.from_spec(stack.enter_context(JsonService(_served)).url, {})
        if self.kind == "openai":
            server = stack.enter_context(FakeOpenAI(_completed))
            prompt = self.folder / "prompt.yaml"
            prompt.write_text("messages: [{role: user, content: '{{ input | tojson }}'}]\ntransform: json\n")
            return OpenAIPredictor.from_spec("test-model", {"base_url": server.url, "prompt": str(prompt)})
        return FakePredictor("script", cases={request.case_id: _scripted(request.input) for request in requests})

    def pids(self) -> list[int]:
        """The processes that were started."""
        path = self.folder / "pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []


def _own_model(folder: Path) -> LivePredictor:
    """The source as an own predictor that was trained in a workspace."""
    store = LocalStore(folder / "workspace")
    code = store.put_blob(canonical_json({"entry": "", "sources": {"system_under_test.py": SOURCE}}).encode())
    manifest = Manifest(kind="own", target="system_under_test.py:Model", code=code)
    artifact = store.put_blob(packed({MANIFEST: manifest.model_dump_json().encode()}))
    return ModelPredictor(Model(artifact, "battery", (), code), store)


async def _served(row: Any) -> Any:
    found = await _did(row["input"])
    return found if isinstance(found, web.StreamResponse) else {"output": found}


async def _completed(body: Any) -> Any:
    # Jinja's tojson writes < > & ' as \\u escapes, which JSON reads back.
    found = await _did(json.loads(body["messages"][-1]["content"]))
    if isinstance(found, web.StreamResponse):
        return found
    return completion(None if found is None else json.dumps(found))


async def _did(asked: Any) -> Any:
    if asked["do"] == "echo":
        return asked["value"]
    if asked["do"] == "hang":
        import asyncio

        await asyncio.Event().wait()
    if asked["do"] in {"die", "segfault"}:
        return failed(503, "overloaded")
    if asked["do"] == "raise":
        return failed(400, "no good: é")
    return "x" * asked["size"] if asked["do"] == "large" else None


def _scripted(asked: Any) -> Any:
    return {
        "echo": lambda: {"output": asked["value"]},
        "hang": lambda: {"delay": 1_000},
        "die": lambda: {"error": {"reason": "network"}},
        "segfault": lambda: {"error": {"reason": "network"}},
        "raise": lambda: {"failure": {"reason": "raised", "message": "no good: é"}},
        "large": lambda: {"output": "x" * asked["size"]},
        "empty": lambda: {"output": None},
    }[asked["do"]]()


def has_ended(pid: int, within: float = 10.0) -> bool:
    """Whether a process ends within so many seconds; told by the kernel, so nothing sleeps."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)
