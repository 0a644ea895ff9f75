"""What the door of a stream found, for the release report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evalkit.core.evidence import Check, Validation
from evalkit.core.ingesting import Stream, Stretch
from evalkit.core.versions import Dataset

__all__ = ["validation"]

_WORDS: Final = {
    "malformed": "can be read",
    "type": "is of its type",
    "missing": "is there",
    "extra": "is a known column",
    "late": "is not late",
    "conflict": "one record a key",
    "rule": "keeps the rules of the contract",
}


def validation(
    stream: Stream,
    stretches: Sequence[Stretch],
    waiting: Mapping[tuple[str, str], int],
    dataset: Dataset | None,
    *,
    created: str,
) -> Validation:
    """Evidence of all that a stream has received.

    Args:
        stream: its state.
        stretches: all of them.
        waiting: (kind of fault, field or "") -> records in the quarantine.
        dataset: its newest version.
        created: ISO 8601, UTC.
    """
    received = sum(one.records for one in stretches if one.raw is not None)
    checks = [
        Check(column=field or None, rule=_WORDS[kind], outcome="fail", n=received, failing=n)
        for (kind, field), n in waiting.items()
    ]
    broken = {kind for kind, _ in waiting}
    checks += [
        Check(rule=_WORDS[kind], outcome="pass", n=received)
        for kind in _asked(stream)
        if received and kind not in broken
    ]
    return Validation(
        created=created,
        made_by="ingest",
        dataset=stream.name,
        data=dataset.digest if dataset else None,
        contract=stream.contract_digest,
        rows=received,
        quarantined=sum(waiting.values()),
        checks=checks,
    )


def _asked(stream: Stream) -> list[str]:
    """What the door of a stream asks: the rest is not said to be kept."""
    said: dict[str, Any] = stream.contract or {}
    contract, asked = said.get("contract") or {}, said.get("asked") or {}
    unique = any(column.get("unique") for column in contract.get("columns", {}).values())
    only = {
        "late": asked.get("lateness") is not None or contract.get("late"),
        "conflict": asked.get("key") or contract.get("keys") or unique,
        "rule": contract,
    }
    return [kind for kind in _WORDS if only.get(kind, True)]
