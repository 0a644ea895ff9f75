"""`evalkit stats power`."""

from __future__ import annotations

from typing import Any, get_args

import click

from evalkit.app.cli.options import as_json
from evalkit.stats.design import Design, Kind


@click.command()
@click.option("--kind", type=click.Choice(get_args(Kind)), required=True, help="What is measured.")
@click.option("--n", "n", type=int, help="Cases.")
@click.option("--p", "p", type=float, help="True share, of a proportion.")
@click.option("--discordance", type=float, help="Share of cases that exactly one of two systems has right.")
@click.option("--sd", type=float, help="Standard deviation of the cases (of a paired mean: of their differences).")
@click.option("--margin", type=float, help="Worsening that is allowed: how far the line lies from no change.")
@click.option("--drop", type=float, help="True worsening [default: 0, no change].")
@click.option("--clusters", type=int, help="Groups that the cases come in.")
@click.option("--icc", type=float, default=0.0, help="Intraclass correlation within groups [default: 0].")
@click.option("--power", type=float, help="Chance to decide.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="One-sided error.")
@as_json
def power(
    kind: Kind,
    n: int | None,
    margin: float | None,
    drop: float | None,
    power: float | None,
    alpha: float,
    as_json: bool,
    **scatter: Any,
) -> int:
    """Cases, power or smallest margin of a gate: give two of them, and the third is told.

    \b
    evalkit stats power --kind paired --discordance 0.1 --margin 0.03 --power 0.8    cases to pass, if nothing changed
    evalkit stats power --kind paired --discordance 0.1 --margin 0.03 --n 500        the chance to pass
    evalkit stats power --kind paired --discordance 0.1 --n 500 --power 0.8          the smallest margin
    evalkit stats power --kind paired --discordance 0.15 --drop 0.05 --n 500         the chance to show a drop

    A drop within the margin (none at all, by default) is to be passed; one beyond it is to be shown.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.power_question import Asked, answer

    found = answer(Design(kind, **scatter), Asked(n, power, margin, drop, alpha))
    if as_json:
        print_json(found)
    else:
        click.echo(_sentence(found))
    return 0


def _sentence(found: dict[str, Any]) -> str:
    cases = f"{found['n']:,} cases"
    cases += "" if found["clusters"] is None else f" in {found['clusters']:,} groups"
    least = f"{found['min_detectable']:.4g} ({found['min_detectable_power']:.0%} power)"
    tail = f"standard error {found['se']:.4g}, one-sided alpha {found['alpha']:g}"
    if found["solved"] == "min_detectable":
        return f"{cases} show a distance of {least} between truth and line; {tail}."
    does = "pass" if found["shows"] == "pass" else "fail"
    if found["solved"] == "n":
        return f"{cases} {does} it {found['power']:.1%} of the time; {tail}."
    return f"{cases} {does} it {found['power']:.1%} of the time; {tail}; the smallest distance shown is {least}."
