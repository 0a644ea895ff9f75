"""April's traffic, over HTTP: a broken system is rolled back, the challenger shadows, then goes out step by step."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.rollout.moves import started, stepped
from evalkit.app.pipeline.shadow.look import Window, look
from evalkit.app.pipeline.shadow.replay import replay
from evalkit.core.nouns import Estimate, Record
from evalkit.pipeline.rollout import keeping, naming, told
from evalkit.pipeline.rollout.nouns import Plan, State, Step
from evalkit.pipeline.shadow.told import as_evidence
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from pipelines.flights.definitions import INPUTS
from pipelines.flights.gateway import Gateway, serving
from pipelines.flights.judging import kept, month_of, promoted, spec_of

LOGGED = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
"""What is asked over HTTP is logged when it was asked, long after the flights of 2013."""

CHAMPION, CHALLENGER = f"champion={spec_of('1')}", f"challenger={spec_of('2')}"
BROKEN = "broken=python:systems.py:broken"
HARM = Plan(strategy="canary", candidate=BROKEN, champion=CHAMPION, steps=[Step(weight=0.1, min_units=100)])
GOOD = Plan(
    strategy="canary",
    candidate=CHALLENGER,
    champion=CHAMPION,
    steps=[Step(weight=0.1, min_units=50), Step(weight=0.5, min_units=100)],
    metrics=["brier"],
    margin=1.5,
)
LOOKS = 5


def deploy(context: StageContext) -> dict[str, Any]:
    """Both rollouts and the shadow; the challenger becomes champion if its canary is promoted."""
    april = month_of(context.input("later"), 4)
    half = april.num_rows // 3
    bad = broken_goes_out(context, april.slice(0, half))
    shadow = shadowed(context)
    good = challenger_goes_out(context, april.slice(half))
    record = context.bench.store.read_record(context.input("second"))
    evidence(context, record, good)
    ok = good.phase == "promoted" and promoted(context, 2, "champion", record)
    context.decide("pass" if (ok and bad.phase == "rolled_back") or context.config["sample"] else "fail", good.said)
    return {"seen": {"broken": _kept(bad), "challenger": _kept(good), "shadow": shadow}}


def _kept(state: State) -> dict[str, Any]:
    """Without sums: a model's last bits depend on which requests it answers together."""
    counts = [[t.weight, t.n_canary, t.n_champion] for one in state.ledgers for t in one.tallies]
    return {"id": state.id, "phase": state.phase, "counts": counts}


def clocked(context: StageContext, flights: pa.Table, last: float = 0.0) -> Bench:
    """A bench at the time of the first of these flights, or of the last move if that was later.

    Rollouts carry the time of their traffic: so their ids, and with them who gets the canary, are the same everywhere.
    """
    now = max(world.seconds(flights)[0], last)
    return Bench(context.bench.root, clock=lambda: now)


def broken_goes_out(context: StageContext, flights: pa.Table) -> State:
    """A tenth of the users would get it; each of its failures is answered by the champion instead."""
    state = begun(clocked(context, flights), HARM)
    options: tuple[str, ...] = (
        "--champion",
        CHAMPION,
        "--canary",
        BROKEN,
        "--rollout",
        state.id,
        "--shadow",
        CHALLENGER,
    )
    options += ("--shadow-concurrency", "200", "--shadow-queue", "10000")
    with serving(context.bench.root, *options, "--noise", "0") as gateway:
        errors = 0
        for part in parts(flights, LOOKS):
            errors += asked(gateway, part, "april")
            state = stepped(clocked(context, part[-1:], state.at), state.id, None, who="demo").after
            gateway.wait("evalkit_canary_weight", state.weight)
        gateway.wait("evalkit_shadow_queue_length", 0)
    served = context.bench.traffic.requests(LOGGED)
    failed = pc.sum(pc.is_valid(served.filter(pc.equal(served["variant"], "broken"))["failure"])).as_py() or 0
    context.log(f"broken system: {state.said}")
    context.log(f"it failed {failed:,} requests, and users saw {errors} errors in {flights.num_rows:,}")
    return state


def shadowed(context: StageContext) -> dict[str, Any]:
    """What the shadow said, completed where a kill or a full queue left something out."""
    import asyncio

    window = Window(LOGGED)
    asyncio.run(replay(context.bench, CHALLENGER, window, "champion", concurrency=100))
    found = look(context.bench, window, "challenger", "champion", Path(context.bench.root) / "demo" / "april")
    record = context.bench.store.read_record(context.input("second"))
    kept(context, record, as_evidence(found, context.now), context.input("boosted"))
    brier = next(one for one in found.findings if one.metric == "brier" and one.against == "outcomes")
    said = f"brier, challenger - champion: {_span(brier.estimate)}, {brier.said}"
    context.log(f"shadow on {len(found.pairs):,} requests: {found.outcome}; {said}")
    return {"n": len(found.pairs), "outcome": found.outcome}


def _span(estimate: Estimate) -> str:
    if estimate.point is None or estimate.lo is None or estimate.hi is None:
        return "unknown"
    return f"{estimate.point:+.4f} [{estimate.lo:+.4f}, {estimate.hi:+.4f}]"


def challenger_goes_out(context: StageContext, flights: pa.Table) -> State:
    """From a tenth to a half, then all; its loss is the Brier score of each flight, known when it has landed."""
    state = begun(clocked(context, flights), GOOD)
    options = ("--champion", CHAMPION, "--canary", CHALLENGER, "--rollout", state.id)
    with serving(context.bench.root, *options, "--noise", "0") as gateway:
        for part in parts(flights, LOOKS):
            if not state.ended:  # then all users have the challenger
                asked(gateway, part, "april")
                now = clocked(context, part[-1:], state.at)
                state = stepped(now, state.id, observed(context, flights), who="demo").after
                gateway.wait("evalkit_canary_weight", state.weight)
    context.log(f"challenger: {state.said}")
    return state


def begun(bench: Bench, plan: Plan) -> State:
    """The rollout of this plan: begun now, or when this stage was killed."""
    for ident in naming.listed(bench.chains):
        state = keeping.current(bench.chains, ident)
        if state.plan == plan:
            return state
    return started(bench, plan, who="demo")


def parts(flights: pa.Table, n: int) -> list[pa.Table]:
    """n stretches of about the same length."""
    size = -(-flights.num_rows // n)
    return [flights.slice(start, size) for start in range(0, flights.num_rows, size)]


def asked(gateway: Gateway, flights: pa.Table, tag: str) -> int:
    """Ask about flights, and tell what became of them; how many users saw an error."""
    ids = [f"{tag}/{name}" for name in flights["flight"].to_pylist()]
    given = zip(ids, world.inputs(flights, INPUTS), strict=True)
    said = gateway.post("/predict", [{"id": one, "unit": one, "input": row} for one, row in given])
    late = flights["late"].to_pylist()
    gateway.post("/outcomes", [{"id": one, "value": value} for one, value in zip(ids, late, strict=True)])
    return sum("error" in one for one in said)


def observed(context: StageContext, flights: pa.Table) -> Path:
    """The log as observations: each flight's loss, beside the weight at which it was assigned."""
    came = dict(
        zip((f"april/{one}" for one in flights["flight"].to_pylist()), flights["late"].to_pylist(), strict=True)
    )
    rows = [row for row in context.bench.traffic.requests(LOGGED).to_pylist() if row["id"] in came]
    losses = world.brier([row["output"] for row in rows], [came[row["id"]] for row in rows]).tolist()
    path = Path(context.scratch) / "observations.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row, loss in zip(rows, losses, strict=True):
            weight = row["weight"] if row["role"] == "canary" else 1 - row["weight"]
            said = {"unit": row["unit"], "variant": row["role"], "weight": round(weight, 12), "ts": row["seq"]}
            print(json.dumps({**said, "failed": bool(row["failure"]), "losses": {"brier": loss}}), file=file)
    return path


def evidence(context: StageContext, record: Record, state: State) -> None:
    """The rollout, for the release report."""
    events = context.bench.chains.events(keeping.CHAIN + state.id)
    kept(context, record, told.evidence(events, context.now), context.input("boosted"))
