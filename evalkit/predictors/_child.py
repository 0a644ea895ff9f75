"""The process that a `python:` predictor runs in: `python -m evalkit.predictors._child TARGET`.

It speaks the `command:` protocol, JSON lines on its stdin and stdout as they were at the start; both are then moved out
of the function's way, so that what it prints ends on stderr. It imports nothing that the function does not need.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn, Protocol

from evalkit.predictors.loading import Loaded, LoadError, load

MAX_OUTPUT = 10_000_000  # bytes; a larger output is not worth sending
_MAX_MESSAGE = 2_000

Row = dict[str, Any]


class Wire:
    """The two pipes to evalkit."""

    def __init__(self) -> None:
        self._in = open(os.dup(0), "rb")  # noqa: SIM115, PTH123 - a descriptor, open as long as the process is
        self._out = open(os.dup(1), "wb")  # noqa: SIM115, PTH123
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)
        os.close(null)

    def rows(self) -> Iterator[Row]:
        """What evalkit sends, until it is gone."""
        for line in self._in:
            yield json.loads(line)

    def send(self, row: Row) -> None:
        """One line; ASCII, so that no character can break it."""
        self._out.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
        self._out.flush()

    def answer(self, row: Row, fields: Row) -> None:
        """The answer to `row`."""
        key = {"case_id": row["case_id"], "repeat": row["repeat"]}
        self._out.write(as_json(key, fields).encode() + b"\n")
        self._out.flush()


class Outlet(Protocol):
    """Where a batch's answers go."""

    def send(self, row: Row) -> None: ...
    def answer(self, row: Row, fields: Row) -> None: ...


def as_json(key: Row, fields: Row) -> str:
    """An answer as one line of JSON; what JSON cannot hold becomes a failure in words."""
    try:
        text = json.dumps(key | fields, separators=(",", ":"), allow_nan=False, default=plain)
    except (TypeError, ValueError, RecursionError) as error:
        return json.dumps(key | _failed("unparseable", f"the output is not JSON: {error}"))
    if len(text) > MAX_OUTPUT + _MAX_MESSAGE:
        message = f"the output has {len(text):,} bytes, more than {MAX_OUTPUT:,}"
        return json.dumps(key | _failed("too_large", message))
    return text


def main(target: str) -> None:
    """Load the function, greet, and answer until evalkit is gone."""
    wire = Wire()
    try:
        loaded = load(target)
    except LoadError as error:
        wire.send({"fatal": str(error)})
        return
    wire.send({"mode": loaded.mode, "size": loaded.size})
    if loaded.mode == "async":
        serve_async(wire, loaded.function)
    else:
        serve_in_turn(wire, loaded)


# -------------------------------------------------------------------------------------------------- one after another


def serve_in_turn(wire: Wire, loaded: Loaded) -> None:
    """A sync function gets one input at a time, a batch function what is waiting; both in the main thread."""
    inbox: queue.SimpleQueue[Row] = queue.SimpleQueue()

    def listen() -> NoReturn:
        for row in wire.rows():
            inbox.put(row)
        os._exit(0)  # evalkit is gone: so are we, whatever the function is doing

    threading.Thread(target=listen, daemon=True).start()
    while True:
        rows = [inbox.get()]
        while len(rows) < loaded.size and not inbox.empty():
            rows.append(inbox.get())
        if loaded.mode == "batch":
            answer_batch(wire, loaded.function, rows)
        else:
            wire.answer(rows[0], timed(loaded.function, rows[0]["input"]))


def answer_batch(wire: Outlet, function: Callable[[list[Any]], Any], rows: list[Row]) -> None:
    """Ask for a whole batch; when that fails, for each half of it, so that bad inputs fail alone.

    k bad inputs of n cost about 2 k log2(n / k) further calls, at most 2 n. The time of a batch is shared out among its
    answers, so that their sum is the time that was spent. What waits for another half is told to wait, for a limit on
    the time of an answer counts the time in which it was worked on.
    """
    left = [rows]
    while left:
        part = left.pop()
        wire.send({"begun": _keys(part)})
        fields = timed(batch_of, function, [row["input"] for row in part])
        if "failure" not in fields:
            share = fields["seconds"] / len(part)
            for row, output in zip(part, fields["output"], strict=True):
                wire.answer(row, {"seconds": share} | fields_of(output))
        elif len(part) == 1:
            wire.answer(part[0], fields)
        else:
            first, second = part[: len(part) // 2], part[len(part) // 2 :]
            wire.send({"waits": _keys(second)})
            left += [second, first]


def _keys(rows: list[Row]) -> list[list[Any]]:
    return [[row["case_id"], row["repeat"]] for row in rows]


def batch_of(function: Callable[[list[Any]], Any], inputs: list[Any]) -> list[Any]:
    """The outputs of a batch.

    Raises:
        TypeError: it gave no list of the right length.
    """
    outputs = resolved(function(inputs))
    if hasattr(outputs, "tolist"):
        outputs = outputs.tolist()
    if not isinstance(outputs, list | tuple):
        raise TypeError(f"a batch function gives a list; this one gave a {type(outputs).__name__}")
    if len(outputs) != len(inputs):
        raise TypeError(f"a batch function gives one output for each input: {len(outputs)} for {len(inputs)}")
    return list(outputs)


def resolved(value: Any) -> Any:
    """A value, awaited where the function turned out to give an awaitable."""
    if not hasattr(value, "__await__"):
        return value
    import asyncio

    async def wait() -> Any:
        return await value

    return asyncio.run(wait())


def timed(call: Callable[..., Any], *args: Any) -> Row:
    """The fields of an answer: the output and the seconds that it took, or the failure."""
    start = time.perf_counter()
    try:
        fields = fields_of(resolved(call(*args)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the function raises is its answer
        fields = raised(error)
    return {"seconds": time.perf_counter() - start} | fields


# ------------------------------------------------------------------------------------------------------ many at once


def serve_async(wire: Wire, function: Callable[[Any], Any]) -> None:
    """An async function gets every input as it comes."""
    import asyncio

    async def answer(row: Row) -> Row:
        start = time.perf_counter()
        try:
            fields = fields_of(await function(row["input"]))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the function raises is its answer
            fields = raised(error)
        return {"seconds": time.perf_counter() - start} | fields

    asyncio.run(serve_at_once(wire, answer))


async def serve_at_once(wire: Wire, answer: Callable[[Row], Awaitable[Row]]) -> NoReturn:
    """Every row is answered as it comes, many at once; `{"cancel": [case_id, repeat]}` stops one.

    Args:
        wire: to evalkit; when that is gone, so is this process.
        answer: gives the fields of the answer to a row, and raises nothing.
    """
    import asyncio

    loop, tasks = asyncio.get_running_loop(), dict[tuple[str, int], asyncio.Task[None]]()

    async def one(row: Row) -> None:
        key = row["case_id"], row["repeat"]
        try:
            fields = await answer(row)
        except asyncio.CancelledError:
            wire.send({"cancelled": key})
            return
        finally:
            tasks.pop(key, None)
        wire.answer(row, fields)

    def take(row: Row) -> None:
        if "cancel" not in row:
            tasks[row["case_id"], row["repeat"]] = loop.create_task(one(row))
        elif (task := tasks.get(tuple(row["cancel"]))) is not None:
            task.cancel()

    def listen() -> NoReturn:
        for row in wire.rows():
            loop.call_soon_threadsafe(take, row)
        os._exit(0)  # whatever is under way

    threading.Thread(target=listen, daemon=True).start()
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")


# --------------------------------------------------------------------------------------------------------- the fields


def fields_of(value: Any) -> Row:
    """What the function gave: a plain value, a `Reply` with what is known beside it, or an exception, its failure."""
    if isinstance(value, Exception):
        return raised(value)
    marks = sys.modules.get("evalkit.predictors.marks")
    if marks is not None and isinstance(value, marks.Reply):
        return {name: item for name, item in vars(value).items() if name == "output" or item is not None}
    return {"output": value}


def raised(error: BaseException) -> Row:
    """The failure `raised`: type, message and place, with the end of the traceback as trace."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if frame.filename != __file__]
    place = f" ({os.path.basename(mine[-1].filename)}:{mine[-1].lineno})" if mine else ""  # noqa: PTH119
    message = f"{type(error).__name__}: {_words(error)}"[:_MAX_MESSAGE]
    tail = "".join(traceback.format_list(mine))[-_MAX_MESSAGE:]
    return _failed("raised", message + place) | {"trace": {"traceback": tail}}


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot even be printed
        return "(its message cannot be printed)"


def _failed(reason: str, message: str) -> Row:
    return {"failure": {"kind": "system", "reason": reason, "message": message}}


def plain(value: Any) -> Any:
    """Numpy's scalars and arrays (and what behaves like them) as plain values."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} is no JSON value")


if __name__ == "__main__":
    main(sys.argv[1])
