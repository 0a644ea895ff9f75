"""Logs of inspect_ai: `.eval` (a zip of JSON texts) and `.json`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.files import parsed, read_text
from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer, Unscored
from evalkit.adapters.logs.values import amount, as_dict, as_list, count, direction, number_of, tool_failed
from evalkit.adapters.logs.walk import Document
from evalkit.adapters.logs.zipped import Zipped
from evalkit.core.errors import InputError

_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partial, no answer: inspect's own values
_NO_GRADE = "Grade not found in model output"  # of which versions without unscored scores made a wrong answer
_SHARES = frozenset(
    {"match", "includes", "exact", "f1", "pattern", "choice", "answer", "model_graded_qa", "model_graded_fact"}
)


def read(path: Path, asked: Asked) -> Log:
    """One task on one model.

    Raises:
        InputError: it is no log of inspect_ai, or holds no samples.
    """
    return _zipped(path) if zipfile.is_zipfile(path) or path.suffix == ".eval" else _plain(path)


def _plain(path: Path) -> Log:
    document = Document(read_text(path), ("samples",), str(path))
    header = document.value
    if not isinstance(header, dict) or "eval" not in header:
        raise InputError("this is no log of inspect_ai: it has no `eval`", str(path))
    log = _log(path, header)
    log.rows = _rows(log, ((f"samples[{i}]", sample) for i, sample in enumerate(document.elements())))
    return log


def _zipped(path: Path) -> Log:
    with Zipped(path) as members:
        header, started = _header(members, path)
    log = _log(path, header)
    if started:
        log.notes.append("the log has no header.json: the evaluation was ended before it was done")
    log.rows = _rows(log, _members(path))
    return log


def _header(members: Zipped, path: Path) -> tuple[dict[str, Any], bool]:
    name = next((n for n in ("header.json", "_journal/start.json") if n in members.members), None)
    if name is None:
        raise InputError("this is no log of inspect_ai: it has no header.json", str(path))
    header = parsed(members.text(name), f"{path}, {name}")
    if not isinstance(header, dict) or "eval" not in header:
        raise InputError("this is no log of inspect_ai: its header has no `eval`", f"{path}, {name}")
    return header, name != "header.json"


def _members(path: Path) -> Iterator[tuple[str, Any]]:
    with Zipped(path) as members:
        for name in members.names("samples/"):
            yield name, parsed(members.text(name), f"{path}, {name}")


def _log(path: Path, header: dict[str, Any]) -> Log:
    spec = as_dict(header["eval"])
    version = as_dict(spec.get("packages")).get("inspect_ai")
    log = Log(
        tool="inspect_ai",
        version=version if isinstance(version, str) else None,
        task=str(spec.get("task") or "task"),
        file=str(path),
        rows=(),
        unordered=True,
        about={
            key: spec[key]
            for key in ("model", "created", "run_id", "task_version", "task_args", "model_generate_config")
            if spec.get(key) not in (None, {}, "")
        },
    )
    log.about |= {"dataset": as_dict(spec.get("dataset")).get("name"), "status": header.get("status")}
    _declare(log, spec, as_dict(header.get("results")))
    status = header.get("status")
    if status not in ("success", None):
        said = as_dict(header.get("error")).get("message")
        log.notes.append(f"the evaluation ended with status {status!r}{f': {said!s:.200}' if said else ''}")
    if header.get("invalidated"):
        log.notes.append("the log was marked invalid in inspect_ai")
    log.missing = _planned(spec)
    if reduced := _reduced(as_dict(header.get("results"))):
        what = f"inspect_ai reduced the epochs of {', '.join(reduced)[:300]}; here the mean of a sample's epochs counts"
        log.notes.append(f"{what}, so that the numbers differ")
    return log


def _reduced(results: Mapping[str, Any]) -> list[str]:
    """Scores whose epochs were reduced by something else than their mean, with what inspect made of them."""
    listed = map(as_dict, as_list(results.get("scores")))
    return list(
        dict.fromkeys(
            f"{one.get('name')!s:.80} by {reducer!s:.40}"
            for one in listed
            if (reducer := one.get("reducer")) not in (None, "", "mean")
        )
    )


def _planned(spec: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Every (sample, epoch) that was to be asked; what has no sample in the log was not."""
    ids = as_list(as_dict(spec.get("dataset")).get("sample_ids"))
    epochs = as_dict(spec.get("config")).get("epochs") or 1
    epochs = epochs if isinstance(epochs, int) and 0 < epochs <= 1000 else 1
    return [(str(one), epoch) for one in ids for epoch in range(epochs)]


def _declare(log: Log, spec: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    """Every scorer's definition: its name and options, not its metrics, which only sum up."""
    listed = [as_dict(one) for one in as_list(spec.get("scorers"))]
    if not listed:
        listed = [
            {"name": one.get("scorer") or one.get("name"), "options": one.get("params")}
            for one in map(as_dict, as_list(results.get("scores")))
        ]
    for one in listed:
        name = str(one.get("name"))
        definition = {"tool": "inspect_ai", "scorer": name, "options": one.get("options") or {}}
        shares = name.rpartition("/")[2] in _SHARES
        log.scorers.setdefault(name, Scorer(direction(name), (0.0, 1.0) if shares else None, definition))


def _rows(log: Log, samples: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    limits: dict[str, int] = {}
    for place, sample in samples:
        if not isinstance(sample, dict) or "id" not in sample:
            raise InputError("this is no sample of inspect_ai: it has no id", f"{log.file}, {place}")
        row = _row(log, place, sample)
        if (kind := as_dict(sample.get("limit")).get("type")) is not None and row.failure is None:
            limits[str(kind)] = limits.get(str(kind), 0) + 1
        yield row
    for kind, n in limits.items():
        log.notes.append(f"{n:,} samples ran into the {kind} limit and count as inspect_ai scored them")


def _row(log: Log, place: str, sample: dict[str, Any]) -> Row:
    output = as_dict(sample.get("output"))
    usage = [as_dict(one) for one in as_dict(sample.get("model_usage")).values()]
    epoch = sample.get("epoch", 1)
    row = Row(
        case_id=str(sample["id"]),
        place=place,
        input=_input(sample),
        expected=sample.get("target"),
        facts=as_dict(sample.get("metadata")),
        repeat=epoch - 1 if isinstance(epoch, int) and epoch > 0 else 0,
        output=_completion(output),
        seconds=amount(sample.get("total_time")),
        cost=_sum(usage, "total_cost"),
        tokens_in=count(_sum(usage, "input_tokens")),
        tokens_out=count(_sum(usage, "output_tokens")),
        model=output.get("model") if isinstance(output.get("model"), str) else None,
    )
    _score(log, row, _scores(sample))
    _trace(row, sample)
    _fail(row, sample)
    return row


def _fail(row: Row, sample: Mapping[str, Any]) -> None:
    """An error, or a limit before anything was scored, is the evaluation's failure, whatever stands beside it."""
    error, limit = sample.get("error"), as_dict(sample.get("limit"))
    if error:
        row.failure = tool_failed("sample error", as_dict(error).get("message") or error)
    elif limit and (not row.scores or limit.get("type") == "operator"):
        row.failure = tool_failed(f"{limit.get('type')} limit", limit.get("reason") or "")


def _input(sample: Mapping[str, Any]) -> Any:
    """The question; ids of messages are random and would make the same question another one in the next log."""
    asked = sample.get("input")
    if isinstance(asked, list):
        asked = [_message(as_dict(one)) for one in asked]
    choices = sample.get("choices")
    return {"input": asked, "choices": choices} if choices else asked


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: message[key] for key in ("role", "content", "tool_calls") if message.get(key)}


def _completion(output: Mapping[str, Any]) -> Any:
    said = output.get("completion")
    if said is None and (choices := as_list(output.get("choices"))):
        said = as_dict(as_dict(choices[0]).get("message")).get("content")
    return said


def _sum(usage: list[dict[str, Any]], key: str) -> float | None:
    found = [value for one in usage if (value := amount(one.get(key))) is not None]
    return sum(found) if found else None


def _scores(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Scorer -> score; the oldest logs have one, without a name."""
    single = sample.get("score")
    return as_dict(sample.get("scores")) or ({"score": single} if isinstance(single, dict) else {})


def _score(log: Log, row: Row, scores: Mapping[str, Any]) -> None:
    for scorer, given in scores.items():
        value = as_dict(given).get("value") if isinstance(given, dict) else given
        if isinstance(value, dict | list):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            named = {f"{scorer}.{key}": one for key, one in parts}
        else:
            named = {scorer: value}
        ungraded = str(as_dict(given).get("explanation") or "").startswith(_NO_GRADE)
        reason = as_dict(given).get("reason")
        for name, one in named.items():
            known = log.scorer(scorer)
            definition = {"scorer": known.definition or scorer, "part": name}
            found = log.scorers.setdefault(name, Scorer(direction(name), known.range, definition))
            letter = isinstance(one, str) and one in _LETTERS
            if letter or isinstance(one, bool):
                found.range = found.range or (0.0, 1.0)
            number = _LETTERS[one] if letter else number_of(one)
            if isinstance(number, Unscored) and isinstance(reason, str) and reason:
                number = Unscored(reason.replace("_", " ")[:100])
            row.scores[name] = Unscored("grader failed") if ungraded else number


def _trace(row: Row, sample: Mapping[str, Any]) -> None:
    said = {name: as_dict(one) for name, one in _scores(sample).items()}
    for key, plural in (("answer", "answers"), ("explanation", "explanations")):
        found = {name: one[key] for name, one in said.items() if one.get(key) not in (None, "", row.output)}
        if found:
            row.trace[plural] = found
    calls = [
        {"name": call.get("function"), "arguments": call.get("arguments")}
        for message in as_list(sample.get("messages"))
        for call in map(as_dict, as_list(as_dict(message).get("tool_calls")))
    ]
    if calls:
        row.trace["tool_calls"] = calls
    if sample.get("limit"):
        row.trace["limit"] = sample["limit"]
