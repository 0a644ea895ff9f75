"""`evalkit compare`."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli.options import as_json, export_dir, figures_dir, markdown_file, workspace
from evalkit.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS

if TYPE_CHECKING:
    from evalkit.app.comparing import Compared
    from evalkit.core.comparison import Comparison
    from evalkit.core.dossier import Dossier


@click.command()
@click.argument("runs", metavar="run:A run:B [run:C ...]", nargs=-1, required=True)
@click.option("--suite", type=click.Path(path_type=Path), help="Score all under this suite [default: run A's].")
@click.option(
    "-o",
    "--report",
    "report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the HTML report to this file.",
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every case with each system's value to this file (JSON lines).",
)
@click.option("--unpaired", is_flag=True, help="Two runs on different cases, as independent samples.")
@export_dir
@figures_dir
@as_json
@markdown_file
@workspace
def compare(
    runs: tuple[str, ...],
    suite: Path | None,
    unpaired: bool,
    report: Path | None,
    cases: Path | None,
    export: Path | None,
    figures: Path | None,
    as_json: bool,
    markdown: Path | None,
    workspace: Path | None,
) -> int:
    """Compare stored runs case by case, on the cases that all of them were asked: differences are A - B.

    A ref is an id, a unique beginning of one, a name, `baseline:NAME`, or `latest`; run:ID/NAME picks one system of a
    run, and one run alone means all of its systems. Nothing is asked again and nothing is stored.

    Exit codes: 0 compared, 2 what cannot be compared, 3 no case has a score in all of them, or they were scored
    otherwise and no --suite says which scoring holds.
    """
    from evalkit.app import api
    from evalkit.app.apart import compare_apart
    from evalkit.app.cases_file import with_cases_file
    from evalkit.app.cli.console import note
    from evalkit.app.cli.output import check_writable
    from evalkit.app.cli.reports.compare import deliver, written_to
    from evalkit.app.compared.dossier import dossier_of
    from evalkit.app.comparing import compare_all
    from evalkit.app.suites import load_suite

    check_writable(report, markdown, cases)
    loaded = None if suite is None else load_suite(suite)
    if unpaired:
        if any(file is not None for file in (report, cases, export, figures)):
            said = "--report, --cases, --export and --figures show pairs of answers, and --unpaired has none."
            raise click.UsageError(said)
        return _apart(compare_apart(api.open_store(workspace), runs, loaded), markdown, as_json)
    found = compare_all(api.open_store(workspace), runs, loaded)
    told = set() if as_json else {sentence.rstrip(".").lower() for sentence in found.comparison.comparability}
    for warning in found.record.warnings:
        if len(found.comparison.systems) == 2 or warning.rstrip(".").lower() not in told:
            note(f"warning: {warning}")
    dossier = dossier_of(found)
    written = _write(dossier, markdown, cases)
    _print(found, dossier, as_json)
    if page := deliver(with_cases_file(dossier, report), written_to(report) if report else None, export, figures):
        note(f"report: {page}")
    for line in written:
        note(line)
    open_ = _left_open(found)
    if open_ is not None:
        note(f"inconclusive: {open_}")
    return EXIT_PASS if open_ is None else EXIT_INCONCLUSIVE


def _apart(found: Comparison, markdown: Path | None, as_json: bool) -> int:
    """Independent samples, told."""
    from evalkit.app.cli.console import note, print_json, wants_colour
    from evalkit.app.cli.output import write_text
    from evalkit.report.compared import markdown as md
    from evalkit.report.compared import terminal

    if as_json:
        print_json({"comparison": found.to_json()})
    else:
        width = min(shutil.get_terminal_size((100, 40)).columns, 140)
        click.echo(terminal.render(found, width=width, color=wants_colour(sys.stdout)), nl=False)
    if markdown is not None:
        write_text(markdown, md.render(found))
        note(f"markdown: {markdown}")
    if any(row.point is not None for under in found.metrics for row in under.differences):
        return EXIT_PASS
    note("inconclusive: no case has a score in both runs, so nothing was compared")
    return EXIT_INCONCLUSIVE


def _left_open(found: Compared) -> str | None:
    """Why the comparison is no answer yet, or None."""
    if not any(row.point is not None for under in found.comparison.metrics for row in under.differences):
        return "no case has a score in all systems, so nothing was compared"
    if not found.rescored:
        return None
    runs = ", ".join(found.rescored[:3]) + (f" and {len(found.rescored) - 3} more" if len(found.rescored) > 3 else "")
    return (
        f"the scoring digest of {runs} is not that of the first run, so these are not the numbers that were recorded; "
        "--suite FILE says which scoring holds"
    )


def _write(dossier: Dossier, markdown: Path | None, cases: Path | None) -> list[str]:
    """The files that were asked for; a line to say of each."""
    from evalkit.app.cli.output import write_text

    said = []
    if markdown is not None:
        from evalkit.report import markdown as md

        write_text(markdown, md.render(dossier))
        said.append(f"markdown: {markdown}")
    if cases is not None:
        write_text(cases, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in case_rows(dossier)))
        said.append(f"cases: {cases}")
    return said


def case_rows(dossier: Dossier) -> list[dict[str, Any]]:
    """A row a case: each system's value under every metric that is a mean; null where there is none."""
    systems = [v.name for v in dossier.record.variants]
    metrics = list(dict.fromkeys(metric for metric, _ in dossier.values))
    columns = {key: [None if v != v else v for v in values.tolist()] for key, values in dossier.values.items()}
    return [
        {
            "case_id": ident,
            "values": {m: {s: columns[m, s][i] for s in systems if (m, s) in columns} for m in metrics},
        }
        for i, ident in enumerate(dossier.cases.ids.to_pylist())
    ]


def _print(found: Compared, dossier: Dossier, as_json: bool) -> None:
    from evalkit.app.cli.console import print_json, wants_colour

    if as_json:
        print_json({**found.record.to_json(), "flips": _flips(dossier), "comparison": found.comparison.to_json()})
        return
    from evalkit.app.cli.output import print_summary
    from evalkit.report.compared import terminal

    if len(found.comparison.systems) == 2:
        print_summary(found.record, warnings=False, more=terminal.summary(found.comparison))  # warned on stderr already
        return
    width = min(shutil.get_terminal_size((100, 40)).columns, 140)
    click.echo(terminal.render(found.comparison, width=width, color=wants_colour(sys.stdout)), nl=False)


def _flips(dossier: Dossier) -> list[dict[str, Any]]:
    """Of two systems; of more they are in the comparison, by pair."""
    return [
        {
            "metric": f.metric,
            "candidate": f.candidate,
            "n_broke": len(f.broke),
            "n_fixed": len(f.fixed),
            "n_same": f.n_same,
            "n_unscored": f.n_unscored,
        }
        for f in dossier.flips
        if len(dossier.record.variants) == 2
    ]
