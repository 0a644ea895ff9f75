"""What the registry says of a version as evidence of a release, and of a moment in the past."""

from __future__ import annotations

from typing import Any

from evalkit.core.evidence import Move, Registry
from evalkit.core.versions import Event
from evalkit.pipeline.registry.state import Holding, State

__all__ = ["as_holding", "evidence_of", "move_of"]


def evidence_of(state: State, number: int, created: str, made_by: str = "evalkit registry") -> Registry:
    """Where a version stands, and every event of it or of an alias that it held, oldest first.

    Its outcome is pass where it holds an alias that was not forced on it, fail where each was; null without one.
    """
    version = state.version(number).version
    aliases = state.aliases_of(number)
    forced = [holding.forced for alias in aliases if (holding := state.holder(alias)) is not None]
    return Registry(
        created=created,
        made_by=made_by,
        outcome=None if not forced else "fail" if all(forced) else "pass",
        model=state.name,
        version=str(number),
        artifact=version.artifact,
        aliases=aliases,
        moves=[move_of(event) for event in state.events if _about(event, number)],
    )


def move_of(event: Event) -> Move:
    """One event as a report shows it."""
    data, number = event.data, _after(event)
    what = "rollback undone" if data.get("undo") else event.kind.replace("-", " ")
    before = data.get("before")
    return Move(
        at=event.at,
        what=f"{what}, forced" if data.get("forced") else what,
        who=event.who,
        alias=data.get("alias"),
        before=None if before is None else str(before),
        after=None if number is None else str(number),
        note=_note(data),
        head=event.head,
    )


def as_holding(alias: str, holding: Holding, artifact: str) -> dict[str, Any]:
    """Who holds an alias, since when, by whom and on which evidence, as JSON."""
    return {
        "alias": alias,
        "version": holding.version,
        "artifact": artifact,
        "since": holding.at,
        "who": holding.who,
        "why": holding.why,
        "how": holding.kind,
        "forced": holding.forced,
        "record": None if holding.cited is None else holding.cited.model_dump(mode="json"),
        "event": {"seq": holding.seq, "head": holding.head},
    }


def _about(event: Event, number: int) -> bool:
    return number in (_after(event), event.data.get("before"))


def _after(event: Event) -> int | None:
    """The version that an event is about; None: an alias stands nowhere after it."""
    said = event.data.get("version")
    return said["version"] if event.kind == "registered" and said else said


def _note(data: dict[str, Any]) -> str:
    parts = [str(data.get("why") or data.get("note") or "")]
    if cited := data.get("cited"):
        parts.append(f"on run:{cited['run_id']} of {cited['suite']}, {cited['outcome']}")
    parts += [f"against: {one}" for one in data.get("against", ())]
    return "; ".join(part for part in parts if part)
