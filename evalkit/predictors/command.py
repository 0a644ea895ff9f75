"""`command:...`: a program that reads `{"case_id", "input"}` lines and writes `{"case_id", "output"}` lines."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, number, text
from evalkit.core.protocols import CallError
from evalkit.predictors.fingerprint import command_files, digest_of_files
from evalkit.predictors.lanes import Lanes, shared_lane
from evalkit.predictors.worker import LINE_CAP, Program


@dataclass(frozen=True)
class CommandPredictor:
    """A program that is started once and asked many times; answers may come in any order.

    A line that it reads has `case_id`, `input`, `repeat` and `seed`; one that it writes has `case_id` and `output`,
    and may have `repeat`, `failure`, `seconds`, `cost`, `confidence`, `tokens_in`, `tokens_out`, `model`, `trace`.
    It may work on one line at a time or on many: the clock of a request starts anew when one that was sent before it is
    answered, and until its first line it may take twice the time. After a death or a hang it is started again, and who
    was there is asked again alone.

    An unfinished run goes on only with the files that it began with: those that the command line names, and what its
    Python ones import from beside them. What else the program reads is not seen; `--fresh` asks anew.

    Attributes:
        argv: the program and its arguments; no shell is involved.
        version: what pins its answers across runs, whatever the files; None: they are never reused.
        start_timeout: seconds that it may take to start, beyond the time of its first answer; None: as long as that.
        max_line_bytes: a longer line is the system failure `too_large`.
        code: digest of the files that the command line names; None: it names none.
    """

    argv: tuple[str, ...]
    version: str | None = None
    start_timeout: float | None = None
    max_line_bytes: int = LINE_CAP
    code: str | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> CommandPredictor:
        """From what stands behind `command:`, split as a shell would.

        Raises:
            InputError: it is empty, its quotes do not match, or an option is wrong.
        """
        check_options("command", options, {"version", "start_timeout", "max_line_bytes"})
        try:
            argv = tuple(shlex.split(rest))
        except ValueError as error:
            raise InputError(f"command:{rest} cannot be split into words: {error}") from None
        if not argv:
            raise InputError("command: names no program", remedy="Write command:PROGRAM ARGUMENTS.")
        cap = int(number("command", options, "max_line_bytes", LINE_CAP, 1_000))
        start = number("command", options, "start_timeout", 0.0) if "start_timeout" in options else None
        files = command_files(argv)
        code = digest_of_files(files) if files else None
        return cls(argv, text("command", options, "version"), start, cap, code)

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for."""
        return {**self._asked, "code": self.code}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The command line and the version that the user vouches for."""
        return None if self.version is None else self._asked

    @property
    def _asked(self) -> dict[str, Any]:
        return {"predictor": "command", "argv": list(self.argv), "version": self.version}

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Lanes]:
        """Start the program.

        Raises:
            CallError: fatal; there is no such program, or it cannot be started.
        """
        name = f"command:{shlex.join(self.argv)}"
        if shutil.which(self.argv[0]) is None:
            message = f"{name}: there is no program {self.argv[0]!r}, or it may not be run"
            raise CallError("start", message, fatal=True)
        program = Program(name, self.argv, start_timeout=self.start_timeout, grace=1.0, cap=self.max_line_bytes)
        async with shared_lane(program) as lanes:
            yield lanes
