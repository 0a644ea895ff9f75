"""The group `evalkit stats`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "ci": ("evalkit.app.cli.stats.ci", "ci", "The mean of a column, with its interval."),
    "paired": ("evalkit.app.cli.stats.paired", "paired", "The difference of two columns, and whether it is shown."),
    "power": ("evalkit.app.cli.stats.power", "power", "Cases, power or smallest margin, before anything is run."),
    "agreement": ("evalkit.app.cli.stats.agreement", "agreement", "How far raters agree, by every coefficient in use."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def stats() -> None:
    """The statistics that decide gates, for columns of a CSV file.

    \b
    evalkit stats ci --input scores.csv --value correct --group document
    evalkit stats paired --input scores.csv --a new --b old --margin 0.02
    """
