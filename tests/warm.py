"""The command line without its start: a process that has imported everything forks for each call of `evalkit`.

The guides call `evalkit` some three hundred times, and most of what a call costs is importing. `Warm` puts a program of
that name into a folder: it hands over where and with what it was called, and its streams, and ends as its fork.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

IMPORTED = (
    "aiohttp",
    "evalkit.app.api",
    "evalkit.app.cli.run",
    "evalkit.app.pipeline.bench",
    "evalkit.app.redaction",
    "evalkit.app.stored_run",
    "evalkit.metrics.numeric.metric",
    "evalkit.predictors.python",
    "evalkit.report.html",
    "evalkit.report.markdown",
    "evalkit.report.terminal",
    "evalkit.stores.local",
    "evalkit.stores.traffic",
    "jinja2.sandbox",
    "pandas",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "rich.console",
    "rich.table",
    "ruamel.yaml",
    "scipy.stats",
)

SHIM = """#!{python} -ISE
import os, socket, sys
if sys.argv[1:2] == ["serve"]:  # it is stopped by signals, which are not handed over
    os.execv({real!r}, [{real!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    said = repr((os.getcwd(), sys.argv[1:], dict(os.environ))).encode("utf-8", "surrogateescape")
    socket.send_fds(line, [len(said).to_bytes(4, "big")], [0, 1, 2])
    line.sendall(said)
    code = line.recv(1)
    sys.exit(code[0] if code else "the warm evalkit did not answer")
"""


class Warm:
    """The process, and in `folder` the program `evalkit` that asks it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        address, real = str(folder / "line"), shutil.which("evalkit", path=str(Path(sys.executable).parent))
        shim = self.folder / "evalkit"
        shim.write_text(SHIM.format(python=sys.executable, real=real, address=address), encoding="utf-8")
        shim.chmod(0o755)
        command = [sys.executable, __file__, address]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate(timeout=30)


def main(address: str) -> None:
    """Fork for each call, until it is ended."""
    del sys.path[0]  # this folder; a program that is installed does not see it
    for name in IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who only hands on an exit code
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                break
            line.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    serve(line)


def serve(line: socket.socket) -> None:
    """One call: in a fork, whose exit code is told."""
    size, streams, _, _ = socket.recv_fds(line, 4, 3)
    with line.makefile("rb") as reader:
        said = reader.read(int.from_bytes(size, "big"))
    worker = os.fork()
    if worker == 0:
        work(streams, said)
    for stream in (0, 1, 2, *streams):
        os.close(stream)
    _, status = os.waitpid(worker, 0)
    code = os.waitstatus_to_exitcode(status)
    line.send(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def work(streams: list[int], said: bytes) -> None:
    """Become the command line of who called; ends the process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    folder, arguments, environment = ast.literal_eval(said.decode("utf-8", "surrogateescape"))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["evalkit", *arguments]
    from evalkit.app.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main(sys.argv[1])
