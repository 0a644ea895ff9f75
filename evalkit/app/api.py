"""The Python interface: `evalkit.run`, `compare`, `rescore`, `load_run`. The command line calls the same functions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.app.asked import Asked, asked_again, asked_anew
from evalkit.app.catalog import make_judges, make_metrics, metric_names, metric_parameters
from evalkit.app.checks import check_options
from evalkit.app.environment import command_line, environment, workspace_root
from evalkit.app.systems import Systems
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, MissingExtra
from evalkit.core.nouns import Record, SuiteInfo
from evalkit.core.protocols import Answer, Store
from evalkit.engine.calls import Calls
from evalkit.engine.run import Job, Progress
from evalkit.engine.run import run as run_job
from evalkit.engine.runner import CallPolicy
from evalkit.engine.state import Variant
from evalkit.engine.suite import LoadedSuite, read_suite


def _as_html(record: Record) -> str:
    from evalkit.report.notebook import record_html

    return record_html(record)


Record.as_html = staticmethod(_as_html)

SuiteLike = str | Path | Mapping[str, Any]
Known = dict[str, dict[tuple[str, int], Answer]]
"""Recorded answers by system, or by `metric@variant` for verdicts."""


@dataclass(frozen=True)
class Options:
    """What cannot change a number (but for the selection, which enters the cases' digest, and `timeout`).

    Attributes:
        limit, filters: keep only some cases.
        fresh, replay: ignore what is recorded; forbid calls.
        retry_failed: start from the good answers of the last run of the same plan and system.
        concurrency: calls at the same time.
        timeout: overrides the suite's; enters the scoring digest.
        budget: stop before spending more than this (USD).
        name, tags: for the run.
        predictor: defaults for `openai:` systems: prompt, base_url, temperature, ...
    """

    limit: int | None = None
    filters: Sequence[str] = ()
    fresh: bool = False
    replay: bool = False
    retry_failed: bool = False
    concurrency: int = 8
    timeout: float | None = None
    budget: float | None = None
    name: str | None = None
    tags: Sequence[str] = ()
    predictor: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_options(self)


def open_store(workspace: str | Path | None = None) -> Store:
    """The workspace: `workspace`, else $EVALKIT_HOME, else `.evalkit` here."""
    from evalkit.stores.local import LocalStore

    return LocalStore(workspace_root(workspace), clock=time.time)


def _store(workspace: str | Path | Store | None) -> Store:
    return open_store(workspace) if workspace is None or isinstance(workspace, str | Path) else workspace


def now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


def load_suite(suite: SuiteLike, timeout: float | None = None) -> LoadedSuite:
    """Read and check a suite file (or a mapping of the same shape).

    Raises:
        InputError: what is wrong, with file, line, value and remedy.
    """
    source = Path(suite) if isinstance(suite, str | Path) else suite
    loaded = _read(source, Path() if isinstance(source, Mapping) else source if source.is_dir() else source.parent)
    if timeout is None:
        return loaded
    # In the source too: who scores the record again, does it under the limit that its answers had.
    suite_now = loaded.suite.model_copy(update={"timeout": timeout})
    return loaded._replace(suite=suite_now, source={**loaded.source, "timeout": timeout})


def _read(source: Path | Mapping[str, Any], base: Path) -> LoadedSuite:
    known = partial(metric_parameters, base=base)
    return read_suite(source, known_metrics=known, metric_names=metric_names(), base=base)


def run(
    suite: SuiteLike,
    *,
    candidate: Any,
    baseline: Any = None,
    workspace: str | Path | Store | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
    **more: Any,
) -> Record:
    """Evaluate candidates (against a baseline) on a suite, decide its gates, and store the record.

    Args:
        suite: a suite file or its folder, or a mapping of the same shape.
        candidate: a spec such as "recorded:answers.jsonl" or "python:model.py:predict", a function `f(input)`, a list
            of specs, or a mapping name -> spec.
        baseline: one spec, or "run:ID".
        workspace: folder (default $EVALKIT_HOME or .evalkit), or a Store.
        progress: called with (stage, done, total).
        options: an `Options`; its fields may also be given by name (`limit=100`).

    Raises:
        InputError: something given cannot be used. RunBroke: the run could not be completed.
    """
    options = replace(options or Options(), **more)
    loaded = load_suite(suite, options.timeout)
    asked = asked_anew(loaded, options.limit, list(options.filters))
    _needs_baseline(loaded, baseline)
    store = _store(workspace)
    systems = Systems(loaded.suite, loaded.base, asked.cases, store, options.predictor)
    variants = systems.candidates(candidate)
    if baseline is not None:
        variants.append(systems.baseline(baseline))
    return _execute(asked, variants, store, options, progress)


def rescore(
    ref: str,
    *,
    suite: SuiteLike | None = None,
    workspace: str | Path | Store | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
) -> Record:
    """Score the stored answers of a run again under its suite, or another one; no prediction is made.

    Raises:
        InputError: unknown run, or its suite file is gone and none was given.
    """
    options = options or Options()
    store = _store(workspace)
    record = store.read_record(ref)
    loaded = load_suite(suite) if suite is not None else stored_suite(record)
    asked = asked_again(store, record, loaded, given=suite is not None)
    from evalkit.app.retrying import recorded_verdicts
    from evalkit.app.stored_run import stored_variant

    variants = [
        stored_variant(store, f"{record.run_id}/{v.name}", asked.cases, v.name, v.role) for v in record.variants
    ]
    _needs_baseline(loaded, next((v for v in variants if v.role == "baseline"), None))
    known = recorded_verdicts(store, record)
    options = replace(options, replay=True, **record.selection)  # what was asked stays what was asked
    return _execute(asked, variants, store, options, progress, known)


def load_run(ref: str = "latest", *, workspace: str | Path | Store | None = None) -> Record:
    """The record of a stored run: an id, a unique beginning of one, a name, or `latest`."""
    store = _store(workspace)
    return store.read_record(ref)


def frame(record: Record, table: str = "scores", *, workspace: str | Path | Store | None = None) -> Any:
    """One of the run's tables (`cases`, `predictions`, `scores`) as a pandas DataFrame.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401 - pyarrow imports it, and would not say which extra to install
    except ImportError as error:
        raise MissingExtra("pandas", "pandas", "evalkit.frame") from error
    store = _store(workspace)
    return store.read_table(record.run_id, table).to_pandas()


def compare(
    candidate: str, baseline: str, *, workspace: str | Path | Store | None = None, suite: SuiteLike | None = None
) -> Record:
    """Two stored runs, paired case by case under one scoring: a record whose contrasts are candidate - baseline.

    The candidate's suite is used unless another is given; what the runs do not have in common is said in `warnings`.
    """
    from evalkit.app.comparing import compare_runs

    store = _store(workspace)
    return compare_runs(store, candidate, baseline, None if suite is None else load_suite(suite))[0]


def stored_suite(record: Record) -> LoadedSuite:
    """The suite as the record keeps it; paths are looked up where the file was, or in the current folder."""
    base = Path(record.suite.path).parent if record.suite.path else Path()
    return _read(record.suite.source, base if base.is_dir() else Path())


def _needs_baseline(loaded: LoadedSuite, baseline: Any) -> None:
    versus = [gate.label for gate in loaded.suite.gates if gate.versus]
    if versus and baseline is None:
        raise InputError(
            f"the gate {versus[0]!r} compares with a baseline and none was given",
            loaded.suite.name,
            "Add --baseline SPEC, or --baseline run:ID for a stored run.",
        )


def _execute(
    asked: Asked,
    variants: list[Variant],
    store: Store,
    options: Options,
    progress: Progress | None,
    known: Known | None = None,
) -> Record:
    created, loaded = now(), asked.suite
    metrics = make_metrics(loaded.suite, loaded.base)
    nonce = digest_of([created.isoformat(), loaded.source, [v.predictor.spec for v in variants]])[:8]
    selection = {"limit": options.limit, "filters": list(options.filters)}
    job = Job(
        suite=loaded.suite,
        cases=asked.cases,
        universe=asked.universe,
        metrics=metrics,
        variants=variants,
        info=suite_info(loaded),
        environment=environment(loaded.base),
        labels={
            "run_id": f"{created:%Y%m%d-%H%M%S}-{nonce}",
            "created": created.isoformat(timespec="seconds"),
            "name": options.name,
            "labels": list(options.tags),
            "command": command_line(),
            "selection": {key: value for key, value in selection.items() if value},
        },
        judges=make_judges(loaded.suite, loaded.base),
        calls=Calls(
            policy=CallPolicy(concurrency=options.concurrency, budget=options.budget),
            fresh=options.fresh,
            replay=options.replay,
            known=_good_answers(asked, variants, store) if options.retry_failed else known or {},
        ),
    )
    return run_job(job, store, progress or _silent, time.monotonic)


def _silent(stage: str, done: int, total: int) -> None:
    return None


def suite_info(loaded: LoadedSuite) -> SuiteInfo:
    """What of the suite the record keeps."""
    suite = loaded.suite
    file = Path(loaded.file) if loaded.file else loaded.base / "suite.yaml"  # of a stored suite the folder is known
    return SuiteInfo(
        name=suite.name,
        version=suite.version,
        source=dict(loaded.source),
        path=_from_here(file) if loaded.file or loaded.base != Path() else None,
        repeats=suite.repeats,
        seed=suite.seed,
    )


def _from_here(file: Path) -> str:
    """A path relative to the current folder where it lies inside: reports are sent to others, whose folders differ."""
    here = Path.cwd()
    file = file.resolve()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)


def _good_answers(asked: Asked, variants: list[Variant], store: Store) -> Known:
    """The answers without failure of the last run of this suite by the same systems."""
    from evalkit.app.retrying import good_answers

    return good_answers(asked.suite.suite, asked.cases, variants, store)
