"""`evalkit shadow`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

SHADOW = {
    "report": ("evalkit.app.cli.shadowing.report", "report", "Hold a shadow against the champion, by the traffic log."),
    "replay": ("evalkit.app.cli.shadowing.replay", "replay", "Ask a new challenger what users asked; the same report."),
}


@click.group(cls=LazyGroup, table=SHADOW)
def shadow() -> None:
    """A challenger beside the champion on the same requests; users see the champion only.

    `evalkit serve --shadow SPEC` asks it while users are served.
    """
