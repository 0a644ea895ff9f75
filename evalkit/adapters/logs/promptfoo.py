"""Results of promptfoo: JSON (`promptfoo eval -o out.json`) and JSON Lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.files import objects, read_text
from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer, Unscored
from evalkit.adapters.logs.values import amount, as_dict, as_list, count, direction, number_of, tool_failed
from evalkit.adapters.logs.walk import Document
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError

_UNGRADED = Unscored("the grader raised an error")
_RAISED = ("Custom function threw error:", "Python code execution failed:", "Ruby code execution failed:")
_NO_JSON = ("is not valid JSON", "in JSON at position", "Unexpected end of JSON input", "JSONDecodeError")
_ERROR = 2  # `failureReason`: 0 none, 1 an assertion failed, 2 an error
_KIND = ("type", "metric", "weight", "threshold", "provider", "rubricPrompt", "transform")


def read(path: Path, asked: Asked) -> Log:
    """One evaluation: each prompt with each provider is a system.

    Raises:
        InputError: it is no result of promptfoo, or holds no results.
    """
    log = Log("promptfoo", None, path.name.split(".")[0] or "promptfoo", str(path), ())
    if path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        results: Iterable[tuple[str, Any]] = ((f"line {number:,}", value) for number, value in objects(path))
    else:
        results = _document(log, path)
    log.rows = _rows(log, results)
    return log


def _document(log: Log, path: Path) -> Iterable[tuple[str, Any]]:
    document = Document(read_text(path), ("results", "results"), str(path))
    header = document.value
    if not document.found:
        raise InputError("this is no result of promptfoo: it has no results.results", str(path))
    told = as_dict(header.get("metadata"))
    version = told.get("promptfooVersion")
    log.version = version if isinstance(version, str) else None
    log.about = {"evalId": header.get("evalId"), "created": told.get("evaluationCreatedAt")}
    if isinstance(said := as_dict(header.get("config")).get("description"), str) and said:
        log.task = said
    return ((f"results[{at}]", value) for at, value in enumerate(document.elements()))


def _rows(log: Log, results: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    """All rows, once the systems, repeats and definitions are known, which stand in the rows alone."""
    rows: list[Row] = []
    kinds = _Kinds()
    systems: dict[str, tuple[str, str, str]] = {}
    tests: list[str] = []
    for place, value in results:
        result = as_dict(value)
        if "success" not in result or ("promptIdx" not in result and "prompt" not in result):
            raise InputError("this is no result of promptfoo: it has no success and prompt", f"{log.file}, {place}")
        rows.append(_row(log, place, result))
        systems.setdefault(rows[-1].system, _names(result))
        test = as_dict(result.get("testCase"))
        asserts = [as_dict(one) for one in as_list(test.get("assert"))]
        kinds.add(asserts)
        tests.append(_identity([result.get("vars"), test.get("description"), asserts]))
    log.systems |= _named(systems)
    log.about["providers"] = sorted({provider for _, provider, _ in systems.values()})
    definition = kinds.definition()
    for scorer in log.scorers.values():
        scorer.definition = {**(scorer.definition or {}), "assertions": definition}
    _number_repeats(rows, tests)
    yield from rows


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _row(log: Log, place: str, result: dict[str, Any]) -> Row:
    response, test = as_dict(result.get("response")), as_dict(result.get("testCase"))
    tokens = as_dict(response.get("tokenUsage"))
    row = Row(
        case_id=_case_id(result),
        place=place,
        input=result.get("vars") or as_dict(result.get("prompt")).get("raw"),
        expected=_expected(test),
        facts={**as_dict(test.get("metadata")), **as_dict(result.get("vars"))},
        system=str(result.get("promptIdx", _identity(_names(result)))),
        output=response.get("output"),
        seconds=None if response.get("cached") else _seconds(result),
        cost=amount(response.get("cost")),
        tokens_in=count(tokens.get("prompt")),
        tokens_out=count(tokens.get("completion")),
    )
    if said := as_dict(result.get("gradingResult")).get("reason"):
        row.trace["explanations"] = {"passed": said}
    if _errored(result):
        row.failure = tool_failed("promptfoo error", result.get("error") or response.get("error") or "")
        return row
    broken = _ungraded(result, test)
    named = as_dict(result.get("namedScores"))
    given = {"passed": result.get("success"), "score": result.get("score")}
    given |= {name if name not in given else f"{name} (named)": value for name, value in named.items()}
    for name, value in given.items():
        ends = (0.0, 1.0) if name == "passed" else None
        log.scorers.setdefault(name, Scorer(direction(name), ends, {"tool": "promptfoo", "score": name}))
        row.scores[name] = _UNGRADED if name in broken else number_of(value)
    return row


def _ungraded(result: Mapping[str, Any], test: Mapping[str, Any]) -> set[str]:
    """Scores that hold an error of a grader or of an assertion's code: to promptfoo an assertion that failed with 0."""
    asserts = as_list(test.get("assert"))
    found: set[str] = set()
    for at, one in enumerate(map(as_dict, as_list(as_dict(result.get("gradingResult")).get("componentResults")))):
        if as_dict(one.get("metadata")).get("graderError") is not True and not _raised(one):
            continue
        assertion = as_dict(one.get("assertion")) or as_dict(asserts[at] if at < len(asserts) else None)
        metric = str(assertion.get("metric"))
        found |= {"passed", "score", metric, f"{metric} (named)"}
    return found


def _raised(component: Mapping[str, Any]) -> bool:
    """Whether an assertion's code raised; that it could not parse the answer is the answer's own fault."""
    said = component.get("reason")
    if not isinstance(said, str) or component.get("pass") or not said.startswith(_RAISED):
        return False
    return not any(sign in said for sign in _NO_JSON)


def _case_id(result: Mapping[str, Any]) -> str:
    """The number of the test; older results have none, and the variables tell the tests apart."""
    index = result.get("testIdx")
    asked = result.get("vars") or as_dict(result.get("prompt")).get("raw")
    return f"q-{digest_of(_identity(asked))[:12]}" if index is None else str(index)


def _seconds(result: Mapping[str, Any]) -> float | None:
    found = amount(result.get("latencyMs"))
    return None if found is None else found / 1000


def _errored(result: Mapping[str, Any]) -> bool:
    """promptfoo writes success false and score 0 for an error, too; `error` alone may be an assertion's reason."""
    reason = result.get("failureReason")
    if reason is not None:
        return bool(reason == _ERROR)
    return bool(
        as_dict(result.get("response")).get("error") or (result.get("error") and not result.get("gradingResult"))
    )


def _expected(test: Mapping[str, Any]) -> Any:
    """What the assertions compare with."""
    values = [one.get("value") for one in map(as_dict, as_list(test.get("assert"))) if one.get("value") is not None]
    return None if not values else values[0] if len(values) == 1 else values


class _Kinds:
    """What the assertions of all tests have in common: their kinds, and those values that never differ."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = {}

    def add(self, asserts: list[dict[str, Any]]) -> None:
        """Take the assertions of one test."""
        for one in asserts:
            kind = _identity({key: one.get(key) for key in _KIND})
            found = self.values.setdefault(kind, set())
            if len(found) < 2:
                found.add(_identity(one.get("value")))

    def definition(self) -> list[Any]:
        """Each kind, with its value where all tests share one."""
        return [[kind, next(iter(found)) if len(found) == 1 else None] for kind, found in sorted(self.values.items())]


def _names(result: Mapping[str, Any]) -> tuple[str, str, str]:
    """Label and id of the provider, label of the prompt."""
    provider = result.get("provider")
    told = as_dict(provider)
    label, given = told.get("label"), told.get("id") or (provider if isinstance(provider, str) else None)
    prompt = as_dict(result.get("prompt")).get("label") or as_dict(result.get("prompt")).get("raw")
    return str(label or given or "provider"), str(given or label or "provider"), str(prompt or "prompt")[:60]


def _named(systems: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    """The shortest names that tell the systems apart."""
    ways = [
        {key: label for key, (label, _, _) in systems.items()},
        {key: provider for key, (_, provider, _) in systems.items()},
        {key: prompt for key, (_, _, prompt) in systems.items()},
        {key: f"{provider} {prompt}" for key, (_, provider, prompt) in systems.items()},
    ]
    fits = (way for way in ways if len(set(way.values())) == len(systems))
    return next(fits, {key: f"{provider} #{key}" for key, (_, provider, _) in systems.items()})


def _number_repeats(rows: list[Row], tests: list[str]) -> None:
    """`--repeat N` writes each test N times under numbers of its own: they are answers to one question."""
    asked = Counter((row.system, test) for row, test in zip(rows, tests, strict=True))
    times = set(asked.values())
    if len(times) != 1 or times == {1}:
        return
    first: dict[str, str] = {}
    given: Counter[tuple[str, str]] = Counter()
    for row, test in zip(rows, tests, strict=True):
        row.case_id = first.setdefault(test, row.case_id)
        row.repeat = given[row.system, test]
        given[row.system, test] += 1
