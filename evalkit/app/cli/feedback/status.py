"""`evalkit feedback status`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.option("--since", metavar="TIME", help="Predictions from then on: ISO 8601, or such as 90m, 2h, 7d ago.")
@click.option("--until", metavar="TIME", help="Predictions before then.")
@json_option
@workspace_option
def status(since: str | None, until: str | None, as_json: bool, workspace: Path | None) -> int:
    """Coverage, delays, and how far people who labelled the same predictions agree."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.shadow.look import moment
    from evalkit.pipeline.feedback.status import status as found_status

    bench = Bench(workspace)
    traffic = bench.traffic
    begin, end = (moment(text, bench.clock()) for text in (since, until))
    outcomes = traffic.outcomes()
    found = found_status(traffic.requests(begin, end), outcomes)
    if begin is not None or end is not None:  # ids outside the window are known all the same
        ids = set(outcomes["id"].to_pylist())
        unknown = sorted(ids - traffic.known(ids))
        found["unknown"] = {"ids": len(unknown), "first": unknown[:20]}
    if as_json:
        print_json(found)
        return 0
    _say(found)
    return 0


def _say(found: dict[str, Any]) -> None:
    from evalkit.app.cli.table import table
    from evalkit.report.text import plural

    share = "-" if found["coverage"] is None else f"{found['coverage']:.1%}"
    click.echo(f"{found['predictions']:,} predictions, {found['covered']:,} with feedback ({share})")
    click.echo(f"{found['told']:,} words told, {found['replaced']:,} of them replaced by newer ones")
    if found["unknown"]["ids"]:
        click.echo(f"{plural(found['unknown']['ids'], 'id')} of no prediction so far")
    if found["by_kind"]:
        rows = [
            (
                kind,
                f"{of['predictions']:,}",
                f"{of['coverage']:.1%}",
                *(_age(found["delays"][kind][name]) for name in ("p50", "p90", "p99", "max")),
            )
            for kind, of in found["by_kind"].items()
        ]
        table([("kind", "predictions", "coverage", "half after", "90 % after", "99 % after", "latest"), *rows])
    if agreed := found["agreement"]:
        alpha = agreed["alpha"]
        span = "" if alpha["lo"] is None else f" [{alpha['lo']:.2f}, {alpha['hi']:.2f}]"
        point = "-" if alpha["point"] is None else f"{alpha['point']:.2f}"
        click.echo(
            f"{agreed['labelled_twice']:,} predictions labelled by several of {len(agreed['who'])} people: "
            f"they agree on {agreed['raw']['point']:.1%}, Krippendorff's alpha {point}{span}"
        )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
