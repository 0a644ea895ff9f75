"""Gates of every kind through the Python interface: relative margins, percentiles, looks, and what is refused."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record

N = 300
Run = Callable[..., Record]


@pytest.fixture
def gated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs gates on answers of two systems, right 4 times in 5, whose seconds go together."""
    monkeypatch.chdir(tmp_path)
    chance = random.Random(1)
    pace = [math.exp(chance.gauss(0, 0.4)) for _ in range(N)]
    cases: list[dict[str, Any]] = [{"id": str(i), "expected": "y"} for i in range(N)]
    tagged = [case | {"tags": {"third": str(i % 3)}} for i, case in enumerate(cases)]  # every slice takes its time
    for file_name, rows in (("cases.jsonl", cases), ("thirds.jsonl", tagged)):
        Path(file_name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name, slower, lost in (("old", 1.0, 0), ("new", 1.02, 0), ("lost", 1.02, 3), ("slow", 1.5, 0)):
        own = random.Random(name)
        with Path(f"{name}.jsonl").open("w") as file:
            for i in range(lost, N):
                wrong = (i % 5 == 0) != (name != "old" and own.random() < 0.02)
                seconds = round(pace[i] * slower * math.exp(own.gauss(0, 0.1)), 4)
                row = {"case_id": str(i), "output": "n" if wrong else "y", "seconds": seconds}
                print(json.dumps(row), file=file)

    def run(candidate: str, *gates: dict[str, Any], **more: Any) -> Record:
        options = {key: more.pop(key) for key in ("policy",) if key in more}
        layers = {"e": ["accuracy"], "o": [more.pop("seconds", "seconds"), "cost"]}
        cases = "thirds.jsonl" if any("slice" in gate for gate in gates) else "cases.jsonl"
        suite = {"suite": "s", "cases": cases, "layers": layers, "gates": list(gates), **more}
        return evalkit.run(
            suite, candidate=f"recorded:{candidate}.jsonl", baseline="recorded:old.jsonl", workspace="ws", **options
        )

    return run


def versus(metric: str, margin: Any) -> dict[str, Any]:
    return {"metric": metric, "versus": "baseline", "margin": margin}


def test_relative_margins_of_every_kind_of_metric(gated: Run) -> None:
    found = gated("new", versus("accuracy", "10%"), versus("seconds", "10%"), versus("seconds.p95", "30 %"))
    assert [d.outcome for d in found.decisions] == ["pass"] * 3
    assert [d.estimate.unit for d in found.decisions] == ["relative"] * 3
    assert [d.gate.margin for d in found.decisions] == ["10%", "10%", "30%"]
    assert found.decisions[0].estimate.method == "ratio-score"
    assert found.to_json()["decisions"][0]["gate"]["margin"] == "10%"
    slow = gated("slow", versus("seconds", "10%"), versus("seconds.p95", "10%"))
    assert [d.outcome for d in slow.decisions] == ["fail"] * 2


def test_a_percentile_is_bounded_by_ranks_and_a_mean_by_its_declared_range(gated: Run) -> None:
    gates = ({"metric": "seconds.p95", "at_most": 3}, {"metric": "seconds", "at_most": 1.5}, versus("seconds.p50", 0.3))
    open_ = gated("lost", *gates)
    assert [d.outcome for d in open_.decisions] == ["pass", "inconclusive", "inconclusive"]
    assert "no bounds" in open_.decisions[1].reason
    assert "declared range" in open_.decisions[2].reason
    ranged = gated("lost", *gates, seconds={"seconds": {"max": 10}})
    assert [d.outcome for d in ranged.decisions] == ["pass", "pass", "pass"]
    assert ranged.decisions[1].estimate.n_unscored == 3


def test_a_price_that_nobody_named_decides_nothing(gated: Run) -> None:
    found = gated("new", {"metric": "cost", "at_most": 1}, versus("cost", "5%"))
    assert [d.outcome for d in found.decisions] == ["inconclusive"] * 2
    assert found.outcome == "inconclusive"


def test_policy_in_the_file_and_over_it(gated: Run) -> None:
    gate = versus("accuracy", 0.001)
    assert gated("new", gate).outcome == "inconclusive"
    found = gated("new", gate, policy="pull_request")
    assert (found.outcome, found.policy) == ("pass", "pull_request")
    assert any("guarantee is given up" in w for w in found.warnings)
    assert found.digests.policy != gated("new", gate).digests.policy


def test_a_gate_that_cannot_pass_is_a_warning_and_no_verdict(gated: Run) -> None:
    found = gated("old", {"metric": "accuracy", "at_least": 0.9999})
    assert any("cannot pass" in w and "takes at least" in w for w in found.warnings)
    assert found.outcome == "fail"


def test_slices_are_drawn_together_and_ranked(gated: Run) -> None:
    found = gated("new", {"metric": "accuracy", "at_least": 0.5, "slice": {"third": "1"}, "min_n": 30})
    thirds = [e for e in found.estimates if e.slice and e.metric == "accuracy" and e.variant == "candidate"]
    assert len(thirds) == 3
    assert all(e.shrunk is not None and e.evidence is not None for e in thirds)
    points = [e.point or 0.0 for e in thirds]
    assert max(points) - min(points) >= max(e.shrunk or 0 for e in thirds) - min(e.shrunk or 0 for e in thirds)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (versus("accuracy", "-2%"), "leave the sign out"),
        (versus("accuracy", -0.02), "at least 0"),
        (versus("accuracy", "two"), "a percentage such as 2%"),
        ({"metric": "accuracy", "versus": "baseline"}, "does not say by how much"),
        ({"metric": "accuracy", "at_least": 0.5, "margin": "2%"}, "belongs to a gate with versus"),
        ({"metric": "seconds.p0", "at_most": 1}, "has no view 'p0'"),
        ({"metric": "accuracy", "at_least": 0.5, "slice": {"third": "9"}}, "no case has"),
    ],
)
def test_gates_that_cannot_be_meant(gated: Run, gate: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        gated("new", gate)


def test_a_rerun_does_not_replace_the_first_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("cases.jsonl").open("w") as file:
        for i in range(60):
            print(json.dumps({"id": str(i), "input": i, "expected": "y"}), file=file)
    Path("moody.py").write_text("def predict(x):\n    return 'n' if x < int(open('wrong').read()) else 'y'\n")

    def run(wrong: int, looks: int = 1, **more: Any) -> Record:
        Path("wrong").write_text(str(wrong))
        gate = {"metric": "accuracy", "at_least": 0.9}
        suite = {"suite": "s", "cases": "cases.jsonl", "layers": {"e": ["accuracy"]}, "looks": looks, "gates": [gate]}
        system = {"a": {"python": "moody.py:predict", "version": "1"}}
        return evalkit.run(suite, candidate=system, workspace="ws", **{"fresh": True, **more})

    first, again = run(12), run(0)
    assert (first.outcome, first.first_look) == ("fail", None)
    assert again.outcome == "fail"
    assert again.decisions[0].outcome == "pass"
    assert again.first_look is not None
    assert (again.first_look.run_id, again.first_look.found) == (first.run_id, "pass")
    assert any("does not replace it" in w for w in again.warnings)
    assert run(12).first_look is None  # the very answers of the first look
    assert evalkit.rescore(again.run_id, workspace="ws").outcome == "fail"
    assert run(0, limit=50).outcome == "pass"  # other cases, another question
    assert run(4, looks=2).outcome == "inconclusive"
    second = run(0, looks=2)
    assert (second.outcome, second.decisions[0].alpha) == ("pass", 0.025)


def test_gates_at_odds_and_margins_that_allow_anything_are_told(gated: Run) -> None:
    odd = gated("new", {"metric": "accuracy", "at_least": 0.5}, {"metric": "accuracy", "at_most": 0.5})
    assert any("cannot pass together" in w for w in odd.warnings)
    two = gated("new", versus("accuracy", 0.1), versus("accuracy", 0.2), versus("seconds", "150%"))
    assert any("the tighter margin decides" in w for w in two.warnings)
    wide = gated("new", versus("accuracy", 2))
    assert any("did you mean 2%, or 0.02?" in w for w in wide.warnings)
    assert any("all of it" in w for w in gated("new", versus("accuracy", "100%")).warnings)
