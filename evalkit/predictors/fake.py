"""`fake:`: a system that does what a script says, for trying a suite and for tests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, plain, text
from evalkit.core.protocols import Answer, CallError, Request
from evalkit.predictors.rows import answer_of
from evalkit.providers.yamlfile import read_mapping

_FIELDS = frozenset({"output", "failure", "seconds", "cost", "confidence", "tokens_in", "tokens_out", "model", "trace"})
_DIRECTIVES = _FIELDS | {"delay", "error"}
_ERROR = frozenset({"reason", "message", "retry", "retry_after", "fatal", "times"})


@dataclass(frozen=True)
class FakePredictor:
    """Answers from a script.

    Attributes:
        mode: `echo` gives the input back, `constant` always the same value, `script` what `cases` says.
        value: of `constant`; with `script`, the entry for cases that it does not name.
        cases: case id -> output, or a mapping of only these keys: the fields of a recorded row (`output`, `failure`,
            `cost`, ...), `delay` (seconds) and `error` (`reason`, `message`, `retry`, `retry_after`, `fatal`,
            `times`: how often, default always), which fails the call itself.
        version: what pins its answers across runs; None: they are never reused.
    """

    mode: Literal["echo", "constant", "script"]
    value: Any = None
    cases: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> FakePredictor:
        """From `echo`, `constant:VALUE` (JSON, else a text) or `FILE.yaml` (`default:` and `cases:`).

        Raises:
            InputError: it is none of these, or the script cannot be read.
        """
        check_options("fake", options, {"version"})
        version = text("fake", options, "version")
        if rest == "echo":
            return cls("echo", version=version)
        if rest.startswith("constant:"):
            return cls("constant", plain(rest.removeprefix("constant:")), version=version)
        if not rest.endswith((".yaml", ".yml", ".json")):
            raise InputError(
                f"fake:{rest} is not known", remedy="Write fake:echo, fake:constant:VALUE or fake:FILE.yaml."
            )
        script = read_mapping(rest, "fake", {"default", "cases"})
        cases = script.get("cases") or {}
        if not isinstance(cases, Mapping):
            raise InputError("cases is not a mapping of case ids to outputs", rest)
        cases = {str(case_id): entry for case_id, entry in cases.items()}
        for case_id, entry in [*cases.items(), ("default", script.get("default"))]:
            _check(entry, f"{rest}, {case_id}")
        return cls("script", script.get("default"), cases, version)

    @property
    def spec(self) -> dict[str, Any]:
        """The whole script."""
        return {
            "predictor": "fake",
            "mode": self.mode,
            "value": self.value,
            "cases": dict(self.cases),
            "version": self.version,
        }

    @property
    def identity(self) -> dict[str, Any] | None:
        """The script, where a version says that its answers may be reused."""
        return None if self.version is None else self.spec

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Begin the script."""
        asked: Counter[tuple[str, int]] = Counter()

        async def answer(request: Request) -> Answer:
            if self.mode == "echo":
                return Answer(output=request.input)
            entry = self.cases.get(request.case_id, self.value)
            if not _is_directive(entry):
                return Answer(output=entry)
            asked[request.case_id, request.repeat] += 1
            if entry.get("delay"):
                await asyncio.sleep(entry["delay"])
            _fail(entry.get("error"), asked[request.case_id, request.repeat])
            return answer_of(entry)

        yield answer


def _is_directive(entry: Any) -> bool:
    return isinstance(entry, Mapping) and bool(entry) and set(entry) <= _DIRECTIVES


def _check(entry: Any, where: str) -> None:
    if not _is_directive(entry):
        return
    delay, error = entry.get("delay", 0), entry.get("error")
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not delay >= 0:
        raise InputError(f"delay is {delay!r}, not seconds from 0 up", where)
    if error is not None and not (isinstance(error, Mapping) and set(error) <= _ERROR):
        raise InputError(f"error is {error!r}, not a mapping of {', '.join(sorted(_ERROR))}", where)


def _fail(error: Mapping[str, Any] | None, n: int) -> None:
    if error is None or n > error.get("times", n):
        return
    raise CallError(
        error.get("reason", "network"),
        error.get("message", "the script says so"),
        retry=error.get("retry", True),
        retry_after=error.get("retry_after"),
        fatal=error.get("fatal", False),
    )
