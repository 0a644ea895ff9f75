"""`evalkit contract infer`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option


@click.group()
def contract() -> None:
    """What the rows of a table have to be: draft it from data, look at it."""


@contract.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it here [default: stdout]."
)
@click.option("--name", help="Name of the contract [default: of the file].")
def infer(file: Path, output: Path | None, name: str | None) -> int:
    """Draft a contract from FILE (.csv, .json, .jsonl, .parquet), with the evidence for each rule as a comment.

    It is a beginning: bounds have slack, ids are unique, nothing is asked that few rows could not show.
    """
    from evalkit.app.cli.console import note, printable
    from evalkit.app.pipeline.contract.inferring import inferred

    text = inferred(file, name)
    if output is None:
        click.echo(printable(text), nl=False)
        return 0
    output.write_text(text, encoding="utf-8")
    note(f"wrote {output}; read it, and hold data against it with: evalkit validate FILE --contract {output}")
    return 0


@contract.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def show(file: Path, as_json: bool) -> int:
    """The digest of a contract and its rules; says what is wrong with it, with the line."""
    import json

    from evalkit.app.cli.console import print_json, printable
    from evalkit.pipeline.contract import Contract

    found = Contract.load(file)
    said = {"digest": found.digest, **found.model_dump(mode="json", exclude_defaults=True)}
    if as_json:
        print_json(said)
    else:
        click.echo(printable(json.dumps(said, indent=2, ensure_ascii=False)))
    return 0
