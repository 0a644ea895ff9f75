"""Holds a suite against its cases before anything runs: tags and values that no case has, counts never reached."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc

from evalkit.core.tables import CaseTable
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.suite_check import Problem, Source, dotted, raise_all
from evalkit.engine.suite_loaded import LoadedSuite


def check_against_cases(loaded: LoadedSuite, cases: CaseTable) -> None:
    """Refuse a suite that names what its cases do not have. Give all cases, not those that `--limit` leaves.

    Raises:
        InputError: a `slice`, `when` or entry of `slices` names a tag or value that no case has, or values that no
            case has together; or `min_n` is more than the cases there are. All of these at once, at most ten.
    """
    problems = []
    for i, name in enumerate(loaded.suite.slices):
        if name not in cases.tags:
            problems.append(_no_tag(name, cases, ("slices", i)))
    for spec in loaded.suite.metrics:
        found, _ = _counted(spec.when or {}, cases, (*loaded.metric_path(spec.id), "when"))
        problems += found
    for i, gate in enumerate(loaded.suite.gates):
        path: KeyPath = ("gates", i)
        found, n = _counted(gate.slice or {}, cases, (*path, "slice"))
        problems += found
        if not found and gate.min_n is not None and gate.min_n > n:
            what = f"{dotted((*path, 'min_n'))} is {gate.min_n:,}, and the gate has only {n:,} cases"
            problems.append(Problem((*path, "min_n"), what, "Lower min_n, or add cases"))
    raise_all(problems, Source(loaded.file, loaded.lines))


def _counted(tags: Mapping[str, str], cases: CaseTable, path: KeyPath) -> tuple[list[Problem], int]:
    """Problems with these tag values, and how many cases have all of them."""
    keep = np.ones(len(cases), bool)
    problems = []
    for name, value in tags.items():
        if name not in cases.tags:
            problems.append(_no_tag(name, cases, (*path, name)))
            continue
        equal = np.asarray(pc.fill_null(pc.equal(cases.tags[name], value), False))
        if not equal.any():
            known = pc.unique(cases.tags[name].drop_null()).to_pylist()
            what = f"{dotted(path)} asks for {name}={value!r:.80}, which no case has"
            problems.append(Problem((*path, name), what, did_you_mean(value, known, "values")))
        keep &= equal
    if not problems and not keep.any():
        wanted = " and ".join(f"{name}={value}" for name, value in tags.items())
        problems.append(
            Problem(path, f"{dotted(path)} asks for {wanted}, which no case has together", "Use fewer tags")
        )
    return problems, int(keep.sum())


def _no_tag(name: str, cases: CaseTable, path: KeyPath) -> Problem:
    return Problem(path, f"{dotted(path)} names the tag {name!r:.80}, which no case has", _tags(name, cases))


def _tags(name: str, cases: CaseTable) -> str:
    return did_you_mean(name, cases.tags, "tags")
