"""`evalkit rollout status`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json, workspace


@click.command()
@click.argument("ref", metavar="[ID]", required=False)
@click.option(
    "--evidence", "run", metavar="run:ID", help="Keep how it went with this run: the release report shows it."
)
@as_json
@workspace
def status(ref: str | None, run: str | None, as_json: bool, workspace: Path | None) -> int:
    """Where a rollout stands, with all its moves; without ID, a line for each.

    The chain is verified and replayed: exit code 1 where what was kept does not follow from what was seen.
    """
    from evalkit.app.pipeline.bench import Bench

    bench = Bench(workspace)
    if ref is None and run is None:
        return _all(bench, as_json)
    return _one(bench, ref or "latest", run, as_json)


def _all(bench: Any, as_json: bool) -> int:
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.rollout.show import of_state
    from evalkit.pipeline.rollout.keeping import current
    from evalkit.pipeline.rollout.naming import listed

    found = [current(bench.chains, ident) for ident in listed(bench.chains)]
    if as_json:
        print_json({"rollouts": [of_state(state) for state in found]})
    elif not found:
        note("no rollout was started; start one with: evalkit rollout start --candidate SPEC --champion SPEC")
    else:
        rows = [(s.id, s.phase.replace("_", " "), f"{100 * s.weight:g} %", s.plan.candidate, s.said) for s in found]
        table([("id", "state", "weight", "candidate", "the last move"), *rows])
    return 0


def _one(bench: Any, ref: str, run: str | None, as_json: bool) -> int:
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.pipeline.rollout.show import lines, of_state, told_moves
    from evalkit.core.errors import EXIT_FAIL
    from evalkit.pipeline.rollout.keeping import CHAIN, current
    from evalkit.pipeline.rollout.naming import find
    from evalkit.pipeline.rollout.replay import replayed

    ident = find(bench.chains, ref)
    faults = bench.chains.verify(CHAIN + ident)
    events = [] if faults else bench.chains.events(CHAIN + ident)
    faults = faults or replayed(events)
    kept = _kept(bench, run, events) if run and not faults else None
    for sentence in faults:
        note(f"warning: {sentence}")
    if as_json:
        shown = of_state(current(bench.chains, ident)) if events else {"id": ident}
        print_json({**shown, "moves": told_moves(events), "faults": faults, "evidence": kept})
    elif events:
        told = lines(current(bench.chains, ident))
        told += [f"  {e['at'][:16].replace('T', ' ')}  {_told(e)}" for e in told_moves(events)]
        click.echo(printable("\n".join([*told, *([f"  evidence {kept[:12]} was kept with the run"] if kept else [])])))
    return EXIT_FAIL if faults else 0


def _told(move: Any) -> str:
    """What happened, and why; the kind of move once, where the sentence begins with it."""
    said = move["said"].removeprefix(f"{move['kind']}: ")
    return f"{move['kind']}: {said} {move['note']}".rstrip()


def _kept(bench: Any, run: str, events: Any) -> str:
    """The digest of the evidence, that a run has from now on."""
    from evalkit.app.attaching import attach
    from evalkit.app.pipeline.registry.behind import artifact_of
    from evalkit.app.refs import run_ref
    from evalkit.pipeline.rollout.told import evidence
    from evalkit.stores.times import seconds_of

    candidate = events[0].data["state"]["plan"]["candidate"]
    about = artifact_of(bench.chains, candidate, seconds_of(events[0].at))
    run_id = run_ref(bench.store, run).run_id
    return str(attach(bench.store, run_id, evidence(events, events[-1].at), about).digest)
