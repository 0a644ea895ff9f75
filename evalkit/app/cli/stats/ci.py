"""`evalkit stats ci`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.stats.options import column, csv_input, shared

METHODS = ["auto", "wilson", "clopper-pearson", "jeffreys", "t", "cluster-t", "korn-graubard", "bootstrap"]


@click.command()
@csv_input
@column("--value", "value", "The numbers: one a row; 0 and 1, or true and false, make a proportion.", required=True)
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True, help="Of the interval.")
@shared
def ci(path: Path, value: str, as_json: bool, **options: Any) -> int:
    """The mean of a column, with the interval that its kind of data allows.

    An empty cell is an unscored case: counted, and the interval holds whatever it would have been.

    \b
    auto: values of 0 and 1   Clopper-Pearson while n p (1-p) < 10, else Wilson
          ... in groups       Korn-Graubard
          other values        t, cluster-robust in groups

    Exit codes: 0 there is an interval, 3 the data allow none (one case, one group, nothing scored), 2 input.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.stats.show import exit_code, show
    from evalkit.app.csv_stats.one import interval

    found = interval(path, value, **options)
    if as_json:
        print_json(found)
    else:
        show(f"mean of {value}", found)
    return exit_code(found)
