"""What reaches the reader: a verdict though stdout was closed, each warning once, and who broke the contract."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.errors import RunBroke
from tests.e2e.conftest import Ran, write_jsonl

Evalkit = Callable[..., Ran]
N = 40
SUITE: dict[str, Any] = {"suite": "s", "version": 1, "cases": "cases.jsonl", "layers": {"l": ["exact"]}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(N)])
    write_jsonl(tmp_path / "right.jsonl", [{"case_id": f"c{i}", "output": i} for i in range(N)])
    extra = [{"case_id": "zzz", "output": 1}]
    write_jsonl(tmp_path / "wrong.jsonl", [{"case_id": f"c{i}", "output": -1} for i in range(N)] + extra)
    (tmp_path / "suite.yaml").write_text(
        "suite: s\nversion: 1\ncases: cases.jsonl\nlayers: {l: [exact]}\ngates: [{metric: exact, at_least: 0.5}]\n",
        encoding="utf-8",
    )
    return tmp_path


def into_closed_pipe(*arguments: str) -> int:
    """The exit code of a command whose stdout nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "evalkit", *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(("answers", "code", "how"), [("right", 0, []), ("wrong", 1, []), ("wrong", 1, ["--json"])])
def test_a_verdict_stands_though_nobody_reads_it(folder: Path, answers: str, code: int, how: list[str]) -> None:
    assert into_closed_pipe("run", "suite.yaml", "-c", f"recorded:{answers}.jsonl", *how) == code


def test_a_list_that_nobody_reads_is_no_error(folder: Path) -> None:
    assert into_closed_pipe("runs", "list") == 0


def test_a_warning_is_told_once_and_again_when_the_run_is_shown(evalkit: Evalkit, folder: Path) -> None:
    ran = evalkit("run", "suite.yaml", "-c", "recorded:wrong.jsonl")
    assert (ran.out + ran.err).count("zzz") == 1
    assert "zzz" in ran.err
    assert evalkit("runs", "show").out.count("zzz") == 1


METRIC = """
from dataclasses import dataclass
import numpy as np
from evalkit.core.protocols import Scores
from evalkit.metrics.base import Mean, mean_scores

@dataclass(frozen=True)
class Guest(Mean):
    name = "guest"
    def score(self, batch):
        return {body}
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("1 / 0", ["metric guest", "ZeroDivisionError", "40 cases"]),
        ("mean_scores(np.full(len(batch), 2.0))", ["metric guest", "2 for case 'c0'", "[0.0, 1.0]"]),
        ("mean_scores(np.zeros(3))", ["metric guest", "(3, 2) instead of (40, 2)"]),
        ("Scores(np.zeros((40, 2)), np.full(40, -1))", ["metric guest", "0 for case 'c0'"]),
    ],
)
def test_a_metric_that_breaks_its_contract_is_named(folder: Path, body: str, words: list[str]) -> None:
    (folder / "guest.py").write_text(METRIC.format(body=body), encoding="utf-8")
    suite = {**SUITE, "layers": {"l": [{"guest.py:Guest": {"as": "guest"}}]}}
    with pytest.raises(RunBroke) as caught:
        evalkit.run(suite, candidate="recorded:right.jsonl", workspace="ws")
    for word in words:
        assert word in str(caught.value)


def test_a_metric_that_raises_on_every_case_leaves_it_unscored_and_counted(folder: Path) -> None:
    """Its messages name every case, and one holds half of a surrogate pair: neither swells the record nor breaks it."""
    (folder / "own.py").write_text(
        "import evalkit\n\n@evalkit.case_metric\ndef own(output, expected, case):\n"
        "    raise ValueError(case.id + chr(0xDC80))\n",
        encoding="utf-8",
    )
    suite = {**SUITE, "layers": {"l": [{"own.py:own": {"as": "own"}}]}, "gates": [{"metric": "own", "at_least": 0.0}]}
    record = evalkit.run(suite, candidate="recorded:right.jsonl", workspace="ws")
    found = record.decisions[0].estimate
    assert (record.outcome, found.n, found.n_unscored) == ("inconclusive", 0, N)
    assert len(found.unscored) == 21
    assert (found.unscored["other reasons"], sum(found.unscored.values())) == (N - 20, N)
    assert "nothing was measured" in record.decisions[0].reason


def test_a_long_id_does_not_fill_the_message(evalkit: Evalkit, folder: Path) -> None:
    write_jsonl(folder / "long.jsonl", [{"case_id": "x" * 5000, "output": 1}])
    ran = evalkit("run", "suite.yaml", "-c", "recorded:long.jsonl")
    assert ran.code == 2
    assert len(ran.err) < 500
