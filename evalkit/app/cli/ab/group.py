"""The group `evalkit ab`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "analyze": ("evalkit.app.cli.ab.analyze", "analyze", "What the variants of an experiment did."),
    "assign": ("evalkit.app.cli.ab.assign", "assign", "Which variant units get."),
    "plan": ("evalkit.app.cli.ab.plan", "plan", "How many units a lift takes."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def ab() -> None:
    """Experiments: units assigned at random to variants.

    \b
    evalkit ab plan --kind proportion --base .10 --lift .02
    evalkit ab assign user-17 user-18 --salt checkout-2 --split old=.5,new=.5
    evalkit ab analyze --exposures seen.jsonl --outcomes came.jsonl --control old
    """
