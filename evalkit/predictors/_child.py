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
from collections.abc import Callable, Iterator
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
        text = json.dumps(key | fields, separators=(",", ":"), allow_nan=False, default=_plain)
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
    """Ask for a whole batch; when that fails, for each of its inputs alone, so that one bad input fails alone.

    The time of a batch is shared out among its answers, so that their sum is the time that was spent.
    """
    wire.send({"begun": [[row["case_id"], row["repeat"]] for row in rows]})
    fields = timed(batch_of, function, [row["input"] for row in rows])
    if "failure" not in fields:
        share = fields["seconds"] / len(rows)
        for row, output in zip(rows, fields["output"], strict=True):
            wire.answer(row, {"seconds": share} | fields_of(output))
        return
    for row in rows:
        if len(rows) > 1:
            wire.send({"begun": [[row["case_id"], row["repeat"]]]})
            fields = timed(batch_of, function, [row["input"]])
        if "failure" not in fields:
            fields = {"seconds": fields["seconds"]} | fields_of(fields["output"][0])
        wire.answer(row, fields)


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
    """An async function gets every input as it comes; `{"cancel": [case_id, repeat]}` stops one."""
    import asyncio

    tasks: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def one(row: Row) -> None:
        key = row["case_id"], row["repeat"]
        start = time.perf_counter()
        try:
            fields = fields_of(await function(row["input"]))
        except asyncio.CancelledError:
            wire.send({"cancelled": key})
            return
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the function raises is its answer
            fields = raised(error)
        finally:
            tasks.pop(key, None)
        wire.answer(row, {"seconds": time.perf_counter() - start} | fields)

    async def serve() -> NoReturn:
        loop = asyncio.get_running_loop()

        def take(row: Row) -> None:
            if "cancel" not in row:
                tasks[row["case_id"], row["repeat"]] = loop.create_task(one(row))
            elif (task := tasks.get(tuple(row["cancel"]))) is not None:
                task.cancel()

        def listen() -> NoReturn:
            for row in wire.rows():
                loop.call_soon_threadsafe(take, row)
            os._exit(0)

        threading.Thread(target=listen, daemon=True).start()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets this event")

    asyncio.run(serve())


# --------------------------------------------------------------------------------------------------------- the fields


def fields_of(value: Any) -> Row:
    """What the function gave, as fields of an answer: a plain value, or a `Reply` with what is known beside it."""
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


def _plain(value: Any) -> Any:
    """Numpy's scalars and arrays (and what behaves like them) as plain values."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} is no JSON value")


if __name__ == "__main__":
    main(sys.argv[1])
