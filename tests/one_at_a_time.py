"""Environments beside this checkout are made by one process at a time: whoever comes later finds them made."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = Path(__file__).resolve().parent.parent / ".venv-making.lock"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other process makes or uses them."""
    with _LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
