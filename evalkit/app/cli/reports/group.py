"""`evalkit report`: a stored run by default, other reports by name."""

from __future__ import annotations

import click

from evalkit.app.cli.lazy import LazyGroup

REPORTS = {
    "compare": ("evalkit.app.cli.reports.compare", "compare", "Two systems or more, on the cases that all were asked."),
    "release": ("evalkit.app.cli.reports.release", "release", "A run as a release: what a manager reads and signs."),
    "run": ("evalkit.app.cli.reports.run", "run", "A stored run (what `evalkit report run:ID` means)."),
    "site": ("evalkit.app.cli.reports.site", "site", "A static site over all runs: trends, verdicts, reports, badges."),
    "judge": ("evalkit.app.cli.reports.judge", "judge", "The card of a judge: what its certificate shows."),
}


class Reports(LazyGroup):
    """What is no name of a report is a run: `evalkit report run:ID`, `evalkit report` (the latest)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `run` before what names no report."""
        if not args or (args[0] not in self.table and args[0] not in ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Reports, table=REPORTS)
def report() -> None:
    """Write reports that people read and sign, each one HTML file that asks nobody for anything.

    `evalkit report run:ID [-o FILE.html]` writes the report of a stored run (the latest without a ref); its options are
    those of `evalkit report run --help`.
    """
