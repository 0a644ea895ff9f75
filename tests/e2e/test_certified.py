"""A judge earns its vote end to end: uncertified, calibrated, stale, expired, drifted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.api import open_store
from evalkit.app.calibrating.live import Calibrated, Live, calibrate
from evalkit.app.options import Options
from evalkit.app.planning import plan
from evalkit.core.errors import InputError, RunBroke
from evalkit.core.nouns import Record
from evalkit.stores.certificates import text_of
from tests.e2e.conftest import write_jsonl
from tests.judging_server import RUBRIC, Grader, labels
from tests.servers import FakeOpenAI, completion

N = 60


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """A folder with cases, answers and labels, and a judge on loopback that errs once in twenty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    cases = [{"id": f"c{i}", "input": f"What is {i} plus {i}?", "expected": f"it is {2 * i}"} for i in range(100, 180)]
    write_jsonl(tmp_path / "cases.jsonl", cases)
    write_jsonl(tmp_path / "answers.jsonl", [{"case_id": c["id"], "output": c["expected"]} for c in cases])
    write_jsonl(tmp_path / "labels.jsonl", labels(N))
    (tmp_path / "sums.yaml").write_text(RUBRIC, encoding="utf-8")
    with FakeOpenAI(Grader(wrong=frozenset(range(0, 400, 20)))) as served:
        yield served


def suite(server: FakeOpenAI, **judge: Any) -> Path:
    """The suite file, with a gate on the rubric."""

    options = {"model": "openai:m", "base_url": server.url, **judge}
    text = f"""\
suite: sums
cases: cases.jsonl
judges:
  main: {json.dumps(options)}
layers:
  judge: [{{rubric: {{rubric: sums.yaml, judge: main, as: right}}}}]
gates: [{{metric: right, at_least: 0.7}}]
"""
    Path("suite.yaml").write_text(text, encoding="utf-8")
    return Path("suite.yaml")


def run(**options: Any) -> Record:
    return evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace="ws", **options)


def calibrated(**options: Any) -> Calibrated:
    given = {"rubric": "sums.yaml", "labels": "labels.jsonl", "judge": "suite.yaml#main", "probes": 0}
    live = Live(**{**given, **options})
    return calibrate(live, open_store("ws"), lambda *told: None)


def later(days: int) -> Any:
    return lambda: datetime.now(UTC) + timedelta(days=days)


def test_the_whole_story(server: FakeOpenAI) -> None:
    suite(server)
    first = run()
    assert first.outcome == "inconclusive"
    reason = first.decisions[0].reason
    assert "without a certificate" in reason
    assert "evalkit calibrate sums.yaml --labels LABELS.jsonl --judge 'suite.yaml#main'" in reason

    made = calibrated()
    assert (made.certificate.usable, made.certificate.reasons) == (True, [])
    assert made.certificate.models == ["test-model-2026"]
    assert made.certificate.judge == first.estimates[0].judge, "the suite's judge and the calibrated one are the same"

    planned = plan("suite.yaml", candidate="recorded:answers.jsonl", workspace="ws")
    assert [(j.name, j.calls, j.reused) for j in planned.judges] == [("candidate", 80, 80), ("the sentinel", N, 0)]
    assert planned.warnings == []
    second = run()
    assert second.outcome == "pass", second.decisions[0].reason
    assert second.estimates[0].certificate == made.certificate.digest
    assert list(second.certificates.values()) == [made.certificate]
    (sentinel,) = second.sentinels.values()
    assert (sentinel.n, sentinel.flips, sentinel.noise_n, sentinel.drifted) == (N, 0, N, False)

    Path("sums.yaml").write_text(RUBRIC.replace("It is not.", "It is not right."), encoding="utf-8")
    changed = run()
    assert changed.outcome == "inconclusive"
    assert "stale: the rubric 'sums' changed" in changed.decisions[0].reason
    assert "evalkit calibrate sums.yaml --labels labels.jsonl" in changed.decisions[0].reason
    assert evalkit.load_run(second.run_id, workspace="ws").outcome == "pass", "an old record stays what it was"


@pytest.mark.slow
def test_another_model_in_the_responses_is_stale(server: FakeOpenAI) -> None:
    suite(server)
    calibrated()
    server.reply = Grader(model="another-model")
    record = run()
    assert record.outcome == "inconclusive"
    assert "'another-model'" in record.decisions[0].reason
    assert "'test-model-2026'" in record.decisions[0].reason
    assert record.decisions[0].reason.endswith("--fresh")


@pytest.mark.slow
def test_another_model_that_only_the_sentinel_meets_is_stale_too(server: FakeOpenAI) -> None:
    suite(server)
    calibrated()
    assert run().outcome == "pass"
    server.reply = Grader(model="another-model", wrong=frozenset(range(0, 400, 20)))
    record = run()
    assert "'another-model'" in record.decisions[0].reason, "the run's own verdicts came from the cache"


def test_a_certificate_expires_and_an_old_run_does_not(server: FakeOpenAI) -> None:
    suite(server)
    calibrated()
    assert run(clock=later(89), name="old").outcome == "pass"
    record = run(clock=later(91))
    assert record.outcome == "inconclusive"
    assert "expired on" in record.decisions[0].reason
    assert "--fresh" in record.decisions[0].reason
    again = evalkit.rescore("old", workspace="ws", options=Options(clock=later(400)))
    assert again.outcome == "pass", again.decisions[0].reason
    assert "--replay" in next(iter(again.sentinels.values())).said


@pytest.mark.slow
def test_a_judge_that_drifted_loses_its_vote_for_good(server: FakeOpenAI) -> None:
    suite(server)
    calibrated()
    assert run().outcome == "pass"
    server.reply = Grader(wrong=frozenset(range(0, 400, 20)), moods=frozenset(range(0, 400, 4)))
    assert run(replay=True).outcome == "pass", "without calls nobody sees it, which is said"
    suite(server, sentinel=0)
    off = run()
    assert off.outcome == "pass"
    assert "sentinel: 0" in next(iter(off.sentinels.values())).said
    suite(server)
    drifted = run()
    assert drifted.outcome == "inconclusive"
    assert drifted.decisions[0].reason.startswith("The judge drifted: 15 of 60 verdicts")
    assert next(iter(drifted.sentinels.values())).drifted
    assert off.digests.scoring == drifted.digests.scoring
    assert off.digests.policy != drifted.digests.policy
    again = run(replay=True)
    assert again.outcome == "inconclusive", "it is not asked until it is green"
    assert f"Run {drifted.run_id} saw the judge drift" in again.decisions[0].reason
    server.reply = Grader(wrong=frozenset(range(0, 400, 20)))
    calibrated(fresh=True)
    mended = run()
    assert mended.outcome == "pass", mended.decisions[0].reason


@pytest.mark.slow
def test_a_certificate_beside_the_suite_gates_on_another_machine(server: FakeOpenAI) -> None:
    suite(server)
    made = calibrated()
    Path("main.cert.json").write_bytes(text_of(made.certificate))
    suite(server, certificate="main.cert.json")
    record = evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace="elsewhere")
    assert record.outcome == "pass", record.decisions[0].reason
    assert next(iter(record.sentinels.values())).n == N, "asked again out of the label file"


@pytest.mark.parametrize(("text", "words"), [("{}", "judge"), (None, "no such file")])
def test_a_certificate_file_that_cannot_be_used_is_said(server: FakeOpenAI, text: str | None, words: str) -> None:
    suite(server, certificate=["main.cert.json"])
    if text is not None:
        Path("main.cert.json").write_text(text, encoding="utf-8")
    record = run()
    assert record.outcome == "inconclusive"
    assert "'main.cert.json' cannot be used" in record.decisions[0].reason
    assert words in record.decisions[0].reason


@pytest.mark.slow
def test_a_gullible_judge_is_not_certified(server: FakeOpenAI) -> None:
    suite(server)
    server.reply = Grader(gullible=True)
    made = calibrated(probes=30)
    assert not made.certificate.usable
    assert any("tells it what to say" in reason for reason in made.certificate.reasons), made.certificate.probes
    assert made.certificate.probes["injection"]["flipped"] >= 20
    record = run()
    assert record.outcome == "inconclusive"
    assert "lets it advise, but not gate" in record.decisions[0].reason
    assert "--fresh" not in record.decisions[0].reason


@pytest.mark.slow
def test_calibrating_again_asks_nobody_and_holds_no_longer(server: FakeOpenAI) -> None:
    suite(server)
    first = calibrated()
    asked = len(server.bodies)
    again = calibrated(clock=later(30))
    assert len(server.bodies) == asked
    assert again.certificate.expires == first.certificate.expires
    fresh = calibrated(fresh=True, clock=later(30))
    assert len(server.bodies) > asked
    assert fresh.certificate.expires is not None
    assert first.certificate.expires is not None
    assert fresh.certificate.expires > first.certificate.expires


@pytest.mark.slow
def test_a_budget_that_runs_out_loses_nothing(server: FakeOpenAI) -> None:
    Path("prices.yaml").write_text(
        'endpoints:\n  "*":\n    m: {input: 10000, output: 10000}\n    test-model-2026: {input: 10000, output: 10000}\n'
    )
    suite(server, prices="prices.yaml")
    with pytest.raises(RunBroke, match="run again to continue"):
        calibrated(budget=6.0)
    kept = len(server.bodies)
    assert kept > 5
    made = calibrated()
    assert made.certificate.usable
    repeated = set(server.reply.seen[:kept])  # type: ignore[attr-defined]
    assert len(repeated) == kept, "each was asked once"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"judge": None}, "no judge was named"),
        ({"judge": "suite.yaml#nobody"}, "no judge 'nobody'"),
        ({"judge": "magic:x"}, "no kind of judge"),
        ({"labels": "nowhere.jsonl"}, "nowhere.jsonl"),
        ({"rubric": "nowhere.yaml"}, "nowhere.yaml"),
        ({"overrides": {"votes": 3}}, "another judge"),
    ],
)
def test_bad_input_is_a_sentence(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str
) -> None:
    monkeypatch.delenv("EVALKIT_JUDGE", raising=False)
    suite(server)
    with pytest.raises(InputError, match=words):
        calibrated(**change)
    assert server.bodies == []


PAIR = """\
id: nearer
judges: pair
system: Which output has the sum?
template: |
  {{ input }}
  {{ output_1 }}
  {{ output_2 }}
"""


def nearer(body: dict[str, Any]) -> dict[str, Any]:
    """Judges pairs; on every tenth question it takes what is shown first."""
    asked = body["messages"][-1]["content"]
    number = int(re.findall(r"What is (\d+) plus \1\?", asked)[-1])
    shown = re.findall(r"\[\[BEGIN \w+\]\]\n(.*?)\n\[\[END", asked, re.S)[-2:]
    label = next((str(i + 1) for i, text in enumerate(shown) if f"it is {2 * number}." in text), "tie")
    return completion(json.dumps({"rationale": "Summed.", "label": "1" if number % 10 == 0 else label}))


@pytest.mark.slow
def test_a_judge_of_pairs_is_certified_in_both_orders(server: FakeOpenAI) -> None:
    server.reply = nearer
    Path("nearer.yaml").write_text(PAIR, encoding="utf-8")
    outputs = [(f"it is {2 * i}.", f"it is {2 * i + 1}.") for i in range(200)]
    rows = [
        {
            "item": f"p{i}",
            "input": f"What is {i} plus {i}?",
            "output_1": outputs[i][i % 2],
            "output_2": outputs[i][1 - i % 2],
            "human": "2" if i % 2 else "1",
        }
        for i in range(N)
    ]
    write_jsonl(Path("pairs.jsonl"), rows)
    for name, which in (("answers", 0), ("old", 1)):
        write_jsonl(Path(f"{name}.jsonl"), [{"case_id": f"c{i}", "output": outputs[i][which]} for i in range(100, 180)])
    text = f"""\
suite: sums
cases: cases.jsonl
judges:
  main: {json.dumps({"model": "openai:m", "base_url": server.url})}
layers:
  judge: [{{pairwise: {{rubric: nearer.yaml, judge: main, against: baseline, as: wins}}}}]
gates: [{{metric: wins, at_least: 0.5}}]
"""
    Path("suite.yaml").write_text(text, encoding="utf-8")

    def compared() -> Record:
        return evalkit.run(
            "suite.yaml", candidate="recorded:answers.jsonl", baseline="recorded:old.jsonl", workspace="ws"
        )

    before = compared()
    assert before.outcome == "inconclusive"
    assert "without a certificate" in before.decisions[0].reason
    made = calibrated(rubric="nearer.yaml", labels="pairs.jsonl", probes=10)
    order = made.found.findings["order"]
    assert (order["conflicts"], order["first_both"]) == (6, 6)
    assert made.found.findings["agreement"]["raw"]["point"] == pytest.approx(54 / 60), "a conflict is a tie"
    assert made.certificate.usable, made.certificate.reasons
    after = compared()
    estimate = after.decisions[0].estimate
    assert estimate.certificate == made.certificate.digest
    assert "errors are not corrected for" in after.decisions[0].reason, "of three labels: it takes labels of its own"
    assert next(iter(after.sentinels.values())).n == N
