"""Cases of an eval -> its verdict: of a parametrized test when the last case came back, wherever it was run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from evalkit.app.pytest_plugin import words
from evalkit.app.pytest_plugin.record import record_of
from evalkit.core.errors import EvalkitError
from evalkit.core.nouns import Decision, Record

Groups = dict[str, dict[str, Any]]
"""Test -> node id of a case -> its report."""

_LOST: dict[str, Any] = {"rows": [], "input": None, "group": None}
"""A case whose worker died: it has no answer, and is unscored like any other that has none."""


def decide_one(config: pytest.Config, report: pytest.TestReport) -> None:
    """The verdict of a test without parameters is its own outcome."""
    _settle(config, report, [_case(report)])
    del vars(report)["evalkit_case"]


def gather(session: pytest.Session, groups: Groups, report: pytest.TestReport) -> None:
    """Keep one case; the last one of its test brings the verdict, as one more report."""
    case = _case(report)
    members = groups.setdefault(case["test"], {})
    members[report.nodeid] = report
    if len(members) >= case["total"]:
        del groups[case["test"]]
        _log(session, members)


def close(session: pytest.Session, groups: Groups) -> None:
    """Evals some of whose cases never came back: what was stopped has no verdict, what was lost is inconclusive."""
    left = dict(groups)
    groups.clear()
    if session.shouldstop or session.shouldfail:
        return
    for members in left.values():
        _log(session, members)
        if session.exitstatus == pytest.ExitCode.OK and session.testsfailed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _case(report: pytest.TestReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vars(report)["evalkit_case"])
    return found


def _log(session: pytest.Session, members: dict[str, pytest.TestReport]) -> None:
    """Report the verdict under the test's own node id, without parameters."""
    reports = [report for report in members.values() if not _case(report)["skipped"]]
    if not reports:
        return
    skipped = len(members) - len(reports)
    cases = [{**case, "total": case["total"] - skipped} for case in map(_case, reports)]
    path, line, domain = reports[0].location
    location = (path, line, domain.partition("[")[0])
    verdict = pytest.TestReport(cases[0]["test"], location, {}, "passed", None, "call")
    for report in reports:
        verdict.sections += [(f"{_case(report)['id']}: {title}", text) for title, text in report.sections]
    verdict.sections = verdict.sections[:6]
    _settle(session.config, verdict, cases)
    if skipped:
        verdict.sections.append(("evalkit", f"{skipped:,} of its cases were skipped and are not in this verdict"))
    session.testscollected += 1
    hook = session.config.hook
    hook.pytest_runtest_logreport(report=pytest.TestReport(cases[0]["test"], location, {}, "passed", None, "setup"))
    hook.pytest_runtest_logreport(report=verdict)
    hook.pytest_runtest_logreport(report=pytest.TestReport(cases[0]["test"], location, {}, "passed", None, "teardown"))
    if verdict.failed:
        _fail_again(session.config, reports)


def _fail_again(config: pytest.Config, reports: list[pytest.TestReport]) -> None:
    """--lf runs all cases of an eval that did not pass: its verdict is about all of them."""
    last = getattr(config.pluginmanager.get_plugin("lfplugin"), "lastfailed", None)
    if last is not None:
        last.update({getattr(report, "id", report.nodeid): True for report in reports})


def _settle(config: pytest.Config, report: pytest.TestReport, cases: list[dict[str, Any]]) -> None:
    """Turn a report into the verdict of these cases."""
    path, line, _ = report.location
    place = str(config.rootpath / path), (line or 0) + 1
    lost = cases[0]["total"] - len(cases)
    cases = [*cases, *({**cases[0], **_LOST, "id": f"never came back ({i + 1})"} for i in range(lost))]
    try:
        workspace = config.getoption("evalkit_workspace")
        record, unsaved = record_of(cases, workspace, config.getoption("evalkit_policy"))
    except EvalkitError as error:
        report.outcome, report.longrepr = "failed", words.failure(f"No verdict: {error}", *place)
        return
    decision = record.decisions[0]
    report.user_properties += words.properties(decision, record.run_id)
    vars(report)["evalkit_runs"] = {**vars(report).get("evalkit_runs", {}), record.run_id: words.headline(record)}
    text = _message(record, decision, cases)
    if unsaved:
        report.sections.append(("evalkit", f"The run is not stored: {unsaved}"))
    if decision.outcome == "pass":
        report.sections.append(("evalkit", text))
    elif decision.outcome == "inconclusive" and not decision.blocks and decision.estimate.n:
        report.outcome, report.longrepr = "skipped", (*place, text.partition("\n")[0])
    else:
        report.outcome, report.longrepr = "failed", words.failure(text, *place)
        if decision.outcome != "fail":
            vars(report)["evalkit_state"] = "inconclusive"


def _message(record: Record, decision: Decision, cases: list[dict[str, Any]]) -> str:
    alone = len(cases) == 1
    e = decision.estimate
    told = [words.sentence(decision), *words.lines(decision)]
    if e.n_unscored:
        why = ", ".join(f"{reason} {n:,}" for reason, n in e.unscored.items())
        told.append(f"  Unscored: {why}. They count as their worst and as their best.")
        told = [line for line in told if "--retry-failed" not in line]
    wrong = [f"{case['id'] or 'repeat'} {_share(case)}" for case in cases if _share(case)]
    if wrong and not alone:
        told.append(f"  Not always right: {', '.join(wrong[:10])}{', ...' if len(wrong) > 10 else ''}")
    told.append(f"  More: evalkit report run:{record.run_id}")
    text = "\n".join(told).replace("basis: census", 'basis="census"')
    return re.sub(r"\bcase(s?)\b", r"repeat\1", text) if alone else text


def _share(case: dict[str, Any]) -> str:
    scored = [row["scores"][case["line"]["metric"]] for row in case["rows"] if _has(row, case)]
    return "" if not scored or min(scored) == 1 else f"{sum(scored):g}/{len(scored)}"


def _has(row: dict[str, Any], case: dict[str, Any]) -> bool:
    return row["scores"] is not None and case["line"]["metric"] in row["scores"]
