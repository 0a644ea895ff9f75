"""Judges in a suite, from the file to the record: rubrics, pairs, votes, stages, one's own functions, replay, plans."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.api import open_store
from evalkit.app.ci.choose import without_versus
from evalkit.app.planning import plan
from evalkit.app.suites import load_suite
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from evalkit.core.nouns import Estimate, JudgeInfo, Record
from evalkit.core.protocols import Answer, CallError, Request
from evalkit.report.markdown import render as markdown
from evalkit.report.terminal import render as terminal
from tests.e2e.conftest import called, write_jsonl
from tests.servers import FakeOpenAI, completion, failed

N = 12
QUESTIONS = [{"id": f"c{i}", "input": f"q{i}", "expected": i} for i in range(N)]


@dataclass
class Scripted:
    """A judge that says what a function says, in `asks` calls a question, and counts its calls."""

    say: Callable[[Request], Any]
    asks: int = 1
    name: str = "scripted"
    version: Any = 1
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    sessions: int = 0

    @property
    def spec(self) -> dict[str, Any]:
        return {"judge": self.name, "version": self.version, "asks": self.asks}

    @property
    def identity(self) -> dict[str, Any] | None:
        return self.spec

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Any]]:
        self.sessions += 1

        async def answer(request: Request) -> Answer:
            self.calls[request.case_id, request.repeat] += 1
            said = self.say(request)
            if isinstance(said, Exception):
                raise said
            return said if isinstance(said, Answer) else Answer(output=said, cost=0.01, model="scripted-1")

        yield answer

    def settle(self, outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        labels = Counter(output.get("label") for output in outputs if output.get("label"))
        if not labels:
            return {"label": None, "value": None, "why": outputs[0].get("why")}
        label = labels.most_common(1)[0][0]
        return {"label": label, "value": {"correct": 1, "1": 1, "tie": 0.5}.get(label, 0), "votes": dict(labels)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve questions; of the answers eight are numbers, four are words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    write_jsonl(tmp_path / "cases.jsonl", QUESTIONS)
    write_jsonl(tmp_path / "a.jsonl", [{"case_id": f"c{i}", "output": i if i < 8 else "in words"} for i in range(N)])
    write_jsonl(tmp_path / "b.jsonl", [{"case_id": f"c{i}", "output": i if i < 4 else "no number"} for i in range(N)])
    return tmp_path


def suite(*metrics: Any, judges: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A suite with these judged metrics after `numeric`."""
    layers = {"task": ["numeric"], "judge": list(metrics)}
    return {"suite": "judging", "cases": "cases.jsonl", "judges": judges, "layers": layers, **more}


def run(given: Any, candidate: Any = "recorded:a.jsonl", **more: Any) -> Record:
    return evalkit.run(given, candidate=candidate, **more)


def number(record: Record, metric: str, variant: str = "candidate") -> Estimate:
    return next(e for e in record.estimates if (e.metric, e.variant, e.slice) == (metric, variant, None))


def info(record: Record, metric: str, variant: str = "candidate") -> JudgeInfo:
    return next(j for j in record.judges if (j.metric, j.variant) == (metric, variant))


def verdicts(record: Record) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = open_store().read_table(record.run_id, "verdicts").to_pylist()
    return rows


RUBRIC = {"rubric": {"rubric": "correctness", "judge": "main", "after": "numeric"}}

# ---------------------------------------------------------------------------------------------------- votes, stages


def test_each_vote_is_recorded_cached_and_repeated_on_its_own(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "incorrect" if r.repeat == 2 else "correct"}, asks=3)
    record = run(suite(RUBRIC, judges={"main": judge}))
    assert judge.calls == Counter({(f"c{i}", k): 1 for i in range(8, N) for k in range(3)})
    rows = verdicts(record)
    assert [(r["call"], r["settled"]) for r in rows if r["case_id"] == "c8"] == [
        (0, False), (1, False), (2, False), (None, True),
    ]  # fmt: skip
    settled = [r for r in rows if r["settled"]]
    assert [r["label"] for r in settled] == ["correct"] * 4
    assert {r["cost"] for r in settled} == {None}
    assert number(record, "rubric").point == 1.0
    assert (info(record, "rubric").n_calls, info(record, "rubric").decided) == (12, {"numeric": 8, "judge": 4})
    again = run(suite(RUBRIC, judges={"main": judge}))
    assert sum(judge.calls.values()) == 12, "a warm rerun asks nobody"
    assert (judge.sessions, info(again, "rubric").n_reused) == (1, 12)


@pytest.mark.slow
def test_repeats_of_a_case_have_calls_of_their_own(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "correct"}, asks=2)
    answers = [{"case_id": f"c{i}", "repeat": j, "output": f"w{j}"} for i in range(N) for j in range(2)]
    write_jsonl(folder / "twice.jsonl", answers)
    record = run(suite({"judged": {"judge": "main"}}, judges={"main": judge}, repeats=2), "recorded:twice.jsonl")
    assert set(judge.calls) == {(f"c{i}", k) for i in range(N) for k in range(4)}
    assert {(r["repeat"], r["call"]) for r in verdicts(record)} == {(j, k) for j in (0, 1) for k in (0, 1, None)}


def test_a_call_that_failed_on_our_side_is_asked_again_and_the_others_are_not(folder: Path) -> None:
    broken = [True]

    def say(request: Request) -> Any:
        if request.repeat == 1 and broken[0]:
            return CallError("network", "the line is dead")
        return {"label": "correct"}

    judge = Scripted(say, asks=3)
    record = run(suite(RUBRIC, judges={"main": judge}))
    assert number(record, "rubric").n == N, "two of three votes are a majority"
    assert [r["failure_reason"] for r in verdicts(record) if r["call"] == 1] == ["network"] * 4
    broken[0] = False
    run(suite(RUBRIC, judges={"main": judge}))
    assert judge.calls["c8", 0] == 1
    assert judge.calls["c8", 1] == 2


@dataclass
class Cascade:
    """Asks the next stage where the one before is not sure."""

    stages: tuple[Scripted, ...]

    @property
    def spec(self) -> dict[str, Any]:
        return {"judge": "cascade", "stages": [stage.spec for stage in self.stages]}

    @property
    def identity(self) -> dict[str, Any] | None:
        return self.spec

    def keeps(self, stage: int, verdict: Mapping[str, Any]) -> bool:
        return "".join(verdict.get("votes", {})) == "correct"

    def session(self, concurrency: int) -> Any:
        raise AssertionError("stages are asked themselves")


def test_a_stage_is_asked_about_what_the_one_before_did_not_keep(folder: Path) -> None:
    cheap = Scripted(lambda r: {"label": "correct" if r.case_id in ("c8", "c9") else "incorrect"}, name="cheap")
    dear = Scripted(lambda r: {"label": "correct" if r.case_id == "c10" else "incorrect"}, asks=2, name="dear")
    given = suite(RUBRIC, judges={"main": Cascade((cheap, dear))})
    record = run(given)
    assert {case for case, _ in cheap.calls} == {"c8", "c9", "c10", "c11"}
    assert {case for case, _ in dear.calls} == {"c10", "c11"}
    assert info(record, "rubric").stages == [2, 2]
    settled = {r["case_id"]: (r["stage"], r["label"]) for r in verdicts(record) if r["settled"]}
    assert settled == {"c8": (0, "correct"), "c9": (0, "correct"), "c10": (1, "correct"), "c11": (1, "incorrect")}
    again = evalkit.rescore(record.run_id)
    assert number(again, "rubric").point == number(record, "rubric").point == 11 / 12
    assert sum(cheap.calls.values()) + sum(dear.calls.values()) == 8


# ------------------------------------------------------------------------------------------------------------- pairs


def test_pairs_count_wins_ties_and_losses_of_candidates_only(folder: Path) -> None:
    def say(request: Request) -> Any:
        assert set(request.input) == {"input", "expected", "output_1", "output_2"}
        first = isinstance(request.input["output_1"], int)
        return {"label": "1" if first else "tie", "order_conflict": not first}

    judge = Scripted(say)
    judge.settle = lambda outputs: dict(outputs[0])  # type: ignore[method-assign]
    gates = [{"metric": "pairwise", "at_least": 0.5, "judge": "advisory"}]
    record = run(
        suite({"pairwise": {"judge": "main"}}, judges={"main": judge}, gates=gates), baseline="recorded:b.jsonl"
    )
    assert [case for case, _ in judge.calls] == [f"c{i}" for i in range(4, N)], "the same answers are a tie"
    assert number(record, "pairwise").point == (4 * 0.5 + 4 * 1 + 4 * 0.5) / N
    assert [e.variant for e in record.estimates if e.metric == "pairwise"] == ["candidate"]
    found = info(record, "pairwise")
    assert (found.decided, found.n_conflicts) == ({"judge": 8, "identical": 4}, 4)
    assert [j.variant for j in record.judges] == ["candidate"]
    for text in (terminal(record), markdown(record)):
        assert "4 ties because the order of the answers changed the verdict" in " ".join(text.split())
    scores = open_store().read_table(record.run_id, "scores").to_pylist()
    assert {row["variant"] for row in scores if row["metric"] == "pairwise"} == {"candidate"}


def test_a_system_that_failed_loses_and_two_that_failed_tie(folder: Path) -> None:
    def answers(name: str, bad: set[int]) -> str:
        rows = [{"case_id": f"c{i}", **({"failure": "raised"} if i in bad else {"output": name})} for i in range(N)]
        write_jsonl(folder / f"{name}.jsonl", rows)
        return f"recorded:{name}.jsonl"

    judge = Scripted(lambda r: {"label": "tie"})
    given = suite({"pairwise": {"judge": "main"}}, judges={"main": judge})
    ours, theirs = answers("ours", {0, 1, 2}), answers("theirs", {2, 3, 4, 5})
    record = run(given, ours, baseline=theirs)
    assert len(judge.calls) == N - 6
    assert number(record, "pairwise").point == (2 * 0 + 0.5 + 3 * 1 + 6 * 0.5) / N
    lenient = run({**given, "on_failure": "unscored"}, ours, baseline=theirs)
    assert number(lenient, "pairwise").unscored == {"system failure": 3, "judge: baseline failed": 3}


def test_pairs_against_the_expected_answer(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "2"} if r.input["expected"] is None else {"label": "off"})
    record = run(suite({"pairwise": {"judge": "main", "against": "expected"}}, judges={"main": judge}))
    assert number(record, "pairwise").point == 8 * 0.5 / N, "eight answers are the gold itself"
    assert judge.calls.keys() == {(f"c{i}", 0) for i in range(8, N)}


def test_pairs_without_a_baseline_are_refused_before_any_call(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "1"})
    given = suite({"pairwise": {"judge": "main"}}, judges={"main": judge})
    with pytest.raises(InputError, match=r"'pairwise' holds each answer against the baseline's.*no baseline"):
        run(given)
    gates = [{"metric": "pairwise", "versus": "baseline", "margin": 0.1}]
    with pytest.raises(InputError, match=r"a comparison with it already.*at_least: 0.5"):
        run({**given, "gates": gates}, baseline="recorded:b.jsonl")


def test_the_first_run_in_ci_leaves_pairs_out(folder: Path) -> None:
    gates = [{"metric": "pairwise", "at_least": 0.5}, {"metric": "numeric", "at_least": 0.1}]
    given = suite({"pairwise": {"judge": "main"}}, judges={"main": "fake:always:1"}, gates=gates)
    first = without_versus(load_suite(given))
    assert [m.id for m in first.suite.metrics] == ["numeric"]
    assert [e.metric for e in run(first).estimates if "." not in e.metric] == ["numeric"]
    assert first.source["gates"] == gates[1:]


# --------------------------------------------------------------------------------- what is recorded, and what it is of


@pytest.mark.slow
def test_a_verdict_on_another_answer_or_gold_is_not_this_ones(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "correct"})
    given = suite(RUBRIC, judges={"main": judge})
    first = run(given)
    write_jsonl(
        folder / "cases.jsonl", [{**q, "expected": 99 if q["id"] == "c9" else q["expected"]} for q in QUESTIONS]
    )
    again = evalkit.rescore(first.run_id, suite=given)
    assert number(again, "rubric").unscored == {"judge: not recorded": 1}
    assert sum(judge.calls.values()) == 4


def test_replay_opens_no_session_and_fresh_asks_again(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "correct"})
    given = suite(RUBRIC, judges={"main": judge})
    empty = run(given, replay=True)
    assert (judge.sessions, number(empty, "rubric").unscored) == (0, {"judge: not recorded": 4})
    run(given)
    assert number(run(given, replay=True), "rubric").n == N
    assert judge.sessions == 1
    run(given, fresh=True)
    assert set(judge.calls.values()) == {2}


def test_costs_and_models_of_judges_are_in_the_record(folder: Path) -> None:
    models = iter(["scripted-1", "scripted-1", "other", "other"])
    judge = Scripted(lambda r: Answer({"label": "correct"}, cost=0.25, model=next(models), tokens_in=7))
    given = suite(RUBRIC, judges={"main": judge})
    object.__setattr__(judge, "version", "x")
    record = run(given, baseline="recorded:a.jsonl")
    found = info(record, "rubric")
    assert (found.cost, found.tokens_in, found.models) == (1.0, 28, {"scripted-1": 2, "other": 2})
    assert record.variants[0].cost is None
    assert record.cost == 2.0, "the baseline's verdicts are the candidate's again, out of the cache"
    assert "judge main: 8 calls by scripted-1, other, 4 of them recorded; cost 2.00 USD" in terminal(record)


def test_what_the_judge_could_not_say_is_unscored_with_its_reason(folder: Path) -> None:
    said = {
        "c8": {"label": None, "why": "refused"},
        "c9": {"label": "purple"},
        "c10": "prose",
        "c11": {"label": "correct", "value": 1},
    }
    judge = Scripted(lambda r: said[r.case_id])
    judge.settle = lambda outputs: dict(outputs[0])  # type: ignore[method-assign]
    record = run(suite(RUBRIC, judges={"main": judge}))
    estimate = number(record, "rubric")
    assert (estimate.point, estimate.n) == (1.0, 9)
    assert estimate.unscored == {
        "judge: refused": 1,
        "judge gave a label that is not on the menu: 'purple'": 1,
        "judge: no verdict": 1,
    }
    run(suite(RUBRIC, judges={"main": judge}))
    assert set(judge.calls.values()) == {1}, "what a judge says badly is an answer, too"


@pytest.mark.slow
def test_limits_and_certificates_are_in_no_digest_and_rubrics_are(folder: Path) -> None:
    given = suite(RUBRIC, judges={"main": {"model": "openai:m", "base_url": "http://127.0.0.1:9/v1"}})
    told = {**given["judges"]["main"], "timeout": 3, "certificate": "x.json", "retries": 0}
    shipped = (Path(evalkit.__file__).parent.parent / "rubrics" / "correctness.yaml").read_text(encoding="utf-8")
    shipped = "".join(line for line in shipped.splitlines(keepends=True) if not line.startswith("calibration:"))
    (folder / "mine.yaml").write_text(shipped, encoding="utf-8")
    mine = suite({"rubric": {**RUBRIC["rubric"], "rubric": "mine.yaml"}}, judges=given["judges"])
    digests = [run(one, replay=True).digests.scoring for one in (given, {**given, "judges": {"main": told}}, mine)]
    (folder / "mine.yaml").write_text(shipped.replace("several answers", "many answers"), encoding="utf-8")
    digests.append(run(mine, replay=True).digests.scoring)
    assert digests[0] == digests[1]
    assert digests[2] != digests[3]


# ------------------------------------------------------------------------------------------------ one's own functions


def test_a_function_is_a_judge(folder: Path) -> None:
    @evalkit.judge(version="1")
    async def polite(output: Any, rubric: Any) -> bool:
        assert rubric.id == "correctness"
        return output == "in words"

    def plain(question: Mapping[str, Any]) -> float:
        return 0.25 if question["output"] == "in words" else 0.75

    judges = {"main": polite, "plain": plain}
    metrics = (RUBRIC, {"rubric": {"rubric": "correctness", "judge": "plain", "as": "graded"}})
    record = run(suite(*metrics, judges=judges))
    assert isinstance(polite, evalkit.Judge)
    assert (number(record, "rubric").point, number(record, "graded").point) == (1.0, (8 * 0.75 + 4 * 0.25) / N)
    again = evalkit.rescore(record.run_id)
    assert [number(again, m).point for m in ("rubric", "graded")] == [1.0, (8 * 0.75 + 4 * 0.25) / N]
    assert again.digests == record.digests


@pytest.mark.slow
def test_a_function_in_a_file_is_a_judge(folder: Path) -> None:
    code = """
def strict(output, expected):
    if output == 'in words':
        raise ValueError('no number')
    return 'correct'
"""
    (folder / "mine.py").write_text(code, encoding="utf-8")
    record = run(suite({"judged": {"judge": "main"}}, judges={"main": "python:mine.py:strict"}))
    estimate = number(record, "judged")
    assert (estimate.point, estimate.n, estimate.unscored) == (1.0, 8, {"judge: raised": 4})
    assert "ValueError: no number" in verdicts(record)[-1]["failure_message"]


# ---------------------------------------------------------------------------------------------------- recorded verdicts


def test_recorded_verdicts_are_replayed_and_a_miss_is_no_call(folder: Path) -> None:
    rows = [{"item": f"c{i}", "output": "in words", "judge": "correct", "probability": 0.9} for i in (8, 9)]
    write_jsonl(folder / "said.jsonl", [*rows, {"item": "c10", "output": "other words", "judge": "correct"}])
    record = run(suite(RUBRIC, judges={"main": "recorded:said.jsonl"}), replay=True)
    assert number(record, "rubric").unscored == {"judge: not recorded": 2}
    assert info(record, "rubric").decided == {"numeric": 8, "judge": 2}
    assert [r["probability"] for r in verdicts(record)] == [0.9, 0.9, None, None]


@pytest.mark.slow
def test_the_verdicts_of_a_run_are_recorded_verdicts(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "incorrect" if r.case_id == "c8" else "correct"}, asks=3)
    first = run(suite(RUBRIC, judges={"main": judge}))
    table = next((folder / "ws").rglob("verdicts.parquet"))
    (folder / "verdicts.parquet").write_bytes(table.read_bytes())
    second = run(suite(RUBRIC, judges={"main": "recorded:verdicts.parquet"}))
    assert number(second, "rubric").point == number(first, "rubric").point == 11 / 12


# ------------------------------------------------------------------------------------------------------- a model's key


def replying(label: str = "correct") -> Callable[[Any], Any]:
    return lambda body: completion(json.dumps({"rationale": "so", "label": label}), model=body["model"])


def model(server: FakeOpenAI, **more: Any) -> dict[str, Any]:
    return {"main": {"model": "openai:judge-1", "base_url": server.url, "retries": 0, **more}}


def test_a_model_judges_by_a_rubric_and_a_warm_rerun_asks_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeOpenAI(replying()) as server:
        record = run(suite(RUBRIC, {"judged": {"judge": "main"}}, judges=model(server, votes=2)))
        assert len(server.bodies) == 2 * N, "the second metric finds what the first one was told"
        row = verdicts(record)[0]
        assert "in words" in row["prompt"]
        assert row["model"] == "judge-1"
        monkeypatch.delenv("OPENAI_API_KEY")
        again = run(suite(RUBRIC, {"judged": {"judge": "main"}}, judges=model(server, votes=2)))
        assert len(server.bodies) == 2 * N
    assert again.estimates == record.estimates
    assert verdicts(again)[0]["prompt"] is None, "nothing was sent"


@pytest.mark.slow
def test_another_model_in_the_responses_is_a_warning(folder: Path) -> None:
    with FakeOpenAI(lambda body: {**replying()(body), "model": "cheap-2"}) as server:
        record = run(suite(RUBRIC, judges=model(server)))
    assert "the judge 'main' asked for the model judge-1, and another one answered: cheap-2 (4)" in record.warnings
    assert "test-key" not in record.model_dump_json()


def test_a_plan_counts_the_judges_calls(folder: Path) -> None:
    with FakeOpenAI(replying()) as server:
        given = suite(
            RUBRIC, {"pairwise": {"judge": "pairs"}}, judges={**model(server, votes=3), "pairs": "fake:always:1"}
        )
        found = plan(given, candidate="recorded:a.jsonl", baseline="recorded:b.jsonl").to_json()
        assert len(server.bodies) == 0
    by = {(j["metric"], j["name"]): j for j in found["judges"]}
    assert {key: (j["answers"], j["calls"]) for key, j in by.items()} == {
        ("rubric", "candidate"): (4, 12),
        ("rubric", "baseline"): (8, 24),
        ("pairwise", "candidate"): (8, 8),  # where both say the same there is nothing to ask
    }
    assert found["judge_calls"] == 44
    assert found["cost"] is None, "unknown, never 0"


# ----------------------------------------------------------------------------------------------------------- bad input


def file_of(given: Mapping[str, Any], folder: Path) -> str:
    """The suite as a file."""
    (folder / "suite.yaml").write_text(json.dumps(given), encoding="utf-8")
    return "suite.yaml"


@pytest.mark.parametrize(
    ("metric", "judges", "words"),
    [
        ({"rubric": {"rubric": "correctness", "judge": "nobody"}}, {"main": "fake:always:correct"}, ["nobody", "main"]),
        ({"rubric": {"rubric": "nowhere.yaml", "judge": "main"}}, {"main": "fake:always:correct"}, ["nowhere.yaml"]),
        ({"rubric": {"rubric": "helpfulness", "judge": "main"}}, {"main": "fake:always:1"}, ["helpfulness", "pair"]),
        (RUBRIC, {"main": "openai:"}, ["model"]),
        (RUBRIC, {"main": {"model": "openai:m", "tempreature": 1}}, ["tempreature", "temperature"]),
        (RUBRIC, {"main": {"model": "openai:m", "timeout": "soon"}}, ["timeout", "soon"]),
        (RUBRIC, {"main": {"openai": "m", "fake": "x"}}, ["openai and fake"]),
        (RUBRIC, {"main": "recorded:none.jsonl"}, ["none.jsonl"]),
        (RUBRIC, {"main": "python:none.py:judge"}, ["none.py"]),
        (RUBRIC, {"main": {"panel": ["main", "b"], "weights": "majority"}, "b": "fake:always:x"}, ["main", "itself"]),
        ({"rubric": {**RUBRIC["rubric"], "criterion": "tone"}}, {"main": "fake:always:correct"}, ["tone"]),
        ({"rubric": {**RUBRIC["rubric"], "right": ["A"], "wrong": ["B"]}}, {"main": "fake:x"}, ["'A'", "correct"]),
        ({"judged": {"judge": "main", "after": "seconds"}}, {"main": "fake:always:correct"}, ["seconds"]),
    ],
)  # fmt: skip
def test_a_suite_that_cannot_be_judged_is_a_sentence(
    folder: Path, metric: Any, judges: Any, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    ran = called(capfd, "run", file_of(suite(metric, judges=judges), folder), "-c", "recorded:a.jsonl")
    assert ran.code == 2
    assert all(word in ran.err for word in words), ran.err


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (lambda body: failed(401, "wrong key"), 2, ["wrong key"]),
        (lambda body: failed(404, "no such model", "model_not_found"), 2, ["unknown model"]),
        (lambda body: failed(503, "down"), 4, ["no call brought an answer", "run again"]),
    ],
)
def test_an_endpoint_that_cannot_judge_is_a_sentence(
    folder: Path, reply: Any, code: int, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with FakeOpenAI(reply) as server:
        file = file_of(suite(RUBRIC, judges=model(server)), folder)
        ran = called(capfd, "run", file, "-c", "recorded:a.jsonl")
    assert ran.code == code, ran.err
    assert all(word in ran.err for word in words), ran.err


def test_without_a_key_nothing_is_asked(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    file = file_of(suite(RUBRIC, judges={"main": "openai:gpt-x"}), folder)
    ran = called(capfd, "run", file, "-c", "recorded:a.jsonl")
    assert (ran.code, "OPENAI_API_KEY" in ran.err) == (2, True)
    assert called(capfd, "run", file, "-c", "recorded:a.jsonl", "--replay").code in (0, 3)


def test_an_endpoint_that_goes_down_midway_loses_nothing(folder: Path) -> None:
    n_good = [2]

    def reply(body: Any) -> Any:
        n_good[0] -= 1
        return replying()(body) if n_good[0] >= 0 else failed(401, "revoked")

    with FakeOpenAI(reply) as server:
        given = suite(RUBRIC, judges=model(server))
        with pytest.raises(RunBroke, match=r"revoked.*2 answers are kept"):
            run(given, concurrency=1)
        assert len(server.bodies) == 3
        n_good[0] = 99
        record = run(given)
        assert len(server.bodies) == 3 + 2
    assert number(record, "rubric").n == N


def test_a_budget_that_is_used_up_is_a_sentence_and_what_was_judged_is_kept(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "correct"})
    given = suite(RUBRIC, judges={"main": judge})
    with pytest.raises(RunBroke, match=r"the budget of 0\.02 US dollars is used up: 2 of 4 judged"):
        run(given, budget=0.02)
    run(given)
    assert set(judge.calls.values()) == {1}


@pytest.mark.parametrize("broken", [{"given": 1}, 7, [], {"model": 3}, "nobody", {}])
def test_what_is_no_judge_is_refused(folder: Path, broken: Any) -> None:
    with pytest.raises(EvalkitError):
        run(suite(RUBRIC, judges={"main": broken}))


def test_a_suite_with_objects_is_kept_as_plain_json(folder: Path) -> None:
    loaded = load_suite(suite(RUBRIC, judges={"main": Scripted(lambda r: None)}))
    assert json.loads(json.dumps(loaded.source))["judges"]["main"]["given"]["spec"]["judge"] == "scripted"


def raising(*_: Any) -> Any:
    raise KeyError("oops")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"say": lambda r: ZeroDivisionError("by zero")},
            "no call brought an answer (raised: the judge raised ZeroDivi",
        ),
        ({"settle": raising}, "judge scripted: its settle raised KeyError"),
        ({"asks": 0}, "a question takes 0 calls"),
        ({"name": {1, 2}}, "a value of type set cannot be written"),
    ],
)
def test_a_broken_judge_is_a_sentence(folder: Path, change: dict[str, Any], words: str) -> None:
    judge = Scripted(lambda r: {"label": "correct"})
    for name, value in change.items():
        setattr(judge, name, value)
    with pytest.raises(EvalkitError) as caught:
        run(suite(RUBRIC, judges={"main": judge}))
    assert words in str(caught.value)
