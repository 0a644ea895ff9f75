"""`evalkit rank`."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.option(
    "--input", "source", required=True, metavar="FILE.jsonl", help="JSON Lines of preferences; - reads stdin."
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def rank(source: str, level: float, as_json: bool) -> int:
    """Rank systems by pairwise preferences, with the ranks that remain possible.

    \b
    A row: {"a": "gpt", "b": "llama", "winner": "a"}
      winner         "a", "b" or "tie"
      item           optional: what was asked; verdicts on one item are not independent
      len_a, len_b   optional: lengths of the two answers, on every row; length is then a covariate

    Strengths are those of Bradley and Terry's model with ties (Davidson), on a log scale and summing to 0: a system
    that is d stronger than another wins exp(d) times as often as it loses. Ranks are simultaneous: with 95 %
    confidence all of them hold.

    Exit codes: 0 ranked (decisive or not), 3 the data allow no intervals (one item, only ties), 2 a row or an option
    cannot be used.
    """
    from evalkit.app.preferences import rank as ranked
    from evalkit.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS

    found = ranked(source, level)
    if as_json:
        from evalkit.app.cli.console import print_json

        print_json(found)
    else:
        _show(found)
    return EXIT_PASS if found["reason"] is None else EXIT_INCONCLUSIVE


def _show(found: dict[str, Any]) -> None:
    from evalkit.app.cli.console import printable
    from evalkit.app.cli.table import table

    head = ("rank", "system", "strength", f"{100 * found['level']:g} % interval", "win rate", "n", "group")
    table([head, *(_line(system) for system in found["systems"])])
    items = "" if found["n_items"] is None else f" on {found['n_items']:,} items"
    said = [f"{found['n']:,} comparisons{items}, {found['n_ties']:,} ties", found["verdict"]]
    length = found.get("length_coefficient")
    if length is not None and length["point"] is not None:
        said.append(
            f"Length: {length['point']:+.2f} {_interval(length)} on the log odds for one standard step of "
            "the relative difference in length."
        )
    cyclic, triples = found["intransitive"]["cyclic"], found["intransitive"]["triples"]
    if cyclic:
        said.append(f"{cyclic:,} of {triples:,} triples go in a circle (a over b over c over a).")
    said += [f"note: {warning}" for warning in found["warnings"]]
    click.echo(printable("\n" + "\n".join(said)))


def _line(system: dict[str, Any]) -> tuple[str, ...]:
    lo, hi = system["rank_lo"], system["rank_hi"]
    return (
        str(lo) if lo == hi else f"{lo}-{hi}",
        system["name"],
        f"{system['strength']:+.2f}",
        _interval(system),
        f"{100 * system['win_rate']:.1f} %",
        f"{system['n']:,}",
        system["group"],
    )


def _interval(of: dict[str, Any]) -> str:
    """[lo, hi], with an open end where the data set no bound."""
    if of["lo"] is None and of["hi"] is None:
        return "none"
    lo, hi = ("open" if of[end] is None else f"{of[end]:+.2f}" for end in ("lo", "hi"))
    return f"[{lo}, {hi}]"
