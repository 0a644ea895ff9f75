"""The group `evalkit registry`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

COMMANDS = {
    "register": (
        "evalkit.app.cli.registry.changing",
        "register",
        "Add a trained model, or a file, as the next version.",
    ),
    "promote": (
        "evalkit.app.cli.registry.changing",
        "promote",
        "Let an alias stand on a version, on a passing record.",
    ),
    "rollback": ("evalkit.app.cli.registry.changing", "rollback", "Let an alias stand where it stood before."),
    "remove": ("evalkit.app.cli.registry.changing", "remove", "Take an alias away; a rollback puts it back."),
    "retire": ("evalkit.app.cli.registry.changing", "retire", "Let no alias stand on a version any more."),
    "list": ("evalkit.app.cli.registry.reading", "list_", "All models, and where their aliases stand."),
    "show": ("evalkit.app.cli.registry.reading", "show", "A model: versions, aliases, history, heads."),
    "as-of": ("evalkit.app.cli.registry.reading", "as_of", "What stood where at a time, by whom, on which evidence."),
    "verify": ("evalkit.app.cli.registry.reading", "verify", "Name what was changed, rebuilt or lost."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def registry() -> None:
    """Models by name: versions that are never changed, and aliases (champion, challenger, ...) that move on evidence.

    Every move is an event of a hash chain; an alias moves by compare-and-swap, so that of two operators one is refused.
    """
