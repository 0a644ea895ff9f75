"""The common ground of several runs: the cases that all have in common, and in words what they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from evalkit.app.asked import Asked
from evalkit.app.compared.entries import Entry
from evalkit.app.stored_run import same_questions
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable

OTHER_INPUT, OTHER_GOLD, NOT_ASKED = "another input", "another gold", "not asked of every system"


class Ground(NamedTuple):
    """What is compared.

    Attributes:
        common: (n,) bool over the cases asked: those that all systems have.
        left_out: system -> reason -> cases of its run that are not compared.
        said: sentences.
        rescored: runs whose own scores came of another scoring than the first run's.
    """

    common: np.ndarray
    left_out: dict[str, dict[str, int]]
    said: list[str]
    rescored: list[str]


def ground(store: Store, entries: Sequence[Entry], asked: Asked, source: str) -> Ground:
    """Compare the cases of all runs with those of the scoring.

    Raises:
        InputError: there is no case that all have in common.
    """
    stored = {e.run_id: CaseTable.from_arrow(store.read_table(e.run_id, "cases")) for e in entries}
    recorded = sorted(spec.id for spec in asked.suite.suite.metrics if spec.name == "recorded")
    same = {run: same_questions(asked.cases, cases) for run, cases in stored.items()}
    gold = {run: other_gold(asked.cases, cases) for run, cases in stored.items()}
    common = np.logical_and.reduce([covered for covered, _ in same.values()])
    if recorded:
        common &= ~np.logical_or.reduce(list(gold.values()))
    if not common.any():
        raise InputError(_nothing(entries, stored, same), remedy=_remedy(recorded, len(entries) == 2))
    inputs = np.logical_or.reduce([other_input(asked.cases, cases) for cases in stored.values()])
    golds = np.logical_or.reduce(list(gold.values())) & bool(recorded)
    left = {run: _left_out(asked.cases, cases, common, (inputs, golds)) for run, cases in stored.items()}
    said = [*_scoring(entries, source), *_narrowed(entries, stored, left)]
    said += _gold(entries, gold, common, source)
    return Ground(common, {e.name: left[e.run_id] for e in entries}, said, scored_otherwise(entries))


def scored_otherwise(entries: Sequence[Entry]) -> list[str]:
    """Runs with another scoring digest than the first."""
    first = entries[0].record.digests.scoring
    return list(dict.fromkeys(e.run_id for e in entries if e.record.digests.scoring != first))


def other_gold(cases: CaseTable, other: CaseTable) -> np.ndarray:
    """(n,) bool: cases that the other run had with another gold."""
    row = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=other.ids), -1))
    # "" is the JSON text of nothing, so it can stand for a case without gold.
    gold = pc.fill_null(other.expected.take(row).text, "")
    same = np.asarray(pc.equal(pc.fill_null(cases.expected.text, ""), gold))
    changed: np.ndarray = (row >= 0) & ~same
    return changed


def other_input(cases: CaseTable, other: CaseTable) -> np.ndarray:
    """(n,) bool: cases that the other run had with another input."""
    same, _ = same_questions(cases, other)
    clash: np.ndarray = np.asarray(pc.is_in(cases.ids, value_set=other.ids)) & ~same
    return clash


def _left_out(
    asked: CaseTable, cases: CaseTable, common: np.ndarray, differ: tuple[np.ndarray, np.ndarray]
) -> dict[str, int]:
    """Cases of one run that are not compared, by reason: input or gold that differs between runs comes first."""
    place = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=asked.ids), -1))
    here = place >= 0
    kept, inputs, golds = np.zeros((3, len(cases)), bool)
    for mask, source in ((kept, common), (inputs, differ[0]), (golds, differ[1])):
        mask[here] = source[place[here]]
    counts = {
        OTHER_INPUT: int((inputs & ~kept).sum()),
        OTHER_GOLD: int((golds & ~inputs & ~kept).sum()),
        NOT_ASKED: int((~kept & ~inputs & ~golds).sum()),
    }
    return {reason: n for reason, n in counts.items() if n}


def _nothing(
    entries: Sequence[Entry], stored: Mapping[str, CaseTable], same: Mapping[str, tuple[np.ndarray, int]]
) -> str:
    first = entries[0].run_id
    for run, (covered, changed) in same.items():
        if not covered.any():
            otherwise = f" ({changed:,} have the same id and another input)" if changed else ""
            who = f"run {run}" if run != first else "the suite given"
            return f"{who} and run {first} have no case in common{otherwise}"
    return f"there is no case that all {len(stored)} runs have in common"


def _remedy(recorded: Sequence[str], two: bool) -> str:
    if recorded:
        return "Scores that another tool recorded are compared only where input and gold are the same: run it again."
    apart = " `evalkit compare --unpaired` compares two runs as independent samples." if two else ""
    return f"Run the systems on the same cases, or check that the case ids are the same.{apart}"


def _scoring(entries: Sequence[Entry], source: str) -> list[str]:
    """Which runs were scored otherwise, asked otherwise, or belong to another suite."""
    first = entries[0].record
    others = {e.run_id: e.record for e in entries[1:] if e.run_id != first.run_id}
    said = []
    if scored := scored_otherwise(entries):
        said.append(f"{_runs(scored)} scored otherwise than {first.run_id}; all are scored here as {source} says")
    suites = [f"{run} ({r.suite.name})" for run, r in others.items() if r.suite.name != first.suite.name]
    if suites:
        said.append(f"{_runs(suites)} made with another suite than {first.run_id} ({first.suite.name})")
    seeds = [run for run, r in others.items() if r.suite.seed != first.suite.seed]
    if seeds:
        said.append(f"{_runs(seeds)} made with another seed than {first.run_id}")
    return said


def _runs(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"run {shown} was" if len(names) == 1 else f"runs {shown} were"


def _narrowed(
    entries: Sequence[Entry], stored: Mapping[str, CaseTable], left: Mapping[str, dict[str, int]]
) -> list[str]:
    said = []
    for run in dict.fromkeys(e.run_id for e in entries):
        if left[run]:
            n, total = sum(left[run].values()), len(stored[run])
            why = ", ".join(f"{reason}: {count:,}" for reason, count in left[run].items())
            said.append(f"{n:,} of the {total:,} cases of {run} are left out ({why})")
    return said


def _gold(entries: Sequence[Entry], gold: Mapping[str, np.ndarray], common: np.ndarray, source: str) -> list[str]:
    said = []
    for run in dict.fromkeys(e.run_id for e in entries):
        changed = int((gold[run] & common).sum())
        if changed:
            said.append(f"{changed:,} cases have another gold in {run}; the gold of {source} is used")
    return said
