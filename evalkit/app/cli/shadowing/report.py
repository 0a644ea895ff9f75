"""`evalkit shadow report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.shadowing.options import shared


@click.command()
@click.option("--challenger", metavar="NAME", help="A shadow in the traffic log [default: the only one].")
@shared
def report(challenger: str | None, workspace: Path | None, since: str | None, until: str | None, **given: Any) -> int:
    """Hold a shadow against the champion on the requests that both answered, at any time and as often as you like.

    Where outcomes are known, both are scored against them; where not, the challenger is held against the champion's
    answer. The champion's difference from itself (asked twice) stands beside each number.
    """
    from evalkit.app.cli.shadowing.options import finish, window_of
    from evalkit.app.pipeline.bench import Bench

    bench = Bench(workspace)
    return finish(bench, window_of(bench, since, until), challenger, given)
