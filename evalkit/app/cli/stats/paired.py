"""`evalkit stats paired`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.stats.options import column, csv_input, shared


@click.command()
@csv_input
@column("--a", "a", "Scores of the candidate.", required=True)
@column("--b", "b", "Scores of the baseline, on the same cases.", required=True)
@click.option("--margin", type=float, metavar="M", help="How much worse a may be: gives a verdict.")
@click.option(
    "--better", type=click.Choice(["higher", "lower"]), default="higher", show_default=True, help="Which way is up."
)
@shared
def paired(path: Path, a: str, b: str, as_json: bool, **options: Any) -> int:
    """The difference mean(a) - mean(b) over the same cases, and whether a is shown to be no worse than b.

    With --margin M the verdict is that of a gate: pass where the one-sided 95 % bound shows that a is not worse than b
    by more than M, fail where a is shown to be worse than that, else inconclusive; needed_n is the number of cases that
    would pass 4 times in 5 if nothing had changed. A case with an empty cell on either side is unscored.

    Exit codes: 0 pass, 1 fail, 3 inconclusive; without --margin 0, or 3 where the data allow no interval; 2 input.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.stats.show import exit_code, show
    from evalkit.app.csv_stats.paired import compared

    found = compared(path, a, b, **options)
    if as_json:
        print_json(found)
    else:
        show(f"{a} - {b}", found)
    return exit_code(found)
