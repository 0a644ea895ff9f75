"""`evalkit import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import outputs

_ROLES = {
    "id": "Column (or metadata, or variable) that is the id of the case.",
    "input": "Column of the question.",
    "output": "Column of the answer.",
    "expected": "Column of the gold.",
    "seconds": "Column of the seconds that the answer took.",
    "cost": "Column of its price in US dollars.",
    "failure": "Column that says why there is no answer.",
    "repeat": "Column of the number of the repeat.",
    "model": "Column of the model that answered.",
}


def _columns(command: Any) -> Any:
    """An option for each role that a column may have."""
    for role, told in reversed(_ROLES.items()):
        command = click.option(f"--{role}", f"column_{role}", metavar="COLUMN", help=told)(command)
    return command


@click.command(name="import")
@click.argument("format_", metavar="FORMAT")
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--score",
    "scores",
    multiple=True,
    metavar="NAME[=higher|lower][:LOW..HIGH]",
    help="Keep this score, and say which way is up and between which values it lies [default: all].",
)
@click.option("--group", metavar="KEY", help="Metadata, variable or column that is the cluster: a document, a user.")
@click.option(
    "--slice",
    "slices",
    multiple=True,
    metavar="KEY",
    help="Metadata, variable or column to slice by [default: those that look like categories].",
)
@_columns
@click.option(
    "--suite", type=click.Path(path_type=Path), help="Score the answers by this suite instead, and decide its gates."
)
@click.option("--baseline", metavar="SPEC", help="With --suite: the baseline, as `evalkit run` takes it.")
@click.option(
    "--write-suite",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a suite on the imported cases and scores into this folder, to add gates to.",
)
@click.option("--shards", is_flag=True, help="The files are parts of one run [default: a run each].")
@click.option(
    "--system", "--variant", "system", metavar="NAME", help="Name of the system [default: candidate, or as in the log]."
)
@click.option("--name", help="Name of the run, as `run:NAME`.")
@click.option("--tag", "tags", multiple=True, help="Label of the run; may be repeated.")
@outputs
def import_(
    format_: str,
    files: tuple[Path, ...],
    scores: tuple[str, ...],
    group: str | None,
    slices: tuple[str, ...],
    system: str | None,
    **more: Any,
) -> int:
    """Import logs of other tools as runs, with the scores that the tool gave.

    FORMAT is inspect (.eval, .json), promptfoo (.json, .jsonl), deepeval (test_run_*.json), lm-eval (samples_*.jsonl),
    mlflow (eval_results_table.json; genai results as .csv, .json, .parquet) or csv. Files may be compressed by gzip.

    \b
    Exit codes without --suite: 0 imported, 3 nothing in it is scored. With --suite: as `evalkit run`.
    """
    from evalkit.app.cli.importing import perform
    from evalkit.app.cli.scores import declared
    from evalkit.core.errors import InputError

    if not files:
        raise InputError("no FILE is given", "evalkit import", f"Write: evalkit import {format_} FILE...")
    from evalkit.adapters.logs.nouns import Asked

    columns = {role: name for role in _ROLES if (name := more.pop(f"column_{role}"))}
    wanted = Asked(declared(scores), group, slices or None, columns)
    return perform(format_, files, wanted, system, more)
