"""`evalkit pipeline output`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import file as file_option
from evalkit.app.cli.stages.options import output as output_option


@click.command()
@click.argument("name", metavar="STAGE.OUTPUT")
@file_option
@output_option
@json_option
@workspace_option
def output(name: str, file: Path, output: Path | None, as_json: bool, workspace: Path | None) -> int:
    """What a stage gave last: a value or a text is printed; -o FILE writes any (a dataset as .csv, else Parquet)."""
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.cli.output import check_writable
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.fetch import fetch
    from evalkit.app.pipeline.stages.file import read_project
    from evalkit.core.errors import InputError
    from evalkit.stores.disk import told, write_file

    check_writable(output)
    found = fetch(Bench(workspace), read_project(file), name, output.suffix.lower() if output else "")
    if output is not None:
        with told(output, "write the output"):
            write_file(output, found.data)
        note(f"wrote {output}")
    if as_json:
        print_json({"output": name, "at": found.at, **found.thing.model_dump(mode="json")})
    elif output is None:
        try:
            text = "" if found.thing.kind == "dataset" else found.data.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if not text and found.data:
            raise InputError(f"{name} is no text", remedy="Write it to a file: -o FILE")
        click.echo(printable(text), nl=False)
    return 0
