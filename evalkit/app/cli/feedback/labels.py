"""`evalkit feedback labels`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="New .jsonl or .csv."
)
@click.option("--waiting", type=click.IntRange(0), default=0, metavar="N", help="Also N predictions without a label.")
@json_option
@workspace_option
def labels(output: Path, waiting: int, as_json: bool, workspace: Path | None) -> int:
    """Write labelled predictions as a file of labels, as judges are calibrated with and people fill in.

    `evalkit feedback import` reads it back.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.feedback.labels import export

    labelled, empty = export(Bench(workspace), output, waiting=waiting)
    if as_json:
        print_json({"file": str(output), "labelled": labelled, "waiting": empty})
    else:
        click.echo(f"{output}: {labelled:,} labelled, {empty:,} waiting")
    return 0
