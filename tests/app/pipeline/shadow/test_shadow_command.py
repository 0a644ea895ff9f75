"""`evalkit shadow report|replay` on a traffic log: one JSON object, the verdict as exit code, evidence of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.pipeline.shadow.look import moment
from evalkit.core.errors import InputError
from evalkit.core.traffic import Dropped
from evalkit.stores.traffic import SqliteTraffic
from evalkit.stores.traffic_writing import Batch
from tests.e2e.conftest import Ran, called
from tests.pipeline.shadow.logs import log

SUITE = """
suite: numbers
cases: cases.jsonl
layers:
  task:
    - numeric: {abs: 0.5}
gates:
  - {metric: numeric, versus: baseline, margin: 0.3}
"""


@pytest.fixture
def shadow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `evalkit shadow ...` in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    return lambda *arguments: called(capfd, "shadow", *arguments)


def made(folder: Path, *functions: Any) -> SqliteTraffic:
    return log(folder / "ws", 400, *functions)


def test_a_report_is_one_object_and_its_verdict_the_exit_code(shadow: Callable[..., Ran], tmp_path: Path) -> None:
    traffic = made(tmp_path, lambda i: 1, lambda i: 1 if i % 5 else 9, lambda i: 1, lambda i: 1)
    batch = Batch()
    batch.drops.append(Dropped(1.7e9 + 3, "new", 5))
    with traffic.writer() as writer:
        writer.put(batch)
    ran = shadow("report", "--json")
    told = ran.json
    assert ran.code == {"pass": 0, "fail": 1, "inconclusive": 3}[told["outcome"]]
    assert (told["champion"], told["challenger"], told["n"], told["dropped"], told["outcomes"]) == (
        "old",
        "new",
        400,
        5,
        400,
    )
    assert {one["metric"] for one in told["measured"]} == {"failed", "absolute_error", "mismatch", "output", "seconds"}
    assert told["mismatches"]["top"] == [
        {"champion": "1", "challenger": "9", "n": 80, "example": "r0", "input": '{"i":0,"kind":"even"}'}
    ]
    assert shadow("report").out.startswith("new beside old: 400 requests, 0 failed, 5 dropped, 400 outcomes -> ")


def test_the_suites_margin_decides(shadow: Callable[..., Ran], tmp_path: Path) -> None:
    made(tmp_path, lambda i: 1, lambda i: 1 if i % 5 else 9, lambda i: 1, lambda i: 1)
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "cases.jsonl").write_text('{"id": "a", "input": 1, "expected": 1}\n')
    assert shadow("report", "--suite", "suite.yaml", "--json").code == 0
    (tmp_path / "suite.yaml").write_text(SUITE.replace("0.3}", "0.05}"))
    ran = shadow("report", "--suite", "suite.yaml", "--json")
    assert ran.code == 1
    (numeric,) = (one for one in ran.json["measured"] if one["metric"] == "numeric")
    assert (numeric["said"], numeric["champion"], numeric["challenger"], numeric["point"]) == ("worse", 1, 0.8, -0.2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--challenger", "nobody"], "there is no shadow 'nobody'"),
        (["--champion", "nobody"], "no user was served by 'nobody'"),
        (["--since", "yesterday"], "not an ISO 8601 time"),
        (["--since", "2999-01-01"], "no requests of a champion"),
        (["--suite", "missing.yaml"], "missing.yaml"),
        (["--evidence", "run:missing"], "missing"),
    ],
)
def test_what_is_not_there_is_said(
    shadow: Callable[..., Ran], tmp_path: Path, arguments: list[str], words: str
) -> None:
    made(tmp_path, lambda i: 1, lambda i: 1)
    ran = shadow("report", *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_several_shadows_have_to_be_named(shadow: Callable[..., Ran], tmp_path: Path) -> None:
    traffic = made(tmp_path, lambda i: 1, lambda i: 1)
    row = traffic.shadows().slice(0, 1).to_pylist()[0]
    from evalkit.core.traffic import Shadowed

    traffic.put_shadows([Shadowed(row["id"], 1.7e9, "newer", "1", None, 0.1)])
    assert "there are 2 shadows (new, newer)" in shadow("report").err
    assert shadow("report", "--challenger", "newer", "--json").json["n"] == 1


def test_moments_are_times_or_ago() -> None:
    assert moment(None, 5.0) is None
    assert moment("90m", 1e9) == 1e9 - 5_400
    assert moment("1.5h", 1e9) == 1e9 - 5_400
    assert moment("2001-09-09T01:46:40+00:00", 0.0) == 1e9
    with pytest.raises(InputError):
        moment("-2h", 1e9)


@pytest.mark.slow
def test_a_replay_asks_once_and_goes_on(shadow: Callable[..., Ran], tmp_path: Path) -> None:
    traffic = made(tmp_path, lambda i: i % 3, lambda i: 0)
    (tmp_path / "m.py").write_text(
        "import os\ndef newest(x):\n    assert os.environ['EVALKIT_SHADOW']\n"
        "    if x['i'] == 7: raise ValueError('seven')\n    return x['i'] % 3\n"
    )
    for _ in range(2):
        told = shadow("replay", "--challenger", "newest=python:m.py:newest", "--json").json
        assert (told["n"], told["failed"], told["mismatches"]["n"]) == (400, 1, 1)
        rows = [row for row in traffic.shadows().to_pylist() if row["variant"] == "newest"]
        assert len(rows) == 400
        assert [row["failure"] for row in rows if row["failure"]] == ["ValueError: seven (m.py:4)"]
        assert json.loads(rows[4]["output"]) == 1
