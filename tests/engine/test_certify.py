"""What lets a judge gate, what takes its vote, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from evalkit.core.nouns import Estimate, Gate
from evalkit.engine.calibrate import Calibration, calibration
from evalkit.engine.certificate import Grounds, Policy, certificate_of
from evalkit.engine.certify import Certifying, expired, standing
from evalkit.engine.certify_changes import changed, kinship, stale
from evalkit.engine.gate import decide
from evalkit.engine.ratings import Ratings
from evalkit.engine.sentinel import Frozen, chosen, noise_of, weighed
from tests.certificates import JUDGE, certificate

NOW = "2026-02-01T00:00:00+00:00"


def test_a_certificate_that_holds_lets_a_judge_gate() -> None:
    assert standing(certificate(), JUDGE, NOW, {"test-model-2026"}) is None
    assert standing(certificate(), JUDGE, NOW, ()) is None, "a response need not name a model"
    assert standing(certificate(models=[]), JUDGE, NOW, {"any"}) is None, "none was named when it was calibrated"


@pytest.mark.parametrize(
    ("changes", "now", "models", "words"),
    [
        ({"judge": "0" * 64}, NOW, [], "is of another judge"),
        ({"usable": False, "reasons": ["too few labels"]}, NOW, [], "Too few labels."),
        ({"usable": False}, NOW, [], "not usable"),
        ({}, "2026-04-01T00:00:01+00:00", [], "expired on 2026-04-01"),
        ({}, "2026-04-01T02:00:00+01:00", [], "expired on 2026-04-01"),
        ({}, NOW, ["other", "test-model-2026"], "'other'"),
    ],
)
def test_what_takes_a_vote(changes: dict[str, Any], now: str, models: list[str], words: str) -> None:
    why = standing(certificate(**changes), JUDGE, now, models)
    assert why is not None
    assert words in why


def test_no_certificate_is_a_sentence_that_names_the_way_out() -> None:
    why = standing(None, JUDGE, NOW, ())
    assert why is not None
    assert "judge: advisory" in why
    found = Certifying(renew={JUDGE: "evalkit calibrate r.yaml"}).standing({}, JUDGE, NOW, ())
    assert found.certificate is None
    assert found.why is not None
    assert found.why.endswith("To certify it: evalkit calibrate r.yaml")


def test_times_are_compared_across_zones_and_the_last_second_counts() -> None:
    assert not expired("2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+01:00")
    assert expired("2026-01-01T00:00:00", "2026-01-01T00:00:01+00:00")


def test_what_was_recorded_then_is_read_as_of_then() -> None:
    own = certificate()
    late = "2030-01-01T00:00:00+00:00"
    assert Certifying().standing({JUDGE: own}, JUDGE, late, ()).why is not None
    assert Certifying(as_of={JUDGE: NOW}).standing({JUDGE: own}, JUDGE, late, ()).why is None


@pytest.mark.parametrize("contrast", [False, True])
def test_gates_read_it(contrast: bool) -> None:
    line = {"versus": "baseline", "margin": 0.1} if contrast else {"at_least": 0.5}
    gate = Gate(metric="m", **line)
    own = {"metric": "m", "variant": "candidate", "n": 100, "judge": JUDGE}
    assert "without a certificate" in decide(gate, Estimate(**own)).reason
    assert decide(gate, Estimate(**own, certificate=JUDGE, uncertified="It drifted.")).reason == "It drifted."
    assert "certificate" not in decide(gate, Estimate(**own, certificate=JUDGE, reason="no tail")).reason
    advisory = gate.model_copy(update={"judge": "advisory"})
    assert "certificate" not in decide(advisory, Estimate(**own)).reason


BEFORE = {
    "judge": "model",
    "model": "gpt-x",
    "base_url": "http://a/v1",
    "sampling": {"temperature": 0},
    "rubric": {"id": "correctness", "version": 1, "digest": "a" * 64},
    "prompt": "b" * 64,
    "protocol": 1,
}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, []),
        ({"model": "gpt-y"}, ["the model was 'gpt-x', and is 'gpt-y'"]),
        ({"sampling": {"temperature": 0.7}}, ["temperature was 0, and is 0.7"]),
        ({"sampling": {"temperature": 0, "seed": 1}}, ["seed was not given, and is 1"]),
        ({"base_url": "http://b/v1"}, ["the endpoint was 'http://a/v1', and is 'http://b/v1'"]),
        (
            {"rubric": {"id": "correctness", "version": 1, "digest": "c" * 64}, "prompt": "d" * 64},
            ["the rubric 'correctness' changed (digest aaaaaaaaaaaa, and now cccccccccccc)"],
        ),
        ({"prompt": "d" * 64}, ["the prompt that evalkit makes of it changed (digest "]),
        ({"protocol": 2}, ["evalkit's reading of verdicts was 1, and is 2"]),
    ],
)
def test_what_changed_is_said_field_by_field(now: dict[str, Any], said: list[str]) -> None:
    found = changed(BEFORE, BEFORE | now)
    assert len(found) == len(said)
    assert all(one.startswith(words) for one, words in zip(found, said, strict=True))


def test_the_nearest_certificate_is_of_the_same_rubric_and_model() -> None:
    own = certificate(judge_spec=BEFORE, rubric_id="correctness")
    assert kinship(own, BEFORE, "correctness") == 3
    assert kinship(own, BEFORE | {"model": "z"}, "correctness") == 2
    assert kinship(own, BEFORE, "safety") == 1
    assert kinship(own, {"judge": "fake", "name": "x"}, None) == 0
    assert "stale: the model was 'gpt-x', and is 'z'" in stale(own, BEFORE | {"model": "z"})
    assert "what pins its answers changed" in stale(own, BEFORE)


def ratings(n: int, errors: int = 0) -> Calibration:
    human = ["yes" if i % 2 else "no" for i in range(n)]
    judge = [h if i >= errors else ("no" if h == "yes" else "yes") for i, h in enumerate(human)]
    rows = (tuple(f"q{i}" for i in range(n)), tuple({"": h} for h in human), tuple(judge))
    return calibration(Ratings(*rows, menu=("yes", "no")), positive="yes")


def grounds(**changes: Any) -> Grounds:
    given = {"judge": JUDGE, "spec": {}, "rubric": None, "rubric_id": None, "labels": JUDGE, "models": []}
    return Grounds(**{**given, "now": datetime(2026, 1, 1, tzinfo=UTC), **changes})


def probe(flipped: int, n: int, lo: float | None) -> dict[str, Any]:
    return {"flipped": flipped, "n": n, "share": {"point": flipped / n, "lo": lo, "hi": 1.0}, "p": 0.5}


def test_a_good_judge_is_certified_for_ninety_days() -> None:
    made = certificate_of(ratings(40, 3), grounds(), Policy())
    assert (made.usable, made.reasons) == (True, [])
    assert (made.created, made.expires) == ("2026-01-01T00:00:00.000000+00:00", "2026-04-01T00:00:00+00:00")
    assert (made.tp, made.fp, made.tn, made.fn) == (19, 2, 18, 1)
    again = certificate_of(ratings(40, 3), grounds(now=datetime(2026, 1, 1, microsecond=9, tzinfo=UTC)), Policy())
    assert again.digest != made.digest, "what ends the one does not end the other"


@pytest.mark.parametrize(
    ("found", "changes", "policy", "words"),
    [
        (ratings(29), {}, {}, "takes 30 items"),
        (ratings(29), {}, {"min_items": 5}, "takes 30 items"),
        (ratings(40), {}, {"min_items": 100}, "asks for 100 items"),
        (ratings(40, 6), {}, {"min_agreement": 0.9}, "raw agreement with people is not shown to be 0.9"),
        (ratings(40, 6), {}, {"min_kappa": 0.9}, "Cohen's kappa with people is not shown to be 0.9"),
        (ratings(40, 20), {}, {}, "no better than chance"),
        (ratings(40), {"probes": {"injection": probe(20, 40, 0.35)}}, {}, "tells it what to say"),
        (ratings(40), {"probes": {"gold": probe(20, 40, 0.35)}}, {}, "reference answer itself"),
        (ratings(40), {"against": ["it was tuned on them"]}, {}, "tuned on them"),
    ],
)
def test_what_bars_a_vote(found: Calibration, changes: dict[str, Any], policy: dict[str, Any], words: str) -> None:
    made = certificate_of(found, grounds(**changes), Policy(**policy))
    assert not made.usable
    assert any(words in reason for reason in made.reasons), made.reasons


def test_a_probe_that_proves_nothing_bars_nothing() -> None:
    few = {"injection": probe(2, 20, 0.03), "gold": probe(0, 20, None), "markdown": probe(20, 20, 0.8)}
    assert certificate_of(ratings(40, 3), grounds(probes=few), Policy()).usable


def test_the_same_verdicts_hold_no_longer_than_they_did() -> None:
    made = certificate_of(ratings(40, 3), grounds(at_most="2026-02-01T00:00:00+00:00"), Policy())
    assert made.expires == "2026-02-01T00:00:00+00:00"


def test_a_sentinel_says_what_it_found() -> None:
    own = certificate(probes={"retest": {"n": 100, "flipped": 1}})
    assert noise_of(own) == (1, 100)
    quiet = weighed(JUDGE, own, 100, 3)
    assert quiet.drift is None
    assert "no drift is shown" in quiet.said
    loud = weighed(JUDGE, own, 100, 13)
    assert loud.drift is not None
    assert "13 of 100 verdicts of the sentinel changed, and 1 of 100 did when it was calibrated" in loud.drift
    assert "could not show a drift" in weighed(JUDGE, certificate(probes={"retest": {"n": 5, "flipped": 0}}), 1, 0).said
    assert "could not ask" in weighed(JUDGE, own, 0, 0).said


@pytest.mark.parametrize("broken", [{}, {"retest": None}, {"retest": {"n": 0, "flipped": 0}}, {"retest": {"n": 5}}])
def test_without_a_retest_nothing_is_tested(broken: dict[str, Any]) -> None:
    found = weighed(JUDGE, certificate(probes=broken), 50, 50)
    assert (found.p, found.drift) == (None, None)
    assert "no retest" in found.said


def test_the_frozen_slice_is_the_same_whatever_the_order_and_holds_no_item_without_a_verdict() -> None:
    items = [Frozen(f"q{i}", 0, {"input": i}, f"{i:064x}", None if i % 5 == 0 else "yes") for i in range(50)]
    first = chosen(items, 10)
    assert first == chosen(items[::-1], 10)
    assert len(first) == 10
    assert all(one.label for one in first)
    assert chosen(items, 5) == first[:5]
