"""`evalkit stats agreement`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.stats.options import column, csv_input


@click.command()
@csv_input
@column("--item", "item", "What was rated.", required=True)
@column("--rater", "rater", "Who rated: people, judges, runs.", required=True)
@column("--value", "value", "The rating; an empty cell is none.", required=True)
@click.option(
    "--scale",
    type=click.Choice(["nominal", "ordinal", "interval"]),
    default="nominal",
    show_default=True,
    help="Labels, ranks, or numbers whose distance counts.",
)
@click.option("--order", default="", metavar="A,B,C", help="Words of an ordinal scale, from lowest to highest.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence, two-sided.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def agreement(path: Path, item: str, rater: str, value: str, as_json: bool, **options: Any) -> int:
    """How far raters agree: raw agreement, Cohen's kappa, Gwet's AC1 and Krippendorff's alpha.

    A row is one rating. Items with two ratings or more count; the intervals are over items. Read them together: raw
    agreement ignores chance, and kappa and alpha are low where nearly all ratings are one value.

    \b
    --scale    kappa (two raters)   AC1                    alpha
    nominal    Cohen                AC1                    nominal
    ordinal    linear weights       AC2, linear weights    ordinal
    interval   quadratic weights    AC2, quadratic         interval

    Exit codes: 0 measured, 3 nothing could have differed (no item has two ratings, or all ratings are one value), 2 the
    file or an option cannot be used.
    """
    from evalkit.app.csv_stats.agreement import Named, agreed
    from evalkit.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS

    found = agreed(path, Named(item, rater, value), **options)
    if as_json:
        from evalkit.app.cli.console import print_json

        print_json(found)
    else:
        _show(found)
    return EXIT_INCONCLUSIVE if found["alpha"]["point"] is None else EXIT_PASS


def _show(found: dict[str, Any]) -> None:
    from evalkit.app.cli.console import printable
    from evalkit.app.cli.table import table

    weighted = found["weights"] != "none"
    names = {
        "raw": "raw agreement",
        "kappa": f"Cohen's kappa, {found['weights']} weights" if weighted else "Cohen's kappa",
        "ac1": f"Gwet's AC2, {found['weights']} weights" if weighted else "Gwet's AC1",
        "alpha": f"Krippendorff's alpha, {found['scale']}",
    }
    rows = [("coefficient", "value", f"{100 * found['level']:g} % interval")]
    for key, name in names.items():
        one = found[key]
        value = "none" if one["point"] is None else f"{one['point']:.3f}"
        rows.append((name, value, "none" if one["lo"] is None else f"[{one['lo']:.3f}, {one['hi']:.3f}]"))
    table(rows)
    said = [f"{found['n_items']:,} items, {found['n_raters']:,} raters, {found['n_ratings']:,} ratings"]
    if found["balance"]:
        top = sorted(found["balance"].items(), key=lambda pair: -pair[1])[:8]
        said.append("ratings: " + ", ".join(f"{name} {100 * share:.0f} %" for name, share in top))
    said += [f"{names[key]}: {found[key]['reason']}" for key in names if "reason" in found[key]]
    said += [f"note: {warning}" for warning in found["warnings"]]
    click.echo(printable("\n" + "\n".join(said)))
