"""What a gate reads of a judged metric: labels beside rules, weights of labels, cases added, must-pass sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.app.correcting import correct
from evalkit.core.nouns import Estimate, Gate, MetricSpec
from evalkit.core.tables import CaseTable, Column
from evalkit.engine.calibrating.figures import figure
from evalkit.engine.certify import Standing
from evalkit.engine.correcting.numbers import CorrectedNumbers
from evalkit.engine.correcting.sources import JUDGED, KNOWN, RULES, Correcting, _errors, correcting
from evalkit.engine.gate import decide, decide_all, outcome_of
from evalkit.engine.state import BoundMetric, CaseParts, Plan
from evalkit.metrics.judged import Judged
from evalkit.metrics.pairwise import Pairwise
from evalkit.stats.correction import Errors
from evalkit.stats.judging.shares import share
from tests.certificates import certificate
from tests.e2e.conftest import write_jsonl

JUDGE, HELD = "d" * 64, "c" * 64
AT_90 = Gate(metric="judged", at_least=0.9)
UNSCORED = np.nan
CERTIFIED = Standing(HELD)


def parts(values: np.ndarray) -> CaseParts:
    """Of one system; NaN is unscored."""
    scored = ~np.isnan(values)
    open_ = np.flatnonzero(~scored)
    rows = np.column_stack([np.where(scored, values, 0.0), scored.astype(float)])
    worst, best = (np.tile([end, 1.0], (len(open_), 1)) for end in (0.0, 1.0))
    why = np.where(scored, None, "refused").astype(object)
    return CaseParts(rows, scored, np.ones(len(values), bool), open_, worst, best, False, why)


def numbers(
    values: dict[str, np.ndarray],
    standing: Standing = CERTIFIED,
    groups: np.ndarray | None = None,
    repeats: int = 1,
    **how: Any,
) -> CorrectedNumbers:
    """Of systems that one certified judge judged; `how`: fields of `Correcting`."""
    n = len(next(iter(values.values())))
    blank = Column(pa.nulls(n, pa.large_string()))
    plan = Plan(CaseTable(pa.array([f"c{i:04}" for i in range(n)]), blank, blank), repeats, 0, 60, 1)
    spec = MetricSpec(id="judged", layer="judge", name="judged", params={"judge": "main"})
    bound = BoundMetric(spec, Judged(judge="main"), np.ones(n, bool), judge=JUDGE)
    given = {"human": {}, "weight": {}, "layer": {name: np.full(n, JUDGED) for name in values}, "held": True, **how}
    return CorrectedNumbers(
        plan,
        groups,
        {"judged": bound},
        {("judged", name): parts(v) for name, v in values.items()},
        {},
        standings={JUDGE: standing},
        corrections={"judged": Correcting(**given)},
    )


def estimate(values: np.ndarray, gate: Gate | None = None, **how: Any) -> Estimate:
    """Of one system."""
    each = {name: {"a": column} if name in ("human", "weight", "layer") else column for name, column in how.items()}
    return numbers({"a": values}, **each).estimate("judged", "a", None, gate)


def ends(of: Estimate) -> tuple[float, float]:
    assert of.lo is not None
    assert of.hi is not None
    return of.lo, of.hi


def test_cases_that_rules_decided_do_not_make_few_labels_many() -> None:
    """30 labels that all agree say as little of the judged cases beside 900 others as beside none."""
    n, truth = 1000, 0.997
    judged = np.arange(n) % 10 == 0
    people = np.where(judged & (np.arange(n) < 300), 1.0, np.nan)
    found = estimate(
        np.ones(n), Gate(metric="judged", at_least=truth), human=people, layer=np.where(judged, JUDGED, RULES)
    )
    assert found.correction is not None
    assert found.correction.method == "ppi++"
    low, _ = ends(found)
    assert low < 0.995, "3 % of wrong answers among the judged ones would be missed two times in five"
    assert decide(Gate(metric="judged", at_least=truth), found, "a").outcome == "inconclusive"


@pytest.mark.parametrize("layer", [KNOWN, RULES])
def test_one_case_of_another_layer_does_not_take_the_labels_their_worth(layer: int) -> None:
    """One system failure, and one labelled case that a rule decided."""
    truth = (np.arange(400) % 5 > 0).astype(float)
    people = np.where(np.arange(400) < 100, truth, np.nan)
    layers = np.full(400, JUDGED)
    layers[0] = layer
    found = estimate(truth, human=people, layer=layers)
    assert found.correction is not None, found.uncertified
    assert found.correction.method == "ppi++"
    assert found.point == pytest.approx(0.8, abs=0.02)


def test_weights_of_labels_make_up_for_what_they_left_behind_too() -> None:
    """Half of the labels are on the few answers that the judge called wrong, so the unlabelled ones look better."""
    said = (np.arange(500) % 5 > 0).astype(float)
    people, weight = np.full(500, np.nan), np.ones(500)
    for verdict in (0.0, 1.0):
        drawn = np.flatnonzero(said == verdict)[:50]
        people[drawn] = verdict
        weight[drawn] = float((said == verdict).sum()) / 50
    for scale in (1.0, 0.2):
        found = estimate(said, human=people, weight=weight * scale)
        assert found.correction is not None
        assert found.point == pytest.approx(0.8, abs=0.01), "the judge is right everywhere"
        low, high = ends(found)
        assert low < 0.79
        assert high > 0.81


def test_a_case_that_is_added_unscored_never_narrows_the_hull() -> None:
    rng = np.random.default_rng(4)
    for _ in range(8):
        truth = (rng.random(200) < 0.8).astype(float)
        said = np.where(rng.random(200) < 0.9, truth, 1 - truth)
        said[150] = UNSCORED
        people = np.where(np.arange(200) < 60, truth, np.nan)
        low, high = ends(estimate(said, human=people))
        more = ends(estimate(np.append(said, UNSCORED), human=np.append(people, np.nan)))
        assert more[0] <= low + 1e-12
        assert more[1] >= high - 1e-12


def test_a_certificate_and_no_error_seen_in_two_layers_pass_no_line_that_the_cases_cannot() -> None:
    """70 answers that rules call right and 30 that the judge does: no error in 100 cases shows 97 %, and not 99 %."""
    layers = np.where(np.arange(100) < 70, RULES, JUDGED)
    gate = Gate(metric="judged", at_least=0.991)
    found = estimate(np.ones(100), gate, layer=layers, errors=Errors(0.95, 0.99, 200, 200))
    assert found.tail is not None
    assert found.tail.lo == pytest.approx(0.9705, abs=0.005)
    assert decide(gate, found, "a").outcome == "inconclusive"


def test_a_must_pass_set_does_not_pass_on_a_point_that_was_corrected_up() -> None:
    """A severe judge calls 3 of 20 wrong; corrected and clipped that is 1, which nobody has seen."""
    gate = Gate(metric="judged", at_least=1.0, basis="census")
    said = (np.arange(20) > 2).astype(float)
    found = estimate(said, gate, errors=Errors(0.9, 0.8, 50, 50))
    assert found.point == 1.0
    decision = decide(gate, found, "a")
    assert decision.outcome == "inconclusive"
    assert "as far as the judge's errors are known" in decision.reason
    people = estimate(said, gate, human=np.ones(20), errors=Errors(0.9, 0.8, 50, 50))
    assert decide(gate, people, "a").outcome == "pass", "people said so of every case"


def test_unscored_cases_are_bounded_where_labels_avoid_them() -> None:
    """Whom nobody labelled and the judge did not score may all be wrong, whatever labels of the others say."""
    truth = (np.arange(400) % 10 > 0).astype(float)
    people = np.where(np.arange(400) < 200, truth, np.nan)
    low, high = ends(estimate(truth, human=people))
    lost = np.arange(400) >= 360
    for labels in (people, truth):
        found = estimate(np.where(lost, UNSCORED, truth), human=np.where(lost, np.nan, labels))
        below, above = ends(found)
        assert below < low - 0.06
        assert above >= 0.9
    assert high < 0.95


def test_pairs_with_an_unscored_side_are_bounded_too() -> None:
    rng = np.random.default_rng(1)
    truth = {name: (rng.random(300) < 0.8).astype(float) for name in "ab"}
    people = {name: np.where(np.arange(300) < 100, values, np.nan) for name, values in truth.items()}
    whole = numbers(truth, human=people).contrast("judged", ("a", "b"))
    lost = np.arange(300) >= 270
    some = numbers({**truth, "a": np.where(lost, UNSCORED, truth["a"])}, human=people).contrast("judged", ("a", "b"))
    assert some.n_unscored == 30
    assert ends(some)[0] < ends(whole)[0] - 0.05
    assert ends(some)[1] > ends(whole)[1]


@pytest.mark.parametrize(
    ("menu", "params", "known"),
    [
        (["correct", "incorrect"], {}, True),
        (["correct", "partial", "incorrect"], {"right": ["correct"], "wrong": ["partial", "incorrect"]}, True),
        (["correct", "partial", "incorrect"], {"right": ["correct", "partial"], "wrong": ["incorrect"]}, False),
        (["correct", "unclear", "incorrect"], {}, False),
        (["1", "2", "tie"], None, False),
    ],
)
def test_only_two_classes_of_labels_have_a_sensitivity(menu: list[str], params: Any, known: bool) -> None:
    """Also where this run, by chance, has no verdict in the middle."""
    metric: Any = Pairwise(judge="main") if params is None else Judged(judge="main", **params)
    bound = BoundMetric(MetricSpec(id="m", layer="judge", name="m"), metric, np.ones(1, bool), judge=JUDGE)
    assert (_errors(bound, certificate(positive=menu[0], menu=menu)) is not None) is known


def test_errors_that_come_in_groups_are_known_less_well() -> None:
    """Sensitivity from 20 groups of five that stand or fall together is that of 20 items."""
    right = np.repeat(np.arange(20) < 16, 5).astype(float)
    wide, plain = (figure(share(right, groups)) for groups in (np.repeat(np.arange(20), 5), None))
    spec = MetricSpec(id="m", layer="judge", name="m")
    bound = BoundMetric(spec, Judged(judge="main"), np.ones(1, bool), judge=JUDGE)
    counts = {"tp": 80.0, "fn": 20.0, "tn": 80.0, "fp": 20.0}
    found = _errors(bound, certificate(**counts, findings={"sensitivity": wide, "specificity": plain}))
    assert found is not None
    assert 14 < found.m1 <= 20, "less, as for so few groups t is wider than z"
    assert (found.sensitivity, found.specificity, found.m0) == (0.8, 0.8, 100.0)


@dataclass(frozen=True)
class Points(Judged):
    """A guest's metric of verdicts, on a scale of its own."""

    value_range: ClassVar[tuple[float | None, float | None]] = (0.0, 5.0)


def test_a_judged_number_that_nothing_corrects_gates_nothing() -> None:
    spec = MetricSpec(id="m", layer="judge", name="m")
    bound = {"m": BoundMetric(spec, Points(judge="main"), np.ones(1, bool), judge=JUDGE)}
    plan = numbers({"a": np.ones(1)}).plan
    found = correcting(plan, bound, {}, [], {}, ({JUDGE: certificate()}, {}, None))
    assert found["m"].why_not is not None


STANDINGS = [CERTIFIED, Standing(), Standing(HELD, "It expired."), Standing(None, "It has none.")]
GATES = [
    {"at_least": 0.2},
    {"at_most": 0.99},
    {"at_least": 0.2, "basis": "census"},
    {"versus": "baseline", "margin": 0.5},
    {"versus": "baseline", "margin": "50%"},
    {"versus": "baseline", "superior": True},
]


@settings(max_examples=40)
@given(
    st.sampled_from(STANDINGS),
    st.sampled_from(GATES),
    st.sampled_from([{}, {"judge": "certified"}, {"judge": "advisory"}, {"role": "info"}]),
    st.sampled_from(["nothing", "labels", "errors", "chance"]),
    st.integers(0, 99),
)
def test_no_judge_without_a_certificate_passes_and_none_that_advises_blocks(
    standing: Standing, line: dict[str, Any], role: dict[str, Any], by: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    said = {name: (rng.random(60) < p).astype(float) for name, p in (("candidate", 0.95), ("baseline", 0.5))}
    how: dict[str, Any] = {
        "labels": {"human": {name: np.where(np.arange(60) < 30, v, np.nan) for name, v in said.items()}},
        "errors": {"errors": Errors(0.95, 0.95, 60, 60)},
        "chance": {"errors": Errors(0.5, 0.45, 60, 60)},
        "nothing": {},
    }[by]
    gate = Gate(metric="judged", **line, **role)
    both = numbers(said, standing, **how)
    pair = ("candidate", "baseline")
    found = both.contrast("judged", pair, None, gate) if gate.versus else both.estimate("judged", pair[0], None, gate)
    decision = decide_all([(gate, found, "candidate")], "release")[0]
    if role in ({"judge": "advisory"}, {"role": "info"}):
        assert not decision.blocks
        assert outcome_of([decision]) == "ungated"
    elif decision.outcome != "inconclusive":
        assert standing == CERTIFIED
        assert by in ("labels", "errors")
        assert found.correction is not None


@pytest.mark.parametrize("grouped", [False, True])
def test_a_run_and_a_file_of_its_ratings_say_the_same(grouped: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    truth = {name: (rng.random(300) < p).astype(float) for name, p in (("a", 0.8), ("b", 0.7))}
    said = {name: np.where(rng.random(300) < 0.85, values, 1 - values) for name, values in truth.items()}
    shown = rng.random(300) < 0.4
    people = {name: np.where(shown, values, np.nan) for name, values in truth.items()}
    groups = np.arange(300) // 3
    rows = [
        {"item": f"c{i:04}", "system": name, "judge": said[name][i]}
        | ({"human": truth[name][i]} if shown[i] else {})
        | ({"group": f"g{299 - i // 3}"} if grouped else {})
        for i in range(300)
        for name in "ab"
    ]
    write_jsonl(tmp_path / "rated.jsonl", rows)
    file = str(tmp_path / "rated.jsonl")
    both = numbers(said, CERTIFIED, groups if grouped else None, human=people)
    pairs = [(both.estimate("judged", name), correct(file)["systems"][name]) for name in "ab"]
    pairs.append((both.contrast("judged", ("a", "b")), correct(file, versus=("a", "b"))))
    for ours, theirs in pairs:
        assert ours.correction is not None
        assert ours.correction.human_only is not None
        for row, other in (
            (ours, theirs["corrected"]),
            (ours.correction.judged, theirs["judged"]),
            (ours.correction.human_only, theirs["human_only"]),
        ):
            assert [row.point, row.lo, row.hi] == pytest.approx([other[key] for key in ("point", "lo", "hi")], abs=1e-9)


def test_a_certificate_corrects_means_of_repeats() -> None:
    """Each verdict errs alike, so their mean is corrected like one of them; of cases, not of verdicts."""
    errors = Errors(0.9, 0.8, 100, 100)
    said = np.tile([1.0, 2 / 3, 2 / 3, 1 / 3, 1.0], 60)
    found = numbers({"a": said}, repeats=3, errors=errors).estimate("judged", "a", None, AT_90)
    assert found.point == pytest.approx((said.mean() - 0.1) / 0.7, abs=0.01)
    once = numbers({"a": (np.arange(300) % 15 < 11).astype(float)}, errors=errors).estimate("judged", "a", None, AT_90)
    assert ends(found)[1] - ends(found)[0] < ends(once)[1] - ends(once)[0], "repeats leave less noise"
    thirds = numbers({"a": np.where(np.arange(300) == 7, 0.5, said)}, repeats=3, errors=errors)
    assert thirds.estimate("judged", "a").correction is None


def test_more_than_a_judge_can_find_does_not_make_a_rate_certain() -> None:
    """A judge that misses 5 % of the right answers calls all 200 right: an interval of no width would pass any line."""
    for said, errors in ((1.0, Errors(1.0, 0.95, 3, 100)), (0.0, Errors(0.95, 1.0, 100, 3))):
        low, high = ends(estimate(np.full(200, said), errors=errors))
        assert 0.01 < high - low < 0.2
        assert said in (low, high)
