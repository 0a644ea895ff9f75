"""A challenger on the champion's traffic: what is better, worse, or not known yet, beside the champion's own noise."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from evalkit.app.catalog import make_metrics
from evalkit.app.suites import load_suite
from evalkit.core.evidence import EVIDENCE
from evalkit.core.traffic import Reported
from evalkit.pipeline.shadow.compare import Finding, Settings, compared
from evalkit.pipeline.shadow.pairs import paired
from evalkit.pipeline.shadow.scoring import Scale, same, scales
from evalkit.pipeline.shadow.told import Told, as_evidence, as_json
from tests.pipeline.shadow.logs import log, pairs


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {one.metric: one for one in findings}


def suite_scales(*metrics: object) -> list[Scale]:
    suite = load_suite({"suite": "s", "cases": "-", "layers": {"task": list(metrics)}}).suite
    return scales(make_metrics(suite, Path()))[0]


def draws(n: int, p: float, *seed: int) -> np.ndarray:
    return np.random.default_rng([5, *seed]).random(n) < p


def test_rows_are_joined_by_id_in_order_of_time(tmp_path: Path) -> None:
    traffic = log(
        tmp_path, 8, lambda i: None if i == 2 else i, lambda i: i + 1, lambda i: i, lambda i: i if i < 3 else None
    )
    traffic.put_outcomes([Reported("r0", 3e9, "correction", "7", "ann"), Reported("gone", 3e9, "label", "1", "")])
    found = paired(traffic.requests(), traffic.shadows(), traffic.outcomes(), "old", "new")
    assert found.id == [f"r{i}" for i in range(8)]
    assert found.champion.present().tolist() == [i != 2 for i in range(8)]
    assert found.challenger.values() == list(range(1, 9))
    assert np.flatnonzero(found.asked_again).tolist() == [0, 4]
    assert found.outcome.text.to_pylist()[:4] == ["7", "1", "2", None], "the newest outcome counts"
    assert not len(paired(traffic.requests(), traffic.shadows(), traffic.outcomes(), "old", "nobody"))


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, True, False),
        (None, 0, False),
        ("1", 1, False),
        ({"a": [1.0, {"b": 2}]}, {"a": [1, {"b": 2.0000000000001}]}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1, 2], [1], False),
        (1e300, 1e300 * (1 + 1e-6), False),
    ],
)
def test_values_are_the_same_up_to_rounding(a: object, b: object, alike: bool) -> None:
    assert same(a, b) is alike
    assert same(b, a) is alike


def test_a_worse_challenger_is_shown_worse_by_outcomes(tmp_path: Path) -> None:
    wrong = draws(1_500, 0.3)
    found = compared(
        pairs(
            tmp_path, 1_500, lambda i: "yes", lambda i: "no" if wrong[i] else "yes", lambda i: "yes", lambda i: "yes"
        ),
        [],
        Settings(),
    )
    right = by_name(found)["right"]
    assert right.said == "worse"
    assert right.decision is not None
    assert right.decision.outcome == "fail"
    assert right.estimate.point == pytest.approx(-wrong.mean())
    assert right.estimate.lo is not None
    assert right.estimate.hi is not None
    assert right.estimate.lo < -wrong.mean() < right.estimate.hi < 0
    assert right.noise is not None
    assert right.noise.point == 0


def test_an_equal_challenger_passes_once_enough_was_seen_and_not_before(tmp_path: Path) -> None:
    for n, outcome in ((30, "inconclusive"), (1_500, "pass")):
        both = pairs(tmp_path / str(n), n, lambda i: i % 3, lambda i: i % 3, None, lambda i: i % 3)
        told = Told("old", "new", both, compared(both, suite_scales("exact"), Settings()))
        assert told.outcome == outcome


def test_without_outcomes_nothing_passes_unless_it_was_said_how_much_may_differ(tmp_path: Path) -> None:
    both = pairs(tmp_path, 1_000, lambda i: i % 3, lambda i: i % 3)
    for limit, outcome in ((None, "inconclusive"), (0.05, "pass")):
        told = Told("old", "new", both, compared(both, [], Settings(max_mismatch=limit)))
        assert told.outcome == outcome
        assert any("no outcome was told" in note for note in as_json(told)["notes"])


def test_mismatches_are_shown_beside_what_the_champion_differs_from_itself(tmp_path: Path) -> None:
    n = 2_000
    first, second, third = (draws(n, 0.4, k) for k in range(3))
    both = pairs(tmp_path, n, lambda i: bool(first[i]), lambda i: bool(second[i]), lambda i: bool(third[i]))
    shown = as_json(Told("old", "new", both, compared(both, [], Settings())))
    (mismatch,) = (one for one in shown["measured"] if one["metric"] == "mismatch")
    assert mismatch["point"] == pytest.approx(0.48, abs=0.05)
    assert mismatch["noise"]["point"] == pytest.approx(0.48, abs=0.08)
    assert mismatch["excess"]["lo"] < 0 < mismatch["excess"]["hi"]
    assert [one["champion"] for one in shown["mismatches"]["top"]] == ["false", "true"] or shown["mismatches"]["n"] > 0
    assert sum(one["n"] for one in shown["mismatches"]["top"]) == shown["mismatches"]["n"]


@pytest.mark.slow
def test_two_equal_systems_are_told_apart_no_more_often_than_promised(tmp_path: Path) -> None:
    """Looked at three times, at most 5 % of logs cry wolf on a side: 4 or more of 12 would come once in 500 suites."""
    alarms = 0
    for k in range(12):
        a, b = draws(300, 0.7, k, 1), draws(300, 0.7, k, 2)
        for n in (100, 200, 300):
            both = pairs(
                tmp_path / f"{k}-{n}", n, lambda i, a=a: int(a[i]), lambda i, b=b: int(b[i]), None, lambda i: True
            )
            found = by_name(compared(both, [], Settings()))
            if found["right"].said in ("worse", "better"):
                alarms += 1
                break
    assert alarms <= 3


def test_failures_are_wrong_and_counted(tmp_path: Path) -> None:
    both = pairs(tmp_path, 400, lambda i: 1, lambda i: None if i % 4 == 0 else 1, None, lambda i: 1)
    told = Told("old", "new", both, compared(both, suite_scales("exact"), Settings()))
    found = by_name(list(told.findings))
    assert told.failed == 100
    assert found["failed"].said == "worse"
    assert found["exact"].estimate.point == -0.25
    assert told.outcome == "fail"


def test_numbers_are_measured_by_their_error(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(size=(2, 800))
    both = pairs(
        tmp_path,
        800,
        lambda i: i + noise[0, i],
        lambda i: i + 3 * noise[1, i],
        lambda i: i + noise[0, i],
        float,
    )
    found = by_name(compared(both, [], Settings(margins={"absolute_error": 0.1})))
    assert found["absolute_error"].said == "worse"
    expected = np.abs(3 * noise[1]).mean() - np.abs(noise[0]).mean()
    assert found["absolute_error"].estimate.point == pytest.approx(expected)
    assert found["output"].said in ("undecided", "higher", "lower"), "a number is not right for being large"
    assert found["output"].estimate.point == pytest.approx((3 * noise[1] - noise[0]).mean())
    assert found["seconds"].estimate.point == pytest.approx(0.01)


def test_the_suites_metrics_and_margins_count(tmp_path: Path) -> None:
    both = pairs(tmp_path, 600, lambda i: 10.0, lambda i: 10.2, None, lambda i: 10.0)
    found = by_name(compared(both, suite_scales({"numeric": {"rel": 0.05}}), Settings()))
    assert found["numeric"].said in ("not_worse", "better", "worse_within_margin")
    strict = by_name(compared(both, suite_scales({"numeric": {"rel": 0.0001}}), Settings()))
    assert strict["numeric"].said == "worse"
    assert "numeric (champion as gold)" in strict


def test_stated_probabilities_are_scored_by_outcomes_and_are_no_gold_themselves(tmp_path: Path) -> None:
    both = pairs(tmp_path, 300, lambda i: {"p": 0.5}, lambda i: {"p": 0.9}, None, lambda i: "late")
    scale = suite_scales({"brier": {"probability": "p", "positive": "late", "labels": ["late", "on time"]}})
    found = by_name(compared(both, scale, Settings()))
    assert found["brier"].estimate.point == pytest.approx(0.1**2 - 0.5**2)
    assert "brier (champion as gold)" not in found


def test_metrics_that_are_no_means_of_cases_are_left_out_in_words() -> None:
    suite = load_suite({"suite": "s", "cases": "-", "layers": {"task": ["exact", {"f1": {"average": "macro"}}]}}).suite
    found, notes = scales(make_metrics(suite, Path()))
    assert [one.id for one in found] == ["exact"]
    assert "the metric f1 is left out" in notes[0]


def test_slices_and_evidence_say_where_and_when(tmp_path: Path) -> None:
    both = pairs(tmp_path, 400, lambda i: 1, lambda i: 0 if i % 2 else 1, lambda i: 1, lambda i: 1)
    told = Told(
        "old", "new", both, compared(both, [], Settings(margins={"absolute_error": 0.1})), 7, (), ("kind", "none")
    )
    shown = as_json(told)
    json.dumps(shown, allow_nan=False)
    points = {one["slice"]["kind"]: one["point"] for one in shown["slices"]}
    assert points == {"even": 0.0, "odd": 1.0}
    evidence = as_evidence(told, "2026-01-01T00:00:00+00:00")
    assert EVIDENCE.validate_json(evidence.model_dump_json()) == evidence
    assert (evidence.n, evidence.dropped, evidence.failed, evidence.outcome) == (400, 7, 0, told.outcome)
    (error,) = (one for one in evidence.measured if one.metric == "absolute_error")
    assert error.series is not None
    assert [m.n for m in error.series.moments][-1] == 400
    assert error.series.moments[-1].point == pytest.approx(0.5)
    assert error.noise is None or math.isfinite(error.noise.lo or 0)


def test_an_empty_window_measures_nothing(tmp_path: Path) -> None:
    both = pairs(tmp_path, 1, lambda i: 1, lambda i: 1).take(np.array([], int))
    told = Told("old", "new", both, compared(both, suite_scales("exact"), Settings()))
    assert told.outcome == "inconclusive"
    assert as_json(told)["measured"] == []
    assert as_evidence(told, "2026-01-01T00:00:00+00:00").since is None
