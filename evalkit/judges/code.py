"""A function of the user's own as a judge: `@evalkit.judge`."""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, CallError, Request

__all__ = ["CodeJudge", "judge"]

NAMED = frozenset({"input", "expected", "output", "output_1", "output_2", "tags", "rubric", "case_id"})
"""Arguments that a judge's function may name; one other argument alone gets the whole question as a mapping."""
_RIGHT, _WRONG = "correct", "incorrect"

Function = Callable[..., Any]


@dataclass(frozen=True)
class CodeJudge:
    """A judge made of a function, called in this process: awaited, or in a thread.

    The function takes the question as one mapping, or named arguments out of NAMED. It gives a label, a number in
    [0, 1], true or false, or a mapping like `{"label": "good", "rationale": "..."}`. What it raises leaves the case
    unscored, and is asked again by the next run.

    Attributes:
        function: the function.
        version: pins its verdicts, so that other runs reuse them; None: they are never reused.
        source: digest of the files that it comes from, where it is named in a suite file; "": its own code.
        rubric: what it reads by, where the metric names one.
        limits: what bounds its calls.
    """

    function: Function
    version: str | None = None
    source: str = ""
    rubric: Any = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InputError(f"a judge is made of a function, not of {self.function!r:.80}")
        _takes_question(self.function)

    def __call__(self, *args: Any, **more: Any) -> Any:
        """The function itself: a decorated one stays callable."""
        return self.function(*args, **more)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The function's name, what its code or its version is, and the rubric."""
        function = inspect.unwrap(self.function)
        name = getattr(function, "__qualname__", type(function).__qualname__)
        module = getattr(function, "__module__", type(function).__module__)
        pinned = {"version": self.version} if self.version is not None else {"code": self.source or _code(function)}
        read_by = {} if self.rubric is None else {"rubric": getattr(self.rubric, "digest", None)}
        own = str(name) if str(module).startswith("_evalkit_user_") else f"{module}:{name}"
        return {"judge": "python", "function": own, **pinned, **read_by}

    @property
    def identity(self) -> dict[str, Any] | None:
        """Only a version pins what a function says."""
        return None if self.version is None else self.spec

    def bound(self, rubric: Any) -> CodeJudge:
        """The same judge reading by a rubric."""
        return replace(self, rubric=rubric)

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, which calls the function."""
        whole = _takes_question(self.function)
        is_async = _is_async(self.function)

        async def answer(request: Request) -> Answer:
            question = dict(request.input)
            named = {} if whole else self._arguments(question, request)
            args = (question,) if whole else ()
            try:
                if is_async:
                    given = await self.function(*args, **named)
                else:
                    given = await _in_thread(lambda: self.function(*args, **named))
                    if inspect.isawaitable(given):
                        given = await given
            except CallError:
                raise
            except (Exception, SystemExit) as error:
                raise CallError("raised", f"the judge raised {type(error).__name__}: {error!s:.500}") from error
            return Answer(output=self._output(given))

        yield answer

    def _arguments(self, question: Mapping[str, Any], request: Request) -> dict[str, Any]:
        everything = {**question, "rubric": self.rubric, "case_id": request.case_id}
        parameters = inspect.signature(self.function).parameters.values()
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            return everything
        return {p.name: everything.get(p.name) for p in parameters}

    def _output(self, given: Any) -> dict[str, Any]:
        """What the function gave, as a verdict; what is none has its reason."""
        if isinstance(given, bool):
            label = self._of_truth(given)
            return {"label": label, "value": float(given)}
        if isinstance(given, str):
            return self._valued({"label": given}) if given.strip() else _none("empty", "the judge gave an empty label")
        if isinstance(given, int | float):
            if math.isfinite(given) and 0 <= given <= 1:
                return {"label": None, "value": float(given)}
            return _none("off_menu", f"the judge gave {given!r:.40}, which is no number in [0, 1]")
        if isinstance(given, Mapping):
            found = dict(given)
            if isinstance(found.get("label"), bool):
                found = {**found, **self._output(found["label"])}
            said = found.get("label") is not None or found.get("value") is not None
            return self._valued(found) if said or found.get("why") else _none("no_verdict", "it has no label") | found
        return _none("no_verdict", f"the judge gave {type(given).__name__}, which is no verdict")

    def _valued(self, found: dict[str, Any]) -> dict[str, Any]:
        values = getattr(self.rubric, "values", None)
        label = found.get("label")
        if found.get("value") is None and isinstance(values, Mapping) and isinstance(label, str) and label in values:
            found["value"] = values[label]
        return found

    def _of_truth(self, truth: bool) -> str:
        values: Mapping[str, float] = getattr(self.rubric, "values", None) or {_RIGHT: 1.0, _WRONG: 0.0}
        wanted = 1.0 if truth else 0.0
        return next((label for label, value in values.items() if value == wanted), _RIGHT if truth else _WRONG)


def _none(why: str, detail: str) -> dict[str, Any]:
    return {"label": None, "why": why, "detail": detail}


@overload
def judge(function: Function, /) -> CodeJudge: ...
@overload
def judge(*, version: str | None = None, **limits: Any) -> Callable[[Function], CodeJudge]: ...
def judge(
    function: Function | None = None, /, *, version: str | None = None, **limits: Any
) -> CodeJudge | Callable[[Function], CodeJudge]:
    """Make a judge of an async (or plain) function: `@evalkit.judge` above it, or `@evalkit.judge(version="1")`.

    Args:
        function: takes the question as one mapping, or named arguments out of input, expected, output, output_1,
            output_2, tags, rubric, case_id; gives a label, a number in [0, 1], true or false, or a mapping.
        version: pins its verdicts, so that other runs reuse them; raise it when the function changes.
        limits: timeout, retries, concurrency, ...

    Raises:
        InputError: the function takes what no question has.
    """
    pinned = None if version is None else str(version)
    if function is not None:
        return CodeJudge(function, pinned, limits=limits)
    return lambda given: CodeJudge(given, pinned, limits=limits)


def _takes_question(function: Function) -> bool:
    """Whether a function takes the whole question as its one argument.

    Raises:
        InputError: it takes what no question has.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return True
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return False
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    by_name = all(p.name in NAMED and p.kind is not p.POSITIONAL_ONLY for p in parameters)
    if parameters and by_name:
        return False
    if len(needed) == 1 and needed[0].name not in NAMED and needed[0].kind is not needed[0].KEYWORD_ONLY:
        return True
    name = getattr(function, "__qualname__", repr(function))
    raise InputError(
        f"the judge {name!r:.120} takes ({', '.join(p.name for p in parameters)}), which no question has",
        remedy=f"Take the question as one mapping, or arguments out of {', '.join(sorted(NAMED))}.",
    )


def _is_async(function: Function) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _code(function: Function) -> str:
    """Digest of a function's own code."""
    try:
        return digest_of(inspect.getsource(function))
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return digest_of(repr(function) if code is None else [code.co_code.hex(), repr(code.co_consts)])


async def _in_thread(call: Callable[[], Any]) -> Any:
    """A call in a thread of its own: one that hangs holds nothing up, not even the process's end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(value)
            else:
                done.set_exception(RuntimeError("StopIteration") if isinstance(error, StopIteration) else error)

    def work() -> None:
        value, error = None, None
        try:
            value = call()
        except BaseException as caught:  # noqa: BLE001 - raised again in the loop
            error = caught
        with suppress(RuntimeError):  # the loop is closed: the run ended without this answer
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=copy_context().run, args=(work,), name="evalkit-judge", daemon=True).start()
    return await done
