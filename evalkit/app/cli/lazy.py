"""Groups of commands that are imported when they are called, so that `--help` stays quick."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import click

Table = Mapping[str, tuple[str, str, str]]
"""name -> (module, attribute, one line of help): the line is here so that the group's help imports nothing."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and help lines without importing them.

    Args:
        table: its commands.
        sections: the same under headings, for the help; None: they need none.
        arguments: as click takes them.
    """

    def __init__(
        self, *args: Any, table: Table | None = None, sections: Mapping[str, Table] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.table = table or {}
        self.sections = sections or {"Commands": self.table}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.table:
            return None
        from importlib import import_module

        module, attribute, _ = self.table[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command list, from the table."""
        width = max(map(len, self.table), default=0)
        for heading, table in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), line) for name, (_, _, line) in table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but naming the nearest command."""
        name = args[0] if args else ""
        if name and name not in self.table and not name.startswith("-"):
            close = difflib.get_close_matches(name, self.table, 1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"There is no command {name!r}.{hint} Commands: {', '.join(self.table)}.")
        return super().resolve_command(ctx, args)
