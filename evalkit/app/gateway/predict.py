"""`POST /predict`: whose turn it is, what it says, the row in the log, and only then the answer."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final, NamedTuple

from evalkit.app.gateway.state import State, Turn
from evalkit.app.gateway.wire import Answered, Refused, as_json, parsed
from evalkit.core.texts import clip
from evalkit.core.traffic import Said, Served

__all__ = ["LATER", "predict", "text_field"]

_FIELDS: Final = frozenset({"id", "unit", "input"})
_LONGEST: Final = 200
LATER: Final = (b"retry-after", b"1")
_STATUS: Final = {"timeout": 504, "busy": 503, "start": 503, "network": 502, "server_error": 502, "rate_limited": 503}
_WORDS: Final = {504: "did not answer in time", 503: "cannot be asked now", 502: "could not be reached"}
_RUN: Final = secrets.token_hex(8)  # ids that nobody gave: unique to this process, then counted
_PLACE: Final = itertools.count(1)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class _Asked(NamedTuple):
    """One prediction to make."""

    id: str
    unit: str
    given: Any
    text: str  # the input as JSON


class _Shown(NamedTuple):
    """What the user gets: the parts of the answer as JSON, or the status and sentence of a failure."""

    id: str
    output: str | None
    variant: str
    confidence: float | None = None
    status: int = 200
    logged: bool = True


async def predict(state: State, body: bytes) -> Answered:
    """One prediction `{id?, unit?, input}`, or a list of them.

    Raises:
        Refused: it is malformed, or there is no room.
    """
    given = parsed(body)
    many = isinstance(given, list)
    if many and len(given) > state.limits.batch:
        raise Refused(
            413, f"the list has {len(given):,} predictions, and at most {state.limits.batch:,} are made at once"
        )
    asked = [_asked(row, f"element {i}: " if many else "") for i, row in enumerate(given if many else [given])]
    if len({one.id for one in asked}) < len(asked):
        raise Refused(400, "an id stands twice in the list")
    if state.in_flight + len(asked) > max(state.limits.in_flight, len(asked)):
        raise Refused(503, f"{state.in_flight:,} predictions are under way: come back in a second", LATER)
    state.in_flight += len(asked)
    try:
        shown = await _made(state, asked)
    finally:
        state.in_flight -= len(asked)
    if many:
        return Answered(200, ("[" + ",".join(map(_json, shown)) + "]").encode())
    (one,) = shown
    if one.status == 409:
        raise Refused(409, _taken(one.id))
    headers = Answered(200, b"").headers
    return Answered(one.status, _json(one).encode(), (*headers, LATER) if one.status == 503 else headers)


def _asked(row: Any, where: str) -> _Asked:
    if not isinstance(row, dict) or "input" not in row:
        raise Refused(400, f'{where}a prediction is asked for as {{"input": ..., "id": "...", "unit": "..."}}')
    if not row.keys() <= _FIELDS:
        unknown = ", ".join(sorted(row.keys() - _FIELDS))
        raise Refused(400, f"{where}{unknown} is not known: a prediction has id, unit and input")
    given = row["input"]
    request = text_field(row, "id", where) or f"{_RUN}{next(_PLACE):012x}"
    unit = text_field(row, "unit", where) or request
    return _Asked(request, unit, given, as_json(given, where))


def text_field(row: dict[str, Any], name: str, where: str = "") -> str | None:
    """A short text of a request, or None where it is missing; a whole number counts as its text.

    Raises:
        Refused: 400.
    """
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or _CONTROL.search(value):
        raise Refused(400, f"{where}{name} is not a text of 1 to {_LONGEST} characters without control characters")
    return value


async def _made(state: State, asked: list[_Asked]) -> list[_Shown]:
    """Ask, log, answer."""
    if len(asked) == 1:
        made = [await _one(state, asked[0])]
    else:
        made = await asyncio.gather(*(_one(state, one) for one in asked))
    receipt = await state.log.put([row for row, _ in made])
    found = []
    for one, (row, shown) in zip(asked, made, strict=True):
        if row.id in receipt.known:
            found.append(await _first(state, row))
            continue
        found.append(shown if receipt.logged else shown._replace(logged=False))
        if row.output is not None:
            for mirror in state.mirrors:
                if not mirror.again or row.variant == mirror.name:
                    mirror.offer(row.id, one.given)
    return found


async def _one(state: State, asked: _Asked) -> tuple[Served, _Shown]:
    """One prediction. Where the canary fails, the user is served by the champion, and the canary has failed."""
    at, turn = state.clock(), state.turn(asked.unit)
    said = await turn.arm.host.ask(asked.id, asked.given)
    state.counts.saw(turn.arm.name, turn.arm.role, said.seconds, None if said.output is not None else said.reason)
    by, shown = turn.arm, said
    if said.output is None and turn.arm is not state.champion:
        by = state.champion
        shown = await by.host.ask(asked.id, asked.given)
    row = _row(asked, at, turn, said, shown.output)
    status = 200 if shown.output is not None else _STATUS.get(shown.reason, 500)
    return row, _Shown(asked.id, shown.output, by.name, shown.confidence, status)


def _row(asked: _Asked, at: float, turn: Turn, said: Said, output: str | None) -> Served:
    arm, failure = turn.arm, None if said.output is not None else clip(said.failure or said.reason or "it failed")
    return Served(
        asked.id,
        at,
        asked.unit,
        arm.name,
        arm.role,
        turn.weight,
        asked.text,
        output,
        failure,
        said.seconds,
        said.confidence,
    )


async def _first(state: State, row: Served) -> _Shown:
    """The answer that stands under an id that was used before; 409: it was another question."""
    stored = await state.log.read(lambda traffic: traffic.find(row.id))
    if stored is None or stored.input != row.input:
        return _Shown(row.id, None, row.variant, status=409)
    stand_in = stored.output is not None and stored.failure is not None
    variant = state.champion.name if stand_in else stored.variant
    return _Shown(row.id, stored.output, variant, stored.confidence, 200 if stored.output is not None else 500)


def _taken(request: str) -> str:
    return f"the id {request!r} stands for another prediction: the first answer to an id stands"


def _json(shown: _Shown) -> str:
    """By hand: the output is JSON already."""
    end = "}" if shown.logged else ',"logged":false}'
    name, variant = quoted(shown.id), quoted(shown.variant)
    if shown.output is None:
        words = f"{shown.variant} {_WORDS.get(shown.status, 'failed to answer')}"
        error = json.dumps(_taken(shown.id) if shown.status == 409 else words)
        head = f'{{"id":{name},"error":{error},"variant":{variant}'
        return f'{head},"status":{shown.status}{end}'
    confidence = "" if shown.confidence is None else f',"confidence":{shown.confidence!r}'
    return f'{{"id":{name},"output":{shown.output},"variant":{variant}{confidence}{end}'
