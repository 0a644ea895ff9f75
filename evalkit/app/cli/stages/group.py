"""The group `evalkit pipeline`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "run": ("evalkit.app.cli.stages.run", "run", "Run the stages whose code, config, inputs or packages changed."),
    "status": ("evalkit.app.cli.stages.status", "status", "Which stages are fresh, stale, failed, or never ran."),
    "explain": ("evalkit.app.cli.stages.explain", "explain", "What changed since a stage ran."),
    "output": ("evalkit.app.cli.stages.output", "output", "What a stage gave last, printed or as a file."),
    "graph": ("evalkit.app.cli.stages.graph", "graph", "What each stage takes and gives: text, page, Mermaid, DOT."),
    "schema": ("evalkit.app.cli.stages.graph", "schema", "Print the JSON Schema of the pipeline file, for editors."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def pipeline() -> None:
    """Stages from raw data to a decided model: what is known is not made again, and how it was made is kept.

    \b
    evalkit pipeline run                run what changed
    evalkit pipeline status             what would run, and why
    evalkit lineage DIGEST              what a dataset, model or run was made of
    """
