"""GitLab's code-quality report (a subset of Code Climate's): one issue a gate not passed, or suite that broke."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from evalkit.core.checks import Checks, SuiteCheck
from evalkit.core.nouns import Decision
from evalkit.report import sentences
from evalkit.report.text import clip, visible

__all__ = ["render"]

_LONG = 1000


def render(checks: Checks) -> str:
    """A JSON array; severities: blocker (broke), critical (fail), major (inconclusive, blocks), minor, info."""
    return (
        json.dumps([issue for suite in checks.suites for issue in _issues(suite)], ensure_ascii=False, indent=2) + "\n"
    )


def _issues(suite: SuiteCheck) -> list[dict[str, Any]]:
    if suite.error is not None:
        return [_issue(suite, "run", suite.error.sentence, "blocker", 1)]
    if suite.record is None:
        return []
    lines = [*suite.lines, *[1] * len(suite.record.decisions)]
    return [
        _issue(suite, sentences.gate_name(suite.record, d), _said(suite, d), _severity(d), line)
        for d, line in zip(suite.record.decisions, lines, strict=False)
        if d.outcome != "pass"
    ]


def _said(suite: SuiteCheck, d: Decision) -> str:
    advice = f" {d.would_decide}" if d.would_decide else ""
    label = sentences.gate_name(suite.record, d) if suite.record else d.gate.label
    return f"{sentences.word(d.outcome).text}: {label}: {d.reason}{advice}"


def _severity(d: Decision) -> str:
    if d.gate.role == "info" or d.gate.judge == "advisory":
        return "info"
    return "critical" if d.outcome == "fail" else "major" if d.blocks else "minor"


def _issue(suite: SuiteCheck, check: str, said: str, severity: str, line: int) -> dict[str, Any]:
    """The fingerprint is of what stays: the file, the suite and the gate; not of numbers, nor of the line."""
    identity = json.dumps(["evalkit", suite.file, suite.name, check])
    return {
        "description": clip(visible(" ".join(said.split())), _LONG),
        "check_name": f"evalkit/{clip(visible(check), 200)}",
        "fingerprint": sha256(identity.encode()).hexdigest(),
        "severity": severity,
        "location": {"path": suite.file, "lines": {"begin": line}},
    }
