"""A panel and a cascade of models on an endpoint: each member's call is its own, and is reused wherever it is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from tests.e2e.conftest import write_jsonl
from tests.servers import FakeOpenAI, completion


def test_members_calls_are_their_own_and_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": f"q{i}", "expected": f"g{i}"} for i in range(6)])
    write_jsonl(tmp_path / "a.jsonl", [{"case_id": f"c{i}", "output": f"g{i}"} for i in range(6)])
    members = {"a": {"weight": 1.0, "reads": "label"}, "b": {"weight": 2.0, "reads": "label"}}
    panel = {"kind": "panel", "version": 1, "menu": ["correct", "incorrect"], "members": members, "intercepts": {}}
    (tmp_path / "w.json").write_text(json.dumps(panel), encoding="utf-8")
    stages = [{"name": "both", "threshold": 0.8}]
    cascade = {"kind": "cascade", "version": 1, "alpha": 0.2, "delta": 0.1, "stages": stages}
    (tmp_path / "t.json").write_text(json.dumps(cascade), encoding="utf-8")

    def reply(body: dict[str, Any]) -> Any:
        label = "correct" if body["model"] == "m1" else "incorrect"
        return completion(json.dumps({"rationale": "so", "label": label}))

    with FakeOpenAI() as server:
        server.reply = reply
        judges = {
            "a": {"model": "openai:m1", "base_url": server.url},
            "b": {"model": "openai:m2", "base_url": server.url, "votes": 3},
            "both": {"panel": ["a", "b"], "weights": "w.json"},
            "main": {"cascade": ["both", "human"], "thresholds": "t.json"},
        }
        asked = [
            {"rubric": {"rubric": "correctness", "judge": judge, "as": name}}
            for judge, name in (("both", "panel"), ("a", "alone"), ("main", "cascade"))
        ]
        suite = {"suite": "p", "cases": "cases.jsonl", "judges": judges, "layers": {"judge": asked}}
        record = evalkit.run(suite, candidate="recorded:a.jsonl", workspace="ws")
        assert len(server.bodies) == 6 * (1 + 3), "neither the judge alone nor the cascade asked anything again"
    found = {e.metric: e for e in record.estimates}
    assert (found["panel"].point, found["panel"].n) == (0.0, 6)
    assert (found["alone"].point, found["alone"].n) == (1.0, 6)
    assert found["cascade"].unscored == {"judge: not labelled yet": 6}, "a probability of .73 is below .8"
    assert {j.metric: (j.n_calls, j.n_reused) for j in record.judges}["alone"] == (6, 6)
