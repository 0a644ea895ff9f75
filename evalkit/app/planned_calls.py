"""How many calls a run would make, how many of them are answered already, and what they would cost and take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.app.asked import Asked
from evalkit.app.known_answers import Source
from evalkit.app.options import Options
from evalkit.core.errors import StoreError
from evalkit.core.protocols import LivePredictor, Store
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.predict import cache_key, journal_key
from evalkit.engine.state import Plan, Variant


@dataclass(frozen=True)
class Calls:
    """Of one system, or of all.

    Attributes:
        name: of the system.
        calls: questions that it would be asked.
        reused: of them answered by an unfinished run of this plan, or by the cache.
        cost: US dollars of the others; None: unknown.
        seconds: of the others at this concurrency; None: unknown.
        basis: what cost and seconds rest on, in words.
    """

    name: str
    calls: int
    reused: int
    cost: float | None
    seconds: float | None
    basis: str = ""


def calls_of(
    asked: Asked, variants: Sequence[Variant], sources: dict[str, Source], store: Store, options: Options
) -> list[Calls]:
    """What each system would be asked; a system whose answers are stored is asked nothing.

    Args:
        asked: suite and cases.
        variants: of the run that is planned.
        sources: name -> stored answers of that system, or of one that stands for it.
        store: journals and cache.
        options: as of `run`.
    """
    plan = make_plan(asked.suite.suite, asked.cases)
    found = []
    for variant in variants:
        if not isinstance(variant.predictor, LivePredictor):
            found.append(Calls(variant.name, 0, 0, 0.0, 0.0, "its answers are stored"))
            continue
        reused = 0 if options.fresh else _reused(plan, variant.name, variant.predictor, store)
        new = len(plan) - reused
        source = sources.get(variant.name)
        cost = 0.0 if new == 0 else None if source is None or source.cost is None else new * source.cost
        seconds = source.seconds if source is not None else None
        took = 0.0 if new == 0 else None if seconds is None else new * seconds / min(options.concurrency, new)
        basis = "" if source is None else f"from the answers of {source.where}"
        found.append(Calls(variant.name, len(plan), reused, cost, took, basis))
    return found


def in_all(calls: Sequence[Calls]) -> Calls:
    """All systems together; what is unknown of one is unknown of all."""
    cost = [one.cost for one in calls]
    seconds = [one.seconds for one in calls]
    return Calls(
        "all",
        sum(one.calls for one in calls),
        sum(one.reused for one in calls),
        None if None in cost else sum(c for c in cost if c is not None),
        None if None in seconds else sum(s for s in seconds if s is not None),
    )


def _journaled(store: Store, key: str) -> set[tuple[str, int]]:
    """What an unfinished run of this plan has answered; a run that is going on keeps its answers to itself."""
    try:
        journal = store.journal(key)
    except StoreError:
        return set()
    try:
        return set(journal.load())
    finally:
        journal.close(done=False)


def _reused(plan: Plan, name: str, predictor: LivePredictor, store: Store) -> int:
    """Questions that an unfinished run or the cache answers already."""
    known = _journaled(store, journal_key(plan, name, predictor))
    requests = list(plan.requests())
    left = [request for request in requests if (request.case_id, request.repeat) not in known]
    identity = predictor.identity
    cached = 0
    if identity is not None and left:
        key = cache_key(identity, plan.repeats)
        keys = [key(request) for request in left]
        found = store.cache().get_many(keys)
        cached = sum(name in found for name in keys)
    return len(requests) - len(left) + cached
