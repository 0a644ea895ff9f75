"""`evalkit pipeline status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import file as file_option

if TYPE_CHECKING:
    from evalkit.app.pipeline.stages.keys import Standing


@click.command()
@file_option
@json_option
@workspace_option
def status(file: Path, as_json: bool, workspace: Path | None) -> int:
    """Which stages are fresh, stale (and why), failed, or never ran; nothing is run."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.file import read_project
    from evalkit.app.pipeline.stages.keys import Keys, standings
    from evalkit.app.pipeline.stages.ledger import Ledger

    bench, project = Bench(workspace), read_project(file)
    found = standings(Keys(bench, project), Ledger(bench, project.pipeline.name))
    if as_json:
        print_json({"pipeline": project.pipeline.name, "stages": [_json(one) for one in found]})
        return 0
    table([("stage", "state", "when", "seconds", "why"), *map(_row, found)])
    return 0


def _row(one: Standing) -> tuple[str, ...]:
    past = one.past
    when = past.at[:16].replace("T", " ") if past is not None else "-"
    seconds = f"{past.ran.seconds:.1f}" if past is not None else "-"
    verdict = past.ran.made.outcome if past is not None and one.state == "fresh" else None
    state = f"{one.state}, {verdict}" if verdict not in (None, "pass") else one.state
    return one.stage, state, when, seconds, _why(one)


def _why(one: Standing) -> str:
    from evalkit.core.texts import clip

    said = [f"failed: {one.failed.said}"] if one.failed is not None else []
    said += [one.fault] * bool(one.fault)
    said += [change.said for change in one.why[:3]]
    said += [f"and {len(one.why) - 3} more"] * (len(one.why) > 3)
    said += [f"after {', '.join(one.waits)}"] * bool(one.waits)
    missing = one.state == "stale" and not said
    return clip("; ".join(said), 160) or ("an output is gone from the workspace" if missing else "-")


def _json(one: Standing) -> dict[str, Any]:
    past = one.past
    return {
        "stage": one.stage,
        "state": one.state,
        "key": one.key,
        "at": past.at if past else None,
        "seconds": past.ran.seconds if past else None,
        "outcome": past.ran.made.outcome if past else None,
        "outputs": {n: t.model_dump(mode="json") for n, t in past.ran.made.outputs.items()} if past else {},
        "why": [change.model_dump(mode="json") for change in one.why],
        "waits": list(one.waits),
        "failed": one.failed._asdict() if one.failed else None,
        "fault": one.fault,
    }
