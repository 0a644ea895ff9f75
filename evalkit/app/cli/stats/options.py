"""Options that the commands on a CSV file share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)


def csv_input(command: Callable[..., Any]) -> Callable[..., Any]:
    """--input."""
    return click.option(
        "--input", "path", type=FILE, required=True, metavar="FILE.csv", help="Comma-separated, UTF-8."
    )(command)


def column(flag: str, name: str, text: str, *, required: bool = False) -> Callable[..., Any]:
    """An option that names a column."""
    return click.option(flag, name, metavar="COL", required=required, help=text)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """--group, --case, --level, --range, --unscored, --json."""
    options = [
        column("--group", "group", "Cases of one group (document, user, day) are not independent."),
        column("--case", "case", "Rows of one case are repeats, and are averaged first [default: a row is a case]."),
        click.option("--level", type=float, default=0.95, show_default=True, help="Confidence, two-sided."),
        click.option(
            "--range",
            "span",
            type=float,
            nargs=2,
            metavar="LO HI",
            help="What values can be [default: 0 1 where all lie there].",
        ),
        click.option(
            "--unscored",
            type=click.Choice(["bounds", "missing_at_random"]),
            default="bounds",
            show_default=True,
            help="Empty cells: anything in the range, or left out.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
    ]
    for option in reversed(options):
        command = option(command)
    return command
