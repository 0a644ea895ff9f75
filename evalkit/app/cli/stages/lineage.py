"""`evalkit lineage`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli import keeping
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.app.cli.stages.options import output as output_option


@click.command()
@click.argument("ref")
@click.option("--html", is_flag=True, help="As a page with the graph.")
@output_option
@keeping.option
@json_option
@workspace_option
def lineage(ref: str, html: bool, output: Path | None, run: str | None, as_json: bool, workspace: Path | None) -> int:
    """What a dataset, model, file, value or run was made of, back to what came from outside.

    REF is dataset:NAME[@VERSION], model:NAME@ALIAS, model:NAME@VERSION, run:ID, or a digest: that of the thing or its
    beginning (8 digits or more), or that of a run's record. Names go without their kind where only one thing has them.
    The chains that say so are verified.

    Exit codes: 0; 1 a chain is broken; 2 nothing is known by that digest.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.stages.options import deliver
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.history import evidence_about, lineage_of
    from evalkit.core.errors import EXIT_FAIL, EXIT_PASS
    from evalkit.pipeline.stages.lineage import tree
    from evalkit.stores.times import iso

    bench = Bench(workspace)
    run_id = keeping.run_of(bench.store, run)
    found = lineage_of(bench, ref)
    made = None if run_id is None else evidence_about(bench, found, run_id, iso(bench.clock()))
    html = html or (output is not None and output.suffix.lower() in (".html", ".htm"))
    if as_json:
        nodes = [node.model_dump(mode="json") for node in found.nodes]
        edges = [edge.model_dump(mode="json") for edge in found.edges]
        things = [node.id for node in found.things]
        fields = {"digest": found.things[0].digest, "things": things, "nodes": nodes, "edges": edges}
        print_json({**fields, "verified": not found.faults, "faults": found.faults})
    if html and (output is not None or not as_json):
        from evalkit.app.pipeline.stages.pages import lineage_page
        from evalkit.report.graph_page import render

        deliver(render(lineage_page(found, ref)), output)
    elif output is not None or not as_json:
        if len(found.things) > 1:
            note(f"{len(found.things)} things have this content.")
        deliver("\n".join(tree(found.nodes, found.edges, len(found.things))) + "\n", output)
    for fault in found.faults:
        note(f"broken: {fault}")
    if not found.faults:
        note("The chains that say so are whole.")
    _keep(bench, run_id, made, whole=not found.faults)
    return EXIT_FAIL if found.faults else EXIT_PASS


def _keep(bench: Any, run_id: str | None, made: Any, *, whole: bool) -> None:
    """Keep it with the run once; what a broken chain says is no evidence."""
    from evalkit.app.cli.console import note
    from evalkit.app.pipeline.stages.attach import kept

    if run_id is not None and not whole:
        note(f"not kept with run {run_id}: what a broken chain says is no evidence")
    elif run_id is not None and kept(bench, run_id, made):
        note(f"run {run_id} has this lineage already")
    else:
        keeping.keep(bench.store, run_id, made)
