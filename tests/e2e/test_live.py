"""Live systems through the public interface: models, services, programs, functions; cache, journal, limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit as ek
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from tests.e2e.conftest import Ran, write_jsonl
from tests.servers import FakeOpenAI, JsonService, completion, failed

Cli = Callable[..., Ran]
N = 12
KEY = "sk-very-secret-key-1234567890"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`suites/live` with twelve cases, seen from the folder above; the workspace is `ws`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    monkeypatch.syspath_prepend(tmp_path)
    suite = tmp_path / "suites" / "live"
    (suite / "prompts").mkdir(parents=True)
    cases = [{"id": f"c{i}", "input": f"q{i}", "expected": f"q{i}", "tags": {"half": "ab"[i % 2]}} for i in range(N)]
    write_jsonl(suite / "cases.jsonl", cases)
    suite_file()
    return tmp_path


def suite_file(**more: Any) -> Path:
    """The suite: exact match, one gate, and whatever else (JSON is YAML)."""
    path = Path("suites/live/suite.yaml")
    base = {
        "suite": "live",
        "cases": "cases.jsonl",
        "layers": {"exact": ["exact"], "operational": ["answered", "cost"]},
        "gates": [{"metric": "exact", "at_least": 0.5}],
    }
    path.write_text(json.dumps(base | more), encoding="utf-8")
    return path


def prompt_file(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"messages: [{{role: user, content: {json.dumps(text)}}}]\n", encoding="utf-8")
    return path


def run(candidate: Any, **more: Any) -> ek.Record:
    return ek.run("suites/live", candidate=candidate, **more)


def exact(record: ek.Record, variant: str = "candidate") -> float | None:
    return next(e.point for e in record.estimates if (e.metric, e.variant, e.slice) == ("exact", variant, None))


def asked(server: FakeOpenAI) -> Counter[tuple[str, str]]:
    return Counter((body["model"], body["messages"][-1]["content"]) for body in server.bodies)


def predictions(record: ek.Record) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ek.frame(record, "predictions").to_dict("records")
    return rows


# --------------------------------------------------------------------------------------------------------------- openai


def test_prompts_times_models_are_named_and_asked(folder: Path) -> None:
    prompt_file("a.yaml", "{{ input }}")
    prompt_file("b.yaml", "no: {{ input }}")
    with FakeOpenAI() as server:
        options = {"prompt": ["a.yaml", "b.yaml"], "base_url": server.url}
        record = run("openai:m1,m2", predictor=options)
        assert asked(server) == Counter(
            {(m, f"{head}q{i}"): 1 for m in ("m1", "m2") for head in ("", "no: ") for i in range(N)}
        )
    assert [v.name for v in record.variants] == ["m1/a", "m1/b", "m2/a", "m2/b"]
    assert [exact(record, v.name) for v in record.variants] == [1.0, 0.0, 1.0, 0.0]
    assert [list(v.models) for v in record.variants] == [["m1"], ["m1"], ["m2"], ["m2"]]
    assert record.variants[1].spec["messages"] == [{"role": "user", "content": "no: {{ input }}"}]


def test_a_suites_own_prompt_and_predictors_lie_beside_it(folder: Path) -> None:
    prompt_file("suites/live/prompts/own.yaml", "own {{ input }}")
    prompt_file("suites/live/prompts/other.yaml", "other {{ input }}")
    prompt_file("here.yaml", "here {{ input }}")
    Path("suites/live/answer.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    Path("suites/live/loop.py").write_text(
        "import json, sys\nfor line in sys.stdin:\n    row = json.loads(line)\n"
        "    print(json.dumps({'case_id': row['case_id'], 'output': row['input']}), flush=True)\n"
    )
    with FakeOpenAI() as server:
        suite_file(
            prompt="prompts/own.yaml",
            predictors={
                "plain": f"openai:m?base_url={server.url}",
                "other": {"openai": ["m", "n"], "prompt": "prompts/other.yaml", "base_url": server.url},
                "code": "python:answer.py:f",
                "program": f"command:{sys.executable} loop.py",
            },
        )
        record = run(["plain", "other", "code", "program"], limit=1)
        assert [v.name for v in record.variants] == ["plain", "other/m", "other/n", "code", "program"]
        assert asked(server) == Counter({("m", "own q0"): 1, ("m", "other q0"): 1, ("n", "other q0"): 1})
        assert [exact(record, name) for name in ("code", "program")] == [1.0, 1.0]
        server.bodies.clear()
        # A prompt of the command line is relative to where the command is given.
        assert run("plain", limit=1, predictor={"prompt": ["here.yaml"]}).variants[0].name == "plain"
        assert asked(server) == Counter({("m", "here q0"): 1})
        assert run("again=plain", baseline="plain", limit=1).variants[0].name == "again"


def test_a_named_candidate_with_options_on_the_command_line(folder: Path, evalkit: Cli) -> None:
    prompt_file("a.yaml", "{{ input }}")
    with FakeOpenAI() as server:
        suite_file(predictors={"gpt": f"openai:m?temperature=0&max_tokens=9&base_url={server.url}"})
        ran = evalkit("run", "suites/live", "-c", "gpt", "--prompt", "a.yaml", "--prompt", "a.yaml", "--json")
        assert ran.code == 0, ran.err
        assert [v["name"] for v in ran.json["variants"]] == ["gpt/a", "gpt/a-2"]
        assert {(b["temperature"], b["max_tokens"]) for b in server.bodies} == {(0, 9)}


def test_the_base_url_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert exact(run("openai:m")) == 1.0
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in b"".join(p.read_bytes() for p in Path("ws").rglob("*") if p.is_file())


def test_too_many_requests_and_server_errors_are_tried_again(folder: Path) -> None:
    seen: Counter[str] = Counter()

    def reply(body: Any) -> Any:
        text = body["messages"][-1]["content"]
        seen[text] += 1
        if text == "q3" and seen[text] == 1:
            return failed(429, Retry_After="0.05")
        if text == "q5" and seen[text] == 1:
            return failed(500, retry_after_ms="20")
        return completion(text)

    with FakeOpenAI(reply) as server:
        record = run(f"openai:m?base_url={server.url}")
    assert exact(record) == 1.0
    assert seen == Counter({f"q{i}": 2 if i in (3, 5) else 1 for i in range(N)})
    assert record.variants[0].n_missing == 0


def test_refusals_tokens_cost_and_models_are_in_the_record(folder: Path) -> None:
    def reply(body: Any) -> Any:
        text = body["messages"][-1]["content"]
        model = "m-2026-01-02" if text == "q1" else "m-2026-01-01"
        return (
            completion(None, refusal="I'd rather not", model=model) if text == "q2" else completion(text, model=model)
        )

    Path("prices.yaml").write_text(
        "as_of: 2026-01-01\nendpoints: {127.0.0.1: {m: {input: 1000, output: 2000}}}\n", encoding="utf-8"
    )
    with FakeOpenAI(reply) as server:
        record = run(f"openai:m?prices=prices.yaml&base_url={server.url}")
    variant = record.variants[0]
    assert variant.failures == {"refused": 1}
    assert variant.models == {"m-2026-01-01": N - 1, "m-2026-01-02": 1}
    assert exact(record) == pytest.approx(1 - 1 / N)  # a refusal is a wrong answer, and is asked no second time
    assert record.cost == pytest.approx(N * (10 * 1000 + 5 * 2000) / 1e6)
    rows = predictions(record)
    assert {(row["tokens_in"], row["tokens_out"]) for row in rows} == {(10, 5)}
    assert next(row for row in rows if row["case_id"] == "c2")["failure_message"] == "I'd rather not"


def test_what_is_recorded_is_not_asked_again(folder: Path) -> None:
    with FakeOpenAI() as server:
        spec = f"openai:m?base_url={server.url}"
        first = run(spec, limit=8)
        again = run(spec, limit=8)
        assert (len(server.bodies), first.variants[0].n_reused, again.variants[0].n_reused) == (8, 0, 8)
        assert [e.point for e in again.estimates] == [e.point for e in first.estimates]
        run(spec, limit=8, fresh=True)
        assert len(server.bodies) == 16
        replayed = run(spec, replay=True)
        assert len(server.bodies) == 16
    assert (replayed.variants[0].n_reused, replayed.variants[0].n_missing, replayed.outcome) == (8, 4, "inconclusive")
    unscored = next(e for e in replayed.estimates if e.metric == "exact" and e.slice is None)
    assert (unscored.n, unscored.unscored) == (8, {"not recorded": 4})


def test_fresh_answers_replace_those_of_the_cache(folder: Path) -> None:
    with FakeOpenAI() as server:
        spec = f"openai:m?base_url={server.url}"
        run(spec)
        server.reply = lambda body: completion("changed")
        assert exact(run(spec)) == 1.0
        assert exact(run(spec, fresh=True)) == 0.0
        assert exact(run(spec)) == 0.0


def test_a_replay_on_the_command_line_is_inconclusive(folder: Path, evalkit: Cli) -> None:
    ran = evalkit("run", "suites/live", "-c", "openai:m?base_url=http://127.0.0.1:9/v1", "--replay", "--json")
    assert ran.code == 3, ran.err
    assert ran.json["variants"][0]["n_missing"] == N


def test_the_plans_seed_belongs_to_a_recorded_answer_where_the_model_gets_it(folder: Path) -> None:
    with FakeOpenAI() as server:
        spec = f"openai:m?seed=plan&base_url={server.url}"
        suite_file(seed=1)
        run(spec, limit=2)
        run(spec, limit=2)
        assert len(server.bodies) == 2
        suite_file(seed=2)
        run(spec, limit=2)
        assert len({body["seed"] for body in server.bodies}) == len(server.bodies) == 4


def test_recorded_answers_obey_the_limits_of_now(folder: Path) -> None:
    with FakeOpenAI() as server:
        server.reply = lambda body: completion("x" * 500 if body["messages"][-1]["content"] == "q0" else "short")
        spec = f"openai:m?base_url={server.url}"
        run(spec)
        suite_file(max_output_bytes=100)
        assert run(spec).variants[0].failures == {"too_large": 1}
        assert len(server.bodies) == N
        record = run(spec, timeout=1e-6)  # what took longer than may be waited for now is asked again
    assert (record.variants[0].n_reused, record.variants[0].failures) == (0, {"timeout": N})


def test_a_wrong_key_is_one_sentence_without_the_key(
    folder: Path, evalkit: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeOpenAI(lambda body: failed(401, f"Incorrect API key provided: {KEY}")) as server:
        ran = evalkit("run", "suites/live", "-c", f"openai:m?base_url={server.url}", "--report", "r.html", "--json")
        assert len(server.bodies) <= 8, "nobody is asked again with a key that is wrong"
    assert ran.code == 2, ran.err
    assert ran.err.count("\n") == 1
    assert "access denied (401)" in ran.err
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert KEY not in ran.out + ran.err
    assert KEY.encode() not in kept
    assert not Path("r.html").exists()


def test_an_endpoint_that_is_down_ends_the_run_and_what_came_is_kept(folder: Path, evalkit: Cli) -> None:
    with FakeOpenAI() as server:
        run(f"openai:m?base_url={server.url}", limit=5)
        spec = f"openai:m?base_url={server.url}"
    write_jsonl(Path("suites/live/cases.jsonl"), [{"id": f"d{i}", "input": f"r{i}", "expected": "r"} for i in range(3)])
    ran = evalkit("run", "suites/live", "-c", spec, "--json")
    assert ran.code == 4, ran.err
    assert "network" in ran.err
    assert "0 of 3 answered; run again to continue" in ran.err
    assert ran.err.count("\n") == 1
    assert ran.json["outcome"] == "error"


def test_a_run_that_broke_goes_on_where_it_stopped(folder: Path) -> None:
    """A bill that was not paid is fatal in the middle of a run; `--replay` shows what came and leaves it there."""
    answers = Counter[str]()

    def reply(body: Any) -> Any:
        text = body["messages"][-1]["content"]
        if sum(answers.values()) >= 5:
            return failed(429, "pay first", code="insufficient_quota")
        answers[text] += 1
        return completion(text)

    with FakeOpenAI(reply) as server:
        # The prompt reads the case id, so that nothing is shared with other runs: only the journal remembers.
        prompt_file("p.yaml", "{{ case_id }}|{{ input }}")
        suite_file(gates=[])
        system = {"openai": "m", "prompt": "p.yaml", "base_url": server.url, "transform": [r"regex:\|(.*)"]}
        with pytest.raises(RunBroke, match="5 answers are kept"):
            run(system, concurrency=1)
        looked = run(system, replay=True)
        assert (looked.variants[0].n_reused, looked.variants[0].n_missing) == (5, N - 5)
        server.reply = lambda body: completion(body["messages"][-1]["content"])
        server.bodies.clear()
        record = run(system)
        assert (record.variants[0].n_reused, len(server.bodies)) == (5, N - 5)
    assert exact(record) == 1.0


def test_a_budget_is_for_the_whole_run(folder: Path) -> None:
    def reply(body: Any) -> Any:
        return completion(body["messages"][-1]["content"], tokens=(1, 0))

    Path("prices.yaml").write_text(
        "as_of: 2026-01-01\nendpoints: {127.0.0.1: {a: {input: 100000, output: 0}, b: {input: 100000, output: 0}}}\n",
        encoding="utf-8",
    )
    with FakeOpenAI(reply) as server:
        spec = f"openai:a,b?prices=prices.yaml&base_url={server.url}"  # 0.10 dollars a call
        with pytest.raises(RunBroke, match=r"the budget of 1\.5 US dollars is used up: 3 of 12 answered; raise it"):
            run(spec, budget=1.5)
        assert Counter(body["model"] for body in server.bodies) == {"a": N, "b": 3}
        record = run(spec, budget=2.4)
        assert Counter(body["model"] for body in server.bodies) == {"a": N, "b": N}
    assert record.cost == pytest.approx(2.4)


def test_a_budget_without_prices_says_what_to_do(folder: Path) -> None:
    with pytest.raises(RunBroke, match="prices=FILE"):
        run("fake:echo", budget=1.0)


# ----------------------------------------------------------------------------------------------------------------- http


def test_a_service_by_each_form_of_its_address(folder: Path) -> None:
    with JsonService() as service:
        bare = run(service.url)
        prefixed = run(f"svc=http:{service.url}")
        assert len(service.bodies) == 2 * N
        assert set(service.bodies[0]) == {"case_id", "input", "repeat", "seed"}
    assert exact(bare) == exact(prefixed, "svc") == 1.0
    assert [v.name for v in (*bare.variants, *prefixed.variants)] == ["candidate", "svc"]
    assert bare.variants[0].spec["url"] == prefixed.variants[0].spec["url"] == service.url


def test_https_addresses_are_understood(folder: Path) -> None:
    for spec in ("https://127.0.0.1:9/p?x=1", "http:https://127.0.0.1:9/p?x=1", "name=https://127.0.0.1:9/p?x=1"):
        record = run(spec, replay=True, limit=1)
        assert record.variants[0].spec["url"] == "https://127.0.0.1:9/p?x=1"


def test_error_answers_of_a_service(folder: Path) -> None:
    def reply(body: Any) -> Any:
        if body["case_id"] == "c0":
            return failed(400, "what is this")
        if body["case_id"] == "c1":
            return {"failure": "refused"}
        return {"output": body["input"], "cost": 0.01, "confidence": 0.5}

    with JsonService(reply) as service:
        record = run(service.url)
        assert len(service.bodies) == N
    assert record.variants[0].failures == {"http_400": 1, "refused": 1}
    assert exact(record) == pytest.approx(1 - 2 / N)
    assert record.cost == pytest.approx(0.01 * (N - 2))


def test_a_service_that_refuses_the_caller_is_one_sentence(folder: Path) -> None:
    with (
        JsonService(lambda body: failed(403, "go away")) as service,
        pytest.raises(InputError, match=r"denied \(403\)"),
    ):
        run(service.url)


# -------------------------------------------------------------------------------------------------------------- command

SHUFFLED = """
import json, sys
held = []
for line in sys.stdin:
    held.append(json.loads(line))
    if len(held) == 4:
        for row in reversed(held):
            print("a line that is no answer")
            print(json.dumps({"case_id": row["case_id"], "output": row["input"] + TAIL}), flush=True)
        held = []
"""


def test_a_program_that_answers_out_of_order(folder: Path) -> None:
    Path("shuffled.py").write_text('TAIL = ""\n' + SHUFFLED, encoding="utf-8")
    record = run(f"command:{sys.executable} shuffled.py", concurrency=4)
    assert exact(record) == 1.0
    assert record.variants[0].n_failed == 0


@pytest.mark.parametrize(
    ("given", "argv", "version"),
    [
        ("true http://x/?q=1", ["true", "http://x/?q=1"], None),
        ("true f.py?version=3", ["true", "f.py"], "3"),
        ("true http://x/?q=1?start_timeout=5&version=a", ["true", "http://x/?q=1"], "a"),
        ("true 'a b' ?", ["true", "a b", "?"], None),
    ],
)
def test_the_options_of_a_command_stand_at_its_end(
    folder: Path, given: str, argv: list[str], version: str | None
) -> None:
    spec = run(f"command:{given}", replay=True, limit=1).variants[0].spec
    assert (spec["argv"], spec["version"]) == (argv, version)


# --------------------------------------------------------------------------------------------------------------- python

SYSTEMS = """
import asyncio, os, sys
import evalkit

def sync(x):
    print("noise on stdout")
    print("noise on stderr", file=sys.stderr)
    return x + os.environ.get("TAIL", "")

async def later(x):
    await asyncio.sleep(0)
    return x

@evalkit.batch(size=5)
def many(xs):
    assert isinstance(xs, list)
    if len(xs) > 1 and "q3" in xs:
        raise ValueError("not q3 in company")
    return list(xs)
"""


def test_functions_of_each_kind_on_the_command_line(
    folder: Path, evalkit: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = folder / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "mod.py").write_text(SYSTEMS, encoding="utf-8")
    specs = ("-c", "python:pkg.mod:sync", "-c", "a=python:pkg/mod.py:later", "-c", "b=python:pkg.mod:many")
    ran = evalkit("run", "suites/live", *specs, "--json")
    assert ran.code == 0, ran.err
    assert [(v["name"], v["n_failed"]) for v in ran.json["variants"]] == [("sync", 0), ("a", 0), ("b", 0)]
    assert {e["point"] for e in ran.json["estimates"] if e["metric"] == "exact"} == {1.0}
    monkeypatch.setenv("TAIL", "?")
    assert exact(run("python:pkg.mod:sync", limit=2)) == 0.0


def test_a_version_makes_answers_of_code_reusable(folder: Path) -> None:
    Path("system.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    assert run("python:system.py:f?version=3").variants[0].n_reused == 0
    assert run("python:system.py:f?version=3").variants[0].n_reused == N
    assert run("python:system.py:f?version=4").variants[0].n_reused == 0
    assert run("python:system.py:f").variants[0].n_reused == 0
    Path("system.py").write_text("def f(x):\n    return 'edited'\n", encoding="utf-8")
    assert exact(run("python:system.py:f?version=3")) == 1.0, "the user vouches for the version"


def partial_run(spec: Any, answered: int) -> None:
    """A run at half a dollar a call that its budget ended early: `answered` answers are in its journal."""
    with pytest.raises(RunBroke, match=f"{answered} of {N} answered"):
        run(spec, budget=answered * 0.5, concurrency=1)


COSTLY = """
from evalkit.predictors.marks import Reply
from helper import tail
import side.inner

def f(x):
    return Reply(x + tail(), cost=0.5)
"""


@pytest.fixture
def costly(folder: Path) -> Path:
    """A system of three files, at half a dollar a call."""
    Path("code/side").mkdir(parents=True)
    Path("code/system.py").write_text(COSTLY, encoding="utf-8")
    Path("code/helper.py").write_text("def tail():\n    return ''\n", encoding="utf-8")
    Path("code/side/inner.py").write_text("X = 1\n", encoding="utf-8")
    return Path("code")


@pytest.mark.parametrize("changed", ["system.py", "helper.py", "side/inner.py"])
def test_code_that_changed_is_asked_anew(costly: Path, changed: str) -> None:
    spec = f"python:{costly}/system.py:f"
    partial_run(spec, 4)
    file = costly / changed
    file.write_text(file.read_text(encoding="utf-8").replace("''", "'!'") + "\n# edited\n", encoding="utf-8")
    record = run(spec)
    assert record.variants[0].n_reused == 0
    assert exact(record) == (0.0 if changed == "helper.py" else 1.0)


def test_code_that_did_not_change_goes_on(costly: Path) -> None:
    spec = f"python:{costly}/system.py:f"
    partial_run(spec, 4)
    (costly / "unrelated.py").write_text("Y = 2\n", encoding="utf-8")
    assert run(spec).variants[0].n_reused == 4


PROGRAM = """
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    print(json.dumps({"case_id": row["case_id"], "output": row["input"] + TAIL, "cost": 0.5}), flush=True)
"""


def test_a_programs_files_are_part_of_what_it_is(folder: Path) -> None:
    Path("prog.py").write_text("TAIL = ''\n" + PROGRAM, encoding="utf-8")
    Path("config.json").write_text("{}", encoding="utf-8")
    spec = f"command:{sys.executable} prog.py --config=config.json"
    partial_run(spec, 4)
    Path("config.json").write_text("[]", encoding="utf-8")
    partial_run(spec, 5)
    Path("config.json").write_text("{}", encoding="utf-8")
    partial_run(spec, 4)  # nothing was asked: these four are the first run's
    Path("prog.py").write_text("TAIL = '!'\n" + PROGRAM, encoding="utf-8")
    record = run(spec)
    assert (record.variants[0].n_reused, exact(record)) == (0, 0.0)


# -------------------------------------------------------------------------------------------------------------- options

MOODY = """
import os
def f(x):
    if x in os.environ.get("FAIL", "").split(","):
        raise ValueError("not today")
    with open("calls.log", "a") as log:
        log.write(x + "\\n")
    return x
"""


def test_only_what_failed_is_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("moody.py").write_text(MOODY, encoding="utf-8")
    with pytest.raises(InputError, match="nothing to retry"):
        run("python:moody.py:f", retry_failed=True)
    monkeypatch.setenv("FAIL", "q1,q4")
    first = run("python:moody.py:f")
    assert first.variants[0].failures == {"raised": 2}
    monkeypatch.setenv("FAIL", "")
    Path("calls.log").unlink()
    second = run("python:moody.py:f", retry_failed=True)
    assert sorted(Path("calls.log").read_text(encoding="utf-8").split()) == ["q1", "q4"]
    assert (second.variants[0].n_reused, exact(second)) == (N - 2, 1.0)
    with pytest.raises(InputError, match="fresh"):
        run("python:moody.py:f", retry_failed=True, fresh=True)


def test_kept_answers_cost_the_budget_of_a_retry_nothing(folder: Path) -> None:
    Path("sys.yaml").write_text(
        "default: {output: x, cost: 1.0}\ncases: {c0: {failure: refused, cost: 1.0}}\n", encoding="utf-8"
    )
    first = run("fake:sys.yaml", budget=N)
    assert first.variants[0].failures == {"refused": 1}
    again = run("fake:sys.yaml", retry_failed=True, budget=1.5)
    assert again.variants[0].n_reused == N - 1


def test_a_time_limit_of_the_command_line_is_part_of_the_scoring(folder: Path) -> None:
    Path("slow.yaml").write_text("default: {output: x}\ncases: {c0: {output: x, delay: 30}}\n", encoding="utf-8")
    record = run("fake:slow.yaml", timeout=0.2)
    assert record.variants[0].failures == {"timeout": 1}
    usual = run("fake:echo")
    assert record.digests.scoring != usual.digests.scoring
    assert record.digests.cases == usual.digests.cases
    again = ek.rescore(record.run_id)
    assert again.digests == record.digests, "scored again, it is scored under the same limit"


def test_filter_limit_names_and_tags(folder: Path, evalkit: Cli) -> None:
    some = ("--filter", "half=a", "--filter", "id=c?", "--limit", "3")
    ran = evalkit(
        "run", "suites/live", "-c", "fake:echo", *some, "--name", "best", "--tag", "x", "--tag", "y", "--json"
    )
    assert ran.code in (0, 3), ran.err
    assert (ran.json["n_cases"], ran.json["name"], ran.json["labels"]) == (3, "best", ["x", "y"])
    assert ran.json["selection"] == {"limit": 3, "filters": ["half=a", "id=c?"]}
    assert [row["case_id"] for row in predictions(ek.load_run("best"))] == ["c0", "c2", "c4"]
    versus = run(["e=fake:echo", "k=fake:constant:q0"], baseline="run:best")
    assert [(v.name, v.from_run) for v in versus.variants] == [
        ("e", None),
        ("k", None),
        ("baseline", ek.load_run("best").run_id),
    ]
    assert any("answers 3 of the 12 cases" in warning for warning in versus.warnings)
    paired = next(
        e for e in versus.estimates if e.variant == "k - baseline" and e.metric == "exact" and e.slice is None
    )
    assert (paired.n, paired.point) == (3, pytest.approx(-2 / 3))
    listed = evalkit("runs", "list", "--tag", "y", "--json")
    assert json.loads(listed.out)["names"] == ["best"]


@pytest.mark.parametrize("candidate", ["fake:echo", "python:system.py:f"])
def test_concurrency_changes_nothing_but_time(folder: Path, candidate: str) -> None:
    Path("system.py").write_text("async def f(x):\n    return x if x != 'q2' else 1 / 0\n", encoding="utf-8")

    def told(concurrency: int) -> dict[str, Any]:
        found = run(candidate, concurrency=concurrency).to_json()
        for name in ("run_id", "created", "seconds"):
            del found[name]
        found["variants"][0].pop("seconds")
        return found

    assert told(1) == told(8)


def test_two_equal_systems_are_asked_apart(folder: Path) -> None:
    Path("count.py").write_text("n = 0\ndef f(x):\n    return x\n", encoding="utf-8")
    record = run(["python:count.py:f", "python:count.py:f"], baseline="python:count.py:f")
    assert [v.name for v in record.variants] == ["f", "f-2", "baseline"]
    assert {v.n_reused for v in record.variants} == {0}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 0}, "limit is 0"),
        ({"concurrency": True}, "concurrency"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": 1e9}, "604,800"),
        ({"budget": -1}, "budget"),
        ({"filters": "half=a"}, "list of texts"),
        ({"fresh": True, "replay": True}, "replay"),
        ({"filters": ["half=c"]}, "half"),
    ],
)
def test_options_that_cannot_be_meant(folder: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run("fake:echo", **options)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("openai:", "names no model"),
        ("openai:m?temprature=0", "temperature"),
        ("openai:m?prompt=nowhere.yaml", "nowhere.yaml"),
        ("http:", "no address"),
        ("https:/x", "no address"),
        ("http://user:pw@127.0.0.1/p", "user name or password"),
        ("command:", "names no program"),
        ("command:'x", "words"),
        ({"openai": "m", "tempature": 1}, "temperature"),
        ({"model": "m"}, "SCHEME:REST"),
        (7, "not 7"),
        ([], "no candidate"),
        ("a=b", "predictors"),
    ],
)
def test_systems_that_cannot_be_meant(folder: Path, spec: Any, words: str) -> None:
    with pytest.raises(EvalkitError, match=words) as caught:
        run(spec)
    assert "pw" not in str(caught.value)


def test_ctrl_c_during_a_call_ends_quietly(folder: Path) -> None:
    """A service that never answers: the interrupt ends the run at once, with exit code 130 and no traceback."""
    import asyncio
    import signal
    import threading

    called = threading.Event()

    async def never(body: Any) -> Any:
        called.set()
        await asyncio.Event().wait()

    with JsonService(never) as service:
        command = [sys.executable, "-m", "evalkit", "run", "suites/live", "-c", service.url]
        process = subprocess.Popen(
            command, cwd=folder, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert called.wait(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert textwrap.shorten(err, 200).startswith("Interrupted")
