"""Laws of the aggregation that no data may break, and what was once wrong in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.nouns import Estimate, Gate, MetricSpec
from evalkit.core.tables import CaseTable, Column, prediction_table
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.asked_of import estimates, held
from evalkit.engine.cases import groups_of
from evalkit.engine.gate import decide, outcome_of
from evalkit.engine.reduce import per_case
from evalkit.engine.score import bind, score
from evalkit.engine.state import Plan, Variant
from evalkit.metrics.base import Mean, mean_scores
from evalkit.metrics.classification import F1, Accuracy
from evalkit.metrics.operational import Seconds
from evalkit.stats import bootstrap

METRICS = {"accuracy": Accuracy(), "f1": F1(positive=True), "seconds": Seconds()}
Row = tuple[bool, bool | None, bool | None, str, str | None]
"""Gold, what a and b answered (None: the harness failed), group, tag."""

rows = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([True, False, None]),
        st.booleans(),
        st.sampled_from("uvwxyz"),
        st.sampled_from(["red", "blue", None]),
    ),
    min_size=1,
    max_size=40,
)


def table(
    given_: list[Row], order: list[int] | None = None, grouped: bool = True, metrics: Any = METRICS
) -> Aggregator:
    """An aggregator over rows, in some order of their ids."""
    order = list(range(len(given_))) if order is None else order
    picked = [given_[i] for i in order]
    ids = pa.array([f"c{i}" for i in order])
    cases = CaseTable(
        ids,
        Column(pa.nulls(len(order), pa.large_string())),
        Column.of([row[0] for row in picked]),
        pa.array([row[3] for row in picked]) if grouped else None,
        {"colour": pa.array([row[4] for row in picked], pa.string())},
    )
    plan = Plan(cases, 1, 7, 60, 1)
    bound = {b.spec.id: b for b in bind({m: (MetricSpec(id=m, layer="l", name=m), metrics[m]) for m in metrics}, cases)}
    parts: dict[tuple[str, str], Any] = {}
    tables: dict[str, pa.Table] = {}
    for column, name in ((1, "a"), (2, "b")):
        answers = [row[column] for row in picked]
        tables[name] = prediction_table(
            {
                "case_id": ids,
                "output": [None if v is None else json.dumps(v) for v in answers],
                "failure_kind": [None if v is not None else "harness" for v in answers],
                "failure_reason": [None if v is not None else "network" for v in answers],
                "seconds": [0.25 if v else 0.5 for v in answers],
            }
        )
        blocks = score(plan, tables[name], list(bound.values()), "wrong")
        parts |= {(m, name): per_case(plan, bound[m], blocks[m], np.ones(len(plan), bool)) for m in bound}
    return Aggregator(plan, groups_of(cases), bound, parts, tables)


def both_classes(found: list[Row]) -> list[Row]:
    """With a positive case, so that F1 has its class."""
    return [*found, (True, True, False, "u", "red")]


def numbers_of(e: Estimate) -> list[Any]:
    floats = [e.point, e.lo, e.hi, e.n_eff]
    return [
        e.n,
        e.n_unscored,
        e.n_clusters,
        e.method,
        e.reason,
        e.identical,
        *(x if x is None else round(x, 9) for x in floats),
    ]


@settings(max_examples=25, deadline=None)
@given(rows, st.booleans(), st.randoms())
def test_permuting_cases_changes_nothing(found: list[Row], grouped: bool, random: Any) -> None:
    found = both_classes(found)
    order = list(range(len(found)))
    random.shuffle(order)
    straight, shuffled = table(found, None, grouped), table(found, order, grouped)
    for metric in METRICS:
        assert numbers_of(straight.estimate(metric, "a")) == numbers_of(shuffled.estimate(metric, "a"))
        assert numbers_of(straight.contrast(metric, ("a", "b"))) == numbers_of(shuffled.contrast(metric, ("a", "b")))


def many(n: int, seed: int = 3) -> list[Row]:
    """Enough cases for a bootstrap."""
    rng = np.random.default_rng(seed)
    gold = rng.random(n) < 0.4
    a, b = gold ^ (rng.random(n) < 0.1), gold ^ (rng.random(n) < 0.2)
    return [(bool(gold[i]), bool(a[i]), bool(b[i]), f"g{i % 60}", "red" if i % 2 else "blue") for i in range(n)]


@pytest.mark.parametrize("grouped", [True, False])
def test_permuting_cases_changes_no_bootstrap(grouped: bool) -> None:
    order = np.random.default_rng(0).permutation(300).tolist()
    straight, shuffled = table(many(300), None, grouped), table(many(300), order, grouped)
    first, second = (t.contrast("f1", ("a", "b")) for t in (straight, shuffled))
    assert first.method == "bootstrap-bca"
    assert numbers_of(first) == numbers_of(second)


@settings(max_examples=25, deadline=None)
@given(rows, st.booleans())
def test_swapping_variants_mirrors(found: list[Row], grouped: bool) -> None:
    t = table(both_classes(found), grouped=grouped)
    for metric in ("accuracy", "seconds"):
        ab, ba = t.contrast(metric, ("a", "b")), t.contrast(metric, ("b", "a"))
        assert (ab.n, ab.n_unscored, ab.method) == (ba.n, ba.n_unscored, ba.method)
        assert (ab.point is None) == (ba.point is None)
        if ab.point is not None and ba.point is not None:
            assert ab.point == pytest.approx(-ba.point)
        if ab.lo is not None and ab.hi is not None:
            assert (ab.lo, ab.hi) == pytest.approx((-(ba.hi or 0), -(ba.lo or 0)), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_a_variant_against_itself_is_identical_unless_a_case_is_unscored(found: list[Row]) -> None:
    t = table(both_classes(found))
    for metric in METRICS:
        one = t.contrast(metric, ("a", "a"))
        assert one.point in (0, None)
        assert one.identical == (one.n_unscored == 0)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_slices_and_what_has_no_tag_partition_the_cases(found: list[Row]) -> None:
    found = both_classes(found)
    t = table(found)
    whole = t.estimate("accuracy", "a")
    inside = [t.estimate("accuracy", "a", where) for where in t.slices([])]
    untagged = [row for row in found if row[4] is None]
    assert sum(e.n for e in inside) + sum(row[1] is not None for row in untagged) == whole.n
    assert sum(e.n_unscored for e in inside) + sum(row[1] is None for row in untagged) == whole.n_unscored


@settings(max_examples=25, deadline=None)
@given(rows)
def test_an_estimate_without_an_interval_says_why(found: list[Row]) -> None:
    t = table(both_classes(found))
    gates = [Gate(metric=m, versus="baseline", margin=0.1) for m in METRICS]
    shown = [*(t.estimate(m, "a", w) for m in METRICS for w in (None, *t.slices([])))]
    for e in [*shown, *(t.contrast(g.metric, ("a", "b"), gate=g) for g in gates)]:
        assert (e.lo is None) == (e.hi is None) == (e.reason is not None)
        if e.lo is not None and e.hi is not None and e.point is not None:
            assert e.lo - 1e-9 <= e.point <= e.hi + 1e-9
        if e.tail is not None and e.lo is not None and e.hi is not None:
            assert e.tail.lo is not None
            assert e.tail.hi is not None
            assert e.lo - 1e-9 <= e.tail.lo
            assert e.tail.hi <= e.hi + 1e-9
            assert e.tail.p_above is not None
            assert (e.tail.p_above <= 0.05 + 1e-9) == (e.tail.lo >= e.tail.line - 1e-9)


def test_different_answers_that_score_alike_are_not_identical() -> None:
    """Five cases without a flip are no evidence of no loss: only the same answers are."""
    t = table([(True, False, False, "u", None)] * 5, metrics={"accuracy": Accuracy()})
    gate = Gate(metric="accuracy", versus="baseline", margin=0.02)
    assert decide(gate, t.contrast("accuracy", ("a", "b"), gate=gate)).relation == "identical"
    table_b = t.answers["b"]
    other = table_b.set_column(
        table_b.schema.get_field_index("output"), "output", pa.array(['"no"'] * 5, pa.large_string())
    )
    wrong_otherwise = Aggregator(t.plan, None, t.bound, t.parts, {**t.answers, "b": other})
    found = decide(gate, wrong_otherwise.contrast("accuracy", ("a", "b"), gate=gate))
    assert (found.estimate.point, found.relation, found.outcome) == (0.0, "undecided", "inconclusive")


def test_seconds_below_one_are_not_taken_for_bounded() -> None:
    """Nothing says that a slow answer could not take ten seconds."""
    t = table([(True, True, i > 2, "u", None) for i in range(60)], grouped=False)
    found = t.contrast("seconds", ("a", "b"))
    assert found.point == pytest.approx(-0.0125)
    assert found.lo is None
    assert found.reason is not None
    assert "known range" in found.reason


def test_the_same_difference_everywhere_has_no_spread() -> None:
    t = table([(True, True, False, "u", None)] * 60, grouped=False)
    reason = t.contrast("seconds", ("a", "b")).reason
    assert reason is not None
    assert "the same everywhere" in reason


@dataclass(frozen=True)
class ZeroOrOne(Mean):
    """Unbounded, though its values happen to be 0 and 1."""

    name: ClassVar[str] = "tickets"
    better: ClassVar[Literal["higher", "lower"]] = "lower"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        return (0.0, None)

    def score(self, batch: Any) -> Any:
        return mean_scores([float(v is True) for v in batch.output.values()])


def test_counts_that_happen_to_be_0_and_1_are_no_proportion() -> None:
    t = table(many(200), grouped=False, metrics={"tickets": ZeroOrOne()})
    assert t.contrast("tickets", ("a", "b")).method.startswith(("t", "cluster-t"))
    assert not t.contrast("tickets", ("a", "b")).method.startswith("tango")


def test_a_gate_and_the_display_read_one_bootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = bootstrap.Resampled.difference

    def counted(*given_: Any) -> Any:
        calls.append(1)
        return real(*given_)

    monkeypatch.setattr(bootstrap.Resampled, "difference", counted)
    t = table(many(120))
    gates = [Gate(metric="f1", versus="baseline", margin=m) for m in (0.01, 0.02)]
    systems = [Variant("a", "candidate", None), Variant("b", "baseline", None)]  # type: ignore[arg-type]
    gated = held(gates, t, systems)
    shown = [e for e in estimates(t, systems, ["colour"]) if e.variant == "a - b" and e.metric == "f1"]
    assert len(calls) == 3, "overall once, and each of two slices once"
    assert (gated[0][1].lo, gated[0][1].point) == (shown[0].lo, shown[0].point)


def test_a_comparison_without_a_baseline_is_refused_not_held_against_the_margin() -> None:
    with pytest.raises(InputError, match="compares with a baseline"):
        held([Gate(metric="f1", versus="baseline", margin=0.1)], table(many(40)), [Variant("a", "candidate", None)])  # type: ignore[arg-type]


def test_clusters_of_nothing_are_none_at_all() -> None:
    t = table([(True, None, True, "u", "red")] * 3)
    assert t.estimate("accuracy", "a").n_clusters == 0
    assert t.estimate("accuracy", "b").n_clusters == 1


@pytest.mark.parametrize(("superior", "outcome"), [(True, "fail"), (False, "pass")])
def test_a_census_shows_better_only_where_it_is_better(superior: bool, outcome: str) -> None:
    t = table(many(40))
    gate = Gate(
        metric="accuracy", versus="baseline", basis="census", superior=superior, margin=None if superior else 0.0
    )
    assert decide(gate, t.contrast("accuracy", ("a", "a"), gate=gate)).outcome == outcome


def test_a_census_with_unscored_cases_says_what_they_leave_open() -> None:
    t = table([(True, True, True, "u", None)] * 9 + [(True, None, True, "u", None)])
    gate = Gate(metric="accuracy", at_least=0.95, basis="census")
    found = decide(gate, t.estimate("accuracy", "a", gate=gate))
    assert found.outcome == "inconclusive"
    assert "over 9 of 10 cases, and between 0.9 and 1 over all of them" in found.reason


def test_gates_for_information_on_nothing_are_not_exit_0() -> None:
    t = table([(True, None, True, "u", None)] * 3)
    gate = Gate(metric="accuracy", at_least=0.5, role="info")
    assert outcome_of([decide(gate, t.estimate("accuracy", "a", gate=gate))]) == "inconclusive"
    assert outcome_of([decide(gate, t.estimate("accuracy", "b", gate=gate))]) == "ungated"


def test_what_may_not_be_judged_has_no_adjusted_p() -> None:
    t = table(many(40))
    gate = Gate(metric="accuracy", at_least=0.99, min_n=1000)
    found = decide(gate, t.estimate("accuracy", "a", gate=gate))
    assert (found.outcome, found.p_fail_holm) == ("inconclusive", None)
