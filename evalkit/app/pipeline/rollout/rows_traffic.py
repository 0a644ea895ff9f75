"""The traffic log -> rows of a rollout: requests of champion and candidate; shadows, while it warms up."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.rollout.called import called
from evalkit.app.pipeline.rollout.losses import FAILED, slower_than
from evalkit.app.pipeline.rollout.scoring import losses_of
from evalkit.core.errors import InputError
from evalkit.core.traffic import Traffic
from evalkit.pipeline.rollout.nouns import State
from evalkit.pipeline.rollout.observing import Rows

__all__ = ["FromLog", "rows_of_traffic"]

_ROLES: Final = ("champion", "canary")


class FromLog(NamedTuple):
    """Rows, the place in the log up to which they were read, and remarks for people."""

    rows: Rows
    read_to: int
    said: list[str]


def rows_of_traffic(traffic: Traffic, state: State, after: int = 0) -> FromLog:
    """What the log has of a rollout since it started.

    Args:
        traffic: the log.
        state: of the rollout. While it warms up, what the candidate said as a shadow is read, at weight 0.
        after: place in the log up to which earlier steps have read. Where a metric waits for right answers, all is
            read again: they come behind their requests.

    Raises:
        InputError: the plan guards a metric that the log cannot tell.
    """
    if state.weight == 0:
        return _shadows(traffic, state)
    table = traffic.requests(state.started, after=0 if state.plan.late else after)
    read_to = max(after, pc.max(table["seq"]).as_py() or 0)
    mine = table.filter(pc.is_in(table["role"], value_set=pa.array(_ROLES)))
    canary = np.array(pc.equal(mine["role"], "canary"), bool)
    own = np.array(mine["weight"], float)
    left = table.num_rows - mine.num_rows
    said = [f"{left:,} requests of other roles than champion and canary were left out"] if left else []
    several = sorted(set(np.array(mine["variant"])[canary]))
    if len(several) > 1:  # another gateway in this workspace, or one that was started anew with something else
        names = ", ".join(f"{name!r:.60}" for name in several[:5])
        said.append(f"warning: the canary's requests are of {len(several)} systems: {names}")
    weight = np.where(canary, own, 1 - own).round(12)  # the log has the probability of the variant that was given
    scored, notes = losses_of(traffic, mine, state.plan)
    return FromLog(_rows(mine["unit"].to_pylist(), canary, weight, mine, state, scored), read_to, said + notes)


def _shadows(traffic: Traffic, state: State) -> FromLog:
    table = traffic.shadows(state.started)
    mine = table.filter(pc.is_in(table["variant"], value_set=pa.array(called(state.plan.candidate))))
    n = mine.num_rows
    # A shadow is asked once a request: each is a unit of its own, and never that of the user behind it.
    units = [f"shadow {ident}" for ident in mine["id"].to_pylist()]
    return FromLog(_rows(units, np.ones(n, bool), np.zeros(n), mine, state, {}), 0, [])


def _rows(units: list[str], canary: Any, weight: Any, table: pa.Table, state: State, scored: dict[str, Any]) -> Rows:
    losses = [scored[metric] if metric in scored else _loss(table, metric) for metric in state.plan.metrics]
    at = np.array(table["at"].cast(pa.int64()), float) / 1e6
    return Rows(units, canary, weight, np.column_stack(losses).reshape(-1, len(losses)), at)


def _loss(table: pa.Table, metric: str) -> Any:
    failed = np.array(pc.is_valid(table["failure"]), float)
    if metric == FAILED:
        return failed
    limit = slower_than(metric)
    if limit is None:
        raise InputError(
            f"the traffic log does not tell the metric {metric!r:.60}",
            "rollout step",
            "Give its losses with --observations FILE.jsonl",
        )
    if unknown := table["seconds"].null_count:
        raise InputError(
            f"of {unknown:,} requests nobody measured how long they took, and the rollout guards {metric!r:.60}",
            "rollout step",
            "Give the losses with --observations FILE.jsonl",
        )
    return np.array(pc.greater(table["seconds"], limit), float)
