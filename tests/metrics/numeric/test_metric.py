"""`numeric` on columns: fields, per-case tolerances, what is wrong and what is unscored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.numeric import Numeric, NumericTolerance, match
from evalkit.metrics.testing import batch_of


def bind(metric: Numeric, gold: list[Any]) -> Numeric:
    return metric.bind(Column.of(gold), pa.array([f"c{i}" for i in range(len(gold))]))


def test_each_row_has_its_rule_and_margin() -> None:
    batch = batch_of(["-32%", 5, 7, 9, 9], ["-32.82%", 5, "no idea", -9, None], failed=[0, 0, 0, 0, 1])
    found = bind(Numeric(), batch.gold.values()).score(batch)
    assert found.parts.tolist() == [[1, 1], [1, 1], [0, 1], [0, 1], [0, 1]]
    assert list(found.detail["rule"]) == ["truncation", "exact", "unparsed", "different", "failed"]
    assert found.detail["margin"][:2].tolist() == pytest.approx([0.18, 0.0])
    assert found.detail["nearest_miss"][3] == "sign_flipped"
    assert found.detail["unread"][2] == "no number"


def test_a_field_of_both_sides() -> None:
    batch = batch_of([{"minutes": 12}] * 4, [{"minutes": 20}, {"minutes": 30}, {"delay": 12}, "12"])
    metric = bind(Numeric(field="minutes", abs=10), batch.gold.values())  # type: ignore[arg-type]
    found = metric.score(batch)
    assert list(found.detail["rule"]) == ["abs", "different", "missing_field", "missing_field"]
    assert metric.combine(found.parts.sum(axis=0)) == 0.25


def test_a_case_brings_its_own_tolerance() -> None:
    golds = [
        {"value": 100, "tolerance": {"abs": 5}},
        {"value": 100},
        100,
        {"value": "100", "tolerance": {"rel": 0.5}},
    ]
    batch = batch_of(golds, [104, {"value": 104}, 104, 140])
    found = bind(Numeric(), golds).score(batch)
    assert list(found.detail["rule"]) == ["abs", "different", "different", "rel"]
    beside = [
        {"x": 100, "tolerance": {"abs": 5}},
        {"x": {"value": 100, "tolerance": {"abs": 1}}, "tolerance": {"abs": 5}},
    ]
    found = bind(Numeric(field="x"), beside).score(batch_of(beside, [{"x": 104}, {"x": 104}]))
    assert list(found.detail["rule"]) == ["abs", "different"]


def test_gold_in_which_no_number_can_be_read_is_unscored() -> None:
    gold = ["twelve", "1 or 2", 5]
    found = bind(Numeric(), gold).score(batch_of(gold, [12, 1, 5]))
    assert [found.reasons[code] if code >= 0 else None for code in found.why] == [
        "gold is not a number: no number",
        "gold is not a number: several numbers",
        None,
    ]
    assert not found.parts[:2].any()
    assert list(found.detail["rule"]) == [None, None, "exact"]


@pytest.mark.parametrize(
    ("gold", "field", "sentence"),
    [
        ([5, [1]], None, r"case c1: expected is \[1\] \(a list\), but numeric needs a number"),
        ([5, None], None, r"case c1: expected is None \(null\), but numeric needs"),
        ([5, True], None, r"case c1: expected is True \(true/false\), but numeric needs"),
        ([{"a": 1}, {"b": 1}], "a", r"case c1: expected has no field 'a'; it has: b"),
        ([{"a": 1}, 7], "a", r"case c1: expected is 7 \(a number\), so it has no field 'a'"),
        ([5, MISSING], None, r"case c1: there is no `expected` value, but numeric needs one"),
        ([MISSING, MISSING], None, r"metric numeric: numeric compares with gold, but no case has an `expected` value"),
        ([{"value": 1, "tolerance": {"abs": -1}}], None, r"case c0: abs is -1, but has to be a number from 0 up"),
        ([{"value": 1, "tolerance": 5}], None, r"case c0: tolerance is a number, but has to be an object"),
        ([{"value": 1, "tolerance": {"abz": 5}}], None, r"case c0: a tolerance has no field 'abz'"),
    ],
)
def test_gold_of_the_wrong_type_is_refused_with_its_case(gold: list[Any], field: str | None, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        bind(Numeric(field=field), gold)


def test_the_metric_takes_the_fields_of_the_tolerance_flat() -> None:
    with pytest.raises(InputError, match="rel is -1, but has to be a number from 0 up"):
        Numeric(rel=-1)
    with pytest.raises(InputError, match="field is 3, but has to be the name of a field"):
        Numeric(field=3)  # type: ignore[arg-type]
    assert Numeric(field="x", abs=1) == Numeric(field="x", abs=1)  # type: ignore[arg-type]


@pytest.mark.shared
def test_the_metric_and_match_agree_on_real_answers(shared: Path) -> None:
    """2,652 labelled TAT-QA answers: the column path gives each row the rule that `match` gives it."""
    lines = (shared / "matching" / "numeric_labelled.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    batch = batch_of([row["gold"] for row in rows], [row["prediction"] for row in rows])
    metric = Numeric().bind(batch.gold, batch.case_id)
    found = metric.score(batch)
    slow = [match(row["gold"], row["prediction"], NumericTolerance()) for row in rows]
    assert list(found.detail["rule"]) == [None if d.ok is None else d.rule for d in slow]
    assert list(found.parts[:, 0]) == [float(bool(d.ok)) for d in slow]


@pytest.mark.shared
def test_no_number_of_the_traps_is_accepted_wrongly(shared: Path) -> None:
    """Of the unambiguous pairs that differ, only those that need to understand units are let through."""
    lines = (shared / "matching" / "numeric_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    accepted = set()
    for row in map(json.loads, lines):
        bounds = {k: v for k, v in (row.get("tolerance") or {}).items() if k in ("abs", "rel", "points", "sig_figs")}
        if (
            not row["ambiguous"]
            and not row["expected"]
            and match(row["gold"], row["prediction"], NumericTolerance(**bounds)).ok
        ):
            accepted.add((row["gold"], row["prediction"]))
    assert accepted == {("2 hours", "2 minutes"), ("25 shares", "$25"), ("0.66", "0.6549")}


def test_a_hundred_thousand_plain_numbers_are_not_parsed_one_by_one() -> None:
    rng = np.random.default_rng(3)
    gold = np.round(rng.normal(1000, 300, 20_000), 2)
    batch = batch_of(gold.tolist(), np.round(gold + rng.normal(0, 3, len(gold)), 2).tolist())
    found = Numeric().score(batch)
    assert found.parts[:, 1].all()
    from evalkit.metrics.numeric.columns import read_many

    assert len(read_many(batch.gold.values()).readings) < 300  # whole numbers like 1004.0 come as integers
