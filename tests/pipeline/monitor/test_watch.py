"""Traffic held against its reference: what is said of each kind of change, and what is not."""

import json
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evalkit.app.evidence_sense import nonsense
from evalkit.core.errors import InputError
from evalkit.core.evidence import EVIDENCE
from evalkit.core.nouns import Gate
from evalkit.pipeline.monitor.profile import profile
from evalkit.pipeline.monitor.reference import Reference, reference_of
from evalkit.pipeline.monitor.watch import Watch, watch
from evalkit.pipeline.monitor.windows import Seen, phase_of, windows
from tests.pipeline.monitor.made import HOUR, setup, traffic

GATES = [Gate(metric="accuracy", at_least=0.68), Gate(metric="expected accuracy", at_least=0.68)]


@cache
def reference() -> Reference:
    return reference_of(traffic(60), setup())


def watched(hours: int = 24, gates: Any = GATES, **more: Any) -> Watch:
    return watch(reference(), traffic(hours, begin=200, seed=4, **more), setup(), created="2024-02-01", gates=gates)


def alarms(found: Watch) -> set[str]:
    return {series.metric for series in found.monitor.series if series.alarms}


def said(found: Watch) -> str:
    return "\n".join(found.monitor.said)


def test_as_usual_nothing_is_alarmed_and_the_gates_pass() -> None:
    lines = [Gate(metric="accuracy", at_least=0.6), Gate(metric="expected accuracy", at_least=0.6)]
    found = watched(24, lines)
    assert found.monitor.outcome == "pass"
    assert [d.outcome for d in found.decisions] == ["pass", "pass"]
    assert found.drift.outcome == "no_drift"
    assert "No alarm in 24 windows of 8 signals." in said(found)
    assert not alarms(found)
    assert {s.metric for s in found.monitor.series} == {
        "failure rate", "latency p95", "confidence", "expected accuracy", "accuracy"
    }  # fmt: skip
    for series in found.monitor.series:
        assert len(series.moments) == 24
        assert series.reference is not None
        # of 40 answers the upper bound of p95 is not known
        known = [m for m in series.moments if m.lo is not None]
        assert len(known) == 24 or series.metric == "latency p95"
        assert all(m.lo <= m.point <= m.hi for m in known)  # type: ignore[operator]


@pytest.mark.slow
def test_damage_without_drift_is_found_by_labels_and_confidence_is_not_believed() -> None:
    found = watched(48, wrong=0.25)
    assert found.monitor.outcome == "fail"
    assert found.drift.outcome != "drift"
    assert alarms(found) == {"accuracy"}
    assert "Performance is damaged: accuracy >= 0.68" in said(found)
    assert "do not rely on what is expected" in said(found)
    alarm = found.decisions[-1]
    assert (alarm.gate.label, alarm.outcome) == ("accuracy as usual", "fail")
    assert alarm.p_fail is not None
    assert alarm.p_fail <= alarm.alpha < 0.05


@pytest.mark.slow
def test_drift_without_damage_fails_nothing() -> None:
    found = watched(30, shift=1.0)
    assert found.monitor.outcome == "pass"
    assert found.drift.outcome == "drift"
    assert "'x' drifted by" in said(found)
    assert "That it mattered is not shown: accuracy" in said(found)
    assert "by itself no damage" in said(found)
    assert alarms(found) == {"confidence"}


def test_each_window_tells_of_a_new_category_and_none_before_it_came() -> None:
    hours, since = 36, 26
    seen = traffic(hours, begin=200, seed=4)
    rows = np.concatenate([inside for _, inside in list(windows(seen, HOUR))[since:]])
    late = set(rows[::2].tolist())
    inputs = seen.requests["input"].to_pylist()
    changed = [text.replace("air", "drone") if i in late else text for i, text in enumerate(inputs)]
    at = seen.requests.column_names.index("input")
    seen = Seen(seen.requests.set_column(at, "input", pa.array(changed)), seen.outcomes)
    found = watch(reference(), seen, setup(), created="2024-02-01")
    kinds = [next(c.outcome for c in one.columns if c.name == "kind") for _, one in found.by_window]
    assert not {"drift", "shifted"} & {*kinds[:since]}
    assert kinds[since:].count("drift") >= 8  # of 10, each of 40 requests, at 5 % over all windows


@pytest.mark.slow
def test_drift_that_mattered_is_told_without_labels() -> None:
    found = watched(48, shift=-1.2, labelled=0.0)
    assert found.coverage == 0.0
    assert [d.outcome for d in found.decisions[:2]] == ["inconclusive", "fail"]
    assert "It mattered: expected accuracy >= 0.68" in said(found)
    assert "No request has a label yet." in said(found)
    assert found.monitor.outcome == "fail"


def test_failures_and_slow_answers_are_alarms_of_damage() -> None:
    assert "failure rate" in alarms(watched(12, gates=(), failing=0.3))
    slow = watched(12, gates=(), slower=2.5)
    assert alarms(slow) == {"latency p95"}
    assert slow.monitor.outcome == "fail"
    assert watched(4, gates=()).monitor.outcome is None


@pytest.mark.slow
def test_some_labels_are_said_to_be_some() -> None:
    found = watched(labelled=0.4)
    assert found.coverage == pytest.approx(0.4, abs=0.05)
    assert "of the requests have labels. What is said of them holds for the others only if" in said(found)


@pytest.mark.slow
def test_no_failure_in_the_reference_is_no_blindness() -> None:
    calm = reference_of(traffic(30, failing=0.0), setup(metrics={}))
    found = watch(calm, traffic(12, begin=90, failing=0.3), setup(metrics={}), created="2024")
    assert "failure rate" in alarms(found)
    quiet = watch(calm, traffic(4, begin=90, failing=0.0), setup(metrics={}), created="2024")
    assert not alarms(quiet)


def test_a_restart_continues_the_same_bets_and_the_reference_is_kept_as_json() -> None:
    now = traffic(8, begin=200, seed=3, failing=0.1)
    kept = Reference.from_json(json.loads(json.dumps(reference().to_json())))
    assert kept.digest == reference().digest
    whole = watch(kept, now, setup(), created="2024")
    half = now.at < now.at.min() // (HOUR * 1_000_000) * HOUR * 1_000_000 + 4 * HOUR * 1_000_000
    first = watch(reference(), now.take(np.flatnonzero(half)), setup(), created="2024")
    second = watch(reference(), now.take(np.flatnonzero(~half)), setup(), created="2024", states=first.states)
    for name, state in whole.states.items():
        assert second.states[name].total == state.total
        assert second.states[name].log_r == pytest.approx(state.log_r)
    with pytest.raises(InputError, match="no reference of a monitor"):
        Reference.from_json({"format": "evalkit-reference-1"})


def test_rows_without_times_are_a_reference_for_drift_only() -> None:
    inputs = traffic(20).watched.drop_columns(["prediction", "confidence"])
    rows = Reference.of_rows(profile(inputs.append_column("target", pa.array([1] * len(inputs)))))
    found = watch(rows, traffic(5, begin=80, shift=0.8), setup(), created="2024")
    assert [row.found.name for row in found.drift.rows] == ["kind", "x"]
    assert found.drift.outcome == "drift"
    assert "columns that both have (kind, x)" in said(found)
    assert not alarms(found)
    assert found.states == {}


def test_labels_that_no_metric_can_use_cost_the_performance_only() -> None:
    now = traffic(3, begin=200)
    assert now.outcomes is not None
    broken = now.outcomes.set_column(3, "value", pa.array(["[1, 2]"] * now.outcomes.num_rows))
    found = watch(reference(), Seen(now.requests, broken), setup(), created="2024", gates=GATES[:1])
    assert "The labels cannot be used" in said(found)
    assert (found.decisions[0].outcome, found.coverage) == ("inconclusive", 0.0)
    assert len(found.drift.rows) == 4


def test_what_was_seen_makes_sense_as_evidence() -> None:
    monitor = watched(4, shift=3.0, failing=0.5).monitor
    assert nonsense(monitor) is None
    assert EVIDENCE.validate_json(monitor.model_dump_json()) == monitor


def test_no_traffic_is_a_sentence() -> None:
    none = traffic(5).take(np.array([], int))
    found = watch(reference(), none, setup(), created="2024", gates=GATES)
    assert found.monitor.outcome == "inconclusive"
    assert said(found) == "There were no requests in this time: nothing can be said."
    with pytest.raises(InputError, match="no requests"):
        reference_of(none, setup())


@pytest.mark.parametrize(
    ("gate", "what"),
    [
        (Gate(metric="f1", at_least=0.5), "no metric 'f1'"),
        (Gate(metric="accuracy", versus="baseline", margin=0.1), "neither a baseline"),
        (Gate(metric="accuracy", at_least=0.1, slice={"a": "b"}), "neither a baseline"),
    ],
)
def test_a_gate_that_traffic_cannot_answer_is_refused(gate: Gate, what: str) -> None:
    with pytest.raises(InputError, match=what):
        watched(2, [gate])


def test_windows_are_whole_and_may_be_empty() -> None:
    seen = traffic(2, 5)
    later = Seen(pa.concat_tables([seen.requests, traffic(1, 3, begin=5).requests]))
    cut = list(windows(later, HOUR))
    assert [len(rows) for _, rows in cut] == [9, 1, 0, 0, 0, 3]
    assert all(begin % (HOUR * 1_000_000) == 0 for begin, _ in cut)
    week = next(windows(seen, 7 * 86_400))[0]
    assert phase_of(week, "weekday") == "Mon"
    assert phase_of(cut[1][0], "hour") == "01h"
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="window"):
            list(windows(seen, bad))
    with pytest.raises(InputError, match="Take longer ones"):
        list(windows(traffic(200, 1), 0.5))


def test_what_is_no_traffic_is_refused() -> None:
    with pytest.raises(InputError, match="no column 'at', 'failure'"):
        Seen(pa.table({"id": ["a"], "output": ["1"]}))
    odd = pa.table({"id": ["a"], "at": ["x"], "output": ["1"], "failure": pa.nulls(1, pa.string())})
    with pytest.raises(InputError, match="not of times"):
        _ = Seen(odd).at


def test_inputs_and_outputs_of_any_shape_become_columns() -> None:
    requests = pa.table(
        {
            "id": ["a", "b", "c"],
            "at": pa.array([0, 1, 2], pa.timestamp("us")),
            "input": ['{"x": 1, "prediction": "p"}', "null", '{"x": "mixed"}'],
            "output": ['{"label": 1, "why": [2]}', "no json", None],
            "failure": pa.array([None, None, "raised"], pa.string()),
        }
    )
    table = Seen(requests).watched
    assert table.column_names == ["prediction", "x", "prediction.prediction"] or len(table.column_names) == 3
    plain = Seen(requests.set_column(3, "output", pa.array(['"yes"', "1", None]))).watched
    assert plain.column_names == ["input.prediction", "x", "prediction"]
    assert plain["x"].to_pylist() == ["1", None, '"mixed"']
