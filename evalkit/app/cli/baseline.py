"""`evalkit baseline ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.group()
def baseline() -> None:
    """Baselines by name: what a release is compared with, one run a suite. `--baseline baseline:NAME` reads it."""


def _store(workspace: Path | None) -> Any:
    from evalkit.app.api import open_store

    return open_store(workspace)


@baseline.command("set")
@click.argument("name")
@click.argument("refs", metavar="run:ID...", nargs=-1, required=True)
@click.option(
    "--expect", metavar="run:ID|none", help="Only if it stands there now: of two who move it, one is refused."
)
@click.option("--note", default="", help="Why, for its history.")
@json_option
@workspace_option
def set_(name: str, refs: tuple[str, ...], expect: str | None, note: str, as_json: bool, workspace: Path | None) -> int:
    """Let the baseline NAME stand on a run, for the run's suite. It is kept by `runs gc` from now on."""
    from evalkit.app.baselines import set_baseline
    from evalkit.app.cli.console import note as note_
    from evalkit.app.cli.console import print_json

    store = _store(workspace)
    moves = [set_baseline(store, name, ref, expect=expect, note=note) for ref in refs]
    if as_json:
        print_json({"name": name, "moves": [move._asdict() for move in moves]})
        return 0
    for move in moves:
        _echo(f"{name} ({move.suite}): {move.previous or 'nowhere'} -> {move.run_id}")
        if (outcome := store.read_record(move.run_id).outcome) not in ("pass", "ungated"):
            note_(f"note: this run is {outcome}; what is compared with it is measured by that")
    return 0


@baseline.command("list")
@json_option
@workspace_option
def list_(as_json: bool, workspace: Path | None) -> int:
    """Where every baseline stands."""
    from evalkit.app.baselines import standings
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table

    found = standings(_store(workspace))
    if as_json:
        print_json({"baselines": [one._asdict() for one in found]})
    elif not found:
        click.echo("No baseline yet. Set one with: evalkit baseline set NAME run:ID")
    else:
        rows = [(s.name, s.suite, s.run_id, s.state, s.at[:16].replace("T", " "), s.who) for s in found]
        table([("baseline", "suite", "run", "state", "since", "by"), *rows])
    return 0


@baseline.command()
@click.argument("name")
@json_option
@workspace_option
def show(name: str, as_json: bool, workspace: Path | None) -> int:
    """Where the baseline NAME stands, and its history."""
    from evalkit.app.baselines import standings
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table
    from evalkit.core.errors import InputError

    store = _store(workspace)
    events = store.baseline_events(name)
    if not events:
        store.baseline(name)  # says what there is
        raise InputError("there is no such baseline", f"baseline {name!r}")
    now = [one for one in standings(store) if one.name == name]
    if as_json:
        print_json(
            {"name": name, "stands": [s._asdict() for s in now], "history": [event._asdict() for event in events]}
        )
        return 0
    for one in now:
        _echo(f"{name} ({one.suite}) stands on {one.run_id}: {one.state}")
    if not now:
        _echo(f"{name} stands nowhere.")
    rows = [
        (e.at[:19].replace("T", " "), e.suite, e.previous or "nowhere", e.run_id or "nowhere", e.who, e.note)
        for e in events
    ]
    table([("when", "suite", "from", "to", "by", "note"), *rows])
    return 0


@baseline.command()
@click.argument("name")
@click.option("--suite", help="Only its run of this suite.")
@json_option
@workspace_option
def rm(name: str, suite: str | None, as_json: bool, workspace: Path | None) -> int:
    """Let the baseline NAME stand nowhere. Its runs and its history stay."""
    from evalkit.app.baselines import who
    from evalkit.app.cli.console import print_json

    moves = _store(workspace).remove_baseline(name, suite, who=who())
    if as_json:
        print_json({"name": name, "moves": [move._asdict() for move in moves]})
        return 0
    for move in moves:
        _echo(f"{name} ({move.suite}): {move.previous} -> nowhere")
    return 0


@baseline.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
def export(name: str, file: Path, workspace: Path | None) -> int:
    """Pack the baseline NAME, with its runs, into FILE (.tar.gz or .zip), for another machine."""
    from evalkit.app.baselines import export_baseline

    _echo(str(export_baseline(_store(workspace), name, file)))
    return 0


@baseline.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as", "name", metavar="NAME", help="Under this name [default: the one that it was exported under].")
@json_option
@workspace_option
def import_(file: Path, name: str | None, as_json: bool, workspace: Path | None) -> int:
    """Unpack an exported baseline: its runs are checked against their digests, and the name stands on them here."""
    from evalkit.app.baselines import import_baseline
    from evalkit.app.cli.console import print_json

    moves = import_baseline(_store(workspace), file, name)
    if as_json:
        print_json({"moves": [move._asdict() for move in moves]})
        return 0
    for move in moves:
        _echo(f"{move.name} ({move.suite}): {move.run_id}")
    return 0


def _echo(text: str) -> None:
    from evalkit.app.cli.console import printable

    click.echo(printable(text))
