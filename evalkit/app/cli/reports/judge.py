"""`evalkit report judge CERTIFICATE`: the card of one judge."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import figures_dir
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("certificate", metavar="CERTIFICATE")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File [default: here, by name].")
@click.option("--format", "form", type=click.Choice(["html", "md"]), default="html", show_default=True, help="Of it.")
@figures_dir
@workspace_option
def judge(certificate: str, output: Path | None, form: str, figures: Path | None, workspace: Path | None) -> int:
    """Write a judge's card: what its certificate shows of it, and what the workspace knows beside it.

    CERTIFICATE is its digest (or the beginning) in the workspace, its file, run:ID (of several judges run:ID/NAME), or
    a file with what `evalkit calibrate --json` printed. Without -o the file is RUBRIC-DIGEST.html in this folder.
    """
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable, deliver_figures, write_text
    from evalkit.app.judge_cards import card, file_name
    from evalkit.report.card import markdown, page

    check_writable(output)
    shown = card(certificate, api.open_store(workspace))
    text = page.render(shown) if form == "html" else markdown.render(shown)
    output = output or Path(file_name(shown, form))
    check_writable(output)
    write_text(output, text)
    if figures is not None:
        deliver_figures(figures, page.figures(shown))
    click.echo(str(output))
    return 0
