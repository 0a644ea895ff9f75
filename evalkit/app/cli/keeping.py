"""`--evidence run:ID`: what a command found is kept with a run, for its release report."""

from __future__ import annotations

from typing import Any

import click

option = click.option(
    "--evidence", "--attach", "run", metavar="run:ID", help="Keep the result with a run, for its release report."
)


def run_of(store: Any, ref: str | None) -> str | None:
    """The id of the run that was named; asked before the work, so that a wrong name costs nothing.

    Raises:
        InputError: there is no such run.
    """
    from evalkit.app.refs import run_ref

    return run_ref(store, ref).run_id if ref else None


def keep(store: Any, run_id: str | None, made: Any, about: str | None = None) -> None:
    """Add evidence to the run, where there are both, and say so; `about`: the artifact that it is about."""
    from evalkit.app.attaching import attach
    from evalkit.app.cli.console import note

    if run_id is None or made is None:
        return
    note(f"kept with run {run_id}: evidence {attach(store, run_id, made, about).digest[:12]}")
