"""`POST /outcomes`: what became of predictions, perhaps much later."""

from __future__ import annotations

from typing import Any, Final, get_args

from evalkit.app.gateway.predict import LATER, text_field
from evalkit.app.gateway.state import State
from evalkit.app.gateway.wire import Answered, Refused, as_json, json_answer, parsed
from evalkit.core.traffic import OutcomeKind, Reported

__all__ = ["outcomes"]

_KINDS: Final = get_args(OutcomeKind)
_FULL: Final = "the log cannot be written. Tell it again later; what is told twice counts once"
_FIELDS: Final = frozenset({"id", "value", "kind", "who"})


async def outcomes(state: State, body: bytes) -> Answered:
    """One outcome `{id, value, kind?, who?}`, or a list of them; durable when it is answered.

    Raises:
        Refused: it is malformed, a single one is of a prediction that was never made, or it cannot be kept now.
    """
    given = parsed(body)
    many = isinstance(given, list)
    if many and len(given) > state.limits.batch:
        raise Refused(
            413, f"the list has {len(given):,} outcomes, and at most {state.limits.batch:,} are taken at once"
        )
    at = state.clock()
    rows = [_row(row, at, f"element {i}: " if many else "") for i, row in enumerate(given if many else [given])]
    known = await state.log.read(lambda traffic: traffic.known(row.id for row in rows))
    unknown = sorted({row.id for row in rows} - known)
    if unknown and state.log.trouble is not None:
        raise Refused(503, f"it cannot be said now whether there is a prediction {unknown[0]!r}: {_FULL}", LATER)
    if unknown and not many:
        raise Refused(404, f"there is no prediction {unknown[0]!r}")
    taken = [row for row in rows if row.id in known]
    receipt = await state.log.put(outcomes=taken)
    if not receipt.logged:
        raise Refused(503, f"what was told is not on the disk: {_FULL}", LATER)
    state.counts.outcomes += len(taken)
    return json_answer({"accepted": len(taken), **({"unknown": unknown} if unknown else {})})


def _row(row: Any, at: float, where: str) -> Reported:
    if not isinstance(row, dict) or "id" not in row or "value" not in row:
        raise Refused(400, f'{where}an outcome is told as {{"id": "...", "value": ..., "kind": "outcome"}}')
    if not row.keys() <= _FIELDS:
        unknown = ", ".join(sorted(row.keys() - _FIELDS))
        raise Refused(400, f"{where}{unknown} is not known: an outcome has id, value, kind and who")
    kind = row.get("kind", "outcome")
    if kind not in _KINDS:
        raise Refused(400, f"{where}kind is one of {', '.join(_KINDS)}")
    request = text_field(row, "id", where)
    if request is None:
        raise Refused(400, f"{where}id is missing")
    value = as_json(row["value"], where)
    return Reported(request, at, kind, value, text_field(row, "who", where) or "")
