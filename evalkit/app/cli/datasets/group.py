"""`evalkit dataset list|show|export|verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.core.versions import Dataset

_CELL = 60


@click.group()
def dataset() -> None:
    """Datasets of the workspace: rows that never change, with versions by name.

    REF is NAME (its newest version), NAME@VERSION, or a digest or its beginning.
    """


@dataset.command("list")
@json_option
@workspace_option
def list_(as_json: bool, workspace: Path | None) -> int:
    """All names, with their newest version."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.bench import Bench

    datasets = Bench(workspace).datasets
    newest = [versions[-1] for name in datasets.names() if (versions := datasets.versions(name))]
    if as_json:
        print_json({"datasets": [_told(one) for one in newest]})
    elif not newest:
        note("there is no dataset; make one with: evalkit ingest file:PATH --stream NAME")
    else:
        rows = [(_ref(d), f"{d.rows:,}", str(len(d.columns)), d.digest[:12], _when(d), d.made_by) for d in newest]
        table([("dataset", "rows", "columns", "digest", "when", "made by"), *rows])
    return 0


@dataset.command()
@click.argument("ref")
@click.option(
    "--rows", type=click.IntRange(0, 1_000), default=5, show_default=True, help="Rows to show, from the first."
)
@json_option
@workspace_option
def show(ref: str, rows: int, as_json: bool, workspace: Path | None) -> int:
    """Columns, versions, what it was made of, and its first rows."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench

    datasets = Bench(workspace).datasets
    found = datasets.find(ref)
    first = _first(datasets, found, rows)
    versions = datasets.versions(found.name)
    if as_json:
        made_of = {"parents": found.parents, "parent_names": found.parent_names}
        shown = {"columns": found.columns, **made_of, "note": found.note, "first": first}
        print_json({**_told(found), **shown, "versions": [_told(one) for one in versions]})
    else:
        _tell(found, versions, first)
    return 0


@dataset.command()
@click.argument("ref")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that ends in .parquet, .csv or .jsonl.",
)
@json_option
@workspace_option
def export(ref: str, output: Path, as_json: bool, workspace: Path | None) -> int:
    """Write all rows to a file, in order."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.exporting import exported

    datasets = Bench(workspace).datasets
    found = datasets.find(ref)
    exported(datasets.parts(found), datasets.table(found.model_copy(update={"parts": []})).schema, output)
    if as_json:
        print_json({**_told(found), "file": str(output)})
    else:
        note(f"{found.rows:,} rows of {_ref(found)} written to {output}")
    return 0


@dataset.command()
@click.argument("ref")
@json_option
@workspace_option
def verify(ref: str, as_json: bool, workspace: Path | None) -> int:
    """Read all rows again, and hold them against the digest. Exit code 1: they are not what they were."""
    from evalkit.app.cli.console import print_json, printable
    from evalkit.app.pipeline.bench import Bench

    datasets = Bench(workspace).datasets
    found = datasets.find(ref)
    faults = datasets.verify(found)
    if as_json:
        print_json({**_told(found), "outcome": "fail" if faults else "pass", "faults": faults})
    else:
        click.echo("\n".join(printable(one) for one in faults) or f"{_ref(found)}: {found.rows:,} rows, as they were")
    return 1 if faults else 0


def _told(d: Dataset) -> dict[str, Any]:
    return {
        "name": d.name,
        "version": d.version,
        "digest": d.digest,
        "rows": d.rows,
        "made_by": d.made_by,
        "created": d.created,
    }


def _tell(d: Dataset, versions: Sequence[Dataset], first: Sequence[dict[str, Any]]) -> None:
    from evalkit.app.cli.console import printable
    from evalkit.app.cli.table import table

    click.echo(printable(f"{_ref(d)}: {d.rows:,} rows, {d.digest}" + (f" ({d.note})" if d.note else "")))
    table([("column", "type"), *d.columns.items()])
    click.echo()
    table([("version", "rows", "digest", "when", "made by")] + [_line(one) for one in versions])
    if d.parents:
        of = ", ".join(f"{d.parent_names.get(one, '')} {one[:12]}".lstrip() for one in d.parents)
        click.echo(printable(f"\nmade of {of}; more by: evalkit lineage {d.digest[:12]}"))
    if first:
        click.echo()
        table([tuple(d.columns)] + [tuple(_cell(row.get(name)) for name in d.columns) for row in first])


def _first(datasets: Any, found: Dataset, rows: int) -> list[dict[str, Any]]:
    """The first rows, as plain JSON values, without reading parts behind them."""
    from evalkit.app.pipeline.exporting import plain_rows

    taken: list[dict[str, Any]] = []
    for part in datasets.parts(found) if rows else ():
        taken += plain_rows(part.slice(0, rows - len(taken)))
        if len(taken) >= rows:
            break
    return taken


def _line(d: Dataset) -> tuple[str, ...]:
    return (str(d.version), f"{d.rows:,}", d.digest[:12], _when(d), d.made_by)


def _ref(d: Dataset) -> str:
    return f"{d.name}@{d.version}"


def _when(d: Dataset) -> str:
    return d.created[:16].replace("T", " ")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
