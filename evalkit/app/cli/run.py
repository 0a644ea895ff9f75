"""`evalkit run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number, outputs
from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, StoreError

EXIT_OF = {"pass": EXIT_PASS, "ungated": EXIT_PASS, "fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE}


@click.command()
@click.argument("suite", type=click.Path(path_type=Path))
@click.option(
    "--candidate", "-c", "candidates", multiple=True, required=True, metavar="[NAME=]SPEC", help="System to judge."
)
@click.option("--baseline", "-b", metavar="SPEC|run:ID|baseline:NAME", help="System to compare with.")
@click.option(
    "--prompt", "prompts", multiple=True, metavar="FILE", help="Prompt of openai: systems; several make a matrix."
)
@click.option("--base-url", help="Endpoint of openai: systems [default: $OPENAI_BASE_URL].")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N cases.")
@click.option("--filter", "filters", multiple=True, metavar="TAG=VALUE", help="Only these cases (also id=GLOB).")
@click.option("--concurrency", type=click.IntRange(min=1), default=8, show_default=True, help="Calls at the same time.")
@click.option("--timeout", type=Number(min=0, min_open=True), help="Seconds an answer may take (overrides the suite).")
@click.option(
    "--policy",
    type=click.Choice(["release", "pull_request"]),
    help="Every gate must pass, or only what is shown worse blocks (overrides the suite).",
)
@click.option("--budget", type=Number(min=0, min_open=True), metavar="USD", help="Stop before spending more.")
@click.option("--fresh", is_flag=True, help="Ignore cached answers and unfinished runs.")
@click.option("--replay", is_flag=True, help="Make no call: only recorded answers.")
@click.option("--retry-failed", is_flag=True, help="Keep the last run's good answers, ask the failed ones again.")
@click.option("--name", help="Name this run; the name moves here.")
@click.option("--tag", "tags", multiple=True, help="Tag this run.")
@click.option("--watch", is_flag=True, help="Run again whenever a file of the suite or a candidate changes.")
@outputs
def run(
    suite: Path,
    candidates: tuple[str, ...],
    baseline: str | None,
    prompts: tuple[str, ...],
    base_url: str | None,
    workspace: Path | None,
    report: Path | None,
    markdown: Path | None,
    as_json: bool,
    watch: bool,
    **more: Any,
) -> int:
    """Run SUITE (a suite.yaml or its folder) on candidates and decide its gates.

    \b
    SPEC is one of
      recorded:FILE            answers in JSONL, CSV or Parquet
      python:mod:func          or python:path/file.py:func, in a child process
      command:PROGRAM ARGS     JSON lines on stdin and stdout
      http:URL                 POST of one JSON object a case
      openai:MODEL             any OpenAI-compatible endpoint
      model:NAME@ALIAS         a model of the registry; model:DIGEST one that was trained
      fake:echo                scripted, for trying things out
      run:ID                   the stored answers of a run
    """
    from evalkit.app.cli.console import note
    from evalkit.app.options import Options

    predictor = {"prompt": list(prompts) or None, "base_url": base_url}
    options = Options(
        filters=more.pop("filters"),
        predictor={key: value for key, value in predictor.items() if value},
        warn=lambda sentence: note(f"warning, before any call: {sentence}"),
        **more,
    )
    files = _Outputs(report, markdown, as_json)

    def run_once() -> int:
        return once(suite, candidates, baseline, workspace, options, files)

    if watch:
        from evalkit.app.cli.watch import watched
        from evalkit.app.environment import workspace_root

        specs = (*candidates, *([baseline] if baseline else []), *prompts)
        written = [path for path in (report, markdown, workspace_root(workspace)) if path is not None]
        return watched(suite, specs, run_once, ignore=written)
    return run_once()


class _Outputs:
    """Where the result goes."""

    def __init__(self, report: Path | None, markdown: Path | None, as_json: bool) -> None:
        self.report, self.markdown, self.as_json = report, markdown, as_json


def once(
    suite: Path,
    candidates: tuple[str, ...],
    baseline: str | None,
    workspace: Path | None,
    options: Any,
    files: _Outputs,
) -> int:
    """One run: record, outputs, exit code."""
    from evalkit.app import api
    from evalkit.app.cli.console import hush, progress
    from evalkit.app.cli.output import check_writable, deliver, deliver_unsaved

    check_writable(files.report, files.markdown)
    store = api.open_store(workspace)
    try:
        with progress(quiet=files.as_json) as report_progress:
            record = api.run(
                suite,
                candidate=list(candidates),
                baseline=baseline,
                workspace=store,
                progress=report_progress,
                options=options,
            )
    except StoreError as error:
        return deliver_unsaved(error, files.report, files.markdown, files.as_json)
    try:
        deliver(record, store, report=files.report, markdown=files.markdown, as_json=files.as_json)
    except BrokenPipeError:  # the reader of stdout went away (`| head`): the verdict stands
        hush()
    return EXIT_OF[record.outcome]
