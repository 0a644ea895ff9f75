"""The group `evalkit judge`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {}


@click.group(cls=LazyGroup, table=COMMANDS)
def judge() -> None:
    """What judges say, and panels and cascades of them."""
