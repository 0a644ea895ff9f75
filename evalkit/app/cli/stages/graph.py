"""`evalkit pipeline graph` and `evalkit pipeline schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import file as file_option
from evalkit.app.cli.stages.options import output as output_option

if TYPE_CHECKING:
    from evalkit.app.pipeline.stages.file import Project

_FORMS = {".html": "html", ".htm": "html", ".mmd": "mermaid", ".dot": "dot", ".gv": "dot"}


@click.command()
@file_option
@click.option("--html", "form", flag_value="html", help="As a page: the graph, and how each stage stands.")
@click.option("--mermaid", "form", flag_value="mermaid", help="As a Mermaid flowchart, which GitHub shows.")
@click.option("--dot", "form", flag_value="dot", help="As a digraph of Graphviz.")
@output_option
@json_option
@workspace_option
def graph(file: Path, form: str | None, output: Path | None, as_json: bool, workspace: Path | None) -> int:
    """What each stage takes and gives, in the order in which they run; nothing is run.

    It is printed, or written to -o FILE, whose ending says the form where no option does: .html, .mmd, .dot.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.stages.options import deliver
    from evalkit.app.pipeline.stages.file import read_project
    from evalkit.pipeline.stages import draw

    project = read_project(file)
    form = form or (_FORMS.get(output.suffix.lower()) if output is not None else None)
    if not as_json or output is not None:
        words = {"mermaid": draw.as_mermaid, "dot": draw.as_dot}.get(form or "", draw.as_text)
        deliver(_page(project, file, workspace) if form == "html" else words(project.pipeline) + "\n", output)
    if as_json:
        print_json(draw.as_json(project.pipeline))
    return 0


def _page(project: Project, file: Path, workspace: Path | None) -> str:
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.keys import Keys, standings
    from evalkit.app.pipeline.stages.ledger import Ledger
    from evalkit.app.pipeline.stages.pages import pipeline_page
    from evalkit.report.graph_page import render

    bench = Bench(workspace)
    found = standings(Keys(bench, project), Ledger(bench, project.pipeline.name))
    return render(pipeline_page(project.pipeline, found, file))


@click.command()
def schema() -> int:
    """Print the JSON Schema of the pipeline file, for editors."""
    from evalkit.app.cli.console import print_json
    from evalkit.pipeline.stages.keys import pipeline_schema

    print_json(pipeline_schema())
    return 0
