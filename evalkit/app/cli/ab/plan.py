"""`evalkit ab plan`."""

from __future__ import annotations

import math
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option


@click.command()
@click.option("--kind", type=click.Choice(["proportion", "mean", "sum"]), default="proportion", show_default=True)
@click.option("--base", type=float, help="Share of the control, of a proportion.")
@click.option("--sd", type=float, help="Standard deviation of units, of a mean or sum.")
@click.option("--lift", type=float, required=True, help="Absolute difference to be shown.")
@click.option("--share", type=float, default=0.5, show_default=True, help="Of the variant among it and the control.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to show it.")
@json_option
def plan(
    kind: str, base: float | None, sd: float | None, lift: float, share: float, power: float, as_json: bool
) -> int:
    """How many units show a lift: at one look that is declared before (fixed), and however often you look (anytime)."""
    from evalkit.app.cli.console import print_json
    from evalkit.core.errors import InputError
    from evalkit.pipeline.ab.plan import needed

    try:
        found = needed(_spread(kind, base, sd, lift, share), lift, power)
    except ValueError as error:
        raise InputError(str(error), "", "Change the numbers") from None
    if as_json:
        print_json({"kind": kind, "lift": lift, "share": share, "power": power, "alpha": 0.05, "n": found._asdict()})
        return 0
    click.echo(f"fixed:   {found.fixed:,} units in both arms, looked at once")
    click.echo(f"anytime: {found.anytime:,} units in both arms, looked at as often as you like")
    return 0


def _spread(kind: str, base: float | None, sd: float | None, lift: float, share: float) -> Any:
    from evalkit.core.errors import InputError
    from evalkit.pipeline.ab.plan import Spread

    if not 0 < share < 1:
        raise InputError(f"the share is {share:g}, not between 0 and 1", "--share", "Half and half is .5")
    if kind != "proportion":
        if sd is None or not 0 < sd < math.inf:
            raise InputError(f"a {kind} needs the standard deviation of units", "--sd", "Take it from earlier data")
        return Spread(sd, sd, share)
    if base is None or not (0 <= base <= 1 and 0 <= base + lift <= 1):
        what = "a proportion needs the share of the control, and share and lift stay between 0 and 1"
        raise InputError(what, "--base", "Give such as --base .10 --lift .02")
    after = base + lift
    return Spread(math.sqrt(base * (1 - base)), math.sqrt(after * (1 - after)), share)
