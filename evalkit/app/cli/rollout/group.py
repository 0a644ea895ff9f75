"""The group `evalkit rollout`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "plan": ("evalkit.app.cli.rollout.plan", "plan", "How many requests a canary takes, and what it catches."),
    "start": ("evalkit.app.cli.rollout.start", "start", "Begin: direct, blue-green or canary."),
    "status": ("evalkit.app.cli.rollout.status", "status", "Where rollouts stand, and how they came there."),
    "step": ("evalkit.app.cli.rollout.moves", "step", "Read what is new, and go on, hold or roll back."),
    "abort": ("evalkit.app.cli.rollout.moves", "abort", "End it: the champion has all traffic again."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def rollout() -> None:
    """Take a candidate to users, step by step, and back at once where it does harm.

    \b
    evalkit rollout plan --base 0.01 --weights 0.01,0.05,0.1 --margin 2
    evalkit rollout start --candidate new.py:f --champion old.py:f --weights 0.01,0.05,0.1
    evalkit rollout step latest
    """
