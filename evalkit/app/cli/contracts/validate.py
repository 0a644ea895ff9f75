"""`evalkit validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli import keeping
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("source", metavar="FILE")
@click.option(
    "--contract", "contract", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The rules (YAML)."
)
@click.option("--history", metavar="DATASET", help="Earlier versions, for rules that ask for them.")
@click.option(
    "--failures",
    type=click.Path(path_type=Path, dir_okay=False),
    help='Write each value that breaks a rule of rows: JSON Lines of {"row", "column", "rule", "value"}.',
)
@keeping.option
@json_option
@workspace_option
def validate(
    source: str,
    contract: Path,
    history: str | None,
    failures: Path | None,
    run: str | None,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Hold FILE (.csv, .json, .jsonl, .parquet, packed or not, or dataset:NAME) against a contract.

    Rows are counted from 0, without the header. Exit 0: every rule is kept. 1: one is broken. 3: one cannot be decided.
    """
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.contract.validating import as_json as said
    from evalkit.app.pipeline.contract.validating import evidence_of, validated, write_failures

    bench = Bench(workspace)
    run_id = keeping.run_of(bench.store, run)
    checked, read = validated(source, contract, bench, history=history)
    if failures is not None:
        write_failures(checked, failures)
    if run_id:
        keeping.keep(bench.store, run_id, evidence_of(checked, read, source, bench))
    if as_json:
        from evalkit.app.cli.console import print_json

        print_json(said(checked))
    else:
        _tell(checked)
    return {"pass": 0, "fail": 1, "inconclusive": 3}[checked.outcome]


def _tell(checked: Any) -> None:
    from evalkit.app.cli.console import printable

    for check, finding in zip(checked.validation, checked.findings, strict=True):
        if check.outcome != "pass":
            click.echo(printable(_line(check, finding)).replace("\n", "\\n"))
    kept = sum(check.outcome == "pass" for check in checked.validation)
    click.echo(f"{checked.outcome}: {kept} of {len(checked.validation)} rules kept in {checked.rows:,} rows")


def _line(check: Any, finding: Any) -> str:
    where = f"{check.column}: " if check.column is not None else ""
    said = f"{check.failing:,} of {check.n:,} rows" if check.examples else finding.decision.reason
    shown = "; ".join(f"row {each['row']}: {each['value']!r}" for each in check.examples[:3])
    return f"{check.outcome}  {where}{check.rule} - {said}" + (f" ({shown})" if shown else "")
