"""`evalkit rollout step` and `evalkit rollout abort`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json, workspace


@click.command()
@click.argument("ref", metavar="ID", default="latest")
@click.option(
    "--observations",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Rows {unit, variant, weight, failed, ts}, JSONL [default: the traffic log of the workspace].",
)
@as_json
@workspace
def step(ref: str, observations: Path | None, as_json: bool, workspace: Path | None) -> int:
    """Read what is new and move on: hold, raise the weight, promote, or roll back. ID may be shortened, or `latest`.

    A unit is counted once, however often its rows are read. Exit code 1: rolled back; 3: taken back, undecided.
    """
    from evalkit.app.approving import who
    from evalkit.app.cli.console import note
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.rollout.moves import stepped
    from evalkit.app.pipeline.rollout.show import exit_code, lines, of_state

    found = stepped(Bench(workspace), ref, observations, who=who())
    for sentence in found.said:
        note(sentence)
    counted: dict[str, Any] = {"rows": found.counted.rows, "units": found.counted.new, "known": found.counted.known}
    more = [f"  {n:,} units newly scored by {metric}" for metric, n in found.counted.scored.items()]
    counted |= {"scored": dict(found.counted.scored)} if more else {}
    shown = {**of_state(found.after), "before": found.before.phase, "counted": counted, "notes": found.said}
    read = f"  {counted['units']:,} new units in {counted['rows']:,} rows"
    _deliver(shown, [*lines(found.after), read, *more], as_json)
    return exit_code(found.after)


@click.command()
@click.argument("ref", metavar="ID")
@click.option("--why", required=True, help="For the record.")
@as_json
@workspace
def abort(ref: str, why: str, as_json: bool, workspace: Path | None) -> int:
    """End a rollout for good: the champion has all traffic again. A new try is a new rollout."""
    from evalkit.app.approving import who
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.rollout.moves import aborted
    from evalkit.app.pipeline.rollout.show import lines, of_state

    state = aborted(Bench(workspace), ref, why, who=who())
    _deliver(of_state(state), lines(state), as_json)
    return 0


def _deliver(found: dict[str, Any], told: list[str], as_json: bool) -> None:
    from evalkit.app.cli.console import print_json, printable

    if as_json:
        print_json(found)
    else:
        click.echo(printable("\n".join(told)))
