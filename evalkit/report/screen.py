"""What a terminal is written with: text that cannot drive it, tables without lines."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from evalkit.report.text import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = ["printed", "table", "text"]


def printed(write: Callable[[Console], None], width: int, color: bool) -> str:
    """What `write` prints to a console of that many columns, with ANSI colours or without."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    write(console)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def text(words: str, look: str = "") -> Text:
    """Text of strangers: no markup, no escape sequence, one line."""
    from rich.text import Text

    return Text(visible(words).replace("\n", " ").replace("\t", " "), style=look)


def table(*columns: tuple[str, str]) -> Table:
    """Columns as (heading, "left" or "right")."""
    from rich.table import Table

    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name, justify in columns:
        made.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return made
