"""`evalkit pipeline run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import file as file_option

if TYPE_CHECKING:
    from evalkit.app.pipeline.stages.file import Project
    from evalkit.app.pipeline.stages.run import StageReport
    from evalkit.pipeline.stages.explain import Change


@click.command()
@file_option
@click.option("--only", multiple=True, metavar="STAGE", help="Run this stage; take the others as they are.")
@click.option("--from", "start", multiple=True, metavar="STAGE", help="Run this stage and what is made of it.")
@click.option("--fresh", is_flag=True, help="Run the stages though nothing changed.")
@click.option("--check", metavar="STAGE", help="Run this stage twice, apart, and compare; nothing is kept.")
@click.option("--explain", is_flag=True, help="Say of each stage that runs what changed.")
@click.option("--quiet", is_flag=True, help="Leave out what stages print.")
@click.option(
    "--wait",
    type=Number(0),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait so long for another run of the same pipeline.",
)
@json_option
@workspace_option
def run(
    file: Path,
    only: tuple[str, ...],
    start: tuple[str, ...],
    fresh: bool,
    check: str | None,
    explain: bool,
    quiet: bool,
    wait: float,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Run the stages whose code, config, inputs, packages, seed or version changed.

    Each stage is kept before the next begins: after a kill, the same command goes on. A stage that fails stops what
    depends on it; the others go on.

    \b
    Exit codes: 0 all is fresh now; 1 a stage's gate failed; 2 input; 3 a gate is inconclusive;
    4 a stage broke, or another run is under way. Of several: 4, 2, 1, 3. --check: 1 the runs differ.
    """
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.file import read_project

    project, bench = read_project(file), Bench(workspace)
    if check is not None:
        from evalkit.app.cli.stages.check import checked

        return checked(bench, project, check, wait, as_json=as_json, quiet=quiet)
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.stages.run import Wanted
    from evalkit.app.pipeline.stages.run import run as run_stages

    told = _Told(project, explain=explain, quiet=quiet)
    wanted = Wanted(only, start, fresh, wait, told.line, told.done, told.begins)
    report = run_stages(bench, project, wanted)
    if as_json:
        print_json(report.model_dump(mode="json"))
    return report.exit_code


class _Told:
    """What people see while it runs, on stderr."""

    def __init__(self, project: Project, *, explain: bool, quiet: bool) -> None:
        self.explain, self.quiet = explain, quiet
        self.width = max(map(len, project.pipeline.stages))

    def line(self, stage: str, sentence: str) -> None:
        if not self.quiet:
            self._say(stage, sentence)

    def begins(self, stage: str, why: list[Change] | None) -> None:
        """A stage is about to run."""
        if not self.explain:
            return
        for sentence in (
            ["it never ran"] if why is None else [c.said for c in why] or ["--fresh, or its outputs are gone"]
        ):
            self._say(stage, f"runs, for {sentence}")

    def done(self, report: StageReport) -> None:
        """A stage's report is known."""
        words = {
            "ran": f"done in {report.seconds:.1f} s",
            "kept": "nothing changed",
            "failed": f"FAILED: {report.said}",
            "blocked": f"not run: {report.said}",
        }[report.state]
        verdict = f"; {report.outcome}" if report.outcome and report.state != "failed" else ""
        said = f" ({report.said})" if verdict and report.said else ""
        self._say(report.stage, f"{words}{verdict}{said}")

    def _say(self, stage: str, sentence: str) -> None:
        from evalkit.app.cli.console import note

        note(f"{stage.ljust(self.width)}  {sentence}")
