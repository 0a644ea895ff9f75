"""`python:pkg.mod:func`, `python:path/file.py:func`: a function, in processes of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, number, text
from evalkit.predictors.fingerprint import digest_of_files, forget_compiled, python_files
from evalkit.predictors.lanes import Lanes, own_lanes
from evalkit.predictors.loading import LoadError, split_target
from evalkit.predictors.worker import Program


@dataclass(frozen=True)
class PythonPredictor:
    """`f(input) -> output`: sync, async, or marked `@evalkit.batch`.

    A sync function runs in up to four processes, one input at a time in each; an async one in one process, many inputs
    at once; a batch function in one process, with what is waiting. What hangs, dies or leaks is theirs alone.

    An unfinished run goes on only with the code that it began with: the function's file, and what that imports from its
    own folder or the current one. What this does not see is said at `fingerprint.python_files`; `--fresh` asks anew.

    Attributes:
        target: `pkg.mod:func` or `path/file.py:func`.
        version: what pins its answers across runs, whatever the code; None: they are never reused.
        start_timeout: seconds that the import may take.
        code: digest of its source files; None: there are none to read.
    """

    target: str
    version: str | None = None
    start_timeout: float = 600.0
    code: str | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> PythonPredictor:
        """From what stands behind `python:`.

        Raises:
            InputError: the target or an option is wrong.
        """
        check_options("python", options, {"version", "start_timeout"})
        try:
            where, _ = split_target(rest)
        except LoadError as error:
            raise InputError(str(error)) from None
        timeout = number("python", options, "start_timeout", cls.start_timeout)
        files = python_files(where)
        forget_compiled(files)
        return cls(rest, text("python", options, "version"), timeout, digest_of_files(files) if files else None)

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for."""
        return {**self._asked, "code": self.code}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The target and the version that the user vouches for."""
        return None if self.version is None else self._asked

    @property
    def _asked(self) -> dict[str, Any]:
        return {"predictor": "python", "target": self.target, "version": self.version}

    def session(self, concurrency: int) -> AbstractAsyncContextManager[Lanes]:
        """Start the first process and import the function in it.

        Raises:
            CallError: fatal; the function cannot be had.
        """
        argv = (sys.executable, "-m", "evalkit.predictors._child", self.target)
        program = Program(f"python:{self.target}", argv, ours=True, start_timeout=self.start_timeout)
        return own_lanes(program, concurrency)
