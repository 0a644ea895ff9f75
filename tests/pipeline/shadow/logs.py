"""Logs of a champion, a challenger and the champion asked again, as tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalkit.core.traffic import Reported, Served, Shadowed
from evalkit.pipeline.shadow.pairs import Pairs, paired
from evalkit.stores.traffic import SqliteTraffic

START = 1.7e9


def text(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def log(
    folder: Path,
    n: int,
    champion: Callable[[int], Any],
    challenger: Callable[[int], Any],
    again: Callable[[int], Any] | None = None,
    outcome: Callable[[int], Any] | None = None,
) -> SqliteTraffic:
    """Request i at START + i; an answer of None is a failure, an outcome of None was not told."""
    traffic = SqliteTraffic(folder, clock=lambda: START)

    def served(i: int) -> Served:
        said = text(champion(i))
        given = json.dumps({"i": i, "kind": "odd" if i % 2 else "even"})
        failure = None if said else "it raised"
        return Served(f"r{i}", START + i, f"u{i}", "old", "champion", 1.0, given, said, failure, 0.01, None)

    def shadowed(i: int, name: str, answer: Callable[[int], Any]) -> Shadowed:
        said = text(answer(i))
        return Shadowed(f"r{i}", START + i + 0.1, name, said, None if said else "it raised", 0.02)

    traffic.put_requests(map(served, range(n)))
    traffic.put_shadows(shadowed(i, "new", challenger) for i in range(n))
    if again is not None:
        traffic.put_shadows(shadowed(i, "old", again) for i in range(0, n, 4))
    if outcome is not None:
        told = [(i, text(outcome(i))) for i in range(n)]
        traffic.put_outcomes(Reported(f"r{i}", START + 99, "outcome", said, "") for i, said in told if said)
    return traffic


def pairs(folder: Path, *args: Any, **named: Any) -> Pairs:
    traffic = log(folder, *args, **named)
    return paired(traffic.requests(), traffic.shadows(), traffic.outcomes(), "old", "new")
