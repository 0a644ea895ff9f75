"""`evalkit quarantine list|show|replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_MOST = 2**63 - 1  # what SQLite counts to
_STATES = ("waiting", "replayed", "duplicate", "all")


@click.group()
def quarantine() -> None:
    """Records that were refused at the door of a stream, with what is wrong with them."""


@quarantine.command("list")
@click.option("--stream", metavar="NAME", help="Of this stream only.")
@click.option("--state", type=click.Choice(_STATES), default="waiting", show_default=True)
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help="Records at most.")
@click.option("--after", type=click.IntRange(0, _MOST), default=0, metavar="ID", help="Those behind this one.")
@json_option
@workspace_option
def list_(stream: str | None, state: str, limit: int, after: int, as_json: bool, workspace: Path | None) -> int:
    """The records, oldest first, a line each; with --json their counts by reason, too."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.ingesting import held_rows
    from evalkit.report.text import clip, visible

    ledger = Bench(workspace).ledger
    found = ledger.held(stream, state=None if state == "all" else state, after=after, limit=limit)  # type: ignore[arg-type]
    counts: list[dict[str, Any]] = [
        {"stream": name, "kind": kind, "field": field or None, "records": n}
        for name in ([stream] if stream else ledger.streams())
        for (kind, field), n in ledger.counts(name).items()
    ]
    rows = [held_rows(one) for one in found]
    if as_json:
        print_json({"waiting": sum(c["records"] for c in counts), "counts": counts, "records": rows})
        return 0
    if not rows:
        note("no record is in quarantine")
        return 0
    table(
        [
            ("id", "stream", "at", "field", "value", "reason"),
            *(
                (
                    str(row["id"]),
                    row["stream"],
                    f"{visible(clip(row['partition'], 40))}:{row['offset']}",
                    visible(clip(row["field"] or "-", 30)),
                    visible(clip(row["value"] or "-", 30)),
                    visible(clip(row["reason"], 100)),
                )
                for row in rows
            ),
        ]
    )
    waiting = sum(c["records"] for c in counts)
    if waiting > len(rows) and state == "waiting":
        note(f"{waiting:,} records wait in all; more with --limit, or --after {rows[-1]['id']}")
    return 0


@quarantine.command()
@click.argument("id_", metavar="ID", type=click.IntRange(1, _MOST))
@json_option
@workspace_option
def show(id_: int, as_json: bool, workspace: Path | None) -> int:
    """All that is known of one record: each fault, where it came from, and its bytes, made harmless to the eye."""
    import base64

    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.ingesting import held_rows
    from evalkit.core.errors import InputError

    found = Bench(workspace).ledger.held(None, state=None, after=id_ - 1, limit=1)
    if not found or found[0].id != id_:
        raise InputError(f"no record {id_} is in quarantine", remedy="See: evalkit quarantine list")
    one = found[0]
    if as_json:
        edited = None if one.edited is None else one.edited.decode(errors="backslashreplace")
        raw = one.raw.decode(errors="backslashreplace")
        print_json({**held_rows(one), "raw": raw, "raw_base64": base64.b64encode(one.raw).decode(), "edited": edited})
        return 0
    _shown(one)
    return 0


def _shown(one: Any) -> None:
    from evalkit.report.text import visible

    def line(name: str, text: str) -> None:
        click.echo(f"{name:<10} {visible(' '.join(text.split()))}")

    line("record", f"{one.id} of stream {one.stream}: {one.state} since {one.at}")
    line("from", f"{one.source} {one.label}, offset {one.offset}")
    line("contract", one.contract or "none")
    for fault in one.faults:
        field = f" in {fault.field}" if fault.field else ""
        value = f" (value: {fault.value})" if fault.value is not None else ""
        line(fault.kind, f"{fault.reason}{field}{value}")
    click.echo(f"{'bytes':<10} {len(one.raw):,}")
    text = one.raw[:_LONG].decode(errors="backslashreplace")
    click.echo(visible(text) + ("…" if len(one.raw) > _LONG else ""))
    if one.edited is not None:
        click.echo(f"{'corrected':<10} {visible(one.edited.decode(errors='backslashreplace'))}")


_LONG = 20_000  # bytes that a terminal is shown


@quarantine.command()
@click.argument("ids", metavar="[ID...]", nargs=-1, type=int)
@click.option("--stream", metavar="NAME", help="Of this stream [default: the only one that has records waiting].")
@click.option(
    "--contract", type=click.Path(path_type=Path, dir_okay=False), help="Mended rules, from now on those of the stream."
)
@click.option(
    "--edit",
    type=click.Path(path_type=Path, dir_okay=False),
    help='Corrected rows, whole, as JSON Lines: {"id": of the record, "row": {column: value, ...}}.',
)
@json_option
@workspace_option
def replay(
    ids: tuple[int, ...],
    stream: str | None,
    contract: Path | None,
    edit: Path | None,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Put records through the door again: all that wait, those named, or those that --edit corrects.

    What passes becomes rows of a new version of the dataset; what does not waits on. None comes twice.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.ingesting import edits_of, replayed, waiting_stream

    edits = edits_of(edit) if edit else None
    bench = Bench(workspace)
    stream = stream or waiting_stream(bench)
    done = replayed(bench, stream, ids=ids or None, contract=contract, edits=edits)
    one = done.dataset
    if as_json:
        print_json(
            {
                **{name: getattr(done, name) for name in ("tried", "accepted", "duplicates", "waiting")},
                "dataset": {
                    "name": stream,
                    "version": one.version if one else None,
                    "digest": one.digest if one else None,
                    "rows": one.rows if one else 0,
                },
            }
        )
        return 0
    click.echo(
        f"{done.tried:,} tried: {done.accepted:,} accepted, {done.duplicates:,} duplicates, {done.waiting:,} still wait"
    )
    if one is not None:
        click.echo(f"dataset {one.name}@{one.version}  {one.rows:,} rows  {one.digest[:12]}")
    if done.waiting:
        note(f"see what is still wrong: evalkit quarantine list --stream {stream}")
    return 0
