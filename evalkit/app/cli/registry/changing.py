"""`evalkit registry register|promote|rollback|remove|retire`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

who_option = click.option("--who", help="Who does it [default: the user, or who CI says].")
why_option = click.option("--why", default="", help="Why, for the history.")


@click.command()
@click.argument("name")
@click.argument("model", metavar="DIGEST|FILE")
@click.option("--trust", multiple=True, metavar="TYPE", help="Trust this type in a FILE from elsewhere; it is logged.")
@click.option("--note", default="", help="What it is.")
@who_option
@json_option
@workspace_option
def register(
    name: str, model: str, trust: tuple[str, ...], note: str, who: str | None, as_json: bool, workspace: Path | None
) -> int:
    """Add a model as the next version of NAME: the digest that `evalkit train` prints, or a .skops file.

    A model that is registered already keeps its version.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.registering import register as register_

    version, event = register_(Bench(workspace), name, model, trust=trust, note=note, who=who)
    if as_json:
        print_json({**version.model_dump(mode="json"), "new": event is not None, "event": _event(event)})
        return 0
    _echo(f"{version.name}@{version.version}  {version.artifact[:12]}{'' if event else '  (registered already)'}")
    return 0


@click.command()
@click.argument("model", metavar="NAME@VERSION")
@click.option("--alias", required=True, help="That is to stand on it: champion, challenger, ...")
@click.option("--record", default="", metavar="run:ID", help="The run of a suite on this very model, that passes.")
@click.option("--expect", metavar="VERSION|none", help="Only if the alias stands there now.")
@click.option("--suite", help="The record is of this suite [default: that of the alias's last promotion].")
@click.option("--max-age", "max_days", type=Number(min=0), metavar="DAYS", help="The record is no older.")
@click.option("--force", is_flag=True, help="Promote against what speaks against it; needs --why, is flagged for ever.")
@who_option
@why_option
@json_option
@workspace_option
def promote(as_json: bool, workspace: Path | None, **given: Any) -> int:
    """Let an alias stand on a version. The record that allows it judged this very artifact, whole, and passes.

    \b
    Exit codes: 0 promoted, 1 the evidence does not allow it, 2 input or someone else moved the alias.
    """
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.promoting import Asked
    from evalkit.app.pipeline.registry.promoting import promote as promote_

    return _told(promote_(Bench(workspace), Asked(**given)), as_json)


@click.command()
@click.argument("name")
@click.option("--alias", default="champion", show_default=True, help="That is to go back.")
@click.option(
    "--to", type=click.IntRange(min=1), metavar="VERSION", help="This earlier holder [default: the one before]."
)
@click.option("--undo", is_flag=True, help="Take the last rollback back.")
@click.option(
    "--expect", metavar="VERSION|none", help="Only if the alias stands there now: another may have gone back."
)
@who_option
@why_option
@json_option
@workspace_option
def rollback(name: str, as_json: bool, workspace: Path | None, **given: Any) -> int:
    """Let an alias of NAME stand where it stood before; twice goes two versions back. That version's record holds."""
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.promoting import rollback as rollback_

    alias = given.pop("alias")
    return _told(rollback_(Bench(workspace), name, alias, **given), as_json)


@click.command()
@click.argument("ref", metavar="NAME@ALIAS")
@click.option("--expect", metavar="VERSION", help="Only if the alias stands there now: another may have moved it.")
@who_option
@why_option
@json_option
@workspace_option
def remove(ref: str, as_json: bool, workspace: Path | None, **given: Any) -> int:
    """Take an alias away: it stands nowhere, and its history stays. `registry rollback` puts its last holder back."""
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.promoting import remove as remove_

    return _told(remove_(Bench(workspace), ref, **given), as_json)


@click.command()
@click.argument("model", metavar="NAME@VERSION")
@who_option
@why_option
@json_option
@workspace_option
def retire(model: str, who: str | None, why: str, as_json: bool, workspace: Path | None) -> int:
    """Let no alias stand on a version any more, by promotion or rollback. The version itself stays."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.promoting import retire as retire_

    event = retire_(Bench(workspace), model, who=who, why=why)
    if as_json:
        print_json({"model": model, "version": event.data["version"], "event": _event(event)})
    else:
        _echo(f"{model} is retired")
    return 0


def _told(moved: Any, as_json: bool) -> int:
    from evalkit.app.cli.console import note, print_json

    if as_json:
        print_json(_as_dict(moved))
        return 0
    before, after = ("nowhere" if one is None else str(one) for one in (moved.before, moved.version))
    how = "stands there already" if moved.event is None else f"{before} -> {after}"
    _echo(f"{moved.name}@{moved.alias}: {how}{'  FORCED' if moved.forced else ''}")
    for sentence in moved.against:
        note(f"against: {sentence}")
    if moved.unlike:
        note(f"unlike the last promotion of {moved.alias}, the suite has other {', other '.join(moved.unlike)}")
    if moved.event is not None:
        _echo(f"head to write down: {moved.event.seq}:{moved.event.head}")
    if moved.baseline is not None:
        _echo(f"baseline {moved.baseline.name} ({moved.baseline.suite}) stands on run:{moved.baseline.run_id}")
    return 0


def _as_dict(moved: Any) -> dict[str, Any]:
    return {
        "name": moved.name,
        "alias": moved.alias,
        "version": moved.version,
        "before": moved.before,
        "moved": moved.event is not None,
        "forced": moved.forced,
        "against": list(moved.against),
        "unlike": list(moved.unlike),
        "record": None if moved.cited is None else moved.cited.model_dump(mode="json"),
        "baseline": None if moved.baseline is None else moved.baseline._asdict(),
        "event": _event(moved.event),
    }


def _event(event: Any) -> dict[str, Any] | None:
    return None if event is None else {"seq": event.seq, "head": event.head, "at": event.at, "who": event.who}


def _echo(text: str) -> None:
    from evalkit.app.cli.console import printable

    click.echo(printable(text))
