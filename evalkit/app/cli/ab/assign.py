"""`evalkit ab assign`."""

from __future__ import annotations

import click

from evalkit.app.cli.options import as_json as json_option


@click.command()
@click.argument("units", nargs=-1, required=True, metavar="UNIT...")
@click.option("--salt", required=True, help="Of the experiment, never used for another: its name does.")
@click.option("--split", required=True, metavar="a=.5,b=.5", help="Shares of the variants.")
@json_option
def assign(units: tuple[str, ...], salt: str, split: str, as_json: bool) -> int:
    """The variant of each unit: always the same for the same salt and split, on any machine.

    When shares change, units move only to variants whose share grew; the fewest that can.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table
    from evalkit.pipeline.ab.asked import parse_split
    from evalkit.pipeline.ab.assign import Assignment

    experiment = Assignment(salt, parse_split(split))
    arms = list(zip(units, experiment.arms(units), strict=True))
    if as_json:
        print_json({"salt": salt, "split": experiment.split, "assigned": [{"unit": u, "variant": v} for u, v in arms]})
    else:
        table(arms)
    return 0
