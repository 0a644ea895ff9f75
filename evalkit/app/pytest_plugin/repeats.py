"""A marked test, run several times: each repeat with fixtures of its own, all of them one report."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from evalkit.app.pytest_plugin import words
from evalkit.app.pytest_plugin.fixture import NOTES, Notes
from evalkit.app.pytest_plugin.line import PASSED, Line
from evalkit.core.errors import InputError

TOTAL = pytest.StashKey[int]()
RAISED = pytest.StashKey[dict[str, BaseException]]()
_INSIDE = pytest.StashKey[bool]()  # whether the test itself runs at the moment
_SHOWN = 2  # tracebacks of each kind
Row = dict[str, Any]
"""One repeat: `scores` (name -> value) or `unscored` (why not), `answer` (JSON text or null), `seconds`, `text`."""


def count_cases(items: Sequence[pytest.Item]) -> None:
    """Tell every case of a parametrized test how many there are."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    for members in groups.values():
        for item in members:
            item.stash[TOTAL] = len(members)


def group_of(item: pytest.Item) -> str:
    """The node id of the test without the parameters."""
    name = getattr(item, "originalname", None) or item.name
    return f"{item.parent.nodeid}::{name}" if item.parent is not None else name


class _Inside:
    """Notes when the test itself runs: a report that is made then is that of a subtest."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        item.stash[_INSIDE] = True
        try:
            return (yield)
        finally:
            item.stash[_INSIDE] = False


def note_raised(item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """Keep what a phase of a repeat raised. A subtest that failed makes its repeat wrong, and is no failed test."""
    if call.excinfo is not None:
        item.stash.setdefault(RAISED, {})[call.when] = call.excinfo.value
    if item.stash.get(_INSIDE, False):
        report.outcome, report.longrepr = "passed", None
        vars(report)["evalkit_state"] = "part"


def run_repeats(item: pytest.Item, nextitem: pytest.Item | None, mark: pytest.Mark) -> bool | None:
    """Run a marked test, and report it once. None: pytest only sets up or plans, and goes on without us."""
    option = item.config.option
    if getattr(option, "setuponly", False) or getattr(option, "setupplan", False):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    try:
        line = Line.of(mark.kwargs, mark.args)
        _check_item(item, line)
    except InputError as error:
        refused = _report(item, "failed", "setup")
        refused.longrepr = words.failure(str(error), str(item.path), (item.location[1] or 0) + 1)
        _log(item, refused, _report(item, "passed", "teardown"))
    else:
        _log(item, *_reports(item, line, nextitem))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _check_item(item: pytest.Item, line: Line) -> None:
    params = getattr(getattr(item, "callspec", None), "params", {})
    if line.group is not None and line.group not in params:
        raise InputError(
            f"group is {line.group!r}, and the test has no such parameter",
            "@pytest.mark.evalkit",
            f"It has {', '.join(params) or 'none'}.",
        )
    if item.get_closest_marker("xfail") is not None:
        raise InputError(
            "xfail and evalkit stand on one test", "@pytest.mark.evalkit", "The line says what is expected: lower it."
        )


def _log(item: pytest.Item, *reports: pytest.TestReport) -> None:
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)


def _reports(item: pytest.Item, line: Line, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Setup, call and teardown of all repeats together."""
    from _pytest.runner import runtestprotocol

    if not item.config.pluginmanager.has_plugin("evalkit-inside"):
        item.config.pluginmanager.register(_Inside(), "evalkit-inside")
    rounds: list[list[pytest.TestReport]] = []
    rows: list[Row] = []
    for repeat in range(line.repeats):
        notes = item.stash[NOTES] = Notes(repeat)
        getattr(item, "_report_sections", []).clear()  # what an earlier repeat printed is in its own report
        raised = item.stash[RAISED] = dict[str, BaseException]()
        # Before the last repeat only the test itself is torn down: what its module and session share stays.
        after: Any = nextitem if repeat == line.repeats - 1 else item.parent
        rounds.append(runtestprotocol(item, log=False, nextitem=after))
        rows.append(_row(rounds[-1], raised, notes, line))
        if item.session.shouldstop or item.session.shouldfail or (rows[0]["skipped"] and not rounds[0][0].passed):
            break
    if all(row["skipped"] for row in rows):
        if hasattr(item, "callspec"):
            vars(rounds[0][-1])["evalkit_case"] = json.dumps({**_case(item, line, rows), "skipped": True})
        return rounds[0]
    teardown = next((r for one in rounds for r in one if r.when == "teardown" and r.failed), rounds[-1][-1])
    call = _report(item, "passed", "call")
    call.duration = sum(report.duration for one in rounds for report in one)
    call.start, call.stop = rounds[0][0].start, rounds[-1][-1].stop
    call.sections = _sections(rounds, rows)
    call.user_properties = list(item.user_properties)
    vars(call)["evalkit_case"] = json.dumps(_case(item, line, rows))
    vars(call)["evalkit_runs"] = dict(vars(item).get("evalkit_runs", {}))
    if not hasattr(item, "callspec"):
        from evalkit.app.pytest_plugin.groups import decide_one

        decide_one(item.config, call)
    else:
        scored = [row["scores"].get(line.metric, 0.0) for row in rows if row["scores"] is not None]
        lost = f", {len(rows) - len(scored)} unscored" if len(scored) < len(rows) else ""
        vars(call)["evalkit_word"] = f"SCORED {sum(scored):g}/{len(scored)}{lost}"
        vars(call)["evalkit_state"] = "scored"
    setup = next((r for one in rounds for r in one if r.when == "setup" and r.passed), _report(item, "passed", "setup"))
    return [setup, call, teardown]


def _row(reports: list[pytest.TestReport], raised: dict[str, BaseException], notes: Notes, line: Line) -> Row:
    """What one repeat came to: an AssertionError (or pytest.fail) of the test is a wrong answer, all else unscored."""
    when = "setup" if "setup" in raised else "call"
    error = raised.get(when)
    skipped = isinstance(error, pytest.skip.Exception)
    wrong = when == "call" and isinstance(error, AssertionError | pytest.fail.Exception)
    scores: dict[str, float] | None = {**notes.scores, PASSED: float(error is None)}
    unscored = None
    if wrong and line.metric not in notes.scores:
        scores = {**notes.scores, PASSED: 0.0, line.metric: 0.0}  # it failed before it could be scored
    if error is not None and not wrong:
        reason = "skipped" if skipped else f"{'setup' if when == 'setup' else 'raised'} {type(error).__name__}"
        if line.errors == "wrong" and not skipped and when == "call":
            scores = {PASSED: 0.0, line.metric: 0.0}
        else:
            scores, unscored = None, reason
    return {
        "scores": scores,
        "unscored": unscored,
        "skipped": skipped,
        "answer": notes.answer,
        "seconds": sum(report.duration for report in reports if report.when == "call"),
        "text": words.clip(words.safe(f"{type(error).__name__}: {error}")) if error is not None else None,
    }


def _case(item: pytest.Item, line: Line, rows: list[Row]) -> dict[str, Any]:
    """All that the verdict needs of this case, wherever it is drawn."""
    spec = getattr(item, "callspec", None)
    params = {} if spec is None else dict(spec.params)
    return {
        "test": group_of(item),
        "id": None if spec is None else spec.id,
        "total": item.stash.get(TOTAL, 1),
        "input": {name: value for name, value in params.items() if _is_json(value)},
        "group": None if line.group is None else str(params[line.group]),
        "line": vars(line),
        "skipped": False,
        "rows": rows,
    }


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _sections(rounds: list[list[pytest.TestReport]], rows: list[Row]) -> list[tuple[str, str]]:
    """The first tracebacks, and what was captured in those repeats."""
    found: list[tuple[str, str]] = []
    for title, is_unscored in (("wrong answer", False), ("harness error", True)):
        bad = [i for i, row in enumerate(rows) if row["text"] and (row["unscored"] is not None) is is_unscored]
        for i in bad[:_SHOWN]:
            report = next((r for r in rounds[i] if not r.passed), rounds[i][0])
            said = report.longreprtext if report.failed else ""
            found.append((f"repeat {i + 1}: {title}", said or str(rows[i]["text"])))
            found += report.sections
    return found


def _report(item: pytest.Item, outcome: Any, when: Any) -> pytest.TestReport:
    keywords: Any = dict.fromkeys(item.keywords, 1)
    return pytest.TestReport(item.nodeid, item.location, keywords, outcome, None, when)
