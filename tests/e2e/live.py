"""What the tests of live systems share: a suite of twelve cases, and short ways to run it and to read its record."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import evalkit as ek
from tests.servers import FakeOpenAI

N = 12


def live_suite(folder: Path) -> None:
    """`suites/live` with twelve cases, in a folder that is the current one."""
    suite = folder / "suites" / "live"
    (suite / "prompts").mkdir(parents=True)
    cases = [{"id": f"c{i}", "input": f"q{i}", "expected": f"q{i}", "tags": {"half": "ab"[i % 2]}} for i in range(N)]
    (suite / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    suite_file()


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
    """A prompt of one user message."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"messages: [{{role: user, content: {json.dumps(text)}}}]\n", encoding="utf-8")
    return path


def run(candidate: Any, **more: Any) -> ek.Record:
    """The suite on these systems."""
    return ek.run("suites/live", candidate=candidate, **more)


def exact(record: ek.Record, variant: str = "candidate") -> float | None:
    """The overall share of exact answers of one variant."""
    return next(e.point for e in record.estimates if (e.metric, e.variant, e.slice) == ("exact", variant, None))


def asked(server: FakeOpenAI) -> Counter[tuple[str, str]]:
    """How often each model was asked each question."""
    return Counter((body["model"], body["messages"][-1]["content"]) for body in server.bodies)


def predictions(record: ek.Record) -> list[dict[str, Any]]:
    """The rows of the record's predictions."""
    rows: list[dict[str, Any]] = ek.frame(record, "predictions").to_dict("records")
    return rows
