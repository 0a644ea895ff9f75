"""Workspaces with runs of made-up suites, for the tests of the site."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Digests, Record
from evalkit.core.protocols import Store
from tests.report.builders import digest, dossier, record, variant

__all__ = ["HOSTILE_SUITE", "a_run", "filled", "put"]

HOSTILE_SUITE = "</script><b onclick=x>../../\u202e nul\x00 | =1+1"
_METRICS = {"accuracy", "f1", "brier", "within_10"}
_SMALL: Dossier = dossier(12)


def a_run(i: int, suite: str = "flights", **more: Any) -> Record:
    """The i-th run of a suite: a day apart, each with a candidate of its own."""
    cases, scoring = more.pop("cases", "cases"), more.pop("scoring", "scoring")
    candidate = more.pop("candidate", f"candidate {i}")
    made = record(more.pop("outcome", "pass" if i % 3 else "fail"))
    changed: dict[str, Any] = {
        "run_id": f"202601{1 + i:02d}-090000-{digest(suite)[:8]}",
        "created": f"2026-01-{1 + i:02d}T09:00:00+00:00",
        "suite": made.suite.model_copy(update={"name": suite}),
        "digests": Digests(cases=digest(cases), scoring=digest(scoring), policy=digest("policy")),
        "variants": [
            variant("candidate", "candidate", digest=digest(candidate), answers=digest(f"{i}")),
            variant("baseline", "baseline"),
        ],
        "estimates": [e for e in made.estimates if e.slice is None and e.metric in _METRICS],
        "metrics": [m for m in made.metrics if m.id in _METRICS],
    }
    return made.model_copy(update=changed | more)


def put(store: Store, made: Record) -> Record:
    """Keep a run with small tables."""
    tables = {"cases": _SMALL.cases.to_arrow(), "predictions": _SMALL.predictions, "scores": _SMALL.scores}
    store.write_run(made, tables)
    return made


def filled(store: Store, n: int = 3, **more: Any) -> list[Record]:
    """n runs of one suite."""
    return [put(store, a_run(i, **more)) for i in range(n)]
