"""`evalkit feedback promote`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.option("--suite", type=click.Path(path_type=Path), help="Suite whose next version gets cases.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", help="Where it is written; new.")
@click.option("--dataset", metavar="NAME", help="Dataset whose next version gets rows; a new one where there is none.")
@click.option("--target", metavar="COLUMN", help="Column of the answer in the dataset.")
@click.option(
    "--kinds",
    default="correction,outcome",
    show_default=True,
    help="What says the right answer: the first of these that a prediction has.",
)
@click.option(
    "--split", type=Number(0, 1, min_open=True, max_open=True), metavar="SHARE", help="Of inputs, for suites."
)
@click.option("--gated", type=click.Path(path_type=Path), multiple=True, metavar="SUITE", help="Never train on these.")
@click.option("--train", multiple=True, metavar="DATASET", help="Never gate on these rows.")
@click.option("--repeats", is_flag=True, help="Equal inputs may be several training rows.")
@click.option("--since", metavar="TIME", help="Predictions from then on: ISO 8601, or such as 90m, 2h, 7d ago.")
@click.option("--until", metavar="TIME", help="Predictions before then.")
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@json_option
@workspace_option
def promote(as_json: bool, workspace: Path | None, **given: Any) -> int:
    """Make cases and training rows of predictions whose right answer is known.

    The suite and the dataset are not changed: they get a next version. An input comes once, whatever the case and marks
    of its texts, and never to both sides: what a suite gates on is no training row, and the other way round. --split
    sends each input to one side by its hash, the same every time.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.feedback.promoting import promote as promoted

    bench = Bench(workspace)
    said = promoted(bench, _asked(given, bench.clock()))
    if as_json:
        print_json(said)
    else:
        _say(said)
    _warn(said.get("dataset") or {})
    return 0


def _warn(of: dict[str, Any]) -> None:
    """Rows behind those of a stage are not in what the stage makes next."""
    from evalkit.app.cli.console import note

    if of.get("stage") and of["added"]:
        note(
            f"the stage {of['stage']} makes {of['name']}: what its next run makes is a version without these rows. "
            "Promote into a dataset of its own (--dataset NAME), and let the stage take it as an input"
        )


def _asked(given: dict[str, Any], now: float) -> Any:
    from typing import get_args

    from evalkit.app.pipeline.feedback.promoting import Asked
    from evalkit.app.pipeline.shadow.look import moment
    from evalkit.core.errors import InputError
    from evalkit.core.traffic import OutcomeKind

    kinds = tuple(kind.strip() for kind in given["kinds"].split(",") if kind.strip())
    if not kinds or set(kinds) - set(get_args(OutcomeKind)):
        raise InputError(f"--kinds is {given['kinds']!r:.60}", remedy="Name some of correction, outcome and label")
    return Asked(
        suite=given["suite"],
        folder=given["output"],
        dataset=given["dataset"],
        target=given["target"],
        kinds=kinds,
        split=given["split"],
        gated=given["gated"],
        train=given["train"],
        repeats=given["repeats"],
        since=moment(given["since"], now),
        until=moment(given["until"], now),
        dry=given["dry_run"],
    )


def _say(said: dict[str, Any]) -> None:
    from evalkit.app.cli.console import note
    from evalkit.report.text import listing, plural, visible

    click.echo(f"{said['predictions']:,} predictions, {said['candidates']:,} with a right answer")
    if disputed := said["disputed"]["predictions"]:
        named = visible(listing(said["disputed"]["first"]))
        note(f"people gave different answers to {plural(disputed, 'prediction')}; the newest counts: {named}")
    for part, size in (("suite", "cases"), ("dataset", "rows")):
        if (of := said.get(part)) is None:
            continue
        twice = of["duplicates"]
        click.echo(
            f"{part} {of['name']}: {of['added']:,} added; {twice['exact']:,} were there, {twice['near']:,} nearly; "
            f"{of['contaminated']:,} are on the other side, {of['other_side']:,} go there by the split"
        )
        if of["digest"] is not None:
            click.echo(f"  version {of['version']}  {of[size]:,} {size}  {of['digest'][:12]}")
        if of.get("misfits"):
            first = of["misfits_first"][0]
            note(f"{of['misfits']:,} inputs do not fit the columns; the first, {first['id']}: {first['why']}")
    if said["dry_run"]:
        note("nothing was written")
