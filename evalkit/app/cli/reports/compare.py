"""`evalkit report compare run:A run:B ...`: the page of a comparison, and its tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.app.cli.options import export_dir, figures_dir, redact
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.core.dossier import Dossier


@click.command()
@click.argument("runs", metavar="run:A run:B [run:C ...]", nargs=-1, required=True)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="HTML file [default: in run A's folder]."
)
@click.option("--suite", type=click.Path(path_type=Path), help="Score all under this suite [default: run A's].")
@export_dir
@figures_dir
@redact
@workspace_option
def compare(
    runs: tuple[str, ...],
    output: Path | None,
    suite: Path | None,
    export: Path | None,
    figures: Path | None,
    redact: tuple[str, ...],
    workspace: Path | None,
) -> int:
    """Write the page of a comparison of stored runs, on the cases that all of them were asked, and print where it is.

    A ref is what `evalkit compare` takes: an id, a name, `baseline:NAME`, `latest`; run:ID/NAME picks one system of a
    run, and one run alone means all of its systems. Nothing is asked again. What `evalkit compare` would call
    inconclusive is said on the page; the exit code is 0 where it was written.
    """
    from evalkit.app import api
    from evalkit.app.cases_file import with_attached_cases, with_cases_file
    from evalkit.app.cli.console import note
    from evalkit.app.cli.output import check_writable
    from evalkit.app.compared.dossier import dossier_of
    from evalkit.app.comparing import compare_all
    from evalkit.app.suites import load_suite

    check_writable(output)
    store = api.open_store(workspace)
    found = compare_all(store, runs, None if suite is None else load_suite(suite))
    for sentence in found.comparison.comparability[1:]:
        note(f"warning: {sentence}")
    dossier = dossier_of(found, redact)

    name, run_id = found.comparison.comparison_id, found.comparison.systems[0].run_id

    def attached(html: str) -> Path:
        return store.attach(run_id, f"{name}.html", html.encode())

    if output is not None:
        dossier = with_cases_file(dossier, output)
    else:
        dossier = with_attached_cases(dossier, f"{name}.cases.parquet", partial(store.attach, run_id))
    written = deliver(dossier, written_to(output) if output else attached, export, figures)
    click.echo(str(written))
    return 0


def written_to(file: Path) -> Callable[[str], Path]:
    """What writes a page into this file."""

    def write(html: str) -> Path:
        from evalkit.app.cli.output import write_text

        write_text(file, html)
        return file

    return write


def deliver(
    dossier: Dossier, page: Callable[[str], Path] | None, tables: Path | None, figures: Path | None
) -> Path | None:
    """Write the page of a comparison, its tables and its figures, as far as they were asked for; where the page is."""
    from evalkit.app.cli.console import note
    from evalkit.app.cli.output import deliver_figures
    from evalkit.app.exporting import export
    from evalkit.report.compared.page import make

    made = make(dossier) if page is not None or figures is not None else None
    written = page(made.html) if page is not None and made is not None else None
    if tables is not None:
        note(f"tables: {len(export(dossier, tables))} files in {tables}")
    if figures is not None and made is not None:
        deliver_figures(figures, made.figures)
    return written
