"""What live systems answered is recorded: cache, journal, `--fresh`, `--replay`, `--budget`, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import RunBroke
from tests.e2e.conftest import Ran
from tests.e2e.live import N, exact, prompt_file, run, suite_file
from tests.servers import FakeOpenAI, completion, failed

Cli = Callable[..., Ran]


def test_what_is_recorded_is_not_asked_again(live: Path) -> None:
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


def test_fresh_answers_replace_those_of_the_cache(live: Path) -> None:
    with FakeOpenAI() as server:
        spec = f"openai:m?base_url={server.url}"
        run(spec)
        server.reply = lambda body: completion("changed")
        assert exact(run(spec)) == 1.0
        assert exact(run(spec, fresh=True)) == 0.0
        assert exact(run(spec)) == 0.0


def test_a_replay_on_the_command_line_is_inconclusive(live: Path, evalkit: Cli) -> None:
    ran = evalkit("run", "suites/live", "-c", "openai:m?base_url=http://127.0.0.1:9/v1", "--replay", "--json")
    assert ran.code == 3, ran.err
    assert ran.json["variants"][0]["n_missing"] == N


def test_the_plans_seed_belongs_to_a_recorded_answer_where_the_model_gets_it(live: Path) -> None:
    with FakeOpenAI() as server:
        spec = f"openai:m?seed=plan&base_url={server.url}"
        suite_file(seed=1)
        run(spec, limit=2)
        run(spec, limit=2)
        assert len(server.bodies) == 2
        suite_file(seed=2)
        run(spec, limit=2)
        assert len({body["seed"] for body in server.bodies}) == len(server.bodies) == 4


def test_recorded_answers_obey_the_limits_of_now(live: Path) -> None:
    with FakeOpenAI() as server:
        server.reply = lambda body: completion("x" * 500 if body["messages"][-1]["content"] == "q0" else "short")
        spec = f"openai:m?base_url={server.url}"
        run(spec)
        suite_file(max_output_bytes=100)
        assert run(spec).variants[0].failures == {"too_large": 1}
        assert len(server.bodies) == N
        record = run(spec, timeout=1e-6)  # what took longer than may be waited for now is asked again
    assert (record.variants[0].n_reused, record.variants[0].failures) == (0, {"timeout": N})


def test_a_run_that_broke_goes_on_where_it_stopped(live: Path) -> None:
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


def test_a_budget_is_for_the_whole_run(live: Path) -> None:
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


def test_a_budget_without_prices_says_what_to_do(live: Path) -> None:
    with pytest.raises(RunBroke, match="prices=FILE"):
        run("fake:echo", budget=1.0)
