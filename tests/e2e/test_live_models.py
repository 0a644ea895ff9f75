"""`openai:` systems: prompts, models, keys, endpoints that fail."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Ran, write_jsonl
from tests.e2e.live import N, asked, exact, predictions, prompt_file, run, suite_file
from tests.servers import FakeOpenAI, completion, failed

Cli = Callable[..., Ran]
KEY = "sk-very-secret-key-1234567890"


def test_prompts_times_models_are_named_and_asked(live: Path) -> None:
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


def test_a_suites_own_prompt_and_predictors_lie_beside_it(live: Path) -> None:
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


def test_a_named_candidate_with_options_on_the_command_line(live: Path, evalkit: Cli) -> None:
    prompt_file("a.yaml", "{{ input }}")
    with FakeOpenAI() as server:
        suite_file(predictors={"gpt": f"openai:m?temperature=0&max_tokens=9&base_url={server.url}"})
        ran = evalkit("run", "suites/live", "-c", "gpt", "--prompt", "a.yaml", "--prompt", "a.yaml", "--json")
        assert ran.code == 0, ran.err
        assert [v["name"] for v in ran.json["variants"]] == ["gpt/a", "gpt/a-2"]
        assert {(b["temperature"], b["max_tokens"]) for b in server.bodies} == {(0, 9)}


def test_the_base_url_of_the_environment(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert exact(run("openai:m")) == 1.0
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in b"".join(p.read_bytes() for p in Path("ws").rglob("*") if p.is_file())


def test_too_many_requests_and_server_errors_are_tried_again(live: Path) -> None:
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


def test_refusals_tokens_cost_and_models_are_in_the_record(live: Path) -> None:
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


def test_a_wrong_key_is_one_sentence_without_the_key(live: Path, evalkit: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeOpenAI(lambda body: failed(401, f"Incorrect API key provided: {KEY}")) as server:
        ran = evalkit("run", "suites/live", "-c", f"openai:m?base_url={server.url}", "--report", "r.html", "--json")
        assert len(server.bodies) <= 8, "nobody is asked again with a key that is wrong"
    assert ran.code == 2, ran.err
    assert ran.err.count("\n") == 1
    assert "access denied (401)" in ran.err
    kept = b"".join(path.read_bytes() for path in live.rglob("*") if path.is_file())
    assert KEY not in ran.out + ran.err
    assert KEY.encode() not in kept
    assert not Path("r.html").exists()


@pytest.mark.slow
def test_an_endpoint_that_is_down_ends_the_run_and_what_came_is_kept(live: Path, evalkit: Cli) -> None:
    with FakeOpenAI() as server:
        run(f"openai:m?base_url={server.url}", limit=5)
        spec = f"openai:m?base_url={server.url}"
    write_jsonl(Path("suites/live/cases.jsonl"), [{"id": f"d{i}", "input": f"r{i}", "expected": "r"} for i in range(3)])
    ran = evalkit("run", "suites/live", "-c", spec, "--json")
    assert ran.code == 4, ran.err
    assert "network" in ran.err
    assert "0 of 3 answered; run again to continue" in ran.err
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["warning, before any call", "error"]
    assert ran.json["outcome"] == "error"
