"""`evalkit monitor profile`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("rows", metavar="ROWS...", nargs=-1, required=True)
@click.option("-o", "--output", type=_FILE, required=True, help="Write the profile to this file (.json).")
@click.option("--points", type=click.IntRange(10), default=4096, show_default=True, help="Kept of each distribution.")
@json_option
@workspace_option
def profile(rows: tuple[str, ...], output: Path, points: int, as_json: bool, workspace: Path | None) -> int:
    """Read a reference once, and keep what drift needs of it: counts and sketches by column, no row.

    ROWS are files and datasets (dataset:NAME[@VERSION]); several are merged, profiles (.json) among them.
    `evalkit monitor drift --reference` takes it like rows.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.monitor.profiles import merged, write

    found = merged(rows, Bench(workspace), points)
    write(found, output)
    if as_json:
        error = max((c.numbers.error / c.values for c in found.columns.values() if c.numbers), default=0.0)
        print_json({"digest": found.digest, "rows": found.rows, "columns": len(found.columns), "error": error})
    else:
        note(f"{output}: {found.rows:,} rows, {len(found.columns):,} columns, digest {found.digest[:12]}")
    return 0
