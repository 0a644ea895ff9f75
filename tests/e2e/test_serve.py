"""The gateway as a user runs it: over sockets, ended by signals, attacked by clients, with systems that misbehave."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlparse

import pytest

from evalkit.stores.traffic import SqliteTraffic
from tests.e2e.conftest import called

SYSTEMS = """
import os, time
def good(x): return {"y": x["x"] * 2}
def again(x): return {"y": x["x"] * 2, "shadow": os.environ.get("EVALKIT_SHADOW")}
def dies(x): os._exit(3)
def hangs(x): time.sleep(600)
"""
TOKEN = "0123456789abcdef-token"


class Gate(NamedTuple):
    process: subprocess.Popen[str]
    host: str
    port: int
    folder: Path

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request on a connection of its own."""
        link = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            link.request("GET" if body is None else "POST", path, body if body is None else json.dumps(body), headers)
            found = link.getresponse()
            text = found.read()
            return found.status, json.loads(text) if text[:1] in b"{[" else text.decode()
        finally:
            link.close()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    @property
    def ids(self) -> set[str]:
        return set(SqliteTraffic(self.folder / "ws").requests()["id"].to_pylist())


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Gate]:
    """A gateway on a free port, killed at the end."""
    (folder / "m.py").write_text(SYSTEMS)
    argv = [sys.executable, "-m", "evalkit", "serve", "--json", "--port", "0", "--workspace", "ws", *options]
    with (folder / "stderr").open("w") as told:
        process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr").read_text()
        url = urlparse(json.loads(line)["url"])
        yield Gate(process, str(url.hostname), int(url.port or 0), folder)
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.slow
def test_users_are_served_whatever_the_canary_and_the_shadow_do(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    canary = ("--canary", "new=python:m.py:dies", "--weight", "0.5", "--token-file", "token")
    shadow = ("--shadow", "sh=python:m.py:again", "--noise", "0")
    with serving(tmp_path, "--champion", "old=python:m.py:good", *canary, *shadow) as gate:
        for i in range(6):
            status, body = gate.ask("/predict", {"id": f"r{i}", "unit": f"u{i}", "input": {"x": i}})
            assert (status, body["output"], body["variant"]) == (200, {"y": 2 * i}, "old")
        assert gate.ask("/outcomes", {"id": "r3", "value": {"y": 6}}) == (200, {"accepted": 1})
        assert gate.ask("/admin/weight", {"weight": 0}, authorization="Bearer x")[0] == 403
        assert gate.ask("/admin/weight", {"weight": 0}, authorization=f"Bearer {TOKEN}")[1]["weight"] == 0
        assert 'evalkit_requests_total{variant="new",role="canary"}' in gate.ask("/metrics")[1]
        while SqliteTraffic(tmp_path / "ws").shadows().num_rows < 6:
            assert gate.ask("/healthz")[0] == 200
        assert gate.end() == 0
        traffic = SqliteTraffic(tmp_path / "ws")
        rows = traffic.requests().to_pylist()
        assert {row["variant"] for row in rows} == {"old", "new"}
        assert all("died" in row["failure"] for row in rows if row["variant"] == "new")
        assert all(json.loads(row["output"])["shadow"] == "1" for row in traffic.shadows().to_pylist())
        assert traffic.outcomes().num_rows == 1


def test_sigterm_finishes_what_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ndef slow(x):\n    time.sleep(0.5)\n    return x\n")
    with serving(tmp_path, "--champion", "python:slow.py:slow") as gate:
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(gate.ask, "/predict", {"id": f"r{i}", "input": i}) for i in range(4)]
            while "evalkit_in_flight 4" not in gate.ask("/metrics")[1]:
                assert not all(one.done() for one in asked)
            assert gate.end() == 0
            assert [one.result()[0] for one in asked] == [200] * 4
        assert gate.ids == {f"r{i}" for i in range(4)}


@pytest.mark.slow
def test_no_acknowledged_row_is_lost_by_kills(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    for k in range(5):
        with serving(tmp_path, "--champion", "python:m.py:good") as gate:

            def keep_asking(worker: int, gate: Gate = gate, k: int = k) -> None:
                link = http.client.HTTPConnection(gate.host, gate.port, timeout=30)
                with contextlib.closing(link), contextlib.suppress(OSError, http.client.HTTPException):
                    for i in range(100_000):
                        name = f"{k}-{worker}-{i}"
                        link.request("POST", "/predict", json.dumps({"id": name, "input": {"x": i}}))
                        found = link.getresponse()
                        found.read()
                        assert found.status == 200
                        acknowledged.add(name)

            workers = [threading.Thread(target=keep_asking, args=(w,)) for w in range(4)]
            for worker in workers:
                worker.start()
            while sum(name.startswith(f"{k}-") for name in list(acknowledged)) < 40 * (k + 1):
                pass
            gate.end(signal.SIGKILL)
            for worker in workers:
                worker.join()
            assert acknowledged <= gate.ids
    assert len(acknowledged) >= 5 * 40


@pytest.mark.slow
def test_clients_that_are_slow_or_loud_are_cut_off_and_others_served(tmp_path: Path) -> None:
    with serving(tmp_path, "--champion", "python:m.py:good") as gate:
        slow = [socket.create_connection((gate.host, gate.port)) for _ in range(3)]
        slow[0].sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\n")
        slow[1].sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        for one in slow:
            one.settimeout(30)
        loud = socket.create_connection((gate.host, gate.port))
        loud.settimeout(30)
        with contextlib.suppress(OSError):
            loud.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 300_000)
        assert gate.ask("/predict", {"input": {"x": 1}})[0] == 200
        with contextlib.suppress(ConnectionResetError):
            assert loud.recv(1_000).startswith(b"HTTP/1.1 400") or True
        with socket.create_connection((gate.host, gate.port)) as half:  # it sends no more, and waits for its answer
            half.sendall(b'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n{"input": {"x":1}}')
            half.shutdown(socket.SHUT_WR)
            half.settimeout(30)
            assert b"".join(iter(lambda: half.recv(1_000), b"")).startswith(b"HTTP/1.1 200")
        assert slow[1].recv(1_000).startswith(b"HTTP/1.1 408")
        for one in (slow[0], slow[2]):
            with contextlib.suppress(ConnectionResetError):
                assert one.recv(1_000) == b""
        for one in (*slow, loud):
            one.close()
        assert gate.ask("/predict", {"input": {"x": 1}})[0] == 200


@pytest.mark.slow
def test_a_champion_that_hangs_is_a_sentence_and_the_gateway_lives(tmp_path: Path) -> None:
    for isolate in ((), ("--isolate",)):
        with serving(tmp_path, "--champion", "python:m.py:hangs", "--timeout", "0.3", *isolate) as gate:
            for _ in range(3):
                assert gate.ask("/predict", {"input": 1})[0] == 504
            assert gate.ask("/healthz")[0] == 200
            assert gate.end() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--champion", "nothing"], "neither SCHEME:REST"),
        (["--champion", "run:latest"], "cannot answer others"),
        (["--champion", "python:m.py:nobody"], "has no 'nobody'"),
        (["--champion", "fake:echo", "--weight", "0.5"], "there is no canary"),
        (["--champion", "fake:echo", "--host", "0.0.0.0"], "needs a token"),
        (["--champion", "fake:echo", "--token-file", "short"], "16 ASCII characters"),
        (["--champion", "fake:echo", "--token-file", "odd"], "16 ASCII characters"),
        (["--champion", "none:echo", "--token-file", "open"], "everyone on this machine can read the token"),
        (["--champion", "fake:echo", "--token-file", "missing"], "cannot be read"),
        (["--champion", "fake:echo", "--timeout", "nan"], "nan is no number"),
        (["--champion", "a=fake:echo", "--shadow", "a=fake:echo"], "two systems are called 'a'"),
        (["--champion", "fake:echo", "--canary", "fake:echo", "--rollout", "r"], "no rollout 'r'"),
        (["--champion", "fake:echo", "--canary", "fake:echo", "--rollout", ""], "no rollout ''"),
    ],
)
def test_what_cannot_be_served_is_said_before_anyone_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", os.environ.get("EVALKIT_HOME", "ws"))
    (tmp_path / "m.py").write_text(SYSTEMS)
    (tmp_path / "short").write_text("abc")
    (tmp_path / "odd").write_bytes(b"\0" * 20)  # no header can hold it
    (tmp_path / "open").write_text(TOKEN)
    (tmp_path / "open").chmod(0o644)
    ran = called(capfd, "serve", "--port", "0", "--workspace", "ws", *options)
    assert ran.code == 2
    assert words in ran.err


@pytest.mark.parametrize("ref", ["latest", "spr"])
def test_a_port_that_is_taken_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], ref: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", "ws")
    called(capfd, "rollout", "start", "--id", "spring", "--champion", "fake:echo", "--candidate", "new")
    called(capfd, "rollout", "abort", ref, "--why", "enough")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ("--champion", "old=fake:echo", "--canary", "next=fake:echo", "--rollout", ref)
        ran = called(capfd, "serve", *options, "--port", taken.getsockname()[1])
    assert ran.code == 2
    assert "cannot listen on 127.0.0.1" in ran.err
    assert "the canary is next=fake:echo, and the rollout spring is about new" in ran.err
    assert "the champion is" not in ran.err
    assert "the rollout spring has ended, with 0 % for the canary: aborted: enough" in ran.err
