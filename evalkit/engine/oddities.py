"""Answers and verdicts -> remarks: one system under two names, one judge under two names, lists written as texts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.tables import CaseTable, Column

FEWEST = 20
"""Cases from which on an agreement without an exception is worth a remark."""
_MOST_LOOKED_AT = 2_000
_LISTED = 1 / 2  # of the answers, from which on lists look like a mistake of form
_Key = tuple[str, str, int]


def oddities(
    cases: CaseTable, answers: Mapping[str, pa.Table], candidates: Sequence[str], verdicts: Sequence[pa.Table]
) -> list[str]:
    """A sentence for each oddity.

    Args:
        cases: of the run.
        answers: predictions of each variant, in plan order.
        candidates: names of those that are no baseline: a baseline may well be the same system.
        verdicts: one table a judged metric and variant, schema VERDICTS.
    """
    return [
        *_lists_as_text(cases.expected, "expected values"),
        *(
            said
            for name in candidates
            for said in _lists_as_text(Column(answers[name]["output"]), f"answers of {name}")
        ),
        *_same_systems(cases, answers, candidates),
        *_same_judges(verdicts),
    ]


def _same_systems(cases: CaseTable, answers: Mapping[str, pa.Table], candidates: Sequence[str]) -> list[str]:
    found = []
    for one, other in combinations(candidates, 2):
        ours, theirs = (Column(answers[name]["output"]).text for name in (one, other))
        if len(ours) - ours.null_count < FEWEST or not ours.equals(theirs):
            continue
        # that two systems give the gold word for word is no sign of anything
        if not pc.all(pc.is_in(ours.drop_null(), value_set=cases.expected.text)).as_py():
            found.append(
                f"{one!r} and {other!r} answered all {len(ours):,} cases alike: is it one system under two names?"
            )
    return found


def _same_judges(verdicts: Sequence[pa.Table]) -> list[str]:
    said: dict[tuple[str, str], dict[_Key, str]] = {}
    if len({table["judge"][0].as_py() for table in verdicts if len(table)}) < 2:
        return []
    for table in verdicts:
        stands = table.filter(pc.and_(table["settled"], pc.is_valid(table["label"])))
        columns = (stands[name].to_pylist() for name in ("metric", "judge", "variant", "case_id", "repeat", "label"))
        for metric, judge, variant, case_id, repeat, label in zip(*columns, strict=True):
            said.setdefault((metric, judge), {})[variant, case_id, repeat] = label
    found = []
    for (one, ours), (other, theirs) in combinations(said.items(), 2):
        both = ours.keys() & theirs.keys()
        alike = len(both) >= FEWEST and all(ours[key] == theirs[key] for key in both)
        if one[1] != other[1] and alike and len({ours[key] for key in both}) > 1:
            found.append(
                f"the judges of {one[0]!r} and {other[0]!r} gave the same verdict on all {len(both):,} answers that "
                "both judged: is it one judge under two names?"
            )
    return found


def _lists_as_text(column: Column, what: str) -> list[str]:
    """Texts like `["a", "b"]`: whoever wrote them meant a list, and they are compared as texts."""
    rows = np.flatnonzero(column.present())
    few = rows[:: max(1, -(-len(rows) // _MOST_LOOKED_AT))]
    values = [value for value in column.take(few).values() if isinstance(value, str)]
    listed = [value for value in values if _is_list(value)]
    if not listed or len(listed) < len(values) * _LISTED:
        return []
    seen = f"{len(listed):,} of {len(values):,} {what} looked at" if len(few) < len(rows) else f"{len(listed):,} {what}"
    return [f"{seen} are lists written as text, such as {listed[0]:.60}: they are compared as texts; write JSON lists"]


def _is_list(text: str) -> bool:
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > 10_000:
        return False
    for read in (json.loads, ast.literal_eval):
        try:
            found: Any = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return isinstance(found, list)
    return False
