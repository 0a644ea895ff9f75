"""`evalkit judge fit-panel` and `evalkit judge fit-cascade`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

_RATINGS = click.option(
    "--ratings", "source", required=True, metavar="FILE.jsonl", help="Verdicts beside labels; - reads stdin."
)
_POSITIVE = click.option("--positive", metavar="LABEL", help="What a bare number is the probability of.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.command("fit-panel")
@_RATINGS
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the weights here (weights.json).")
@_POSITIVE
@_JSON
def fit_panel(source: str, output: Path | None, positive: str | None, as_json: bool) -> int:
    """Learn the weights of a panel from human labels.

    \b
    A row: {"item": "q1", "human": "yes", "judges": {"a": "yes", "b": 0.3, "c": {"label": "no", "probability": 0.9}}}
      item     each answer once
      human    a label, or {annotator: label}: a strict majority counts
      judges   a label, the probability of the positive label, or both
      group    optional: the question that several items share

    Weights are those of a ridge logistic regression; the accuracy of the panel is cross-fitted: of items that its
    weights have not seen. In a suite: `judges: {main: {panel: [a, b, c], weights: weights.json}}`. A certificate on
    the same labels is refused.
    """
    from evalkit.app.fitting import fit_panel as fitted

    found = fitted(source, positive)
    return _deliver(found, output, as_json, _panel_lines(found))


@click.command("fit-cascade")
@_RATINGS
@click.option("--stages", metavar="A,B", default="", help="The judges, cheapest first; default: as the first row.")
@click.option("--alpha", type=float, default=0.2, show_default=True, help="Disagreement with people that is allowed.")
@click.option("--delta", type=float, default=0.1, show_default=True, help="Chance allowed of allowing more.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the thresholds here (thresholds.json).")
@_POSITIVE
@_JSON
def fit_cascade(
    source: str, stages: str, alpha: float, delta: float, output: Path | None, positive: str | None, as_json: bool
) -> int:
    """Certify from which probability on each stage of a cascade may decide.

    \b
    A row: {"item": "q1", "human": "yes", "judges": {"cheap": 0.93, "dear": {"label": "yes", "probability": 0.99}}}
      human    null where nobody has labelled the item: it tells how many a stage would keep

    Each stage is calibrated on a part of the labels of its own, with the same alpha and delta / stages. Where no
    threshold can be certified, the stage decides nothing, and it is said.

    Exit codes: 0 a threshold is certified, 3 none is, 2 a row or an option cannot be used.
    """
    from evalkit.app.fitting import fit_cascade as fitted
    from evalkit.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS

    order = [name.strip() for name in stages.split(",") if name.strip()]
    found = fitted(source, order, alpha, delta, positive)
    _deliver(found, output, as_json, _cascade_lines(found))
    certified = any(stage["threshold"] is not None for stage in found["stages"])
    return EXIT_PASS if certified else EXIT_INCONCLUSIVE


def _deliver(found: dict[str, Any], output: Path | None, as_json: bool, lines: list[str]) -> int:
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.fitting import write_fit

    if output is not None:
        write_fit(found, output)
    if as_json:
        print_json(found)
    else:
        click.echo(printable("\n".join(lines)))
    for warning in found["warnings"]:
        note(f"note: {warning}")
    if output is not None:
        note(f"written: {output}")
    return 0


def _panel_lines(found: dict[str, Any]) -> list[str]:
    accuracy = found["accuracy"]
    rows = [(name, share, f"{found['members'][name]['weight']:+.2f}") for name, share in accuracy["members"].items()]
    rows += [("majority", accuracy["majority"], ""), ("stack (cross-fitted)", accuracy["stack"], "")]
    width = max(len(name) for name, *_ in rows)
    lines = [f"{found['n']:,} labelled items, ridge {found['ridge']:g}", ""]
    lines += [f"{'':{width}}  right   95 % interval      weight"]
    lines += [f"{name:{width}}  {_share(share)}  {weight:>6}" for name, share, weight in rows]
    versus = accuracy["stack_vs_best"]
    lines += [
        "",
        f"The stack against {accuracy['best_member']}, the best member: {100 * versus['difference']:+.1f} points, "
        f"{versus['gained']} items gained, {versus['lost']} lost (McNemar mid-p {versus['p']:.3g}).",
        "Correlation of errors: " + "; ".join(_correlations(found["error_correlation"])),
    ]
    return lines


def _correlations(table: dict[str, dict[str, float | None]]) -> list[str]:
    return [
        f"{one} and {two} {'unknown' if r is None else format(r, '.2f')}"
        for one, others in table.items()
        for two, r in others.items()
        if one < two
    ]


def _share(share: dict[str, Any]) -> str:
    if share["point"] is None:
        return "   no verdict           "
    if share["lo"] is None:
        return f"{100 * share['point']:5.1f} %  no interval      "
    return f"{100 * share['point']:5.1f} %  {100 * share['lo']:5.1f} to {100 * share['hi']:5.1f} %"


def _cascade_lines(found: dict[str, Any]) -> list[str]:
    lines = [found["says"], ""]
    for stage in found["stages"]:
        if stage["threshold"] is None:
            lines.append(f"{stage['name']}: decides nothing ({stage['reason']})")
            continue
        error = stage["error"]
        lines.append(
            f"{stage['name']}: decides from {stage['threshold']:.4g} on, {100 * stage['keeps']:.0f} % of all items; "
            f"error {100 * error['point']:.1f} %, at most {100 * error['hi']:.1f} % ({stage['n_labels']:,} labels)"
        )
    worst = [stage for stage in found["stages"] if stage["least_abstained"] > 0]
    lines += [
        f"{stage['name']} is wrong on {100 * stage['overall_error']:.0f} % of what it gets: "
        f"any rule has to give away at least {100 * stage['least_abstained']:.0f} % of it"
        for stage in worst
    ]
    return lines
