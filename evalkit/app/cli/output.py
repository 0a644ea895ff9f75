"""Delivers a record: JSON or a summary on stdout, and the files that were asked for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.core.checks import Broke
from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store

if TYPE_CHECKING:
    from evalkit.report.figures import Figure


def check_writable(*files: Path | None) -> None:
    """Refuse a report path that cannot be written before anything is computed.

    Raises:
        InputError: the folder does not exist and cannot be made, or the path is a folder.
    """
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            raise InputError(f"{file} is a folder", remedy="Name a file.")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"the folder {file.parent} cannot be made: {error.strerror}") from error


def deliver(
    record: Record, store: Store, *, report: Path | None, markdown: Path | None, as_json: bool, headline: bool = True
) -> None:
    """Write the files, then print JSON or the story in about twenty lines; messages go to stderr."""
    from evalkit.app.cli.console import note, print_json

    for warning in record.warnings:
        note(f"warning: {warning}")
    if report is not None or markdown is not None:
        _write_reports(record, store, report, markdown)
    if as_json:
        print_json(record.to_json())
    elif headline:
        from evalkit.app.broke import broke_of

        print_summary(record, warnings=False, broke=broke_of(record, store))  # warned on stderr already
    if report is not None:
        note(f"report: {report}")
    if markdown is not None:
        note(f"markdown: {markdown}")


def deliver_unsaved(error: StoreError, report: Path | None, markdown: Path | None, as_json: bool) -> int:
    """A run that was computed and could not be stored: all of it is delivered all the same, and the error with it.

    Raises:
        StoreError: nothing was computed yet.
    """
    if error.unsaved is None:
        raise error
    from evalkit.app.cli.console import note, print_json
    from evalkit.stores.memory import MemoryStore

    record, tables = error.unsaved
    store = MemoryStore()
    store.write_run(record, tables)
    deliver(record, store, report=report, markdown=markdown, as_json=False, headline=not as_json)
    note(f"error: {error} (the run was computed, and is not stored)")
    if as_json:
        print_json({**record.to_json(), **error.to_json()})
    return error.exit_code


def print_summary(
    record: Record, *, warnings: bool = True, broke: Sequence[Broke] = (), more: Sequence[str] = ()
) -> None:
    """The verdict, the gates, what broke and the main numbers; `more` lines before the next step."""
    from evalkit.app.cli.console import wants_colour
    from evalkit.report import terminal

    width = min(shutil.get_terminal_size((100, 40)).columns, 120)
    colour = wants_colour(sys.stdout)
    click.echo(terminal.render(record, width=width, color=colour, warnings=warnings, broke=broke, more=more))


def _write_reports(record: Record, store: Store, report: Path | None, markdown: Path | None) -> None:
    from evalkit.app.dossier import assemble

    dossier = assemble(record, store)
    if report is not None:
        from evalkit.app.cases_file import with_cases_file
        from evalkit.report import html

        dossier = with_cases_file(dossier, report)
        write_text(report, html.render(dossier))
    if markdown is not None:
        from evalkit.report import markdown as md

        write_text(markdown, md.render(dossier))


def deliver_figures(directory: Path, figures: Sequence[Figure]) -> None:
    """Write the figures of a report as files, and say on stderr where they are and what was left out."""
    from evalkit.app.cli.console import note
    from evalkit.app.figure_files import write_figures
    from evalkit.report.text import plural

    written = write_figures(directory, figures)
    note(
        f"figures: {plural(len(figures), 'chart')} in {directory}"
        + (f" ({written.left_out})" if written.left_out else "")
    )


def write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        StoreError: the disk is full or the place is read-only; the run itself is stored already.
    """
    from evalkit.app.whole import whole

    try:
        with whole(file) as place:
            place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.strerror}",
            str(file),
            "The run is stored: `evalkit report` writes it again.",
        ) from error
