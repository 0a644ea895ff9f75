"""`evalkit ab analyze`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.app.cli.many import Many
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.app.pipeline.ab.logged import FromLog
    from evalkit.pipeline.ab.asked import Method

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--exposures",
    type=_FILE,
    required=True,
    help='Rows {"unit", "variant", "ts"}: .jsonl, .csv, .parquet; or traffic, the log that `evalkit serve` keeps.',
)
@click.option(
    "--outcomes",
    type=_FILE,
    help='Rows {"unit", "metric", "value", "ts"}; or traffic: failed, seconds and the metrics of --suite.',
)
@click.option("--control", metavar="NAME", required=True, help="The variant that the others are held against.")
@click.option("--split", metavar="a=.5,b=.5", help="Shares as they were meant [default: equal; of traffic, as logged].")
@click.option(
    "--metric",
    "metrics",
    cls=Many,
    multiple=True,
    metavar="NAME:KIND[:lower]...",
    help="KIND: proportion, mean, sum, rows, ratio (A/B:ratio); with :lower less is better [default: all that occur].",
)
@click.option(
    "--method",
    type=click.Choice(["anytime", "fixed"]),
    default="anytime",
    show_default=True,
    help="anytime holds however often you look; fixed at one look, at a horizon declared before.",
)
@click.option("--suite", type=click.Path(path_type=Path), help="Of traffic: whose metrics score the answers.")
@click.option("--since", metavar="TIME", help="Of traffic: from this time on. ISO 8601, or such as 90m, 2h, 7d ago.")
@click.option("--until", metavar="TIME", help="Of traffic: before this time.")
@click.option("--cuped", is_flag=True, help="Adjust by what units did before their first exposure.")
@click.option("--evidence", "run", metavar="run:ID", help="Keep the result with a run, for its release report.")
@json_option
@workspace_option
def analyze(
    exposures: Path,
    outcomes: Path | None,
    control: str,
    split: str | None,
    metrics: tuple[str, ...],
    method: Method,
    cuped: bool,
    run: str | None,
    as_json: bool,
    workspace: Path | None,
    **window: Any,
) -> int:
    """What each variant did, beside the control: absolute lift with a 95 % interval, and a verdict.

    The split is tested first; where units do not fall on the variants as they should, nothing else is said (outcome
    srm). Units in two variants are left out, and outcomes before a unit's first exposure are ignored; both are counted.

    \b
    Exit codes: 0 analysed, whatever it says; 2 input; 3 the split does not hold.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.ab.files import analyzed
    from evalkit.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS
    from evalkit.pipeline.ab.told import as_json as told

    log = _log(workspace, exposures, outcomes, **window)
    trial, found = analyzed(
        exposures, outcomes or exposures, control, split=split, metrics=metrics, method=method, adjust=cuped, log=log
    )
    if run is not None:
        _keep(run, workspace, trial, found, log)
    if as_json:
        print_json(told(trial, found))
    else:
        _show(told(trial, found))
    return EXIT_PASS if found.srm.ok else EXIT_INCONCLUSIVE


def _log(
    workspace: Path | None,
    exposures: Path,
    outcomes: Path | None,
    suite: Path | None,
    since: str | None,
    until: str | None,
) -> FromLog | None:
    """What stands for `traffic`.

    Raises:
        InputError: outcomes are missing, or there is no `traffic` for options that are about it.
    """
    from evalkit.app.pipeline.ab.logged import WORD, FromLog
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.shadow.look import moment
    from evalkit.core.errors import InputError

    if Path(WORD) in (exposures, outcomes):
        bench = Bench(workspace)
        now = bench.clock()
        return FromLog(bench.traffic, moment(since, now), moment(until, now), suite)
    if outcomes is None:
        raise InputError(
            "there are no outcomes of these exposures", "--outcomes", "Give a file, or: --outcomes traffic"
        )
    for name, given in (("--suite", suite), ("--since", since), ("--until", until)):
        if given is not None:
            what = "files are analysed whole, by the metrics that they hold"
            raise InputError(what, name, "It is for --exposures traffic and --outcomes traffic")
    return None


def _keep(ref: str, workspace: Path | None, trial: Any, found: Any, log: FromLog | None) -> None:
    from evalkit.app.cli import keeping
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.registry.behind import artifact_behind
    from evalkit.pipeline.ab.told import as_evidence
    from evalkit.stores.times import iso

    bench = Bench(workspace)
    run_id, now = keeping.run_of(bench.store, ref), bench.clock()
    made = as_evidence(trial, found, iso(now))
    treated, about = [name for name in made.units if name != made.control], None
    if log is not None and len(treated) == 1:
        about = artifact_behind(bench.chains, treated[0], log.until if log.until is not None else now)
    keeping.keep(bench.store, run_id, made, about)


def _show(told: dict[str, Any]) -> None:
    from evalkit.app.cli.console import note
    from evalkit.app.cli.table import table

    units = ", ".join(f"{arm} {n:,}" for arm, n in told["n"].items())
    ignored = told["ignored"]
    click.echo(_plain(f"Units: {units}; {told['excluded']:,} in two variants left out."))
    left = [f"{n:,} {what.replace('_', ' ')}" for what, n in ignored.items() if n]
    if left:
        click.echo(f"Outcomes that do not count: {', '.join(left)}.")
    srm = told["srm"]
    says = "as it was meant" if srm["ok"] else "NOT as it was meant: nothing can be said"
    click.echo(f"Split: {says} (p {srm['p']:.3g}).")
    key = "e_value" if told["method"] == "anytime" else "p"
    head = ("metric", "variant", "lift", "95 % interval", key.replace("_", "-"), "outcome")
    asked = Counter(name for name, _ in {(one["metric"], one["kind"]) for one in told["metrics"]})
    table([head, *(_row(one, key, asked[one["metric"]] > 1) for one in told["metrics"])])
    for sentence in told["notes"]:
        note(f"{sentence}.")
    for one in told["metrics"]:
        if one["lo"] is None and one["outcome"] != "srm":
            note(f"{one['metric']}, {one['variant']}: {one['reason']}")


def _row(one: dict[str, Any], key: str, with_kind: bool) -> tuple[str, ...]:
    lift = "-" if one["lift"] is None else f"{one['lift']:+.4g}"
    interval = "-" if one["lo"] is None else f"[{one['lo']:+.4g}, {one['hi']:+.4g}]"
    evidence = "-" if one.get(key) is None else f"{one[key]:.3g}"
    name = f"{one['metric']}:{one['kind']}" if with_kind else one["metric"]
    return name, one["variant"], lift, interval, evidence, one["outcome"]


def _plain(text: str) -> str:
    from evalkit.app.cli.console import printable

    return printable(text)
