"""`evalkit audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json, workspace


@click.command()
@click.argument("subject", metavar="SUITE|run:ID")
@click.option("--labels", required=True, type=click.Path(path_type=Path), help="Labels of people (JSON Lines or CSV).")
@click.option("--positive", metavar="LABEL", help="The label that counts 1, where the labels do not say it.")
@click.option("--replay", is_flag=True, help="Call no judge: recorded verdicts only.")
@as_json
@workspace
def audit(subject: str, labels: Path, positive: str | None, replay: bool, as_json: bool, workspace: Path | None) -> int:
    """Rank every layer of a suite by how far it agrees with people.

    With a suite, its layers score the labelled answers themselves, of as many systems as the rows name; with run:ID,
    labels are held against the run's stored scores. Where three systems or more are labelled, layers are ranked by
    whether they rank the systems as people do (Kendall's tau-b), else by agreement on single answers. A gate on a layer
    that agrees less than another one is named.
    """
    from evalkit.app.api import open_store
    from evalkit.app.auditing import audited
    from evalkit.app.cli.console import note, print_json

    found = audited(subject, labels, positive, open_store(workspace), replay)
    if as_json:
        print_json(found)
        return 0
    _show(found)
    for warning in found["warnings"]:
        note(f"warning: {warning}")
    return 0


def _show(found: dict[str, Any]) -> None:
    from evalkit.app.cli.table import table

    systems = "1 system" if len(found["systems"]) == 1 else f"{len(found['systems'])} systems"
    click.echo(f"{found['n_labels']:,} labelled answers of {systems}, every layer of the suite beside people:\n")
    head = ("metric", "layer", "n", "ranks systems (tau)", "right and wrong alike", "kappa", "AC1", "rho")
    table([head, *(_line(one) for one in found["layers"])])
    for key, what in (
        ("n_unmatched", "labels are about no answer of it"),
        ("n_waiting", "rows have no label yet"),
        ("n_split", "rows have no majority of people"),
    ):
        if found[key]:
            click.echo(f"\n{found[key]:,} {what}")


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    rho = "" if one["spearman"] is None else f"{one['spearman']:.2f}"
    figures = [_figure(one[name]) for name in ("system_tau", "raw", "kappa", "ac1")]
    return (one["metric"], one["layer"], f"{one['n']:,}", *figures, rho)


def _figure(of: dict[str, Any] | None) -> str:
    if of is None or of["point"] is None:
        return ""
    return f"{of['point']:.2f}" + ("" if of["lo"] is None else f" [{of['lo']:.2f}, {of['hi']:.2f}]")
