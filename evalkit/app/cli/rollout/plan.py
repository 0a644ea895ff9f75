"""`evalkit rollout plan`."""

from __future__ import annotations

import click

from evalkit.app.cli.options import as_json
from evalkit.app.cli.rollout import options


@click.command()
@click.option("--base", type=float, required=True, help="Error rate of the champion, such as 0.01.")
@options.weights
@options.margin
@options.alpha
@options.alpha_harm
@click.option("--chance", type=float, default=0.95, show_default=True, help="Of promoting an identical candidate.")
@click.option("--per-day", type=float, help="Units of all traffic a day, to say how long it takes.")
@as_json
def plan(
    base: float,
    weights: str,
    margin: float,
    alpha: float,
    alpha_harm: float,
    chance: float,
    per_day: float | None,
    as_json: bool,
) -> int:
    """Say how many requests of the canary it takes until an identical candidate is promoted, and with which chance
    worse ones are rolled back until then. Computed exactly, at the last of the weights.

    A request is a unit here: a user or a session that is counted once.
    """
    from itertools import pairwise

    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.rollout.asked import numbers
    from evalkit.app.pipeline.rollout.horizon import lines, planned
    from evalkit.core.errors import InputError
    from evalkit.stats.sequential.canary_plan import Setting

    rising = numbers(weights, "--weights")
    if not all(low < high for low, high in pairwise([0.0, *rising])):
        raise InputError(f"the weights do not rise above 0: {weights:.80}", "--weights", "Write: 0.01,0.05,0.1")
    found = planned(Setting(rising[-1], base, margin, alpha, alpha_harm), chance, per_day)
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(lines(found)))
    return 0
