"""`evalkit selftest`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json, workspace
from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS


@click.command()
@click.argument("suite", type=click.Path(path_type=Path))
@click.option(
    "--runs", "runs", multiple=True, required=True, metavar="run:A [run:B]", help="Two runs, or one with repeats."
)
@click.argument("more", nargs=-1, metavar="")
@click.option("--replicates", type=int, default=1_000, show_default=True, help="Simulated runs.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page with plots.")
@as_json
@workspace
def selftest(
    suite: Path,
    runs: tuple[str, ...],
    more: tuple[str, ...],
    replicates: int,
    output: Path | None,
    workspace: Path | None,
    as_json: bool,
) -> int:
    """How often the gates of SUITE fail where nothing changed, and what they catch, on runs that you have.

    Of two runs of one system the labels are swapped at random within each cluster; of one run with several answers a
    case the answers are split at random. Whatever fails then is a false alarm. Known drops give the power curve.

    \b
    Exit codes: 0 done, 1 more than 5 % false alarms are shown, 2 input, 3 the runs cannot tell.
    """
    from evalkit.app.cli.console import note, print_json, progress
    from evalkit.app.cli.output import check_writable, write_text
    from evalkit.app.selftesting import self_test

    check_writable(output)
    with progress(quiet=as_json, what="runs") as report:
        tested = self_test(suite, [*runs, *more], workspace=workspace, replicates=replicates, progress=report)
    for warning in (*tested.warnings, *tested.found.warnings):
        note(f"warning: {warning}")
    if output is not None:
        from evalkit.app.cli.selftest_words import page_of
        from evalkit.report.selftest import render

        write_text(output, render(page_of(tested)))
    if as_json:
        print_json(tested.to_json())
    else:
        from evalkit.app.cli.selftest_words import lines

        click.echo("\n".join(lines(tested)))
    if output is not None:
        note(f"page: {output}")
    if not tested.found.told:
        return EXIT_INCONCLUSIVE
    return EXIT_FAIL if tested.found.alarming else EXIT_PASS
