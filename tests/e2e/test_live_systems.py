"""Services, programs and functions as live systems; files of theirs that change."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import InputError, RunBroke
from tests.e2e.conftest import Ran
from tests.e2e.live import N, exact, run
from tests.servers import JsonService, failed

Cli = Callable[..., Ran]


# ---------------------------------------------------------------------------------------------------------------- http


def test_a_service_by_each_form_of_its_address(live: Path) -> None:
    with JsonService() as service:
        bare = run(service.url)
        prefixed = run(f"svc=http:{service.url}")
        assert len(service.bodies) == 2 * N
        assert set(service.bodies[0]) == {"case_id", "input", "repeat", "seed"}
    assert exact(bare) == exact(prefixed, "svc") == 1.0
    assert [v.name for v in (*bare.variants, *prefixed.variants)] == ["candidate", "svc"]
    assert bare.variants[0].spec["url"] == prefixed.variants[0].spec["url"] == service.url


def test_https_addresses_are_understood(live: Path) -> None:
    for spec in ("https://127.0.0.1:9/p?x=1", "http:https://127.0.0.1:9/p?x=1", "name=https://127.0.0.1:9/p?x=1"):
        record = run(spec, replay=True, limit=1)
        assert record.variants[0].spec["url"] == "https://127.0.0.1:9/p?x=1"


def test_error_answers_of_a_service(live: Path) -> None:
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


def test_a_service_that_refuses_the_caller_is_one_sentence(live: Path) -> None:
    with (
        JsonService(lambda body: failed(403, "go away")) as service,
        pytest.raises(InputError, match=r"denied \(403\)"),
    ):
        run(service.url)


# ------------------------------------------------------------------------------------------------------------- command


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


def test_a_program_that_answers_out_of_order(live: Path) -> None:
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
    live: Path, given: str, argv: list[str], version: str | None
) -> None:
    spec = run(f"command:{given}", replay=True, limit=1).variants[0].spec
    assert (spec["argv"], spec["version"]) == (argv, version)


# -------------------------------------------------------------------------------------------------------------- python


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


def test_functions_of_each_kind_on_the_command_line(live: Path, evalkit: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    package = live / "pkg"
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


def test_a_version_makes_answers_of_code_reusable(live: Path) -> None:
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
def costly(live: Path) -> Path:
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


def test_a_programs_files_are_part_of_what_it_is(live: Path) -> None:
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
