"""`evalkit pipeline explain`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import file as file_option


@click.command()
@click.argument("stage")
@file_option
@json_option
@workspace_option
def explain(stage: str, file: Path, as_json: bool, workspace: Path | None) -> int:
    """What changed since STAGE ran: file and function, config key, input, package."""
    from evalkit.app.cli.console import print_json, printable
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.file import read_project
    from evalkit.app.pipeline.stages.keys import Keys, standings
    from evalkit.app.pipeline.stages.ledger import Ledger
    from evalkit.pipeline.stages.graph import chosen

    bench, project = Bench(workspace), read_project(file)
    chosen(project.pipeline, [stage])
    found = standings(Keys(bench, project), Ledger(bench, project.pipeline.name))
    one = next(standing for standing in found if standing.stage == stage)
    since = one.past.at if one.past is not None else None
    if as_json:
        changes = [change.model_dump(mode="json") for change in one.why]
        fields = {"stage": stage, "state": one.state, "since": since, "changes": changes, "waits": list(one.waits)}
        print_json({**fields, "failed": one.failed.said if one.failed else None, "fault": one.fault})
        return 0
    said = [f"{stage} is {one.state}" + (f"; it ran on {since[:16].replace('T', ' ')}" if since else "")]
    said += [f"  {change.part}: {change.said}" for change in one.why]
    said += [f"  it waits for {', '.join(one.waits)}, whose outputs may change"] * bool(one.waits)
    said += [f"  it failed: {one.failed.said}"] if one.failed else []
    said += [f"  {one.fault}"] * bool(one.fault)
    if one.state == "stale" and len(said) == 1:
        said.append("  an output is gone from the workspace")
    click.echo(printable("\n".join(said)))
    return 0
