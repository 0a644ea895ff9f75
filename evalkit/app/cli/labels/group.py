"""The group `evalkit labels`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help)
COMMANDS = {
    "sample": ("evalkit.app.cli.labels.draw", "sample", "Draw answers of a run for people to label."),
    "queue": ("evalkit.app.cli.labels.draw", "queue", "Answers that a judge left to people."),
    "merge": ("evalkit.app.cli.labels.gather", "merge", "Put the labels of several people into one file."),
    "status": ("evalkit.app.cli.labels.gather", "status", "Who labelled how much, and how far they agree."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def labels() -> None:
    """Labels of people: what calibrates a judge, and corrects it.

    \b
    evalkit labels sample run:latest -n 100 -o labels.jsonl
    evalkit labels status labels.jsonl
    evalkit calibrate rubrics/correctness.yaml --labels labels.jsonl
    """
