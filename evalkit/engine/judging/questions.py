"""What judges are shown: questions made of whole columns, each with the digest of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.protocols import Request
from evalkit.core.tables import MISSING, Column
from evalkit.engine.state import Plan


class Questions(NamedTuple):
    """m questions.

    Attributes:
        rows: (m,) plan rows that they are about.
        ids, repeats: case and repeat of each.
        inputs: what the judge is shown: `{"input", "expected", "output"}`, of a pair `output_1` and `output_2`; with
            `tags`, where the cases have any.
        digests: of each input without its tags: a verdict is about exactly this.
        seed: of the plan.
    """

    rows: np.ndarray
    ids: list[str]
    repeats: list[int]
    inputs: list[dict[str, Any]]
    digests: list[str]
    seed: int

    def __len__(self) -> int:
        return len(self.ids)

    def requests(self, at: Sequence[int], asks: int) -> list[Request]:
        """The `asks` calls of each of some questions, in order: call k of repeat r has `repeat == r * asks + k`."""
        found: list[Request] = []
        for i in at:
            case_id, row_repeat, shown = self.ids[i], self.repeats[i], self.inputs[i]
            found += [
                Request(case_id, repeat, shown, _seed(f"{self.seed} judge {repeat} {case_id}"))
                for repeat in range(row_repeat * asks, (row_repeat + 1) * asks)
            ]
        return found


def questions_of(plan: Plan, rows: np.ndarray, answers: Mapping[str, Column]) -> Questions:
    """The questions about some rows.

    Args:
        plan: cases and repeats.
        rows: (m,) plan rows.
        answers: the answers by their name in the question (`output`, or `output_1` and `output_2`), JSON columns of
            plan rows; what is there as `expected` stands for the gold.
    """
    cases = plan.case_row[rows]
    columns = {"input": plan.cases.input.take(cases)}
    if "expected" not in answers:
        columns["expected"] = plan.cases.expected.take(cases)
    columns |= {name: column.take(rows) for name, column in answers.items()}
    names = sorted(columns)
    values = [[None if value is MISSING else value for value in columns[name].values()] for name in names]
    return Questions(
        rows,
        plan.cases.ids.take(pa.array(cases)).to_pylist(),
        plan.repeat[rows].tolist(),
        _with_tags([dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)], plan, cases),
        _digests({name: columns[name] for name in names}),
        plan.seed,
    )


def _with_tags(inputs: list[dict[str, Any]], plan: Plan, cases: np.ndarray) -> list[dict[str, Any]]:
    for name, tags in plan.cases.tags.items():
        for shown, tag in zip(inputs, tags.take(pa.array(cases)).to_pylist(), strict=True):
            own = shown.setdefault("tags", {})
            if tag is not None:
                own[name] = tag
    return inputs


def _seed(text: str) -> int:
    """63 bits made of content, as `seed_from`, which would write a list in JSON for each call."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def nothing(n: int) -> Column:
    """A column of n rows without a value."""
    return Column(pa.nulls(n, pa.large_string()))


def _digests(columns: Mapping[str, Column]) -> list[str]:
    """`digest_of` each question, from the canonical texts that the columns hold already."""
    texts = [pc.fill_null(column.text, "null").to_pylist() for column in columns.values()]
    form = "{" + ",".join(f'"{name}":%s' for name in columns) + "}"
    return [hashlib.sha256((form % row).encode()).hexdigest() for row in zip(*texts, strict=True)]
