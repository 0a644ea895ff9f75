"""How the process of a stage or a training is ended, from outside and by itself, and how its end is told."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress

__all__ = ["end", "end_with_parent", "how_it_ended"]


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started in its session, whatever way it went."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def end_with_parent() -> None:
    """In the process itself, which leads a session: end, with all that was started here, when the parent is gone.

    Our stdin is a pipe that the parent holds open: it closes with it, whatever way it went. What runs here finds
    nothing on stdin.
    """
    held, null = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)

    def watch() -> None:
        while os.read(held, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def how_it_ended(code: int) -> tuple[str, str]:
    """In words, after "was ended", and what may help; `code` is negative where a signal ended it."""
    known = {s.value: s.name for s in signal.Signals}
    how = f"by {known.get(-code, f'signal {-code}')}" if code < 0 else f"with exit code {code}"
    return how, "It may have taken more memory than there is" if code == -signal.SIGKILL else ""
