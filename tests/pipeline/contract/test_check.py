"""A contract held against tables: which rows break which rule, and what the verdict is."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from evalkit.core.errors import InputError
from evalkit.core.nouns import Outcome
from evalkit.pipeline.contract import Checked, Contract, Given, check


def contract(columns: str, more: str = "") -> Contract:
    """A contract of one line a column."""
    lines = "\n".join(f"  {line}" for line in columns.strip().splitlines())
    return Contract.parse(f"contract: c\ncolumns:\n{lines}\n{more}")


def found(checked: Checked, column: str | None, part: str) -> tuple[Outcome, int, list[int]]:
    """Outcome, failing and rows of the examples of the one rule whose words hold `part`."""
    (one,) = [each for each in checked.validation if each.column == column and part in each.rule]
    return one.outcome, one.failing, [example["row"] for example in one.examples]


def test_every_rule_of_a_column() -> None:
    table = pa.table(
        {
            "n": [1, 5, None, 12, 5],
            "x": [0.0, 1.0, float("nan"), 2.0, -1.0],
            "c": ["AA", "dl", None, "UA", "AA"],
            "t": pa.array(["2026-01-01", "2026-01-02", None, "2027-01-01", "2026-01-01"]).cast(pa.timestamp("us")),
        }
    )
    rules = contract(
        """n: {type: integer, nullable: false, min: 1, max: 10, unique: true}
x: {type: number, gt: -1, lt: 2}
c: {type: text, set: [AA, DL, UA], regex: "^[A-Z]+$", min_length: 2, max_length: 2}
t: {type: timestamp, max: 2026-12-31}"""
    )
    checked = check(table, rules)
    assert found(checked, "n", "not null") == ("fail", 1, [2])
    assert found(checked, "n", "between 1 and 10") == ("fail", 1, [3])
    assert found(checked, "n", "unique") == ("fail", 1, [4])
    assert found(checked, "n", "type") == ("pass", 0, [])
    assert found(checked, "x", "above -1 and below 2") == ("fail", 2, [3, 4])  # NaN is missing, and may be
    assert found(checked, "c", "one of") == ("fail", 1, [1])
    assert found(checked, "c", "matches") == ("fail", 1, [1])
    assert found(checked, "c", "2 to 2 characters") == ("pass", 0, [])
    assert found(checked, "t", "at most 2026-12-31") == ("fail", 1, [3])
    assert checked.outcome == "fail"
    assert checked.bad.tolist() == [False, True, True, True, True]
    assert [reason[:3] for reason in checked.reasons if reason[0] == 1] == [
        (1, "c", "one of 'AA', 'DL', 'UA'"),
        (1, "c", "matches ^[A-Z]+$"),
    ]


def test_what_is_right_passes_and_nothing_measured_does_not() -> None:
    rules = contract("n: {type: integer, nullable: false, min: 0}")
    assert check(pa.table({"n": [1, 2]}), rules).outcome == "pass"
    assert check(pa.table({"n": pa.array([], pa.int64())}), rules).outcome == "inconclusive"


def test_a_column_that_may_be_empty_keeps_its_bounds_when_it_is() -> None:
    rules = contract("n: {type: integer, min: 0}\nk: integer")
    found_ = check(pa.table({"n": pa.nulls(3), "k": [1, 2, 3]}), rules)
    assert {each.rule: each.outcome for each in found_.validation if each.column == "n"} == {
        "type integer": "pass",
        "at least 0": "pass",
    }


def test_schema_drift_is_a_check_that_fails() -> None:
    rules = contract("a: integer\nb: {type: integer, required: false}\nc: integer")
    checked = check(pa.table({"a": [1, 2], "new": [None, "x"]}), rules)
    assert found(checked, "c", "is there") == ("fail", 2, [0, 1])
    assert found(checked, "new", "names the column") == ("fail", 1, [1])
    assert not [each for each in checked.validation if each.column == "b"]
    for extra, outcome in (("warn", "pass"), ("allow", "pass"), ("error", "fail")):
        rules = contract("a: integer", f"extra: {extra}")
        assert check(pa.table({"a": [1], "new": [1]}), rules).outcome == outcome


def test_wrong_types_break_the_type_and_nothing_else() -> None:
    rules = contract("a: {type: integer, nullable: false, min: 0}\nwhen: {type: timestamp, nullable: false}")
    table = pa.table(
        {"a": ["1", "x", "", "3.0", "1.5"], "when": ["2026-01-01", "soon", "", "2026-01-01T10:00:00Z", "0"]}
    )
    as_cells = check(table, rules, Given(texts="all"))
    assert found(as_cells, "a", "type") == ("fail", 2, [1, 4])
    assert found(as_cells, "a", "not null") == ("fail", 1, [2])
    assert found(as_cells, "a", "at least") == ("pass", 0, [])
    assert found(as_cells, "when", "type") == ("fail", 2, [1, 4])
    as_texts = check(table, rules)
    assert found(as_texts, "a", "type") == ("fail", 5, [0, 1, 2, 3, 4])
    floats = check(pa.table({"a": [1.0, 2.5, float("nan")], "when": pa.nulls(3)}), rules)
    assert found(floats, "a", "type") == ("fail", 1, [1])
    assert found(floats, "a", "not null") == ("fail", 1, [2])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", [1, np.int8(3)], ["a", 1.5]),
        ("number", [1, 2.5], ["a", True]),
        ("boolean", [True, False], [1, "true"]),
        ("text", ["a", ""], [1, b"x"]),
        ("date", [pd.Timestamp("2026-01-01").date()], [1, "2026-01-01"]),
        ("any", [1, 2], []),
    ],
)
def test_types_of_arrow_columns(kind: Any, good: list[Any], bad: list[Any]) -> None:
    rules = contract(f"a: {kind}")
    assert check(pa.table({"a": pa.array(good)}), rules).outcome == "pass"
    for value in bad:
        assert check(pa.table({"a": pa.array([value])}), rules).outcome == "fail", value


def test_bounds_and_sets_hold_where_a_float_cannot() -> None:
    table = pa.table({"n": [2**62, 1, 0]})
    checked = check(table, contract("n: {type: integer, gt: 0.5, max: 1.0e+30, set: [1, 0]}"))
    assert found(checked, "n", "above 0.5") == ("fail", 1, [2])
    assert found(checked, "n", "one of") == ("fail", 1, [0])
    checked = check(table, contract(f"n: {{type: number, max: {2**62 - 1}, set: [1, 0, 0.5]}}"))
    assert found(checked, "n", "at most") == ("fail", 1, [0])
    assert found(checked, "n", "one of") == ("fail", 1, [0])
    assert check(table, contract("n: {set: [a]}")).bad.all()


def test_dictionaries_and_chunks_are_read() -> None:
    column = pa.chunked_array([pa.array(["a"]).dictionary_encode(), pa.array(["b", "a"]).dictionary_encode()])
    checked = check(pa.table({"c": column}), contract("c: {type: text, set: [a], unique: true}"))
    assert found(checked, "c", "one of") == ("fail", 1, [1])
    assert found(checked, "c", "unique") == ("fail", 1, [2])


def test_keys() -> None:
    table = pa.table({"a": [1, 1, 1, None, 2], "b": ["x", "y", "x", "z", "x"]})
    checked = check(table, contract("a: integer\nb: text", "keys: [[a, b]]"))
    assert found(checked, None, "key (a, b)") == ("fail", 2, [2, 3])
    assert checked.validation[-1].examples[0]["value"] == {"a": 1, "b": "x"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.sampled_from("ab")), max_size=20))
def test_repeated_keys_as_pandas_has_them(rows: list[Any]) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"]).astype({"a": "Int64"})
    table = pa.table(
        {"a": pa.array([a for a, _ in rows], pa.int64()), "b": pa.array([b for _, b in rows], pa.string())}
    )
    want = (frame.duplicated(["a", "b"]) | frame["a"].isna()).tolist()
    checked = check(table, contract("a: integer\nb: text", "keys: [[a, b]]"))
    assert checked.bad.tolist() == [bool(value) for value in want]


def test_mostly_is_a_bound_and_not_a_share() -> None:
    rules = contract("x: {type: number, min: 0, mostly: 0.99}")

    def outcome(n: int, failing: int) -> Outcome:
        return check(pa.table({"x": [-1.0] * failing + [1.0] * (n - failing)}), rules).outcome

    assert outcome(20, 0) == "inconclusive"
    assert outcome(298, 0) == "inconclusive"
    assert outcome(299, 0) == "pass"  # 0.99 ** 299 < 0.05
    assert outcome(20, 1) == "inconclusive"
    assert outcome(20, 3) == "fail"
    for n, failing in ((1000, 3), (1000, 5), (1000, 15), (1000, 17), (50, 2)):
        kept = n - failing
        below = binomtest(kept, n, 0.99, alternative="less").pvalue
        above = binomtest(kept, n, 0.99, alternative="greater").pvalue
        want = "pass" if above <= 0.05 else "fail" if below <= 0.05 else "inconclusive"
        assert outcome(n, failing) == want, (n, failing)
    assert not check(pa.table({"x": [-1.0]}), rules).bad.any()


def test_one_broken_row_among_many_is_a_failure() -> None:
    n = 3_000_000
    values = np.ones(n)
    values[-1] = -1
    checked = check(pa.table({"x": values}), contract("x: {type: number, min: 0}"))
    assert found(checked, "x", "at least 0") == ("fail", 1, [n - 1])


def test_warnings_are_told_and_decide_nothing() -> None:
    checked = check(pa.table({"x": [-1]}), contract("x: {type: integer, min: 0, severity: warn}\n", "volume: {min: 1}"))
    assert found(checked, "x", "at least 0 (warns only)") == ("fail", 1, [0])
    assert checked.outcome == "pass"
    assert not checked.bad.any()
    alone = contract("x: {type: integer, min: 0, severity: warn}\n")
    outcomes = [check(pa.table({"x": pa.array(rows, pa.int64())}), alone).outcome for rows in ([-1], [])]
    assert outcomes == ["pass", "inconclusive"]


def test_rules_across_columns_say_nothing_of_missing_values() -> None:
    table = pa.table({"a": [1, 70, None, 5], "b": [1, 5, 5, None]})
    checked = check(table, contract("a: integer\nb: integer", "rules: [{rule: a <= b + 60, name: order}]"))
    assert found(checked, None, "order: a <= b + 60") == ("fail", 1, [1])
    assert checked.validation[-1].examples[0]["value"] == {"a": 70, "b": 5}


def test_freshness() -> None:
    rules = contract("at: timestamp", "freshness: {column: at, max_age: 2 hours}")
    table = pa.table({"at": pa.array([0, 3600, 10**9], pa.timestamp("s"))})
    assert check(table, rules, Given(now=3600 * 3.0)).outcome == "pass"
    assert check(table, rules, Given(now=3600 * 3.1)).outcome == "fail"  # the row of the far future makes nothing fresh
    assert check(table, rules).outcome == "inconclusive"
    assert check(table, rules, Given(now=-1.0)).outcome == "inconclusive"


def test_volume_and_history() -> None:
    rules = contract("x: integer", "volume: {min: 2, max: 4}")
    assert [check(pa.table({"x": [0] * n}), rules).outcome for n in (1, 2, 4, 5)] == ["fail", "pass", "pass", "fail"]
    assert check(pa.table({"x": pa.array([], pa.int64())}), rules).outcome == "fail"
    rules = contract("x: integer", "volume: {within: 4}")
    table = pa.table({"x": [0] * 100})
    assert check(table, rules, Given(rows=[100] * 4)).outcome == "inconclusive"
    assert check(table, rules, Given(rows=[90, 105, 99, 120, 95])).outcome == "pass"
    assert check(table, rules, Given(rows=[1000, 1050, 990, 1200, 950])).outcome == "fail"


def test_references() -> None:
    rules = contract("p: {type: text, references: planes.tailnum}")
    table = pa.table({"p": ["N1", "N9", None]})
    assert check(table, rules).outcome == "inconclusive"
    checked = check(table, rules, Given(values=lambda dataset, column: pa.array(["N1", "N2"])))
    assert found(checked, "p", "in planes.tailnum") == ("fail", 1, [1])
    assert found(check(table, rules, Given(values=lambda *_: pa.array([1]))), "p", "in planes") == ("fail", 2, [0, 1])


def test_anomalies() -> None:
    table = pa.table({"x": [0.0, 1.0, 100.0]})
    rules = contract("x: {type: number, anomaly: {within: 5, median: 0, mad: 1}}")
    assert found(check(table, rules), "x", "robust") == ("fail", 1, [2])
    rules = contract("x: {type: number, anomaly: {within: 5}}")
    assert check(table, rules).outcome == "inconclusive"
    usual = Given(history=lambda name: pa.array(np.random.default_rng(1).normal(size=99)))
    assert found(check(table, rules, usual), "x", "of the version before") == ("fail", 1, [2])
    assert check(table, rules, Given(history=lambda name: pa.array([1.0] * 9))).outcome == "inconclusive"


def test_what_cannot_be_read_is_a_row_of_its_own() -> None:
    rules = contract("x: {type: integer, nullable: false}")
    checked = check(pa.table({"x": [1, None, 2]}), rules, Given(unreadable={1: "line 3 has 2 cells"}))
    assert found(checked, None, "every line") == ("fail", 1, [1])
    assert found(checked, "x", "not null") == ("pass", 0, [])
    assert checked.bad.tolist() == [False, True, False]


def test_examples_are_few_short_and_json() -> None:
    table = pa.table({"x": ["a" * 999] * 9, "y": [float("inf")] * 9})
    checked = check(table, contract("x: {type: text, max_length: 3}\ny: {type: number, max: 1}"))
    examples = next(each for each in checked.validation if "characters" in each.rule).examples
    assert len(examples) == 5
    assert len(examples[0]["value"]) == 200
    assert next(each for each in checked.validation if "at most" in each.rule).examples[0]["value"] == "inf"


def test_a_name_that_is_there_twice() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    checked = check(table, contract("x: integer"))
    assert [each.rule for each in checked.validation if each.outcome == "fail"][
        -1
    ] == "the name is there once, not 2 times"


def test_evidence() -> None:
    checked = check(pa.table({"x": [1]}), contract("x: integer"))
    evidence = checked.evidence("flights", "2026-01-01T00:00:00+00:00", quarantined=2)
    assert (evidence.outcome, evidence.rows, evidence.quarantined) == ("pass", 1, 2)
    assert evidence.contract == checked.contract.digest


ODD = {
    "number": pa.array([1, 2, None, 3, 3]),
    "half": pa.array([1.5, 2, None, 3, 3], pa.float16()),
    "text": pa.array(["a", "5", None, "b", "b"]),
    "view": pa.array(["a", "5", None, "b", "b"], pa.string_view()),
    "flag": pa.array([True, False, None, True, True]),
    "time": pa.array([0, 1, None, 2, 2], pa.timestamp("ns")),
    "span": pa.array([0, 1, None, 2, 2], pa.duration("s")),
    "bytes": pa.array([b"a", b"\xff", None, b"b", b"b"]),
    "list": pa.array([[1], [2], None, [], []]),
    "object": pa.array([{"a": 1}, {"a": 2}, None, {"a": 3}, {"a": 3}]),
    "nothing": pa.nulls(5),
    "runs": pa.array(["a", "5", None, "b", "b"]).dictionary_encode(),
}


@pytest.mark.parametrize("column", ODD)
def test_any_rule_has_a_verdict_on_any_column(column: str) -> None:
    """What a rule cannot be asked of does not keep it; it is never passed over, and nothing breaks."""
    rules = [{"ge": 1}, {"le": "b"}, {"min_length": 1}, {"regex": "^a"}, {"set": [1]}, {"set": ["a"]}, {"unique": True}]
    kinds = ("any", "number", "text")
    for rule, kind, rows in itertools.product(rules, kinds, (5, 0)):
        try:
            text = json.dumps({"contract": "c", "columns": {"x": {"type": kind, **rule}}, "keys": ["x"]})
            asked = Contract.parse(text)
        except InputError:
            continue  # a bound for numbers on a text, and the like
        checked = check(pa.table({"x": ODD[column].slice(0, rows)}), asked)
        broken = {row for finding in checked.findings for row in finding.rows.tolist()}
        assert checked.outcome == ("fail" if rows else "inconclusive")
        assert broken <= set(range(rows))
        if rows and rule.keys() & {"min_length", "regex"} and column in ("number", "flag", "list", "object"):
            assert broken == {0, 1, 2, 3, 4}  # the null breaks the key, the others the rule


def test_a_bound_without_a_type_is_of_numbers() -> None:
    """A cell of CSV is a text until somebody asks."""
    rules = contract("x: {min: 0, mostly: 0.5}\ny: {set: [1, 2]}")
    table = pa.table({"x": ["1", "-5", "x", None], "y": ["1", "2.0", "3", "z"]})
    assert found(check(table, rules, Given(texts="all")), "x", "at least 0") == ("inconclusive", 2, [1, 2])
    assert found(check(table, rules, Given(texts="all")), "y", "one of") == ("fail", 2, [2, 3])


def test_no_column_of_no_rows_is_nothing_known() -> None:
    assert check(pa.table({}), contract("x: integer")).outcome == "inconclusive"
