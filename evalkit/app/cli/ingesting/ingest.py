"""`evalkit ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli import keeping
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--stream", required=True, metavar="NAME", help="Stream, and name of its dataset.")
@click.option(
    "--contract",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Rules at the door from now on [default: those that the stream has].",
)
@click.option("--key", metavar="COLUMN,...", help="Columns that tell records apart [default: keys of the contract].")
@click.option("--keep", type=click.Choice(["first", "last"]), help="Of records with one key [default: first].")
@click.option("--event-time", metavar="COLUMN", help="When an event happened; with --lateness.")
@click.option("--lateness", metavar="AGE", help='How far behind the newest event one may be, such as "2 hours".')
@click.option("--part-rows", type=click.IntRange(1), help="Records of a part, of a new stream [default: 20,000].")
@keeping.option
@json_option
@workspace_option
def ingest(
    source: str,
    stream: str,
    contract: Path | None,
    key: str | None,
    keep: str | None,
    event_time: str | None,
    lateness: str | None,
    part_rows: int | None,
    run: str | None,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Take records into a dataset: file:PATH (JSON, CSV, Parquet, .gz; a folder or a pattern) or queue:NAME.

    What cannot be used waits in the quarantine with its reasons. Each run goes on where the last one ended, and a run
    that was killed counts no record twice. The bytes that came are kept as the dataset NAME.raw.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.ingesting import evidence_of, take_in
    from evalkit.pipeline.ingest.run import PartlyIngested

    bench = Bench(workspace)
    run_id = keeping.run_of(bench.store, run)
    try:
        done = take_in(
            bench,
            source,
            stream,
            contract=contract,
            asked=_asked(key, keep, event_time, lateness),
            part_rows=part_rows,
            told=_teller(),
        )
    except PartlyIngested as error:
        if not as_json:
            _say(stream, error.ingested)
            raise
        note(f"error: {error}")
        print_json({**_json(stream, error.ingested), **error.to_json()})
        return error.exit_code
    if run_id:
        keeping.keep(bench.store, run_id, evidence_of(bench, stream))
    if as_json:
        print_json(_json(stream, done))
    else:
        _say(stream, done)
    return 0


def _asked(key: str | None, keep: str | None, event_time: str | None, lateness: str | None) -> Any:
    from evalkit.core.errors import InputError
    from evalkit.pipeline.contract.ages import seconds_in
    from evalkit.pipeline.ingest.rules import Asked

    given: dict[str, Any] = {"keep": keep, "event_time": event_time}
    if key is not None:
        given["key"] = [name.strip() for name in key.split(",") if name.strip()]
    if lateness is not None:
        if event_time is None:
            raise InputError("--lateness needs --event-time", remedy="Name the column that says when it happened")
        try:
            given["lateness"] = seconds_in(lateness)
        except ValueError as error:
            raise InputError(str(error), "--lateness", 'Write "2 hours" or "30 min"') from None
    given = {name: value for name, value in given.items() if value is not None}
    return Asked(**given) if given else None


def _teller() -> Any:
    import time

    from evalkit.app.cli.console import note

    last = [time.monotonic()]

    def told(received: int) -> None:
        if time.monotonic() - last[0] >= 5:
            last[0] = time.monotonic()
            note(f"{received:,} records received")

    return told


def _json(stream: str, done: Any) -> dict[str, Any]:
    def version(dataset: Any, name: str) -> dict[str, Any]:
        if dataset is None:
            return {"name": name, "version": None, "digest": None, "rows": 0}
        return {"name": name, "version": dataset.version, "digest": dataset.digest, "rows": dataset.rows}

    return {
        "received": done.received,
        "accepted": done.accepted,
        "quarantined": done.quarantined,
        "duplicates": done.duplicates,
        "dataset": version(done.dataset, stream),
        "raw": version(done.raw, f"{stream}.raw"),
        "offsets": done.offsets,
        "unread": {label: str(error) for label, error in done.unread.items()},
    }


def _say(stream: str, done: Any) -> None:
    from evalkit.app.cli.console import note

    click.echo(
        f"{done.received:,} received: {done.accepted:,} accepted, {done.duplicates:,} duplicates, "
        f"{done.quarantined:,} in quarantine"
    )
    if done.dataset is not None:
        one = done.dataset
        click.echo(f"dataset {one.name}@{one.version}  {one.rows:,} rows  {one.digest[:12]}")
    if done.quarantined:
        note(f"see why: evalkit quarantine list --stream {stream}")
