"""Releases: a record, the last one, what changed between both, and evidence of every kind, plain or hostile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evalkit.core.dossier import Change, Dossier, Moved, Release
from evalkit.core.evidence import EVIDENCE, Evidence
from tests.report.builders import dossier, record
from tests.report.release.evidence import digest, every_kind

COMMAND = ("evalkit", "report", "release", "run:20130401-flights-7f3a", "--since", "run:20130301-flights-0b1c")


def changes() -> list[Change]:
    """One of each: changed with parts, changed without, the same, not known."""
    loosened = "Gate accuracy was loosened from at least 0.8 to at least 0.75."
    return [
        Change(
            "cases",
            digest("old cases"),
            digest("cases"),
            False,
            "900 cases then, 1,000 now.",
            [Moved("new cases", None, "100", "added")],
        ),
        Change("data: flights-2013", digest("d1"), digest("data"), False),
        Change("features: features v4", None, digest("features"), None, "One of both releases has no evidence of it."),
        Change("code", "f" * 40, "0" * 40, False, "With uncommitted changes now: the commit does not say all."),
        Change(
            "system",
            digest("old"),
            digest("new"),
            False,
            "",
            [Moved("params.depth", "6", "8"), Moved("params.seed", "1", None, "removed")],
        ),
        Change("scoring", digest("scoring"), digest("scoring"), True),
        Change(
            "policy",
            digest("p1"),
            digest("p2"),
            False,
            "1 gate became easier to pass or went away.",
            [
                Moved("accuracy >= 0.75", "at least 0.8", "at least 0.75", "loosened", loosened),
                Moved("brier", "at most 0.2", None, "removed", "Gate brier <= 0.2 was removed."),
            ],
        ),
    ]


def release(evidence: bool = True, *, hostile: str = "", **more: Any) -> Dossier:
    """A release; with `hostile`, every free text of its evidence ends in it."""
    made = dossier(60, **more)
    now = made.record.digest
    found = every_kind(now) if evidence else []
    if hostile:
        found = [_spoiled(one, hostile) for one in found]
    last = record("pass", 900).model_copy(update={"run_id": "20130301-flights-0b1c", "created": "2024-04-02T08:00:00Z"})
    told = Release(
        record_digest=now,
        previous=last,
        changes=changes(),
        apart="The numbers of both cannot be compared: there is no case that both runs have in common.",
        evidence=found,
        command=COMMAND,
        found="The last release is run 20130301-flights-0b1c, which the baseline production stands on.",
        tokens={"candidate": (120_400, 8_012)},
    )
    return replace(made, release=told)


def _spoiled(one: Evidence, hostile: str) -> Evidence:
    """The same evidence with the hostile text behind every word that a person or a tool may choose."""
    return EVIDENCE.validate_python(_texts(one.model_dump(mode="json"), hostile))


_FIXED = {
    "kind",
    "outcome",
    "created",
    "data",
    "contract",
    "digest",
    "artifact",
    "record",
    "strategy",
    "better",
    "id",
    "of",
    "made",
}


def _texts(value: Any, hostile: str) -> Any:
    if isinstance(value, str):
        return value + hostile
    if isinstance(value, list):
        return [_texts(item, hostile) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _FIXED else _texts(item, hostile) for key, item in value.items()}
    return value
