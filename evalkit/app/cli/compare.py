"""`evalkit compare`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import outputs


@click.command()
@click.argument("candidate", metavar="run:A")
@click.argument("baseline", metavar="run:B")
@click.option("--suite", type=click.Path(path_type=Path), help="Score both under this suite [default: run A's].")
@outputs
def compare(
    candidate: str,
    baseline: str,
    suite: Path | None,
    workspace: Path | None,
    report: Path | None,
    markdown: Path | None,
    as_json: bool,
) -> int:
    """Compare stored run A with stored run B, paired by case: differences are A - B.

    A ref is an id, a unique beginning of one, a name, or `latest`; run:ID/NAME picks one variant of a run.
    """
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable, deliver
    from evalkit.app.comparing import compare_runs
    from evalkit.app.dossier import assemble
    from evalkit.app.suites import load_suite

    check_writable(report, markdown)
    store = api.open_store(workspace)
    loaded = None if suite is None else load_suite(suite)
    record, tables = compare_runs(store, candidate.removeprefix("run:"), baseline.removeprefix("run:"), loaded)
    if as_json:
        from evalkit.app.cli.console import print_json

        found = assemble(record, tables).flips
        ids = record.to_json()
        flips = [
            {
                "metric": f.metric,
                "candidate": f.candidate,
                "n_broke": len(f.broke),
                "n_fixed": len(f.fixed),
                "n_same": f.n_same,
                "n_unscored": f.n_unscored,
            }
            for f in found
        ]
        deliver(record, tables, report=report, markdown=markdown, as_json=False, headline=False)
        print_json({**ids, "flips": flips})
        return 0
    deliver(record, tables, report=report, markdown=markdown, as_json=False)
    return 0
