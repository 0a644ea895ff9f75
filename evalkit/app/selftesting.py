"""`evalkit selftest`: a suite's own false-alarm rate and power, on runs that a team has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.app.api import open_store
from evalkit.app.asked import Asked, asked_anew
from evalkit.app.jobs import job_of
from evalkit.app.known_answers import run_verdicts
from evalkit.app.stored_run import stored_variant
from evalkit.app.suites import SuiteLike, load_suite
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store, StoredPredictor
from evalkit.core.seeds import seed_from
from evalkit.engine.calls import Calls
from evalkit.engine.gate_words import advises
from evalkit.engine.hull import ALPHA
from evalkit.engine.preflight_cases import Known, known_of
from evalkit.engine.preflight_scored import bound_of, covered_by, numbers_of, one_by_one
from evalkit.engine.selftest import Gates, selftest
from evalkit.engine.selftest_found import SelfTest
from evalkit.engine.state import Variant

REPLICATES = 1_000
FEWEST, MOST = 100, 100_000


@dataclass(frozen=True)
class Tested:
    """A self-test and what it was made of."""

    suite: str
    runs: list[str]
    design: str
    cases: int
    clusters: int | None
    repeats: int
    policy: str
    found: SelfTest
    warnings: list[str]

    def to_json(self) -> dict[str, Any]:
        """One JSON object with stable names."""
        return {
            "suite": self.suite,
            "runs": self.runs,
            "design": self.design,
            "cases": self.cases,
            "clusters": self.clusters,
            "repeats": self.repeats,
            "policy": self.policy,
            **self.found.to_json(),
            "told": self.found.told,
            "alarming": self.found.alarming,
            "warnings": [*self.warnings, *self.found.warnings],
        }


def self_test(
    suite: SuiteLike,
    runs: Sequence[str],
    *,
    workspace: str | Path | Store | None = None,
    replicates: int = REPLICATES,
    progress: Callable[[str, int, int], None] | None = None,
) -> Tested:
    """Swap the labels of two runs (or split the answers of one) and say how often the suite's gates fail.

    Args:
        suite: whose gates against a baseline are tested.
        runs: two references, or one to a run with several answers a case.
        workspace: where the runs are.
        replicates: simulated runs.
        progress: called with (stage, done, total).

    Raises:
        InputError: no gate against a baseline, unknown runs, the same run twice, no common case, or one run with one
            answer a case.
    """
    if not FEWEST <= replicates <= MOST:
        raise InputError(f"replicates is {replicates:,}, not between {FEWEST} and {MOST:,}")
    if len(runs) not in (1, 2):
        raise InputError(f"a self-test takes one run or two, not {len(runs)}", remedy="--runs run:A --runs run:B")
    loaded = load_suite(suite)
    asked = asked_anew(loaded, None, [])
    gates = [gate for gate in loaded.suite.gates if gate.versus]
    if not gates:
        raise InputError(
            "the suite has no gate that compares with a baseline, so swapping labels tests nothing",
            loaded.suite.name,
            "Add a gate with `versus: baseline` and a margin.",
        )
    store = workspace if workspace is not None and not isinstance(workspace, str | Path) else open_store(workspace)
    known, used = _known(store, asked, list(runs))
    rest = sum(not advises(gate) for gate in loaded.suite.gates if not gate.versus)
    policy = loaded.suite.policy
    answers = [_answers(store, run_id) for run_id in used]
    seed = seed_from(loaded.suite.seed, "selftest", asked.cases.digest(), *answers, replicates)

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress("self-test", done, total)

    found = selftest(known, Gates(gates, rest, policy, ALPHA / loaded.suite.looks), seed, replicates, told)
    clusters = None if known.codes is None else len(known.units)
    design = "labels swapped" if len(runs) == 2 else "answers split"
    return Tested(
        loaded.suite.name,
        used,
        design,
        len(known.rows),
        clusters,
        known.repeats,
        policy,
        found,
        _said(asked, known, rest),
    )


def _said(asked: Asked, known: Known, rest: int) -> list[str]:
    said = []
    if len(known.rows) < len(asked.cases):
        said.append(f"{len(known.rows):,} of the suite's {len(asked.cases):,} cases are in the runs; these are tested")
    if rest:
        said.append(f"{rest} gate{'s' if rest > 1 else ''} without a baseline left out: there is nothing to swap there")
    lost = {m: int((known.inside[m] & ~known.scored[m]).sum()) for m in known.bound}
    if most := max(lost.values(), default=0):
        said.append(
            f"up to {most:,} cases are unscored in one of the runs and are left out; in a run they widen intervals"
        )
    return said


def _known(store: Store, asked: Asked, refs: list[str]) -> tuple[Known, list[str]]:
    """Both sides of every common case, or all answers of one run."""
    name = asked.suite.suite.name
    given = [stored_variant(store, ref, asked.cases, f"s{i}", "candidate", name) for i, ref in enumerate(refs)]
    used = [str(v.from_run) for v in given]
    if len(given) == 1:
        return _split(store, asked, given[0]), used
    if given[0].from_run == given[1].from_run and _same_variant(given):
        raise InputError(f"both are run {used[0]}", remedy="Name two runs, or one with several answers a case.")
    repeats = min([asked.suite.suite.repeats, *(_repeats(v) for v in given)])
    verdicts = {**run_verdicts(store, used[0], {None: "s0"}), **run_verdicts(store, used[1], {None: "s1"})}
    job = job_of(asked, given, Calls(known=verdicts), {})
    numbers = numbers_of(job, bound_of(job), store, repeats)
    covered = covered_by(numbers, given, repeats)
    if not covered.any():
        raise InputError(
            f"the runs {used[0]} and {used[1]} have no common case", remedy="Name two runs of the same suite."
        )
    return known_of(numbers, ["s0", "s1"], covered, repeats, 0.1), used


def _answers(store: Store, run_id: str) -> list[str]:
    """What the systems of a run said, whenever it was run."""
    return sorted(one.answers for one in store.read_record(run_id).variants)


def _split(store: Store, asked: Asked, variant: Variant) -> Known:
    """All answers of one run, one by one."""
    assert isinstance(variant.predictor, StoredPredictor)
    each = one_by_one(variant, variant.predictor)
    if len(each) < 2:
        raise InputError(
            f"run {variant.from_run} answered each case once, and resampling one run against itself shows no "
            "difference at all",
            remedy="Name two runs of one system (--runs run:A --runs run:B), or a run of a suite with `repeats: 2`.",
        )
    verdicts = run_verdicts(store, str(variant.from_run), dict(_by_repeat(each)))
    job = job_of(asked, each, Calls(known=verdicts), {})
    numbers = numbers_of(job, bound_of(job), store)
    covered = covered_by(numbers, each)
    if not covered.any():
        raise InputError(f"no case of run {variant.from_run} was answered {len(each)} times")
    return known_of(numbers, [v.name for v in each], covered, len(each) // 2, 0.1)


def _by_repeat(variants: Sequence[Variant]) -> Iterator[tuple[str | None, str]]:
    """The repeat that each is, as text, and its name."""
    yield from ((v.name.rpartition("#")[2], v.name) for v in variants)


def _repeats(variant: Variant) -> int:
    assert isinstance(variant.predictor, StoredPredictor)
    return len(np.unique(np.asarray(variant.predictor.table()["repeat"])))


def _same_variant(given: Sequence[Variant]) -> bool:
    first, second = (v.predictor.table() for v in given if isinstance(v.predictor, StoredPredictor))
    return bool(first.equals(second))
