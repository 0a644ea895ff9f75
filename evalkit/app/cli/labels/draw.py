"""`evalkit labels sample` and `evalkit labels queue`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from evalkit.app.cli.options import as_json, workspace

_OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Write rows here: .jsonl or .csv."
)


@click.command()
@click.argument("ref", metavar="run:ID[/SYSTEM]")
@click.option("-n", "n", type=int, default=100, show_default=True, help="How many answers.")
@click.option("--metric", help="A metric of the run: only the cases it is about; a pairwise one gives pairs.")
@click.option("--stratify", metavar="TAG|layer|verdict", help="Draw from each value of a tag, or by who decided.")
@click.option(
    "--allocate",
    type=click.Choice(["proportional", "equal", "neyman"]),
    default="proportional",
    show_default=True,
    help="To the strata: by size, alike, or by size times the spread of --pilot.",
)
@click.option("--pilot", type=click.Path(path_type=Path), help="Earlier labels on this run, for neyman.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another one draws another sample.")
@_OUTPUT
@as_json
@workspace
def sample(
    ref: str,
    n: int,
    metric: str | None,
    stratify: str | None,
    allocate: Literal["proportional", "equal", "neyman"],
    pilot: Path | None,
    seed: int,
    output: Path,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Draw a random sample of a run's answers for people to label.

    Rows show the input, what was expected and the answer, and never what a judge said; fill in `human` with a label of
    the rubric, or {annotator: label}. With --stratify each row carries the weight that makes up for how it was drawn.
    """
    from evalkit.app.api import open_store
    from evalkit.app.labelling.asked import drawn

    found, said = drawn(open_store(workspace), ref, (n, seed), (metric, stratify, allocate, pilot), output)
    return _deliver(found, said, as_json)


@click.command()
@click.argument("ref", metavar="run:ID[/SYSTEM]")
@click.option("--metric", required=True, help="A judged metric of the run.")
@_OUTPUT
@as_json
@workspace
def queue(ref: str, metric: str, output: Path, as_json: bool, workspace: Path | None) -> int:
    """Write the answers that a judge gave no label for: what a cascade leaves to people.

    Fill in `human`, and name the file as the last stage: `human: human:FILE.jsonl`. These rows are no random sample:
    they answer for themselves, and calibrate nobody.
    """
    from evalkit.app.api import open_store
    from evalkit.app.labelling.asked import queued

    found, said = queued(open_store(workspace), ref, metric, output)
    return _deliver(found, said, as_json)


def _deliver(found: dict[str, Any], said: list[str], as_json: bool) -> int:
    from evalkit.app.cli.console import print_json, printable

    if as_json:
        print_json(found)
    else:
        click.echo(printable("\n".join(said)))
    return 0
