"""Workflow commands of GitHub Actions that put a sentence beside a line of the suite file."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.checks import Checks, SuiteCheck
from evalkit.core.nouns import Decision
from evalkit.report import sentences
from evalkit.report.text import clip, visible

__all__ = ["command", "render"]

_LONG = 1000


def render(checks: Checks) -> list[str]:
    """One command a gate that is not passed (error, warning or notice) and a suite that broke."""
    return [line for suite in checks.suites for line in _of(suite)]


def command(level: str, message: str, *, file: str = "", line: int = 0, title: str = "") -> str:
    """`::error file=...,line=...,title=...::message`, with every character escaped that would end it or begin another.

    Source: actions/toolkit, packages/core/src/command.ts (escapeData, escapeProperty).
    """
    given = {"file": file, "line": str(line) if line else "", "title": clip(visible(title), 200)}
    properties = ",".join(f"{key}={_property(value)}" for key, value in given.items() if value)
    return f"::{level}{' ' if properties else ''}{properties}::{_data(clip(visible(message), _LONG))}"


def _of(suite: SuiteCheck) -> Iterator[str]:
    if suite.error is not None:
        yield command("error", suite.error.sentence, file=suite.file, line=1, title=f"{suite.name}: broke")
    if suite.removed:
        yield command("warning", f"{suite.file}: {suite.why}.", title=f"{suite.name}: removed")
    if suite.record is None:
        return
    lines = [*suite.lines, *[1] * len(suite.record.decisions)]
    for d, line in zip(suite.record.decisions, lines, strict=False):
        if d.outcome != "pass":
            advice = f" {d.would_decide}" if d.would_decide else ""
            title = f"{suite.name}: {d.outcome}: {sentences.gate_name(suite.record, d)}"
            yield command(_level(d), f"{d.reason}{advice}", file=suite.file, line=line, title=title)


def _level(d: Decision) -> str:
    if d.gate.role == "info" or d.gate.judge == "advisory":
        return "notice"
    if d.outcome == "fail":
        return "error"
    return "warning" if d.blocks else "notice"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
