"""`evalkit report site DIR`: a static site over the runs of the workspace."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import redact as redact_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite (repeatable).")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Newest runs a suite that get a report; trends use all runs.",
)
@click.option("--title", default="Evaluations", show_default=True, help="Of the site.")
@click.option("--no-run-pages", is_flag=True, help="Only trends: no report of any run.")
@click.option(
    "--force",
    is_flag=True,
    help="Write also into a folder that was not made by this command, or from another workspace.",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@redact_option
@json_option
@workspace_option
def site(
    folder: Path,
    suites: tuple[str, ...],
    limit: int,
    title: str,
    no_run_pages: bool,
    force: bool,
    show: bool,
    redact: tuple[str, ...],
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Write a static site over the runs of the workspace into DIR, or bring the one there up to date.

    Suites with their newest verdicts, every metric over all runs with its intervals, the report of each run, cards of
    judges, badges, data.json and a feed: files only, with relative links, for GitHub Pages, S3 or a folder. A second
    build writes only what changed, and removes only what it made.
    """
    from dataclasses import asdict

    from evalkit.app import api
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.site_build import Asked, build
    from evalkit.report.text import plural

    limit = 0 if no_run_pages else limit
    command = _again(suites, limit, title, redact)
    built = build(api.open_store(workspace), folder, Asked(suites, limit, title, redact, force, command))
    for warning in built.warnings:
        note(f"warning: {warning}")
    if as_json:
        print_json({**asdict(built), "index": str(built.index)})
    else:
        click.echo(str(built.index))
        note(
            f"{plural(built.suites, 'suite')}, {plural(built.runs, 'run')}, {plural(built.reports, 'report')}: "
            f"{plural(built.written, 'file')} written, {built.unchanged} unchanged, {built.removed} removed"
        )
    if show:
        import webbrowser

        webbrowser.open(built.index.resolve().as_uri())
    return 0


def _again(suites: tuple[str, ...], limit: int, title: str, redact: tuple[str, ...]) -> tuple[str, ...]:
    """The command that makes the site again, in one form whatever was typed."""
    words = ["evalkit", "report", "site", "DIR"]
    for name in suites:
        words += ["--suite", name]
    words += ["--limit", str(limit)] if limit != 50 else []
    words += ["--title", title] if title != "Evaluations" else []
    for name in redact:
        words += ["--redact", name]
    return tuple(words)
