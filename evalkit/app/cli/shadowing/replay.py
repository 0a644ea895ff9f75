"""`evalkit shadow replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.shadowing.options import shared


@click.command()
@click.option("--challenger", required=True, metavar="SPEC", help="Who is asked: NAME=SCHEME:REST, as in `run -c`.")
@click.option("--timeout", type=Number(0, 3_600, min_open=True), default=10.0, show_default=True, help="Seconds.")
@click.option("--concurrency", type=click.IntRange(1), default=4, show_default=True, help="Requests at once.")
@shared
def replay(
    challenger: str,
    timeout: float,
    concurrency: int,
    workspace: Path | None,
    since: str | None,
    until: str | None,
    **given: Any,
) -> int:
    """Ask a challenger what users asked, and hold it against the champion.

    Its answers are kept under its name as those of a shadow: a replay that was ended goes on where it was, and a second
    one asks only what is new. Give a changed system another name.
    """
    import asyncio
    import os

    from evalkit.app.cli.console import progress
    from evalkit.app.cli.shadowing.options import finish, window_of
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.shadow.replay import replay as run

    if workspace is not None:
        os.environ["EVALKIT_HOME"] = str(workspace.absolute())
    bench = Bench(workspace)
    window = window_of(bench, since, until)
    with progress(given["as_json"], "requests") as told:
        done = asyncio.run(
            run(
                bench,
                challenger,
                window,
                given["champion"],
                seconds=timeout,
                concurrency=concurrency,
                progress=lambda n, total: told("replay", n, total),
            )
        )
    return finish(bench, window, done.challenger, given)
