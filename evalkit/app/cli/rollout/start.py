"""`evalkit rollout start`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json, workspace
from evalkit.app.cli.rollout import options


@click.command()
@click.option("--candidate", "--model", required=True, metavar="SPEC", help="What goes out, as `run -c` takes it.")
@click.option("--champion", required=True, metavar="SPEC", help="What serves now.")
@click.option("--strategy", type=click.Choice(["canary", "blue-green", "direct"]), default="canary", show_default=True)
@options.weights
@click.option(
    "--min-units", default="50", show_default=True, help="Units of the candidate a step; one, or one for each weight."
)
@click.option("--pause", default="0s", show_default=True, help="Shortest time of a step, such as 10min; alike.")
@click.option("--patience", default="7d", show_default=True, help="A step that stays open longer is taken back.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    help="A loss in [0, 1] a unit: failed, seconds>X, a metric of --suite, or losses.NAME of the observations. "
    "[default: failed]",
)
@click.option(
    "--guard", "guards", multiple=True, help="The same, but only harm is asked of it; no promotion waits for it."
)
@click.option(
    "--suite", type=click.Path(path_type=Path), help="Whose metrics score answers, once the right ones were told."
)
@options.margin
@options.alpha
@options.alpha_harm
@click.option(
    "--max-loss", type=float, help="Direct and blue-green, for want of a champion beside it: shown below this."
)
@click.option("--warm-units", type=int, default=20, show_default=True, help="Blue-green: shadow answers before.")
@click.option("--warm-up", default="0s", show_default=True, help="Blue-green: shortest time of the warm-up.")
@click.option("--id", "ident", metavar="ID", help="What it is called. [default: the time and a digest]")
@click.option("--force", metavar="WHY", help="Although no run passed that judged this model.")
@as_json
@workspace
def start(workspace: Path | None, as_json: bool, force: str | None, ident: str | None, **asked: Any) -> int:
    """Begin a rollout and print its id. Nothing is asked of the candidate yet: `serve` and `step` go by it.

    \b
    canary      a share of the units, more at each step, held against the champion beside it
    blue-green  warmed up unseen, switched at once, and switched back until it is shown to be good
    direct      all traffic at once, and back until it is shown to be good
    """
    from evalkit.app.approving import who
    from evalkit.app.cli.console import note, print_json, printable
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.rollout.allowed import refusal
    from evalkit.app.pipeline.rollout.asked import Asked, plan_of
    from evalkit.app.pipeline.rollout.losses import given_as
    from evalkit.app.pipeline.rollout.moves import started
    from evalkit.app.pipeline.rollout.show import lines, of_state

    bench = Bench(workspace)
    plan = plan_of(Asked(**asked))
    state = started(bench, plan, who=who(), refusal=refusal(bench), force=force, ident=ident)
    for metric in filter(given_as, plan.metrics):
        note(f"the traffic log does not tell {printable(metric)}: give each `rollout step` its --observations")
    if as_json:
        print_json(of_state(state))
    else:
        click.echo(printable("\n".join(lines(state))))
    return 0
