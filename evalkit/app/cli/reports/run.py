"""`evalkit report run:ID`: the report of one stored run."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import cases_file, figures_dir, redact
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("ref", metavar="run:ID", default="latest")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="HTML file [default: in the run's folder]."
)
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write a Markdown report too.")
@cases_file
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@redact
@figures_dir
@workspace_option
def run(
    ref: str,
    output: Path | None,
    markdown: Path | None,
    cases: Path | None,
    show: bool,
    redact: tuple[str, ...],
    figures: Path | None,
    workspace: Path | None,
) -> int:
    """Write the report of a stored run (the latest by default) and print where it is."""
    from evalkit.app import api
    from evalkit.app.cases_file import with_cases_file
    from evalkit.app.cli.output import check_writable, deliver_figures, write_text
    from evalkit.app.dossier import assemble
    from evalkit.app.redaction import redacted
    from evalkit.report import html
    from evalkit.report import markdown as md

    check_writable(output, markdown, cases)
    store = api.open_store(workspace)
    record = store.read_record(ref)
    dossier = with_cases_file(redacted(assemble(record, store), redact), output, cases)
    page = html.render(dossier)
    if output is None:
        output = store.attach(record.run_id, "report.html", page.encode())
    else:
        write_text(output, page)
    if markdown is not None:
        write_text(markdown, md.render(dossier))
    if figures is not None:
        deliver_figures(figures, html.figures(dossier))
    click.echo(str(output))
    if show:
        import webbrowser

        webbrowser.open(output.resolve().as_uri())
    return 0
