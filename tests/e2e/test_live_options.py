"""Options of a run that asks live systems, and what cannot be meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit as ek
from evalkit.core.errors import EvalkitError, InputError
from tests.e2e.conftest import Ran
from tests.e2e.live import N, exact, predictions, run
from tests.servers import JsonService

Cli = Callable[..., Ran]


MOODY = """
import os
def f(x):
    if x in os.environ.get("FAIL", "").split(","):
        raise ValueError("not today")
    with open("calls.log", "a") as log:
        log.write(x + "\\n")
    return x
"""


def test_only_what_failed_is_asked_again(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_kept_answers_cost_the_budget_of_a_retry_nothing(live: Path) -> None:
    Path("sys.yaml").write_text(
        "default: {output: x, cost: 1.0}\ncases: {c0: {failure: refused, cost: 1.0}}\n", encoding="utf-8"
    )
    first = run("fake:sys.yaml", budget=N)
    assert first.variants[0].failures == {"refused": 1}
    again = run("fake:sys.yaml", retry_failed=True, budget=1.5)
    assert again.variants[0].n_reused == N - 1


def test_a_time_limit_of_the_command_line_is_part_of_the_scoring(live: Path) -> None:
    Path("slow.yaml").write_text("default: {output: x}\ncases: {c0: {output: x, delay: 30}}\n", encoding="utf-8")
    record = run("fake:slow.yaml", timeout=0.2)
    assert record.variants[0].failures == {"timeout": 1}
    usual = run("fake:echo")
    assert record.digests.scoring != usual.digests.scoring
    assert record.digests.cases == usual.digests.cases
    again = ek.rescore(record.run_id)
    assert again.digests == record.digests, "scored again, it is scored under the same limit"


def test_filter_limit_names_and_tags(live: Path, evalkit: Cli) -> None:
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
def test_concurrency_changes_nothing_but_time(live: Path, candidate: str) -> None:
    Path("system.py").write_text("async def f(x):\n    return x if x != 'q2' else 1 / 0\n", encoding="utf-8")

    def told(concurrency: int) -> dict[str, Any]:
        found = run(candidate, concurrency=concurrency).to_json()
        for name in ("run_id", "created", "seconds"):
            del found[name]
        found["variants"][0].pop("seconds")
        return found

    assert told(1) == told(8)


def test_two_equal_systems_are_asked_apart(live: Path) -> None:
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
def test_options_that_cannot_be_meant(live: Path, options: dict[str, Any], words: str) -> None:
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
        ({"system": "m"}, "SCHEME:REST"),
        (7, "not 7"),
        ([], "no candidate"),
        ("a=b", "predictors"),
    ],
)
def test_systems_that_cannot_be_meant(live: Path, spec: Any, words: str) -> None:
    with pytest.raises(EvalkitError, match=words) as caught:
        run(spec)
    assert "pw" not in str(caught.value)


def test_ctrl_c_during_a_call_ends_quietly(live: Path) -> None:
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
            command, cwd=live, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert called.wait(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert textwrap.shorten(err, 200).startswith("Interrupted")
