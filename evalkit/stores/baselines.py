"""Baselines: a name that stands on one run a suite, and moves only from where the mover believes it to stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from evalkit.core.errors import InputError
from evalkit.core.protocols import ANY_RUN, BaselineEvent, RunSummary
from evalkit.stores.marks import Marks

PREFIX: Final = "baseline:"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,99}")


def check_baseline_name(name: str) -> None:
    """Refuse a name that a reference could not say back.

    Raises:
        InputError: not a name.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a baseline",
            remedy="Use up to 100 letters, digits, _ . / + or -, beginning with a letter or digit, such as main",
        )


def of_ref(runs: Sequence[RunSummary], marks: Marks, ref: str) -> str | None:
    """The run of `baseline:NAME` or `baseline:NAME@SUITE`; None where the ref is no baseline.

    Raises:
        InputError: see `standing`.
    """
    wanted = ref.removeprefix("run:")
    if not wanted.startswith(PREFIX):
        return None
    name, at, suite = wanted.removeprefix(PREFIX).partition("@")
    if "baseline" in marks.history and not suites_of(marks, name):
        return None  # a run that is called `baseline`, with a tag
    return standing(runs, marks, name, suite if at else None)


def standing(runs: Sequence[RunSummary], marks: Marks, name: str, suite: str | None) -> str:
    """The run that a baseline stands on.

    Raises:
        InputError: there is no such baseline, it holds several suites and none was named, its run is gone, or broke.
    """
    suite = suite_of(marks, name, suite)
    run_id = marks.baselines[name, suite]
    again = f"Set it to another run: evalkit baseline set {name} run:ID"
    found = next((run for run in runs if run.run_id == run_id), None)
    if found is None:
        raise InputError(f"it stands on run {run_id}, which is gone", f"baseline {name!r}", again)
    if found.outcome == "error":
        raise InputError(f"it stands on run {run_id}, which broke, so nothing can be compared with it", name, again)
    return run_id


def suite_of(marks: Marks, name: str, suite: str | None) -> str:
    """The suite that is meant: the one named, or the only one that the baseline holds.

    Raises:
        InputError: there is no such baseline, or it does not say which suite.
    """
    held = suites_of(marks, name)
    if suite is None and len(held) == 1:
        return held[0]
    if suite in held and suite is not None:
        return suite
    if not held:
        raise InputError("there is no such baseline", f"baseline {name!r}", _others(marks))
    if suite is None:
        example = f"Say which: {PREFIX}{name}@{held[0]}"
        raise InputError(f"it holds runs of {len(held)} suites: {', '.join(held)}", f"baseline {name!r}", example)
    remedy = f"It holds {', '.join(held)}. Run that suite, then: evalkit baseline set {name} run:ID"
    raise InputError(f"it holds no run of suite {suite!r}", f"baseline {name!r}", remedy)


def suites_of(marks: Marks, name: str) -> list[str]:
    """The suites that a baseline holds, in alphabetical order."""
    return sorted(suite for known, suite in marks.baselines if known == name)


def moved(
    runs: Sequence[RunSummary], marks: Marks, event: BaselineEvent, expect: str | None = ANY_RUN
) -> BaselineEvent | None:
    """The event to add, with `previous` filled in; None where the baseline stands there already.

    Args:
        runs: all runs.
        marks: where the baselines stand.
        event: name, suite and target; its suite is that of the run.
        expect: the run id that it must stand on (None: nowhere, ANY_RUN: wherever).

    Raises:
        InputError: it stands elsewhere, the name cannot be used, or the run broke.
    """
    check_baseline_name(event.name)
    run = next((run for run in runs if run.run_id == event.run_id), None)
    if run is not None and run.outcome == "error":
        raise InputError("the run broke, so it cannot be a baseline", f"run {run.run_id}", "Name a run that ended")
    previous = marks.baselines.get((event.name, event.suite))
    if expect not in (ANY_RUN, previous):
        now = f"it stands on {previous or 'no run'} and not on {expect or 'no run'}: it was moved meanwhile"
        raise InputError(now, f"baseline {event.name!r}", "Look at it (evalkit baseline show) and decide again")
    return None if previous == event.run_id else event._replace(previous=previous)


def removed(marks: Marks, name: str, suite: str | None, at: str, who: str) -> list[BaselineEvent]:
    """The events that let a baseline stand nowhere, for one suite or (None) all that it holds.

    Raises:
        InputError: there is none.
    """
    held = suites_of(marks, name) if suite is None else [suite_of(marks, name, suite)]
    if not held:
        raise InputError("there is no such baseline", f"baseline {name!r}", _others(marks))
    return [BaselineEvent(name, one, None, marks.baselines[name, one], at, who) for one in held]


def _others(marks: Marks) -> str:
    known = sorted({name for name, _ in marks.baselines})
    there = f"There are: {', '.join(known)}. " if known else ""
    return f"{there}Set one: evalkit baseline set NAME run:ID"
