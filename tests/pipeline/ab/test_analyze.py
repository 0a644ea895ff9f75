"""The whole analysis: the split first, then lifts against reference software, families, evidence."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import test_proportions_2indep as two_proportions

from evalkit.core.errors import InputError
from evalkit.core.evidence import EVIDENCE
from evalkit.pipeline.ab.analyze import Analysis, analyze, settled
from evalkit.pipeline.ab.asked import Asked, Method
from evalkit.pipeline.ab.told import as_evidence, as_json, iso
from evalkit.pipeline.ab.trial import Trial, join
from evalkit.pipeline.ab.values import unit_values
from evalkit.report.release.trials import said_ab

from .made import drawn, exposures, outcomes, trial

WON, SPENT = Asked("won", "proportion"), Asked("spent", "sum")


def of(found: Trial, *asked: Asked, method: Method = "anytime", **more: object) -> Analysis:
    return analyze(found, settled(found, "a", None, list(asked), method, **more))


def sides(found: Trial, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    values = unit_values(found, asked).values
    return values[found.arm == 1], values[found.arm == 0]


def test_a_fixed_share_is_the_score_test_and_a_fixed_sum_is_welchs() -> None:
    found = trial(3_000, {"a": 0.2, "b": 0.23})
    shares, sums = as_json(found, of(found, WON, SPENT, method="fixed"))["metrics"]
    b, a = sides(found, WON)
    assert shares["lift"] == pytest.approx(b.mean() - a.mean(), abs=1e-12)
    reference = two_proportions(b.sum(), len(b), a.sum(), len(a), method="score")
    assert shares["p"] == pytest.approx(reference.pvalue, rel=1e-6)
    welch = scipy.stats.ttest_ind(*sides(found, SPENT), equal_var=False)
    assert sums["p"] == pytest.approx(welch.pvalue, rel=1e-9)
    assert (sums["lo"], sums["hi"]) == pytest.approx(tuple(welch.confidence_interval(0.95)), rel=1e-9)
    assert "e_value" not in shares


@pytest.mark.parametrize("method", ["anytime", "fixed"])
@pytest.mark.parametrize("asked", [WON, SPENT])
@pytest.mark.parametrize(("rate", "said"), [(0.35, "better"), (0.2, "undecided"), (0.08, "worse")])
def test_verdict_interval_and_evidence_agree(method: Method, asked: Asked, rate: float, said: str) -> None:
    found = trial(4_000, {"a": 0.2, "b": rate}, seed=2)
    one = as_json(found, of(found, asked, method=method))["metrics"][0]
    assert one["outcome"] == said
    assert (said == "undecided") == (one["lo"] <= 0 <= one["hi"])
    strong = one["e_value"] >= 20 if method == "anytime" else one["p"] <= 0.05
    assert strong == (said != "undecided")
    turned = as_json(found, of(found, replace(asked, better="lower"), method=method))["metrics"][0]
    assert turned["outcome"] == {"better": "worse", "worse": "better"}.get(said, said)
    assert turned["lift"] == one["lift"]


def test_swapping_the_arms_mirrors_the_result() -> None:
    found = trial(2_000, {"a": 0.2, "b": 0.25}, seed=3)
    for method in ("anytime", "fixed"):
        here = analyze(found, settled(found, "a", None, [WON, SPENT], method))
        there = analyze(found, settled(found, "b", None, [WON, SPENT], method))
        for one, other in zip(as_json(found, here)["metrics"], as_json(found, there)["metrics"], strict=True):
            assert (one["lift"], one["lo"], one["hi"]) == pytest.approx((-other["lift"], -other["hi"], -other["lo"]))


def test_rows_of_a_unit_are_no_cases_of_their_own() -> None:
    seen, came = drawn(1_000, {"a": 0.3, "b": 0.3})
    twice = replace(
        came,
        unit=np_twice(came.unit),
        metric=np_twice(came.metric),
        value=np.tile(came.value, 2),
        at=np.tile(came.at, 2),
    )
    for asked in (WON, Asked("spent", "mean")):
        once, again = (of(join(seen, rows), asked).findings[0].verdict for rows in (came, twice))
        assert once.estimate.lo == pytest.approx(again.estimate.lo, rel=1e-12)


def np_twice(column: object) -> object:
    import pyarrow as pa

    return pa.concat_arrays([column, column])


def test_a_split_that_does_not_hold_stops_everything() -> None:
    found = trial(3_000, {"a": 0.2, "b": 0.9})
    told = as_json(found, analyze(found, settled(found, "a", {"a": 0.4, "b": 0.6}, [WON, SPENT])))
    assert told["srm"]["ok"] is False
    assert told["srm"]["p"] < 0.01
    assert [one["outcome"] for one in told["metrics"]] == ["srm", "srm"]
    assert {one["lift"] for one in told["metrics"]} == {None}
    assert "no lift can be trusted" in told["notes"][0]


def test_an_arm_without_a_share_neither_counts_nor_is_analysed() -> None:
    found = trial(3_000, {"a": 0.2, "b": 0.2, "c": 0.2})
    told = as_json(found, analyze(found, settled(found, "a", {"a": 0.5, "b": 0.5, "c": 0.0}, [WON])))
    assert told["srm"]["ok"]
    assert [one["variant"] for one in told["metrics"]] == ["b"]
    assert told["n"]["c"] > 900
    assert "Variants without a share are not analysed: c" in told["notes"]


def test_an_arm_that_nobody_saw_is_a_split_that_does_not_hold() -> None:
    found = trial(3_000, {"a": 0.2, "b": 0.2})
    assert not analyze(found, settled(found, "a", {"a": 0.4, "b": 0.4, "c": 0.2}, [WON])).srm.ok
    few = trial(8, {"a": 0.9, "b": 0.9}, seed=1)
    one = as_json(few, analyze(few, settled(few, "a", {"a": 0.4, "b": 0.4, "c": 0.2}, [WON])))["metrics"][1]
    assert (one["variant"], one["outcome"], one["lo"]) == ("c", "undecided", None)


def test_several_arms_are_one_family() -> None:
    found = trial(6_000, {"a": 0.2, "b": 0.229, "c": 0.2, "d": 0.26}, seed=8)
    fixed = as_json(found, of(found, WON, method="fixed"))
    raw = [one["p"] for one in fixed["metrics"]]
    rejected, corrected, *_ = multipletests(raw, method="holm")
    assert [one["p_holm"] for one in fixed["metrics"]] == pytest.approx(corrected)
    assert [one["outcome"] == "better" for one in fixed["metrics"]] == rejected.tolist()
    assert rejected.any()
    assert not rejected.all()
    assert "3 variants (Holm)" in fixed["notes"][0]
    anytime = as_json(found, of(found, WON))
    for one in anytime["metrics"]:
        assert one["e_corrected"] == pytest.approx(one["e_value"] / 3)
        assert (one["outcome"] == "better") == (one["e_corrected"] >= 20)
    assert "Bonferroni on e-values" in anytime["notes"][0]


def test_cuped_narrows_what_was_known_before() -> None:
    rng = np.random.default_rng(5)
    n = 2_000
    habit = rng.exponential(50, n)
    seen = exposures((f"u{i}", "ab"[i % 2], 100 + i) for i in range(n))
    rows = [(f"u{i}", "spent", habit[i], 50) for i in range(n)]
    rows += [(f"u{i}", "spent", 0.9 * habit[i] + rng.normal(0, 5), 5_000) for i in range(n)]
    found = join(seen, outcomes(rows))
    plain = as_json(found, of(found, SPENT))["metrics"][0]
    told = as_json(found, of(found, SPENT, adjust=True))["metrics"][0]
    assert told["cuped"]["used"]
    assert told["cuped"]["correlation"] > 0.98
    assert (told["hi"] - told["lo"]) < 0.2 * (plain["hi"] - plain["lo"])
    short = as_json(found.until(130_000_000), of(found.until(130_000_000), SPENT, adjust=True))
    assert not short["metrics"][0]["cuped"]["used"]
    assert "not adjusted (CUPED)" in short["notes"][-1]


def test_few_units_and_no_scatter_have_reasons() -> None:
    found = trial(20, {"a": 0.5, "b": 0.5})
    one = as_json(found, of(found, SPENT))["metrics"][0]
    assert (one["outcome"], one["lo"], one["e_value"]) == ("undecided", None, None)
    assert "begins at 50 units in each arm" in one["reason"]
    still = join(exposures((f"u{i}", "ab"[i % 2], i) for i in range(200)), outcomes([("u0", "n", 0, 5)]))
    flat = as_json(still, of(still, Asked("n", "sum"), Asked("n", "proportion")))["metrics"]
    assert "neither arm varies" in flat[0]["reason"]
    assert flat[1]["lo"] < 0 < flat[1]["hi"]  # nobody of a hundred: betting knows how far that reaches


def test_units_that_all_saw_both_leave_nothing_to_say() -> None:
    found = join(exposures([("x", "a", 1), ("x", "b", 2)]), outcomes([("x", "won", 1, 3)]))
    told = as_json(found, of(found, WON, Asked("won", "sum")))
    assert told["excluded"] == 1
    assert told["n"] == {"a": 0, "b": 0}
    assert {one["outcome"] for one in told["metrics"]} == {"undecided"}
    assert any("left out" in note for note in told["notes"])
    assert not any("No outcome counts" in note for note in told["notes"])
    json.dumps(told, allow_nan=False)


def test_that_no_outcome_counts_is_said() -> None:
    found = join(exposures([("x", "a", 1), ("y", "b", 2)]), outcomes([("X", "won", 1, 3), ("x", "won", 1, 0)]))
    told = as_json(found, of(found, WON))
    assert told["notes"][0].startswith("No outcome counts: 1 are of units that were never exposed, 1 came before")


@pytest.mark.parametrize(
    ("control", "split", "said"),
    [
        ("c", None, "no unit was exposed to the control 'c'"),
        ("a", {"a": 0.0, "b": 1.0}, "has no share of the split"),
        ("a", {"a": 1.0, "b": 0.0}, "nothing to hold against it"),
    ],
)
def test_a_control_that_is_none_is_refused(control: str, split: dict[str, float] | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        settled(trial(50, {"a": 0.5, "b": 0.5}), control, split, [WON])


def test_evidence_shows_how_each_lift_came_about() -> None:
    found = trial(2_000, {"a": 0.2, "b": 0.3}, seed=4)
    analysis = of(found, WON, SPENT)
    made = as_evidence(found, analysis, "2026-05-01T00:00:00+00:00", looks=10)
    assert EVIDENCE.validate_json(made.model_dump_json()) == made
    assert (made.outcome, made.srm_ok, made.units) == (None, True, analysis.n)
    series = made.measured[0].series
    assert series.sequence
    assert len(series.moments) == 10
    last = series.moments[-1]
    assert (last.point, last.lo, last.hi) == (made.measured[0].point, made.measured[0].lo, made.measured[0].hi)
    then = found.until(round(1e6 * 999))
    assert as_json(then, of(then, WON))["metrics"][0]["n"]["b"] < made.measured[0].n
    broken = analyze(found, settled(found, "a", {"a": 0.2, "b": 0.8}, [WON]))
    void = as_evidence(found, broken, "2026-05-01T00:00:00+00:00")
    assert (void.outcome, void.measured[0].said) == ("inconclusive", "srm")


def test_worse_is_an_answer_and_fails_no_release() -> None:
    """Nobody declared a gate: what was seen is recorded, and told in one line."""
    found = trial(2_000, {"a": 0.3, "b": 0.2}, seed=4)
    made = as_evidence(found, of(found, WON, SPENT), "2026-05-01T00:00:00+00:00", looks=2)
    assert (made.outcome, made.measured[0].said) == (None, "worse")
    assert said_ab(made).endswith("the split is as meant; worse: won")


def test_times_beyond_the_calendar_are_told_as_numbers() -> None:
    assert iso(0) == "1970-01-01T00:00:00+00:00"
    assert iso(-(2**62)) == str(-(2**62))


def test_values_of_any_size_keep_their_numbers() -> None:
    """Squares of squares would be beyond what a float holds."""
    seen = exposures((f"u{i}", "ab"[i % 2], i) for i in range(200))
    found = join(seen, outcomes((f"u{i}", "n", 1e139 * (i % 7), 500) for i in range(200)))
    for method in ("anytime", "fixed"):
        one = as_json(found, of(found, Asked("n", "sum"), method=method, adjust=True))["metrics"][0]
        assert one["lo"] < one["lift"] < one["hi"]


def test_evidence_of_nobody_has_no_series() -> None:
    found = join(exposures([("x", "a", 1), ("x", "b", 2)]), outcomes([("x", "won", 1, 3)]))
    made = as_evidence(found, of(found, WON), "2026-05-01T00:00:00+00:00")
    assert (made.since, made.measured[0].series) == (None, None)
