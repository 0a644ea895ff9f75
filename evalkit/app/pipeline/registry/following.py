"""What follows the move of an alias: evidence with the runs that allowed it, and the baseline `production`."""

from __future__ import annotations

import warnings
from typing import NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.refs import CHAMPION
from evalkit.core.errors import InputError
from evalkit.core.protocols import BaselineEvent
from evalkit.core.versions import Event
from evalkit.pipeline.registry.nouns import Cited
from evalkit.pipeline.registry.state import State
from evalkit.pipeline.registry.telling import evidence_of
from evalkit.stores.disk import StoreWarning

__all__ = ["PRODUCTION", "Moved", "followed"]

PRODUCTION = "production"
"""The baseline by which a release report finds the last release."""


class Moved(NamedTuple):
    """What came of it.

    Attributes:
        name, alias, version, before: what moved from where to where; None: it stands nowhere.
        event: that says so; None: the alias stood there already, and nothing moved.
        forced, against: whether something spoke against it, and what.
        baseline: move of the baseline `production`; None: it stays.
        unlike: in what the suite differs from that of the last promotion: cases, metrics, gates.
    """

    name: str
    alias: str
    version: int | None
    before: int | None
    event: Event | None
    cited: Cited | None = None
    forced: bool = False
    against: tuple[str, ...] = ()
    baseline: BaselineEvent | None = None
    unlike: tuple[str, ...] = ()


def followed(bench: Bench, state: State, moved: Moved) -> Moved:
    """Evidence goes to the runs that allowed who stands now and who stood before; `production` follows the champion.

    All of it can be done again, and is then the same: what a kill left out is done by the next call.
    """
    created = state.events[-1].at
    for number in filter(None, (moved.version, moved.before)):
        for run_id in _runs_of(state, number):
            try:
                bench.store.add_evidence(run_id, evidence_of(state, number, created))
            except InputError as error:  # the run was deleted since; the registry stands all the same
                warnings.warn(f"the evidence has no run to go with: {error}", StoreWarning, stacklevel=2)
    if moved.alias != CHAMPION:
        return moved
    return moved._replace(baseline=_production(bench, moved))


def _runs_of(state: State, number: int) -> list[str]:
    """Runs that allowed a promotion of this version, once each."""
    promoted = (event.data for event in state.events if event.kind == "promoted" and event.data["version"] == number)
    return list(dict.fromkeys(data["cited"]["run_id"] for data in promoted if data.get("cited")))


def _production(bench: Bench, moved: Moved) -> BaselineEvent | None:
    """Let the baseline stand on the record of who holds the alias now; without one it stays, and that is said."""
    if moved.version is None:
        what = f"nobody is {moved.alias} of {moved.name} now; the baseline {PRODUCTION} stays on the last release"
        warnings.warn(f"{what} (to take it away: evalkit baseline rm {PRODUCTION})", StoreWarning, stacklevel=2)
        return None
    if moved.cited is None:
        warnings.warn(
            f"{moved.name}@{moved.version} has no record, so the baseline {PRODUCTION} stays",
            StoreWarning,
            stacklevel=2,
        )
        return None
    try:
        if bench.store.baseline(PRODUCTION, moved.cited.suite) == moved.cited.run_id:
            return None
    except InputError:
        pass  # it stands nowhere yet, or its run is gone
    try:
        note = f"{moved.name}@{moved.version} is {moved.alias}"
        by = "" if moved.event is None else moved.event.who
        return bench.store.set_baseline(PRODUCTION, moved.cited.run_id, who=by, note=note)
    except InputError as error:
        warnings.warn(f"the baseline {PRODUCTION} stays: {error}", StoreWarning, stacklevel=2)
        return None
