"""`evalkit plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json, workspace
from evalkit.core.errors import EXIT_INPUT, EXIT_PASS, InputError


@click.command()
@click.argument("suite", type=click.Path(path_type=Path))
@click.option(
    "--candidate", "-c", "candidates", multiple=True, required=True, metavar="[NAME=]SPEC", help="System to judge."
)
@click.option("--baseline", "-b", metavar="SPEC|run:ID", help="What is known of the system now, and compared with.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to pass that is wanted.")
@click.option(
    "--discordance",
    type=float,
    help="Share of cases whose score differs between two runs of one system [default: as seen, else 0.1].",
)
@click.option("--expected", "expected", multiple=True, metavar="METRIC=VALUE", help="The candidate's true value.")
@click.option(
    "--prompt", "prompts", multiple=True, metavar="FILE", help="Prompt of openai: systems; several make a matrix."
)
@click.option("--base-url", help="Endpoint of openai: systems [default: $OPENAI_BASE_URL].")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N cases.")
@click.option("--filter", "filters", multiple=True, metavar="TAG=VALUE", help="Only these cases (also id=GLOB).")
@click.option("--concurrency", type=click.IntRange(min=1), default=8, show_default=True, help="Calls at the same time.")
@click.option("--fresh", is_flag=True, help="As if nothing were cached.")
@as_json
@workspace
def plan(
    suite: Path,
    candidates: tuple[str, ...],
    baseline: str | None,
    power: float,
    discordance: float | None,
    expected: tuple[str, ...],
    prompts: tuple[str, ...],
    base_url: str | None,
    workspace: Path | None,
    as_json: bool,
    **more: Any,
) -> int:
    """Say what a run of SUITE would cost and take, and whether its gates can decide. Nothing is called.

    Power is the chance that a gate passes when the candidate is as good as the baseline, computed from the baseline's
    own answers (--baseline run:ID).

    \b
    Exit codes: 0 every gate can pass, 2 a gate cannot pass, or the input cannot be used.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.options import Options
    from evalkit.app.planning import Aims
    from evalkit.app.planning import plan as plan_run

    predictor = {"prompt": list(prompts) or None, "base_url": base_url}
    options = Options(predictor={key: value for key, value in predictor.items() if value}, **more)
    aims = Aims(power, discordance, dict(map(_pair, expected)))
    found = plan_run(
        suite, candidate=list(candidates), baseline=baseline, workspace=workspace, options=options, aims=aims
    )
    for warning in found.warnings:
        note(f"warning: {warning}")
    if as_json:
        print_json(found.to_json())
    else:
        from evalkit.app.cli.plan_words import lines

        click.echo("\n".join(lines(found)))
    for sentence in found.impossible:
        note(f"error: a gate cannot pass: {sentence}")
    return EXIT_INPUT if found.impossible else EXIT_PASS


def _pair(text: str) -> tuple[str, float]:
    name, equals, value = text.rpartition("=")
    try:
        if not equals or not name:
            raise ValueError
        return name, float(value)
    except ValueError:
        raise InputError(
            f"--expected {text!r} is not METRIC=VALUE", remedy="For example --expected accuracy=0.9."
        ) from None
