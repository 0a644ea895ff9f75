"""`evalkit report release run:ID`: the document of a release, to sign and to archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.app.cli.options import figures_dir, redact
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.core.dossier import Dossier

_FORMS = {"html": "release.html", "md": "release.md", "model-card": "model-card.md", "pdf": "release.pdf"}


@click.command()
@click.argument("ref", metavar="run:ID", default="latest")
@click.option(
    "--since",
    metavar="run:ID",
    help="The last release [default: where the baseline production, release or main stands; else the run's own].",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File [default: in the run's folder]."
)
@click.option("--format", "form", type=click.Choice(list(_FORMS)), default="html", show_default=True, help="Of it.")
@redact
@figures_dir
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@workspace_option
def release(
    ref: str,
    since: str | None,
    output: Path | None,
    form: str,
    redact: tuple[str, ...],
    figures: Path | None,
    show: bool,
    workspace: Path | None,
) -> int:
    """Write the report of a release and print where it is.

    It holds the verdict and its conditions, what changed since the last release and the numbers since, gates, slices,
    judges, the evidence that the run has (`evalkit evidence`), limits, and who approved it (`evalkit approve`).
    """
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable
    from evalkit.app.redaction import redacted
    from evalkit.app.refs import run_ref
    from evalkit.app.releases import assemble_release
    from evalkit.app.releasing.again import again

    check_writable(output)
    store = api.open_store(workspace)
    run_id = run_ref(store, ref).run_id
    dossier = assemble_release(store, ref, since, again(run_id, since, form, redact))
    dossier = redacted(dossier, redact) if redact else dossier
    written = _write(dossier, form, output, lambda name, data: store.attach(dossier.record.run_id, name, data))
    if figures is not None:
        from evalkit.app.cli.output import deliver_figures
        from evalkit.report.release import figures as figures_of

        deliver_figures(figures, figures_of(dossier))
    click.echo(str(written))
    if show:
        import webbrowser

        webbrowser.open(written.resolve().as_uri())
    return 0


def _write(dossier: Dossier, form: str, output: Path | None, attach: Callable[[str, bytes], Path]) -> Path:
    """The report as a file: where it was asked for, else in the run's folder."""
    from evalkit.app.cli.output import write_text

    if form == "pdf":
        return _pdf(dossier, output, attach)
    text = _text(dossier, form)
    if output is None:
        return attach(_FORMS[form], text.encode())
    write_text(output, text)
    return output


def _text(dossier: Dossier, form: str) -> str:
    from evalkit.report import release as html
    from evalkit.report.release import markdown, model_card

    return {"html": html.render, "md": markdown.render, "model-card": model_card.render}[form](dossier)


def _pdf(dossier: Dossier, output: Path | None, attach: Callable[[str, bytes], Path]) -> Path:
    """The page as Chromium prints it, dated as the run is."""
    import tempfile

    from evalkit.app import chromium
    from evalkit.app.cli.output import write_text

    with tempfile.TemporaryDirectory() as folder:
        page, made = Path(folder) / "release.html", Path(folder) / "release.pdf"
        write_text(page, _text(dossier, "html"))
        chromium.pdf(page, output or made, dossier.record.created)
        return output or attach(_FORMS["pdf"], made.read_bytes())
