"""A suite runs once a session, however many workers of pytest-xdist hold its gates."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

_FOLDER = pytest.StashKey[Path]()


def shared_folder(config: pytest.Config) -> Path:
    """A folder of this session, for all of its workers; removed at the end."""
    if _FOLDER not in config.stash:
        folder = Path(tempfile.mkdtemp(prefix="evalkit-pytest-"))
        config.stash[_FOLDER] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return config.stash[_FOLDER]


def once(config: pytest.Config, key: str, make: Callable[[], str]) -> str:
    """What `make` returns, made by the first worker that asks; the others wait for it.

    Args:
        config: of this process.
        key: what is made.
        make: returns the id of a run, or raises.

    Raises:
        pytest.fail.Exception: making it failed, here or in the worker that tried.
    """
    worker = getattr(config, "workerinput", {})
    if "evalkit_shared" not in worker:
        return make()
    import fcntl

    file = Path(worker["evalkit_shared"]) / hashlib.sha256(key.encode()).hexdigest()[:16]
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_text(json.dumps(_outcome(make)), encoding="utf-8")
        found = json.loads(file.read_text(encoding="utf-8"))
    if found["failed"] is not None:
        pytest.fail(found["failed"], pytrace=False)
    return str(found["made"])


def _outcome(make: Callable[[], str]) -> dict[str, str | None]:
    try:
        return {"made": make(), "failed": None}
    except pytest.fail.Exception as error:
        return {"made": None, "failed": str(error.msg)}
