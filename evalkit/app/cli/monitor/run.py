"""`evalkit monitor run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli import keeping
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.core.monitoring import MonitorSink

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--reference", help="Requests or rows in a file, a saved reference (.json), or a dataset.")
@click.option("--reference-since", help="Instead: the traffic log from this time (ISO 8601, or such as 14d ago) ...")
@click.option("--reference-until", help="... to this one.")
@click.option("--reference-variant", metavar="NAME", help="Of these, what this variant or role was given.")
@click.option("--variant", metavar="NAME", help="Watch what this variant or role was given [default: all].")
@click.option("--requests", type=_FILE, help="Requests in a file [default: the traffic log of the workspace].")
@click.option("--outcomes", type=_FILE, help="Their outcomes: rows of id, at, kind, value.")
@click.option("--since", help="Requests from this time on (ISO 8601, or such as 2h ago).")
@click.option("--until", help="Requests before this time.")
@click.option("--window", default="1h", show_default=True, help="Length of a window: 15m, 1h, 1d, 7d.")
@click.option(
    "--season",
    type=click.Choice(["none", "hour", "weekday", "week-hour"]),
    default="none",
    show_default=True,
    help="What is usual depends on it; without it, alarms on a metric that has a season are void.",
)
@click.option("--suite", type=click.Path(path_type=Path), help="Whose metrics and absolute gates hold for labels.")
@click.option("--min-effect", type=float, default=0.1, show_default=True, help="The smallest drift that matters.")
@click.option("--state", type=_FILE, help="Keep here where the alarms stand; take what came since.")
@click.option("--save-reference", type=_FILE, help="Write the reference here (.json): it is not read again.")
@keeping.option
@click.option("-o", "--output", type=_FILE, help="Write what was seen to this file, as evidence.")
@json_option
@workspace_option
def run(as_json: bool, workspace: Path | None, output: Path | None, **given: Any) -> int:
    """Hold traffic against a reference, window by window: what changed when, and whether it mattered.

    Drift of inputs, predictions and confidence; failures, latency; performance on what has labels, and by confidence
    on all; alarms that may be looked at every hour of a year with at most 5 % false ones. Drift is not damage: it is
    told, and only gates and alarms of performance, failures and slow answers fail.

    One arm of the log against another, in the same time: --reference-variant champion --variant canary.

    Exit codes: 0 no gate failed, 1 a gate or an alarm of damage, 3 a gate is open, 2 input.
    """
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.monitor import running
    from evalkit.app.pipeline.monitor.progress import keep
    from evalkit.app.pipeline.shadow.look import moment
    from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS

    bench = Bench(workspace)
    run_id = keeping.run_of(bench.store, given.pop("run"))
    for path in (given["state"], given["save_reference"], output):
        _need_folder(path)
    now = bench.clock()
    given |= {name: moment(given[name], now) for name in ("since", "until", "reference_since", "reference_until")}
    found, remarks, progress = running.ran(bench, _asked(running, **given))
    for remark in remarks:
        note(remark)
    if run_id is not None or output is not None:
        watched = found.monitor.model_copy(update={"about": _about(bench, **given)})
        for sink in _sinks(bench, run_id, output):
            note(f"kept {sink.tell(watched, found.decisions)}")
    if as_json:
        print_json(running.as_json(found))
    else:
        for sentence in found.monitor.said:
            click.echo(printable(sentence))
    if given["state"] is not None:  # last: an alarm that was not told comes again
        keep(given["state"], progress)
    return {"fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE}.get(found.monitor.outcome or "pass", EXIT_PASS)


def _about(bench: Any, **given: Any) -> str | None:
    """The model that one variant of the traffic log stood for, where one was asked about."""
    from evalkit.app.pipeline.registry.behind import artifact_behind

    if given["variant"] is None or given["requests"] is not None:
        return None
    return artifact_behind(bench.chains, given["variant"], given["until"] or bench.clock())


def _need_folder(path: Path | None) -> None:
    """What is to be written has a folder, before anything is looked at.

    Raises:
        InputError: it has none.
    """
    from evalkit.core.errors import InputError

    if path is not None and not path.absolute().parent.is_dir():
        raise InputError("there is no such folder", str(path.parent), "Make it, or name another")


def _sinks(bench: Any, run_id: str | None, output: Path | None) -> Iterator[MonitorSink]:
    from evalkit.app.pipeline.monitor.sinks import EvidenceFile, RunEvidence

    if run_id is not None:
        yield RunEvidence(bench.store, run_id)
    if output is not None:
        yield EvidenceFile(output)


def _asked(running: Any, **given: Any) -> Any:
    return running.Asked(
        reference=given["reference"],
        requests=given["requests"],
        outcomes=given["outcomes"],
        times=(given["since"], given["until"]),
        reference_times=(given["reference_since"], given["reference_until"]),
        window=running.seconds_of(given["window"]),
        season=given["season"],
        suite=given["suite"],
        min_effect=given["min_effect"],
        state=given["state"],
        save=given["save_reference"],
        arms=(given["reference_variant"], given["variant"]),
    )
