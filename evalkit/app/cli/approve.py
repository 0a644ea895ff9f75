"""`evalkit approve run:ID`."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("ref", metavar="run:ID")
@click.option("--by", metavar="NAME", help="Who signs [default: the user of CI, of git, or of the machine].")
@click.option("--role", default="", help="Of whom: release manager, owner of the data, ...")
@click.option("--note", default="", help="Why; asked for where the run did not pass.")
@click.option("--reject", is_flag=True, help="Reject it instead.")
@json_option
@workspace_option
def approve(ref: str, by: str | None, role: str, note: str, reject: bool, as_json: bool, workspace: Path | None) -> int:
    """Sign a run: keep who approved (or rejected) its record, as it is now, and when. The release report shows it.

    It holds for the record with this digest only, is never changed or removed, and travels with the run. A run that
    failed or is inconclusive is approved with --note only, and the note is shown.
    """
    from evalkit.app.api import open_store
    from evalkit.app.approving import approve as sign
    from evalkit.app.approving import verdict_of
    from evalkit.app.cli.console import print_json, printable

    signed = sign(open_store(workspace), ref, by=by, role=role, note=note, approved=not reject)
    record, made = signed.record, signed.approval
    if as_json:
        said = {"run_id": record.run_id, "outcome": record.outcome, "verdict": verdict_of(record)}
        print_json({**made.model_dump(mode="json"), "digest": made.digest, "file": str(signed.file), **said})
        return 0
    what = "approved" if made.approved else "rejected"
    role = f" ({made.role})" if made.role else ""
    lines = [
        f"{made.who}{role} {what} {record.run_id} (record {made.record[:12]}).",
        f"What the run said: {verdict_of(record)}.",
        *([f"Note: {made.note}"] if made.note else []),
    ]
    click.echo("\n".join(printable(" ".join(line.split())) for line in lines))
    return 0
