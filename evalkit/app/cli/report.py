"""`evalkit report`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("ref", metavar="run:ID", default="latest")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="HTML file [default: in the run's folder]."
)
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write a Markdown report too.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@workspace_option
def report(ref: str, output: Path | None, markdown: Path | None, show: bool, workspace: Path | None) -> int:
    """Write the report of a stored run (the latest by default) and print where it is."""
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable, write_text
    from evalkit.app.dossier import assemble
    from evalkit.report import html
    from evalkit.report import markdown as md

    check_writable(output, markdown)
    store = api.open_store(workspace)
    record = store.read_record(ref)
    dossier = assemble(record, store)
    page = html.render(dossier)
    if output is None:
        output = store.attach(record.run_id, "report.html", page.encode())
    else:
        write_text(output, page)
    if markdown is not None:
        write_text(markdown, md.render(dossier))
    click.echo(str(output))
    if show:
        import webbrowser

        webbrowser.open(output.resolve().as_uri())
    return 0
