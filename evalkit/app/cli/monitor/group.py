"""The group `evalkit monitor`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "drift": ("evalkit.app.cli.monitor.drift", "drift", "Hold rows against a reference: evidence and size, by column."),
    "run": ("evalkit.app.cli.monitor.run", "run", "Traffic by windows: drift, failures, performance, alarms."),
    "profile": (
        "evalkit.app.cli.monitor.profile",
        "profile",
        "Read a reference once, and keep what drift needs of it.",
    ),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def monitor() -> None:
    """What is seen of a model in use.

    \b
    evalkit monitor drift --reference train.parquet --current today.parquet
    evalkit monitor run --reference may.parquet --requests june.parquet --outcomes labels.jsonl --window 1d
    """
