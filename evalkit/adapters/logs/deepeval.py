"""Test runs of deepeval: `test_run_*.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.files import read_text
from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer, Unscored
from evalkit.adapters.logs.values import amount, as_dict, as_list, direction, number_of, tool_failed
from evalkit.adapters.logs.walk import Document
from evalkit.core.errors import InputError

_ERROR = Unscored("the metric raised an error")


def read(path: Path, asked: Asked) -> Log:
    """One test run: of each metric its score and, as `NAME.success`, whether it held its threshold.

    Raises:
        InputError: it is no test run, or holds no test cases.
    """
    document = Document(read_text(path), ("testCases",), str(path))
    header = document.value
    if isinstance(header, dict) and "testRunData" in header:  # as `.latest_test_run.json` wraps it
        document = Document(read_text(path), ("testRunData", "testCases"), str(path))
        header = document.value["testRunData"]
    if not isinstance(header, dict) or not (document.found or "conversationalTestCases" in header):
        raise InputError("this is no test run of deepeval: it has no testCases", str(path))
    log = Log("deepeval", None, str(header.get("identifier") or header.get("testFile") or "test run"), str(path), ())
    log.about = {key: header[key] for key in ("identifier", "hyperparameters", "datasetAlias") if header.get(key)}
    model = as_dict(header.get("hyperparameters")).get("model")
    log.about |= {"model": model} if model else {}
    log.rows = _rows(log, document, as_list(header.get("conversationalTestCases")))
    return log


def _rows(log: Log, document: Document, conversations: list[Any]) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for at, case in enumerate(document.elements()):
        yield _row(log, seen, f"testCases[{at}]", as_dict(case))
    for at, case in enumerate(conversations):
        yield _row(log, seen, f"conversationalTestCases[{at}]", _as_single(as_dict(case)))


def _as_single(case: dict[str, Any]) -> dict[str, Any]:
    """A conversation: what was asked of it, and how it ended."""
    turns = [{"role": t.get("role"), "content": t.get("content")} for t in map(as_dict, as_list(case.get("turns")))]
    last = next((t["content"] for t in reversed(turns) if t["role"] == "assistant"), None)
    told = {key: case[key] for key in ("scenario", "userDescription") if case.get(key)}
    asked = {**told, "turns": [t for t in turns if t["role"] == "user"]}
    return {"expectedOutput": case.get("expectedOutcome"), **case, "input": asked, "actualOutput": last}


def _row(log: Log, seen: dict[str, int], place: str, case: dict[str, Any]) -> Row:
    order = case.get("order")
    name = str(case.get("name") or f"case {place.rpartition('[')[2][:-1] if order is None else order}")
    seen[name] = seen.get(name, 0) + 1
    row = Row(
        case_id=name if seen[name] == 1 else f"{name} #{seen[name]}",
        place=place,
        input=case.get("input"),
        expected=case.get("expectedOutput"),
        facts={**_tags(case), **as_dict(case.get("metadata") or case.get("additionalMetadata"))},
        output=case.get("actualOutput"),
        seconds=amount(case.get("completionTime")),
        cost=amount(case.get("tokenCost")),
    )
    metrics = [as_dict(one) for one in as_list(case.get("metricsData") or case.get("metricsMetadata"))]
    for metric in metrics:
        _score(log, row, metric)
    errors = {str(m.get("name")): m["error"] for m in metrics if m.get("error")}
    reasons = {str(m.get("name")): m["reason"] for m in metrics if m.get("reason")}
    row.trace |= {key: said for key, said in (("errors", errors), ("explanations", reasons)) if said}
    if calls := [as_dict(one) for one in as_list(case.get("toolsCalled"))]:
        row.trace["tool_calls"] = [{"name": c.get("name"), "arguments": c.get("inputParameters")} for c in calls]
    _passed(log, row, case, bool(errors))
    if metrics and len(errors) == len(metrics):
        row.failure = tool_failed("every metric raised an error", "; ".join(map(str, errors.values())))
    return row


def _tags(case: Mapping[str, Any]) -> dict[str, str]:
    return {"tags": ", ".join(map(str, as_list(case.get("tags"))))} if case.get("tags") else {}


def _passed(log: Log, row: Row, case: Mapping[str, Any], broken: bool) -> None:
    """Whether every metric held. deepeval writes false, too, where a metric could not be computed."""
    if "success" not in case:
        return
    log.scorers.setdefault("passed", Scorer("higher", (0.0, 1.0), {"tool": "deepeval", "score": "passed"}))
    silent = next((one for one in row.scores.values() if isinstance(one, Unscored)), None)
    row.scores["passed"] = _ERROR if broken else silent or number_of(case["success"])


def _score(log: Log, row: Row, metric: Mapping[str, Any]) -> None:
    base = str(metric.get("name") or metric.get("metric") or "metric")
    name = base if base not in row.scores else f"{base} #{sum(key.startswith(base) for key in row.scores)}"
    definition = {
        "tool": "deepeval",
        "metric": base,
        **{key: metric.get(key) for key in ("strictMode", "evaluationModel")},
    }
    log.scorers.setdefault(name, Scorer(direction(base), (0.0, 1.0), definition))
    success = f"{name}.success"
    threshold = {**definition, "threshold": metric.get("threshold")}
    log.scorers.setdefault(success, Scorer("higher", (0.0, 1.0), threshold))
    if metric.get("error"):
        row.scores[name] = row.scores[success] = _ERROR
        return
    row.scores[name] = number = number_of(metric.get("score"))
    # Of no score at all (None, NaN) deepeval says that it missed its threshold.
    row.scores[success] = number if isinstance(number, Unscored) else number_of(metric.get("success"))
    _turn(log.scorers[name], metric)


def _turn(scorer: Scorer, metric: Mapping[str, Any]) -> None:
    """A score beyond its threshold that failed, or below it that passed: less is better."""
    score, line, success = metric.get("score"), metric.get("threshold"), metric.get("success")
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (score, line))
    if numbers and isinstance(success, bool) and score != line:
        scorer.better = "higher" if (score > line) == success else "lower"  # type: ignore[operator]
