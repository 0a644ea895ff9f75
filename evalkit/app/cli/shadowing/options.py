"""Options of both commands, and what they print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli import keeping
from evalkit.app.cli.options import Number, as_json, workspace

if TYPE_CHECKING:
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.shadow.look import Window
    from evalkit.pipeline.shadow.told import Told

_WHEN = "ISO 8601, or such as 90m, 2h, 7d ago."
_OPTIONS = (
    click.option("--champion", metavar="NAME", help="What users saw [default: what most of them saw]."),
    click.option("--suite", type=click.Path(path_type=Path), help="Whose metrics and margins count."),
    click.option("--since", metavar="TIME", help=_WHEN),
    click.option("--until", metavar="TIME", help=_WHEN),
    click.option("--margin", type=Number(0, 1), default=0.02, show_default=True, help="How much worse a share may be."),
    click.option("--max-mismatch", type=Number(0, 1), help="Share of answers that may differ from the champion's."),
    click.option("--by", "by", multiple=True, metavar="FIELD", help="Field of the inputs, for slices."),
    keeping.option,
    as_json,
    workspace,
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both commands take."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def window_of(bench: Bench, since: str | None, until: str | None) -> Window:
    """The window that was asked for.

    Raises:
        InputError: a time is none.
    """
    from evalkit.app.pipeline.shadow.look import Window, moment

    now = bench.clock()
    return Window(moment(since, now), moment(until, now))


def finish(bench: Bench, window: Window, challenger: str | None, given: dict[str, Any]) -> int:
    """Look, keep, print; the exit code of the verdict."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.registry.behind import artifact_behind
    from evalkit.app.pipeline.shadow.look import look
    from evalkit.pipeline.shadow.compare import Settings
    from evalkit.pipeline.shadow.told import as_evidence, as_json
    from evalkit.stores.times import iso

    settings = Settings(given["margin"], {}, given["max_mismatch"])
    run_id = keeping.run_of(bench.store, given["run"])
    told = look(bench, window, challenger, given["champion"], given["suite"], settings=settings, by=given["by"])
    shown = as_json(told)
    if run_id:
        about = artifact_behind(bench.chains, told.challenger, window.until or bench.clock())
        keeping.keep(bench.store, run_id, as_evidence(told, iso(bench.clock())), about)
    if given["as_json"]:
        print_json(shown)
    else:
        _print(told, shown)
    return {"pass": 0, "fail": 1}.get(told.outcome, 3)


def _print(told: Told, shown: dict[str, Any]) -> None:
    from evalkit.app.cli.console import printable

    lines = [
        f"{told.challenger} beside {told.champion}: {shown['n']:,} requests, {shown['failed']:,} failed, "
        f"{shown['dropped']:,} dropped, {shown['outcomes']:,} outcomes -> {told.outcome}",
        "",
        *map(_line, shown["measured"]),
    ]
    if shown["mismatches"]["n"]:
        lines += ["", f"{shown['mismatches']['n']:,} answers differ, most often:"]
        lines += [f"  {one['n']:>6,}  {one['champion']} -> {one['challenger']}" for one in shown["mismatches"]["top"]]
    lines += ["", *(f"note: {note}" for note in shown["notes"])] if shown["notes"] else []
    click.echo(printable("\n".join(lines)))


def _line(one: dict[str, Any]) -> str:
    name = f"{one['metric']:<28}"
    if one["point"] is None or one["lo"] is None:
        return f"{name} {one['n']:>7,}  {one['reason'] or 'no value'}"
    noise = one["noise"]
    floor = f", itself {noise['lo']:+.4g} to {noise['hi']:+.4g}" if noise and noise["lo"] is not None else ""
    return f"{name} {one['n']:>7,}  {one['point']:+.4g} [{one['lo']:+.4g}, {one['hi']:+.4g}]{floor}  {one['said']}"
