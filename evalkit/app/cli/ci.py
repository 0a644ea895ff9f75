"""`evalkit ci`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@click.option(
    "--candidate", "-c", "candidates", multiple=True, metavar="SPEC", help="Of every suite [default: its own]."
)
@click.option(
    "--baseline",
    "-b",
    "baselines",
    multiple=True,
    metavar="baseline:NAME|run:ID|SPEC|FILE",
    help="What to compare with; of several the first that is there. FILE: an exported baseline or run.",
)
@click.option(
    "--policy",
    type=click.Choice(["pull_request", "release"]),
    help="pull_request: only what is shown worse blocks [default: the suite's own, else pull_request].",
)
@click.option(
    "--changed-since", "since", metavar="REF", help="Only suites whose inputs differ from where git REF parted."
)
@click.option(
    "--set-baseline", "record_as", metavar="NAME", help="Record: this baseline stands on the result from now on."
)
@click.option("--replay", is_flag=True, help="Make no call: only recorded answers.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N cases of each suite.")
@click.option("--concurrency", type=click.IntRange(min=1), default=8, show_default=True, help="Calls at the same time.")
@click.option("--budget", type=Number(min=0, min_open=True), metavar="USD", help="Of each suite's run.")
@click.option("--junit", type=_FILE, help="Write JUnit XML: a suite a testsuite, a gate a testcase.")
@click.option("--gitlab", type=_FILE, help="Write a GitLab code-quality report (JSON).")
@click.option("--comment", type=_FILE, help="Write the Markdown of a pull request's comment (see `evalkit comment`).")
@click.option("--comment-name", default="", metavar="NAME", help="Keeps the comments of several jobs apart.")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Write an HTML page a suite there.")
@json_option
@workspace_option
def ci(
    suites: tuple[str, ...],
    comment_name: str,
    as_json: bool,
    workspace: Path | None,
    **more: Any,
) -> int:
    """Run all suites as continuous integration does, and end with one exit code.

    \b
    SUITE is a suite file, a folder of suites or a pattern [default: suites/].
    Candidate and baseline are the suite's own `predictors: {candidate: ..., baseline: ...}`
    unless given here. Where the candidate's key is absent (a fork), `predictors: {recorded: ...}`
    is judged instead.

    \b
    A suite that breaks does not end the others. Exit code: 4 or 2 if a suite broke,
    else 1 if a gate failed, 3 if inconclusive, 0. Under GitHub Actions the result also goes
    to the step summary and beside the gates' lines.
    """
    from evalkit.app.ci.deliver import Places
    from evalkit.app.ci.discover import find_suites
    from evalkit.app.ci.session import Asked
    from evalkit.app.options import Options
    from evalkit.stores.baselines import check_baseline_name

    if more["record_as"] is not None:
        check_baseline_name(more["record_as"])
    places = Places(more["junit"], more["gitlab"], more["comment"], more["report"], comment_name)
    places.check()
    options = Options(
        replay=more["replay"], limit=more["limit"], concurrency=more["concurrency"], budget=more["budget"]
    )
    asked = Asked(
        find_suites(suites),
        more["candidates"],
        more["baselines"],
        more["policy"],
        more["since"],
        more["record_as"],
        options,
    )
    return _pass(asked, places, workspace, as_json)


def _pass(asked: Any, places: Any, workspace: Path | None, as_json: bool) -> int:
    from evalkit.app import api
    from evalkit.app.ci.deliver import step_outputs, step_summary, workflow_commands
    from evalkit.app.ci.session import check_all
    from evalkit.app.cli.console import note, print_json, progress
    from evalkit.core.errors import StoreError

    def told(suite: Any, dossier: Any) -> None:
        page = places.page(suite, dossier)
        if not as_json:
            _tell(suite)
        if page is not None:
            note(_line(f"report: {page}"))

    with progress(quiet=as_json) as report_progress:
        checks = check_all(asked, api.open_store(workspace), report_progress, told)
    places.write(checks)
    for tell in (step_summary, step_outputs):
        try:
            tell(checks)
        except StoreError as error:  # the verdict stands, whether or not GitHub can show it
            note(f"warning: {error}")
    for line in workflow_commands(checks):
        click.echo(line, err=as_json)  # a command is read on either stream
    if as_json:
        print_json(checks.to_json())
    else:
        click.echo(f"\n{_total(checks)}")
    return checks.exit_code


def _tell(suite: Any) -> None:
    """One suite on the terminal. Texts of strangers stay in one line: a line of its own may be a command to the CI."""
    from evalkit.app.cli.console import note, printable
    from evalkit.app.cli.output import print_summary

    click.echo(printable(_line(f"== {suite.name} ({suite.file})")))
    for sentence in suite.notes:
        note(_line(f"note: {sentence}"))
    if suite.record is not None:
        print_summary(suite.record, broke=suite.flips)
    elif suite.error is not None:
        note(_line(f"error: {suite.error.sentence}"))
        click.echo("! Error: the suite could not be run.\n")
    else:
        click.echo(f"– Not run: {printable(_line(suite.why))}\n")


def _line(text: str) -> str:
    return " ".join(text.split())


def _total(checks: Any) -> str:
    counted: dict[str, int] = {}
    for suite in checks.suites:
        counted[suite.status] = counted.get(suite.status, 0) + 1
    if checks.status == "skipped":
        return f"{checks.idle[:1].upper()}{checks.idle[1:]}."
    told = ", ".join(f"{n} {status}" for status, n in sorted(counted.items()))
    open_ = sum(suite.undecided for suite in checks.suites)
    if open_:
        told += f"; {open_} gate{' is' if open_ == 1 else 's are'} undecided, which is neutral here"
    return f"{checks.status}: {len(checks.suites)} suite{'' if len(checks.suites) == 1 else 's'} ({told})"
