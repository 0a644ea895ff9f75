"""A clean process for one training: started with what the job names and nothing else, and ended with all it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import evalkit
from evalkit.app.pipeline.ended import end, how_it_ended
from evalkit.app.pipeline.threads import thread_variables
from evalkit.app.pipeline.train.child import ARTIFACT, JOB, PREDICTIONS, RESULT
from evalkit.app.pipeline.train.code import Code, written_out
from evalkit.core.errors import EXIT_FAIL, EvalkitError, InputError, RunBroke
from evalkit.core.texts import clip

__all__ = ["Came", "Job", "RefusedModel", "data_files", "trained"]

_BOOT = "import sys; sys.path.append(sys.argv[1]); from evalkit.app.pipeline.train.child import main; main(sys.argv[2])"
_TAIL = 4_000  # characters of its output that are kept
_SYSTEM = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


class RefusedModel(EvalkitError):
    """A recipe ended well, and what it returned may not be kept (exit 1)."""

    exit_code = EXIT_FAIL


class Job(NamedTuple):
    """What a training is given.

    Attributes:
        code: of the recipe.
        data: role -> file of its rows, in Arrow's format.
        config, seed: of the recipe.
        threads: that numerical libraries may use.
        timeout: seconds; None: as long as it takes.
    """

    code: Code
    data: Mapping[str, str]
    config: dict[str, Any]
    seed: int
    threads: int
    timeout: float | None


class Came(NamedTuple):
    """What came of it.

    Attributes:
        artifact: bytes of the model.
        result: seconds, metrics, features, config, kind.
        printed: end of what it wrote to stdout and stderr.
        predictions: role -> [output, confidence] of every row; None where they were not asked for.
    """

    artifact: bytes
    result: dict[str, Any]
    printed: str
    predictions: dict[str, Any] | None


@contextmanager
def data_files(tables: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The tables as files that a training's process maps into its memory; gone at the end."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory(prefix="evalkit-data-") as folder:
        paths = {}
        for place, (role, table) in enumerate(tables.items()):
            path = Path(folder) / f"{place}.arrow"
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            paths[role] = str(path)
        yield paths


def trained(job: Job, *, hash_seed: int = 0, days: float = 0.0, predict: bool = False) -> Came:
    """Run the recipe in a process of its own.

    Args:
        job: what it is given.
        hash_seed: PYTHONHASHSEED of the process.
        days: by which its clock is ahead.
        predict: give what the model says of the data, too.

    Raises:
        RunBroke: it raised, hung, or died. RefusedModel: its model may not be kept. InputError: there is no such
            function, or the config is not what it takes.
    """
    with tempfile.TemporaryDirectory(prefix="evalkit-train-", ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        (here / "empty").mkdir()
        (here / "code").mkdir()
        written_out(job.code.sources, here / "code")
        given: dict[str, Any] = {
            "folder": folder,
            "entry": job.code.entry,
            "code": job.code.digest,
            "data": dict(job.data),
        }
        given |= {"config": job.config, "seed": job.seed, "days": days, "predict": predict}
        (here / JOB).write_text(json.dumps(given), encoding="utf-8")
        code, printed = _run(here, _environment(here, hash_seed, job.threads), job.timeout, job.code.entry)
        result = _result(here, code, printed, job.code.entry)
        file = here / PREDICTIONS
        predictions = json.loads(file.read_text(encoding="utf-8")) if predict else None
        return Came((here / ARTIFACT).read_bytes(), result, printed, predictions)


def _environment(here: Path, hash_seed: int, threads: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _SYSTEM if name in os.environ}
    clean = {"HOME": str(here / "empty"), "TMPDIR": str(here), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    clean |= {"PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
    return kept | clean | thread_variables(threads)


def _run(here: Path, env: dict[str, str], timeout: float | None, entry: str) -> tuple[int, str]:
    root = str(Path(evalkit.__file__).resolve().parent.parent)
    argv = [sys.executable, "-P", "-s", "-c", _BOOT, root, str(here)]
    output = here / "printed"
    with output.open("wb") as file:
        process = subprocess.Popen(
            argv,
            cwd=here / "empty",
            env=env,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RunBroke(
                f"the recipe {entry} did not end within {timeout:g} s, and was stopped{_said(_tail(output))}",
                remedy="Give it longer with --timeout, or look at what it waits for",
            ) from None
        finally:
            end(process)
    return code, _tail(output)


def _tail(file: Path) -> str:
    data = file.read_bytes()[-4 * _TAIL :]
    return data.decode("utf-8", "replace")[-_TAIL:].strip()


def _said(printed: str) -> str:
    return f"; it last printed: {clip(printed[-600:], 600)}" if printed else ""


def _result(here: Path, code: int, printed: str, entry: str) -> dict[str, Any]:
    file = here / RESULT
    if not file.is_file():
        how, remedy = how_it_ended(code)
        raise RunBroke(f"the process of the recipe {entry} was ended {how}{_said(printed)}", remedy=remedy)
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    failed = result.get("failed")
    if failed is None:
        return result
    if failed["kind"] == "input":
        raise InputError(failed["message"], entry, failed.get("remedy", ""))
    if failed["kind"] == "raised":
        raise RunBroke(f"the recipe {entry} raised {failed['message']}")
    raise RefusedModel(failed["message"], entry)
