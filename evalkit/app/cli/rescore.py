"""`evalkit rescore`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import outputs


@click.command()
@click.argument("ref", metavar="run:ID")
@click.option("--suite", type=click.Path(path_type=Path), help="Score under this suite [default: the run's own].")
@outputs
def rescore(
    ref: str, suite: Path | None, workspace: Path | None, report: Path | None, markdown: Path | None, as_json: bool
) -> int:
    """Score the stored answers of a run again, as a new run. No prediction is made, no key is needed."""
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable, deliver

    check_writable(report, markdown)
    store = api.open_store(workspace)
    record = api.rescore(ref, suite=suite, workspace=store)
    deliver(record, store, report=report, markdown=markdown, as_json=as_json)
    return 0
