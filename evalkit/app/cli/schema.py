"""`evalkit schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file instead of stdout."
)
def schema(output: Path | None) -> int:
    """Print the JSON Schema of the suite file.

    \b
    Editors with a YAML language server complete and check suite files that begin with
      # yaml-language-server: $schema=evalkit.schema.json
    """
    from evalkit.app.catalog import metric_schemas
    from evalkit.app.cli.output import write_text
    from evalkit.engine.suite_schema import suite_json_schema

    text = json.dumps(suite_json_schema(metric_schemas()), indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
    else:
        write_text(output, text + "\n")
    return 0
