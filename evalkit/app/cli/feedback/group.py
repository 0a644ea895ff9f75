"""`evalkit feedback import|status|promote|labels`."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

_TABLE = {
    "import": ("evalkit.app.cli.feedback.import_", "import_", "Keep outcomes, corrections and labels of predictions."),
    "status": ("evalkit.app.cli.feedback.status", "status", "How much there is, how late, and how far people agree."),
    "promote": ("evalkit.app.cli.feedback.promote", "promote", "Make new cases of a suite, new rows of a dataset."),
    "labels": ("evalkit.app.cli.feedback.labels", "labels", "Write a file of labels, for judges or for labelling."),
}


@click.group(cls=LazyGroup, table=_TABLE)
def feedback() -> None:
    """What became of predictions in the traffic log, and what people say of them."""
