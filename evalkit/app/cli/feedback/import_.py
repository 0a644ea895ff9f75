"""`evalkit feedback import`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_SHOWN = 10


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@workspace_option
def import_(file: Path, as_json: bool, workspace: Path | None) -> int:
    """Keep the rows of FILE: {"id": of the prediction, "value", "kind": outcome|correction|label, "who", "ts"}.

    JSON Lines, CSV with these columns, or a file of labels whose items are ids of predictions. All rows or none; a row
    that is there already counts as repeated; one of an unknown id is kept until its prediction appears.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.feedback.importing import import_file
    from evalkit.report.text import listing, plural, visible

    done = import_file(Bench(workspace), file)
    if as_json:
        unknown = {"ids": len(done.unknown), "first": done.unknown[:_SHOWN]}
        print_json({"rows": done.rows, "new": done.new, "repeated": done.repeated, "unknown": unknown})
        return 0
    click.echo(f"{done.rows:,} rows: {done.new:,} new, {done.repeated:,} repeated")
    if done.unknown:
        named = visible(listing(done.unknown))
        note(f"{plural(len(done.unknown), 'id')} of no prediction so far, kept until there is one: {named}")
    return 0
