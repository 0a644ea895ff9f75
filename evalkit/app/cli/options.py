"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.many import Many


class Number(click.FloatRange):
    """A number within bounds; NaN is within none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number.

        Raises:
            click.BadParameter: it is none, or out of bounds.
        """
        found = super().convert(value, param, ctx)
        if found != found:
            self.fail(f"{value} is no number", param, ctx)
        return found


workspace = click.option(
    "--workspace", type=click.Path(path_type=Path), help="Folder of the workspace [default: $EVALKIT_HOME or .evalkit]."
)
cases_file = click.option(
    "--cases",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all cases to this Parquet file [default: beside -o FILE.html, where they are more than 10,000].",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
report_file = click.option(
    "--report", "report", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML report to this file."
)
markdown_file = click.option(
    "--markdown", "markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write a Markdown report."
)
figures_dir = click.option(
    "--figures",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every chart into this folder: SVG, PNG (where a Chromium is found), and its numbers as CSV.",
)


export_dir = click.option(
    "--export",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the tables of the comparison into this folder, as CSV and Parquet.",
)


def outputs(command: Callable[..., Any]) -> Callable[..., Any]:
    """--report, --markdown, --json, --workspace."""
    for option in (as_json, markdown_file, report_file, workspace):
        command = option(command)
    return command


_NO_FIELD = ("-", "run:", "baseline:")
_COLUMNS = {"input", "expected", "output", "trace", "tags"}  # a key within one may have a slash


class Fields(Many):
    """`--redact a b`, `--redact a,b`, `--redact a --redact b`: all the same."""

    def ends(self, word: str) -> bool:
        """Whether a word is plainly no field: an option, `--`, a reference to a run, the path of a folder."""
        path = word in (".", "..") or (("/" in word or "\\" in word) and word.partition(".")[0] not in _COLUMNS)
        return path or word == "latest" or word.startswith(_NO_FIELD)

    def type_cast_value(self, ctx: click.Context, value: Any) -> tuple[str, ...]:
        """All fields that were named, once each, in order; a text that names none must not write all."""
        given = super().type_cast_value(ctx, value) or ()
        if not all(text.replace(",", " ").strip() for text in given):
            raise click.BadParameter("an empty text names no field; leave the option out to redact nothing", ctx, self)
        return tuple(dict.fromkeys(part.strip() for text in given for part in text.split(",") if part.strip()))


redact = click.option(
    "--redact",
    cls=Fields,
    multiple=True,
    metavar="FIELD...",
    help="Take out of the report: id, input, expected, output, trace, group, tags, rationale, detail, or input.a.b.",
)
