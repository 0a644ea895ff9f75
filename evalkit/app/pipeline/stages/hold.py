"""One run of a pipeline at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.ledger import FOLDER
from evalkit.core.errors import RunBroke
from evalkit.stores.disk import locked_file, make_folder, told, write_all

__all__ = ["held"]

_LOOK = 0.05  # seconds


@contextmanager
def held(bench: Bench, pipeline: str, wait: float) -> Iterator[int]:
    """Hold a pipeline of a workspace; gives the descriptor that holds it.

    The lock goes with the descriptor, which the processes of stages hold, too: where a run is killed, the next one
    waits until the stage that it left behind has ended.

    Args:
        bench: the workspace.
        pipeline: its name.
        wait: seconds to wait for another run.

    Raises:
        RunBroke: another run holds it.
    """
    path = bench.root / FOLDER / f"{pipeline}.lock"
    fd = _taken(path, pipeline, wait)
    try:
        yield fd
    finally:
        os.close(fd)


def _taken(path: Path, pipeline: str, wait: float) -> int:
    until = time.monotonic() + wait
    with told(path, "hold the pipeline"):
        make_folder(path.parent)
        while (fd := locked_file(path)) is None:
            if time.monotonic() >= until:
                holder = path.read_text(encoding="utf-8", errors="replace").strip()[:80]
                raise RunBroke(
                    f"another run of the pipeline {pipeline} is under way{f' ({holder})' if holder else ''}",
                    str(path),
                    "Wait until it ends, or run with --wait SECONDS",
                )
            time.sleep(_LOOK)
        os.ftruncate(fd, 0)
        write_all(fd, f"process {os.getpid()}\n".encode())
        return fd
