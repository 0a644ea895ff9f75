"""`evalkit registry list|show|as-of|verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.core.errors import EXIT_FAIL, EXIT_PASS


@click.command("list")
@json_option
@workspace_option
def list_(as_json: bool, workspace: Path | None) -> int:
    """All models, and where their aliases stand."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.registry.reading import listed

    found = listed(_bench(workspace))
    if as_json:
        print_json({"models": found})
    elif not found:
        note("no model yet; register one with: evalkit registry register NAME DIGEST")
    else:
        rows = [(m["name"], str(m["versions"]), ", ".join(f"{a}: {v}" for a, v in m["aliases"].items())) for m in found]
        table([("model", "versions", "aliases"), *rows])
    return EXIT_PASS


@click.command()
@click.argument("name", metavar="NAME[@VERSION|@ALIAS]")
@json_option
@workspace_option
def show(name: str, as_json: bool, workspace: Path | None) -> int:
    """A model: its versions, who holds its aliases on which evidence, every move, and the head to write down.

    Of one version: what it was made of (data, features, config, code, commit, environment), and its metrics.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.registry.reading import shown, shown_version

    if "@" in name:
        version = shown_version(_bench(workspace), name)
        if as_json:
            print_json(version)
        else:
            _version(version)
        return EXIT_PASS
    found = shown(_bench(workspace), name)
    if as_json:
        print_json(found)
        return EXIT_PASS
    rows = [
        (str(v["version"]), v["artifact"][:12], v["recipe"], _marks(v), v["created"][:16]) for v in found["versions"]
    ]
    table([("version", "artifact", "recipe", "aliases", "registered"), *rows])
    _holders(found["aliases"])
    _moves(found["history"])
    _echo(f"head to write down: {found['heads']['anchor']}")
    return EXIT_PASS


@click.command("as-of")
@click.argument("time")
@click.argument("name", required=False)
@json_option
@workspace_option
def as_of(time: str, name: str | None, as_json: bool, workspace: Path | None) -> int:
    """What stood where at TIME (ISO 8601; without an offset, UTC), by whom, on which evidence; of NAME, or of all."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.registry.reading import as_of as as_of_
    from evalkit.core.errors import InputError
    from evalkit.stores.times import seconds_of

    try:
        seconds_of(time)
    except InputError:
        if name is None or not _is_time(name):
            raise
        time, name = name, time  # `as-of NAME TIME` means the same
    found = as_of_(_bench(workspace), time, name)
    if as_json:
        print_json(found)
        return EXIT_PASS
    if not found["models"]:
        _echo(f"At {found['time']} there was no model.")
    for model, stood in found["models"].items():
        _echo(f"{model}: {stood['versions']} version{'' if stood['versions'] == 1 else 's'}")
        _holders(stood["aliases"])
    return EXIT_PASS


@click.command()
@click.argument("name", required=False)
@click.option("--anchor", "anchors", multiple=True, metavar="[SEQ:]HEAD", help="A head that was written down.")
@json_option
@workspace_option
def verify(name: str | None, anchors: tuple[str, ...], as_json: bool, workspace: Path | None) -> int:
    """Name chains that were changed or rebuilt, and artifacts and records that are gone or changed.

    Whoever can write the workspace can rebuild a chain and the heads beside it: what they cannot forge is a head that
    was written down elsewhere (--anchor), in a commit, a report, a ticket.

    \b
    Exit codes: 0 whole, 1 something is wrong.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.registry.reading import faults
    from evalkit.pipeline.registry.registry import Registry

    bench = _bench(workspace)
    known = Registry(bench.chains).known()
    names = known if name is None else [name]
    if name is not None and name not in known:
        Registry(bench.chains).state(name)  # says what there is
    found = faults(bench, names, anchors)
    broken = any(found.values())
    if as_json:
        print_json({"ok": not broken, "models": {one: {"faults": said} for one, said in found.items()}})
        return EXIT_FAIL if broken else EXIT_PASS
    for one, said in found.items():
        _echo(f"{one}: {'whole' if not said else ''}".rstrip())
        for sentence in said:
            _echo(f"  {sentence}")
    return EXIT_FAIL if broken else EXIT_PASS


def _moves(history: list[dict[str, Any]]) -> None:
    from evalkit.app.cli.table import table

    moves = [(m["at"][:19], m["what"], m["alias"] or "", _from_to(m), m["who"], m["note"]) for m in history]
    table([("when", "what", "alias", "from, to", "by", "why"), *moves])


def _from_to(move: dict[str, Any]) -> str:
    return f"{move['before'] or ''} -> {move['after'] or 'nowhere'}"


def _version(one: dict[str, Any]) -> None:
    """One version, a line a fact."""
    from evalkit.core.digest import canonical_json

    commit = f"{one['commit']}{', with changes' if one['dirty'] else ''}" if one["commit"] else ""
    facts = {
        "version": f"{one['name']}@{one['version']}  {_marks(one)}".rstrip(),
        "artifact": one["artifact"],
        **{f"data {role}": digest for role, digest in one["data"].items()},
        "features": one["features"],
        "config": canonical_json(one["config"]) if one["config"] else "",
        "seed": one["seed"],
        **{f"metric {name}": f"{value:g}" for name, value in one["metrics"].items()},
        "recipe": one["recipe"],
        "code": one["code"],
        "commit": commit,
        "environment": one["environment"],
        "note": one["note"],
        "registered": one["created"][:19],
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        if value not in (None, ""):
            _echo(f"{name.ljust(width)}  {value}")
    _holders(one["held"])
    _moves(one["history"])


def _is_time(text: str) -> bool:
    from evalkit.core.errors import InputError
    from evalkit.stores.times import seconds_of

    try:
        seconds_of(text)
    except InputError:
        return False
    return True


def _bench(workspace: Path | None) -> Any:
    from evalkit.app.pipeline.bench import Bench

    return Bench(workspace)


def _holders(aliases: dict[str, Any]) -> None:
    for alias, one in aliases.items():
        record = one["record"]
        on = f"on run:{record['run_id']} of {record['suite']}" if record else "without a record"
        forced = "  FORCED" if one["forced"] else ""
        _echo(
            f"  {alias} -> {one['version']} since {one['since'][:19]} by {one['who'] or 'nobody named'}, {on}{forced}"
        )


def _marks(version: dict[str, Any]) -> str:
    marks = [*version["aliases"], *["retired"] * version["retired"], *["forced once"] * version["forced"]]
    return ", ".join(marks)


def _echo(text: str) -> None:
    from evalkit.app.cli.console import printable

    click.echo(printable(text))
