"""Samples of lm-evaluation-harness: `samples_TASK_DATE.jsonl`, with `results_DATE.json` beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.files import objects, parsed, read_text
from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer
from evalkit.adapters.logs.values import as_dict, as_list, direction, number_of
from evalkit.core.errors import InputError

_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)\.jsonl", re.DOTALL)
_OWN = frozenset(
    {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash"}
    | {"target_hash", "schema_hash", "choices", "prompt_template"}
)
_SHARES = frozenset({"acc", "acc_norm", "acc_mutual_info", "exact_match", "mc1", "mc2", "pass@1", "f1", "em"})


def is_results(path: Path) -> bool:
    """Whether the file's name says that it holds the aggregates, not samples."""
    return path.name.startswith("results") and path.name.endswith(".json")


def companions(results: Path) -> list[Path]:
    """The samples files of the same evaluation, beside its results.

    Raises:
        InputError: there are none.
    """
    date = results.name.removeprefix("results_").removesuffix(".json")
    found = sorted(p for p in results.parent.glob("samples_*.jsonl") if p.name.endswith(f"_{date}.jsonl"))
    if not found:
        what = "these are the aggregates of lm-evaluation-harness, and no samples_*.jsonl of theirs lie beside them"
        raise InputError(what, str(results), "Run it with --log_samples, and import the samples.")
    return found


def read(path: Path, asked: Asked) -> Log:
    """One task on one model; each filter's metric is a score of its own.

    Raises:
        InputError: the lines are no samples.
    """
    named = _NAME.fullmatch(path.name.removesuffix(".gz"))
    task = named["task"] if named else path.name.split(".")[0].removeprefix("samples_")
    log = Log("lm-evaluation-harness", None, task, str(path), ())
    beside = path.with_name(f"results_{named['date']}.json") if named else None
    results: dict[str, Any] = {}
    if beside is not None and beside.is_file():
        results = as_dict(parsed(read_text(beside), str(beside)))
    else:
        log.notes.append(
            "no results_*.json of the same time lies beside the samples, so that nobody says which way is up"
        )
    _about(log, results)
    log.rows = _rows(log, path, results)
    return log


def _about(log: Log, results: Mapping[str, Any]) -> None:
    version = results.get("lm_eval_version")
    log.version = version if isinstance(version, str) else None
    told = {
        "model": results.get("model_name") or as_dict(results.get("config")).get("model"),
        "model_args": as_dict(results.get("config")).get("model_args"),
        "task_version": as_dict(results.get("versions")).get(log.task),
        "n_shot": as_dict(results.get("n-shot")).get(log.task),
    }
    log.about = {key: value for key, value in told.items() if value is not None}


def _rows(log: Log, path: Path, results: Mapping[str, Any]) -> Iterator[Row]:
    """One row a document: its filters stand in lines of their own, not always one after the other."""
    rows: dict[str, Row] = {}
    seen: set[tuple[str, str]] = set()
    corpus: set[str] = set()
    for number, sample in objects(path):
        where = f"{path}, line {number:,}"
        if "doc_id" not in sample or "doc" not in sample:
            raise InputError("this is no sample of lm-evaluation-harness: it has no doc_id and doc", where)
        case_id, sieve = str(sample["doc_id"]), str(sample.get("filter", "none"))
        if (case_id, sieve) in seen:
            what = f"doc_id {case_id} with the filter {sieve!r} stands here for the second time"
            raise InputError(what, where, "Import the samples of one task, or two files with --shards.")
        seen.add((case_id, sieve))
        if case_id not in rows:
            rows[case_id] = _row(f"line {number:,}", case_id, sample)
        corpus |= _score(log, rows[case_id], sample, sieve, results)
        rows[case_id].trace.setdefault("filtered", {})[sieve] = sample.get("filtered_resps")
    for row in rows.values():
        if set(row.trace["filtered"]) == {"none"}:
            del row.trace["filtered"]
    if corpus:
        log.notes.append(
            f"{', '.join(sorted(corpus))}: computed over all documents at once, no score of each; left out "
            "(`--suite` scores the answers by a metric of evalkit: bleu, chrf, ...)"
        )
    yield from rows.values()


def _row(place: str, case_id: str, sample: dict[str, Any]) -> Row:
    return Row(
        case_id=case_id,
        place=place,
        input=sample["doc"],
        expected=sample.get("target"),
        facts={key: value for key, value in as_dict(sample["doc"]).items() if not isinstance(value, dict | list)},
        output=_output(sample),
    )


def _output(sample: Mapping[str, Any]) -> Any:
    """What the model said; of a choice by likelihood the continuation that it found most likely."""
    responses = as_list(sample.get("resps"))
    first = as_list(responses[0]) if responses else []
    if not first or isinstance(first[0], str):
        return first[0] if first else None
    likely = [_log_likelihood(as_list(one)[0] if as_list(one) else None) for one in responses]
    if any(one is None for one in likely):
        return None
    best = max(range(len(likely)), key=lambda at: likely[at] or 0.0)
    arguments = list(as_dict(sample.get("arguments")).values())
    chosen = as_dict(arguments[best]).get("arg_1") if best < len(arguments) else None
    return chosen.strip() if isinstance(chosen, str) else best


def _log_likelihood(response: Any) -> float | None:
    found = number_of(as_list(response)[0]) if as_list(response) else None
    return found if isinstance(found, float) else None


def _score(log: Log, row: Row, sample: Mapping[str, Any], sieve: str, results: Mapping[str, Any]) -> set[str]:
    """Take the line's scores; the names of those that are no number of one document."""
    names = sample.get("metrics")
    listed = [str(one) for one in names] if isinstance(names, list) else [key for key in sample if key not in _OWN]
    corpus = set()
    for metric in listed:
        if metric not in sample:
            continue
        value = sample[metric]
        if isinstance(value, list | dict):
            corpus.add(metric)
            continue
        name = metric if sieve == "none" else f"{metric},{sieve}"
        if name not in log.scorers:
            log.scorers[name] = _scorer(log, metric, sieve, results)
        row.scores[name] = number_of(value)
    return corpus


def _scorer(log: Log, metric: str, sieve: str, results: Mapping[str, Any]) -> Scorer:
    higher = as_dict(as_dict(results.get("higher_is_better")).get(log.task)).get(metric)
    config = as_dict(as_dict(results.get("configs")).get(log.task))
    of_metric = [one for one in as_list(config.get("metric_list")) if as_dict(one).get("metric") == metric]
    of_filter = [one for one in as_list(config.get("filter_list")) if as_dict(one).get("name") == sieve]
    definition = {
        "tool": log.tool,
        "task": log.task,
        "task_version": as_dict(results.get("versions")).get(log.task),
        "metric": of_metric or metric,
        "filter": of_filter or sieve,
        "output_type": config.get("output_type"),
    }
    better = direction(metric) if higher is None else ("higher" if higher else "lower")
    return Scorer(better, (0.0, 1.0) if metric in _SHARES else None, definition)
