"""Options that the commands of `evalkit pipeline` and `evalkit lineage` share."""

from __future__ import annotations

from pathlib import Path

import click

file = click.option(
    "--file",
    "-f",
    "file",
    type=click.Path(path_type=Path),
    default=Path("pipeline.yaml"),
    show_default=True,
    help="The pipeline file, or its folder.",
)

output = click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write it there.")


def deliver(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file and say so.

    Raises:
        InputError: the place is a folder. StoreError: the file cannot be written.
    """
    from evalkit.app.cli.console import note, printable
    from evalkit.app.cli.output import check_writable, write_text
    from evalkit.core.errors import StoreError

    if output is None:
        click.echo(printable(text), nl=False)
        return
    check_writable(output)
    try:
        write_text(output, text)
    except StoreError as error:
        raise StoreError(error.what.replace("report", "file"), error.where, "Name another place") from error
    note(f"wrote {output}")
