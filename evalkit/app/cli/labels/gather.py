"""`evalkit labels merge` and `evalkit labels status`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Write rows here: .jsonl or .csv.")
def merge(files: tuple[Path, ...], output: Path) -> int:
    """Put the labels of several people into one file: {annotator: label}.

    A label without a name gets that of its file: `merge ann.jsonl bo.jsonl -o both.jsonl`.
    """
    from evalkit.app.cli.console import printable
    from evalkit.app.labelling.merge import merge as merged
    from evalkit.app.labelling.write import check_new, write_labels

    check_new(output)
    rows = merged(files)
    write_labels(rows, output)
    several = sum(isinstance(row["human"], dict) and len(row["human"]) > 1 for row in rows)
    click.echo(printable(f"{len(rows):,} rows are in {output}, {several:,} of them labelled by several people"))
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def status(file: Path, as_json: bool) -> int:
    """Who labelled how much, how far they agree, and what is left."""
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.labelling.status import status as found_out

    found = found_out(file)
    if as_json:
        print_json(found)
        return 0
    click.echo(printable("\n".join(_lines(found))))
    for warning in found["warnings"]:
        note(f"note: {warning}")
    return 0


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{found['n_labelled']:,} of {found['n']:,} rows are labelled, {found['n_waiting']:,} wait, "
        f"{found['n_split']:,} have no majority"
    ]
    lines += [f"  {name}: {count:,}" for name, count in found["annotators"].items()]
    if found["balance"]:
        lines.append("labels: " + ", ".join(f"{label} {count:,}" for label, count in found["balance"].items()))
    if found["systems"]:
        lines.append("systems: " + ", ".join(f"{name} {count:,}" for name, count in found["systems"].items()))
    if found["agreement"]:
        lines += [f"{name} agreement of people: {_figure(of)}" for name, of in found["agreement"].items()]
    return lines


def _figure(of: dict[str, Any]) -> str:
    if of["point"] is None:
        return "unknown"
    span = "" if of["lo"] is None else f" [{of['lo']:.2f}, {of['hi']:.2f}]"
    return f"{of['point']:.2f}{span}"
