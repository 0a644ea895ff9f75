"""Which record allows a promotion."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.nouns import Decision, Estimate, Gate
from evalkit.pipeline.registry.citing import Newer, Policy, cited, objections, unlike
from tests.pipeline.registry.built import a_verdict, judged

MINE, OTHER = "a" * 64, "b" * 64
ANY = Policy()


def against(record: Any, policy: Policy = ANY, newer: tuple[Newer, ...] = (), **more: Any) -> list[str]:
    return objections(record, MINE, more.get("variant"), policy, newer, more.get("faults", ()))


def a_decision(variant: str, outcome: Any, **gate: Any) -> Decision:
    estimate = Estimate(metric="exact", variant=variant, n=2, point=0.5, lo=0.4, hi=0.6, method="wilson", signature="")
    whole = Gate(metric="exact", **(gate or {"at_least": 0.4}))
    return Decision(gate=whole, variant=variant, outcome=outcome, reason="", estimate=estimate)


def test_a_passing_record_of_this_very_artifact_allows_it() -> None:
    record = a_verdict(MINE)
    assert against(record, Policy(suite="flights", max_days=1, days=0.5)) == []
    found = cited(record, MINE, None)
    assert found is not None
    assert (found.run_id, found.record, found.suite, found.outcome) == ("run-1", record.digest, "flights", "pass")


def _version(number: int, **digests: str) -> Any:
    record = a_verdict(MINE)
    suite, whole = record.suite.model_copy(update={"version": number}), record.digests.model_copy(update=digests)
    return record.model_copy(update={"suite": suite, "digests": whole})


def test_a_newer_suite_allows_it_and_what_is_other_in_it_is_told() -> None:
    before = cited(_version(1), MINE, None)
    assert against(_version(2), Policy(before=before)) == against(_version(1), Policy(before=before)) == []
    found = cited(_version(2, cases="c" * 64, policy="d" * 64), MINE, None)
    assert found is not None
    assert (unlike(found, before), unlike(found, found), unlike(found, None)) == (["cases", "gates"], [], [])


@pytest.mark.parametrize(
    ("record", "policy", "said"),
    [
        (a_verdict(OTHER), Policy(), "judged candidate (artifact bbbbbbbbbbbb), and not this artifact (aaaaaaaaaaaa)"),
        (a_verdict(OTHER, judged(MINE, "baseline", "baseline")), Policy(), "and not this artifact"),
        (a_verdict(MINE, outcome="fail"), Policy(), "does not pass: its outcome is fail"),
        (a_verdict(MINE, outcome="inconclusive"), Policy(), "its outcome is inconclusive"),
        (a_verdict(MINE, outcome="error"), Policy(), "its outcome is error"),
        (a_verdict(MINE, outcome="ungated"), Policy(), "its suite has no gate that could pass"),
        (a_verdict(MINE, policy="pull_request"), Policy(), "under the policy pull_request"),
        (a_verdict(MINE, selection={"limit": 10}), Policy(), "asked only some of the cases"),
        (
            a_verdict(MINE, suite="toy"),
            Policy(suite="flights"),
            "of the suite 'toy', and the policy names 'flights'",
        ),
        (_version(1), Policy(before=cited(_version(2), MINE, None)), "is of version 1 of the suite 'flights', and the"),
        (a_verdict(MINE), Policy(max_days=7, days=8.04), "is stale: it is 8.0 days old, more than 7"),
    ],
)
def test_what_speaks_against_a_promotion(record: Any, policy: Policy, said: str) -> None:
    (sentence,) = against(record, policy)
    assert said in sentence
    assert sentence.startswith("run run-1")


def test_a_later_run_that_did_not_pass_makes_a_record_stale() -> None:
    worse = Newer("run-3", "inconclusive")
    assert against(a_verdict(MINE), newer=(Newer("run-2", "pass"),)) == []
    (said,) = against(a_verdict(MINE), newer=(worse, Newer("run-4", "pass")))
    assert said == "run run-1 is stale: run run-3 of the same suite came later, inconclusive"


def test_a_comparison_has_to_be_with_who_holds_the_alias() -> None:
    versus = a_decision("candidate", "pass", versus="baseline", margin=0.1)

    def record(*baseline: Any) -> Any:
        return a_verdict(MINE, *baseline).model_copy(update={"decisions": [versus]})

    holder = Policy(holder=OTHER, holder_name="flights@2")
    assert against(record(judged(OTHER, "baseline", "baseline")), holder) == []
    assert against(record(judged("c" * 64, "baseline", "baseline"))) == [], "nobody holds it"
    (said,) = against(record(judged("c" * 64, "baseline", "baseline")), holder)
    assert "stale: it compares with another system than flights@2, which holds the alias" in said


def test_of_several_candidates_each_has_its_own_outcome() -> None:
    record = a_verdict(MINE, judged(OTHER, "other"), outcome="fail").model_copy(
        update={"decisions": [a_decision("candidate", "pass"), a_decision("other", "fail")]}
    )
    assert against(record) == []
    assert len(objections(record, OTHER, None, Policy(), (), ())) == 1
    assert "and not this artifact" in against(record, variant="other")[0]


def test_a_record_that_was_changed_allows_nothing() -> None:
    assert "was changed after it was written" in against(a_verdict(MINE), faults=["record.json was changed"])[0]
