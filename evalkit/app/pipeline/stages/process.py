"""A stage in a process of its own: a hang, a crash or a leak is its own, and every stage starts from the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import evalkit
from evalkit.app.pipeline.ended import end, how_it_ended
from evalkit.app.pipeline.stages.child import JOB, LOG, RESULT
from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_INPUT, EvalkitError, InputError, RunBroke
from evalkit.core.texts import clip
from evalkit.pipeline.stages.context import GateFailed, GateInconclusive
from evalkit.pipeline.stages.nouns import KeyParts, Made, Stage
from evalkit.stores.disk import make_folder, told

__all__ = ["Call", "Came", "called"]

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from evalkit.app.pipeline.stages.child import main; main(sys.argv[2])"
)
_KINDS: Mapping[int, type[EvalkitError]] = {
    EXIT_FAIL: GateFailed,
    EXIT_INPUT: InputError,
    EXIT_INCONCLUSIVE: GateInconclusive,
}


class Call(NamedTuple):
    """What a stage is called with.

    Attributes:
        stage: as declared.
        target: what is loaded.
        parts: inputs, config and seed.
        names: output -> name of its dataset.
        pipeline: its name.
        base: folder of the pipeline file, in which the process stands.
        workspace: its folder.
        folder: for what the process needs; made anew, and removed.
        now: the time that the stage is told, ISO 8601.
        lock: descriptor that the process holds on to, so that a second run waits for it though its parent is gone.
    """

    stage: Stage
    target: str
    parts: KeyParts
    names: Mapping[str, str]
    pipeline: str
    base: Path
    workspace: Path
    folder: Path
    now: str
    lock: int | None = None


class Came(NamedTuple):
    """What came of it; `seconds` is what the function and keeping its outputs took."""

    made: Made
    seconds: float


def called(call: Call, tell: Callable[[str], None], *, hash_seed: int = 0, only_digests: bool = False) -> Came:
    """Run a stage in a process of its own.

    Args:
        call: what it is called with.
        tell: is given each line that it prints or logs.
        hash_seed: PYTHONHASHSEED of the process.
        only_digests: outputs are compared, and not kept.

    Raises:
        EvalkitError: the stage's own error, or how its process ended.
    """
    shutil.rmtree(call.folder, ignore_errors=True)
    make_folder(call.folder)
    try:
        with told(call.folder, "start the stage"):
            (call.folder / JOB).write_text(json.dumps(_job(call, only_digests)), encoding="utf-8")
        code, printed = _run(call, tell, hash_seed)
        return _came(call.folder / RESULT, code, printed)
    finally:
        shutil.rmtree(call.folder, ignore_errors=True)


def _job(call: Call, only_digests: bool) -> dict[str, Any]:
    parts = call.parts.model_dump(mode="json")
    return {
        "target": call.target,
        "base": str(call.base),
        "workspace": str(call.workspace.resolve()),
        "names": dict(call.names),
        "made_by": f"{call.pipeline}.{call.stage.name}",
        "now": call.now,
        "only_digests": only_digests,
        **{key: parts[key] for key in ("inputs", "outputs", "config", "seed")},
    }


def _run(call: Call, tell: Callable[[str], None], hash_seed: int) -> tuple[int, str]:
    """Exit code, and the end of what it printed."""
    root = str(Path(evalkit.__file__).resolve().parent.parent)
    argv = [sys.executable, "-P", "-c", _BOOT, root, str(call.folder)]
    env = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "EVALKIT_HOME": str(call.workspace.resolve())}
    env |= {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "TMPDIR": str(call.folder)}
    process = subprocess.Popen(
        argv,
        cwd=call.base,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=[] if call.lock is None else [call.lock],
    )
    tail: deque[str] = deque(maxlen=20)
    reader = threading.Thread(target=_read, args=(process, tell, tail), daemon=True)
    reader.start()
    try:
        code = process.wait(call.stage.timeout)
    except subprocess.TimeoutExpired:
        raise RunBroke(
            f"it did not end within {call.stage.timeout:g} s, and was stopped{_said(tail)}",
            remedy="Raise `timeout`, or look at what it waits for",
        ) from None
    finally:
        end(process)
        reader.join(5)
        if process.stdout is not None and not reader.is_alive():
            process.stdout.close()
    return code, _said(tail)


def _read(process: subprocess.Popen[bytes], tell: Callable[[str], None], tail: deque[str]) -> None:
    with suppress(ValueError, OSError):  # the pipe was closed under us
        for line in process.stdout or ():
            text = line.decode("utf-8", "replace").rstrip()
            if text.startswith(LOG):
                text = text.removeprefix(LOG)
            else:
                tail.append(text)
            tell(text)


def _said(tail: deque[str]) -> str:
    text = " | ".join(line for line in tail if line)
    return f"; it last printed: {clip(text[-600:], 600)}" if text else ""


def _came(file: Path, code: int, said: str) -> Came:
    if not file.is_file():
        how, remedy = how_it_ended(code)
        raise RunBroke(f"its process was ended {how}{said}", remedy=remedy)
    result = json.loads(file.read_text(encoding="utf-8"))
    if failed := result.get("failed"):
        raise _KINDS.get(failed["code"], RunBroke)(failed["what"], failed["where"], failed["remedy"])
    seconds = float(result.pop("seconds"))
    return Came(Made(**result), seconds)
