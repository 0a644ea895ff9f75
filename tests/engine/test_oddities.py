"""Remarks about a run: systems and judges under two names, lists written as texts; and silence where all is well."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from evalkit.core.tables import MISSING, VERDICTS, CaseTable, Column, prediction_table
from evalkit.engine.oddities import oddities


def cases(n: int, expected: list[Any] | None = None) -> CaseTable:
    values = expected if expected is not None else [f"gold {i}" for i in range(n)]
    return CaseTable(pa.array([f"c{i}" for i in range(n)]), Column.of([MISSING] * n), Column.of(values))


def answered(values: list[Any]) -> pa.Table:
    return prediction_table({"case_id": [f"c{i}" for i in range(len(values))], "output": Column.of(values).text})


def judged(metric: str, judge: str, labels: list[str | None]) -> pa.Table:
    rows = [
        {
            "metric": metric,
            "variant": "a",
            "case_id": f"c{i}",
            "repeat": 0,
            "judge": judge,
            "label": label,
            "settled": True,
        }
        for i, label in enumerate(labels)
    ]
    return pa.Table.from_pylist(rows, schema=VERDICTS)


def test_one_system_under_two_names() -> None:
    texts = [f"answer {i}" for i in range(30)]
    same = {"a": answered(texts), "b": answered(texts), "c": answered([*texts[:-1], "other"])}
    assert oddities(cases(30), same, ["a", "b", "c"], []) == [
        "'a' and 'b' answered all 30 cases alike: is it one system under two names?"
    ]
    assert oddities(cases(30), same, ["a"], []) == []
    assert oddities(cases(30, texts), same, ["a", "b"], []) == [], "both give the gold"
    few = {name: answered(texts[:10]) for name in "ab"}
    assert oddities(cases(10), few, ["a", "b"], []) == []


def test_one_judge_under_two_names() -> None:
    labels: list[str | None] = ["yes", "no", None] * 10
    tables = [judged("m", "1" * 64, labels), judged("k", "2" * 64, labels), judged("o", "3" * 64, labels[::-1])]
    (said,) = oddities(cases(30), {}, [], tables)
    assert said.startswith("the judges of 'm' and 'k' gave the same verdict on all 20 answers")
    assert oddities(cases(30), {}, [], [tables[0], judged("k", "1" * 64, labels)]) == [], "it is one judge, openly"
    constant: list[str | None] = ["yes"] * 30
    assert oddities(cases(30), {}, [], [judged("m", "1" * 64, constant), judged("k", "2" * 64, constant)]) == []


def test_lists_written_as_texts() -> None:
    written = ['["a", "b"]', "['x', 'y']", "[1]"] * 3
    (said,) = oddities(cases(9, written), {}, [], [])
    assert said.startswith('9 expected values are lists written as text, such as ["a", "b"]')
    (said,) = oddities(cases(9), {"a": answered(written)}, ["a"], [])
    assert said.startswith("9 answers of a are lists")
    assert oddities(cases(9, [["a"]] * 9), {}, [], []) == []
    assert oddities(cases(3, ["[sic]", "[" * 5000 + "]", "[1,"]), {}, [], []) == []
