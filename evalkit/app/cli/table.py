"""Plain columns on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from evalkit.app.cli.console import printable


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of as many cells each, in columns; nothing in a cell can drive the terminal or break the line."""
    shown = [[printable(" ".join(cell.split())) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in shown) for i in range(len(shown[0]))]
    for row in shown:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
