"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

workspace = click.option(
    "--workspace", type=click.Path(path_type=Path), help="Folder of the workspace [default: $EVALKIT_HOME or .evalkit]."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
report_file = click.option(
    "--report", "report", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML report to this file."
)
markdown_file = click.option(
    "--markdown", "markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write a Markdown report."
)


def outputs(command: Callable[..., Any]) -> Callable[..., Any]:
    """--report, --markdown, --json, --workspace."""
    for option in (as_json, markdown_file, report_file, workspace):
        command = option(command)
    return command
