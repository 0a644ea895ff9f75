"""The group `evalkit judge`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "prompt": ("evalkit.app.cli.judging.prompt", "prompt", "Check a rubric, and show what a judge is asked by it."),
    "parse": ("evalkit.app.cli.judging.parse", "parse", "Read verdicts from what judges wrote."),
    "certificates": ("evalkit.app.cli.judging.certificates", "certificates", "Which judges may gate, and why not."),
    "fit-panel": ("evalkit.app.cli.judging.fit", "fit_panel", "Learn the weights of a panel from human labels."),
    "fit-cascade": ("evalkit.app.cli.judging.fit", "fit_cascade", "Certify the thresholds of a cascade."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def judge() -> None:
    """What judges say, and panels and cascades of them."""
