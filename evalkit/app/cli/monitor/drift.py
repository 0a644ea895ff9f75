"""`evalkit monitor drift`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.option(
    "--reference",
    metavar="ROWS",
    required=True,
    help="Rows in a file (.parquet, .csv, .tsv, .jsonl) or dataset:NAME[@VERSION]; or a profile (.json).",
)
@click.option("--current", metavar="ROWS", required=True, help="Rows, or a profile, of now.")
@click.option("--min-effect", type=float, default=0.1, show_default=True, help="The smallest distance that matters.")
@json_option
@workspace_option
def drift(reference: str, current: str, min_effect: float, as_json: bool, workspace: Path | None) -> int:
    """Hold rows against a reference, column by column: is a change shown, and is it large enough to matter?

    The distance is Kolmogorov and Smirnov's for numbers and dates, total variation for categories: 0 alike, 1 nothing
    in common. P(any column is shown to have changed though none did) is at most 5 %, however many columns there are.

    \b
    drift              shown, and the distance is at least --min-effect
    shifted            shown, and smaller
    no_drift           the whole interval of the distance is below --min-effect
    insufficient_data  neither; or fewer than 20 values on a side

    Of several columns the outcome is drift, else insufficient_data, else shifted, else no_drift. A column whose share
    of nulls changed has a row of its own, "NAME (nulls)".

    Exit codes: 0 no_drift and shifted, 1 drift, 3 insufficient_data, 2 input.
    """
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.monitor import show
    from evalkit.app.pipeline.monitor.profiles import profile_of
    from evalkit.pipeline.monitor.drift import drift as held

    bench = Bench(workspace)
    found = held(profile_of(reference, bench), profile_of(current, bench), min_effect=min_effect)
    for remark in found.remarks:
        note(remark)
    if as_json:
        print_json(show.as_json(found))
    else:
        click.echo(printable(show.summary(found)))
        table(show.lines(found))
    return show.EXITS[found.outcome]
