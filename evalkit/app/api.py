"""The Python interface: `evalkit.run`, `compare`, `rescore`, `load_run`. The command line calls the same functions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, overload

from evalkit.app.asked import Asked, asked_again, asked_anew
from evalkit.app.certifying import certified, revoke
from evalkit.app.environment import command_line, workspace_root
from evalkit.app.graders import against_baseline, asks_judge
from evalkit.app.jobs import job_of, silent
from evalkit.app.looks import confirming
from evalkit.app.options import Options
from evalkit.app.shown import show_nouns
from evalkit.app.suites import SuiteLike, load_suite, stored_suite
from evalkit.app.systems import Systems
from evalkit.core.comparison import Comparison
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, MissingExtra
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.engine.calls import Calls, Recorded
from evalkit.engine.run import Progress
from evalkit.engine.run import run as run_job
from evalkit.engine.runner import CallPolicy
from evalkit.engine.state import Variant
from evalkit.engine.suite import LoadedSuite

show_nouns()


def open_store(workspace: str | Path | None = None) -> Store:
    """The workspace: `workspace`, else $EVALKIT_HOME, else `.evalkit` here."""
    from evalkit.stores.local import LocalStore

    return LocalStore(workspace_root(workspace), clock=time.time)


def _store(workspace: str | Path | Store | None) -> Store:
    return open_store(workspace) if workspace is None or isinstance(workspace, str | Path) else workspace


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
    loaded = load_suite(suite, options.timeout, options.policy)
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
    return _execute(asked, variants, store, options, progress, known, [record])


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


@overload
def compare(
    candidate: str, baseline: str, *, workspace: str | Path | Store | None = None, suite: SuiteLike | None = None
) -> Record: ...
@overload
def compare(
    candidate: str,
    baseline: str,
    third: str,
    /,
    *more: str,
    workspace: str | Path | Store | None = None,
    suite: SuiteLike | None = None,
) -> Comparison: ...
def compare(
    candidate: str,
    baseline: str,
    *more: str,
    workspace: str | Path | Store | None = None,
    suite: SuiteLike | None = None,
) -> Record | Comparison:
    """Stored runs, paired case by case under one scoring.

    Two give a record whose contrasts are candidate - baseline; what they do not have in common is said in `warnings`.
    Three or more give a `Comparison`, as `compare_many` does for any number. The first run's suite is used unless
    another is given.

    Raises:
        InputError: an unknown run or one that broke, one named twice, no case in common, or scores that cannot be
            compared.
    """
    from evalkit.app.comparing import compare_all

    loaded = None if suite is None else load_suite(suite)
    found = compare_all(_store(workspace), [candidate, baseline, *more], loaded)
    return found.comparison if more else found.record


def compare_many(*runs: str, workspace: str | Path | Store | None = None, suite: SuiteLike | None = None) -> Comparison:
    """Any number of stored systems on the cases that all were asked: differences, ranks, fronts, slices and flips.

    Args:
        runs: two or more (`run:ID`, a name, `run:ID/VARIANT`), or one run with several systems.
        workspace: folder (default $EVALKIT_HOME or .evalkit), or a Store.
        suite: to score all under; None: that of the first run.

    Raises:
        InputError: as in `compare`.
    """
    from evalkit.app.comparing import compare_all

    return compare_all(_store(workspace), runs, None if suite is None else load_suite(suite)).comparison


def _needs_baseline(loaded: LoadedSuite, baseline: Any) -> None:
    versus = [gate.label for gate in loaded.suite.gates if gate.versus]
    if versus and baseline is None:
        raise InputError(
            f"the gate {versus[0]!r} compares with a baseline and none was given",
            loaded.suite.name,
            "Add --baseline SPEC, or --baseline run:ID for a stored run.",
        )
    pairs = [spec.id for spec in loaded.suite.metrics if against_baseline(spec, loaded.base)]
    if pairs and baseline is None:
        raise InputError(
            f"the metric {pairs[0]!r} holds each answer against the baseline's, and no baseline was given",
            loaded.suite.name,
            "Add --baseline SPEC, or --baseline run:ID for a stored run; or write against: expected.",
        )


def _execute(
    asked: Asked,
    variants: list[Variant],
    store: Store,
    options: Options,
    progress: Progress | None,
    known: Recorded | None = None,
    earlier: Sequence[Record] = (),
) -> Record:
    created = datetime.now(UTC) if options.clock is None else options.clock()
    nonce = digest_of([created.isoformat(), asked.suite.source, [v.predictor.spec for v in variants]])[:8]
    selection = {"limit": options.limit, "filters": list(options.filters)}
    calls = Calls(
        policy=CallPolicy(concurrency=options.concurrency, budget=options.budget),
        fresh=options.fresh,
        replay=options.replay,
        known=_good_answers(asked, variants, store) if options.retry_failed else known or {},
        unsettled=options.retry_failed,
    )
    labels = {
        "run_id": f"{created:%Y%m%d-%H%M%S}-{nonce}",
        "created": created.isoformat(timespec="seconds"),
        "name": options.name,
        "labels": list(options.tags),
        "command": command_line(),
        "selection": {key: value for key, value in selection.items() if value},
    }
    looks = asked.suite.suite.looks
    job = replace(job_of(asked, variants, calls, labels), confirm=confirming(store, variants, looks), warn=options.warn)
    job = replace(
        job, **certified(asked.suite, job.judges, store, created.isoformat(timespec="seconds"), earlier)._asdict()
    )
    record = run_job(job, store, progress or silent, time.monotonic)
    revoke(store, record)
    return record


def _judged(loaded: LoadedSuite) -> bool:
    return any(asks_judge(spec, loaded.base) for spec in loaded.suite.metrics)


def _good_answers(asked: Asked, variants: list[Variant], store: Store) -> Recorded:
    """The answers without failure of the last run of this suite by the same systems."""
    from evalkit.app.retrying import good_answers

    return good_answers(asked.suite.suite, asked.cases, variants, store, _judged(asked.suite))
