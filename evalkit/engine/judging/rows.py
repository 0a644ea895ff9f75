"""What was heard -> rows of VERDICTS, and back into answers that another run can start from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from evalkit.core.protocols import Answer
from evalkit.core.tables import VERDICTS, json_texts
from evalkit.engine.calls import Recorded
from evalkit.engine.judging.asking import Heard
from evalkit.engine.judging.questions import Questions
from evalkit.engine.state import BoundMetric

_ORDERS = {"1": "ab", "2": "ba"}
_OF_ANSWER = ("model", "tokens_in", "tokens_out", "seconds", "cost")


def verdicts_key(metric: str, variant: str, judge: str, stage: int | None = None) -> str:
    """What recorded verdicts are kept under: those of another judge, or another stage, are not this one's."""
    return f"{metric}@{variant} by {judge[:16]}" + (f" stage {stage}" if stage else "")


def settled_key(key: str) -> str:
    """What the settled verdicts are kept under, for a judge of which no more is known than what it said."""
    return f"{key} settled"


def table_of(
    b: BoundMetric, variant: str, questions: Questions, heard: Sequence[Heard], final: Mapping[int, int]
) -> pa.Table:
    """All calls and settled verdicts of one metric and variant.

    Args:
        b: the metric.
        variant: whose answers were judged.
        questions: that were asked.
        heard: one a stage.
        final: question -> the stage whose verdict stands.
    """
    named = {"metric": b.spec.id, "variant": variant, "judge": b.judge}
    tables = [
        table
        for stage, one in enumerate(heard)
        for table in _stage(questions, one, {**named, "stage": stage if len(heard) > 1 else None}, final)
    ]
    return pa.concat_tables(tables) if tables else VERDICTS.empty_table()


def _stage(questions: Questions, heard: Heard, named: dict[str, Any], final: Mapping[int, int]) -> list[pa.Table]:
    """The calls of a stage, and what they came to where that is another row."""
    asks, at = heard.asks, heard.at
    stands = [final.get(i) == (named["stage"] or 0) for i in at]
    alone = asks == 1
    outputs = [_plain(a.output) for a in heard.answers]
    calls = {
        **_about(questions, [i for i in at for _ in range(asks)], named | {"asks": asks}),
        "call": [*range(asks)] * len(at),
        "settled": stands if alone else [False] * len(outputs),
        **_said([_plain(v) for v in heard.verdicts] if alone else outputs),
        "order": [_ORDERS.get(str(output.get("first"))) for output in outputs],
        "answer": json_texts([None if a.failure else a.output for a in heard.answers], None),
        "failure_reason": [a.failure and a.failure.reason for a in heard.answers],
        "failure_message": [a.failure and a.failure.message for a in heard.answers],
        **{name: [getattr(a, name) for a in heard.answers] for name in _OF_ANSWER},
        "prompt": _prompts(heard),
    }
    if alone:
        return [_table(calls, len(outputs))]
    stood = [(i, verdict) for i, verdict, ok in zip(at, heard.verdicts, stands, strict=True) if ok]
    verdicts = [_plain(verdict) for _, verdict in stood]
    settled = {
        **_about(questions, [i for i, _ in stood], named | {"asks": asks}),
        "settled": [True] * len(stood),
        **_said(verdicts),
        "answer": json_texts(verdicts, None),
        "failure_reason": [_text(verdict.get("failure")) for verdict in verdicts],
    }
    return [_table(calls, len(outputs)), _table(settled, len(stood))]


def _about(questions: Questions, at: Sequence[int], named: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": [questions.ids[i] for i in at],
        "repeat": [questions.repeats[i] for i in at],
        "question": [questions.digests[i] for i in at],
        **{name: [value] * len(at) for name, value in named.items()},
    }


def _said(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The columns that every verdict may have, as far as it holds what belongs there."""
    points = [found if isinstance(found := verdict.get("points"), dict) and found else None for verdict in verdicts]
    return {
        **{name: [_text(verdict.get(name)) for verdict in verdicts] for name in ("label", "why", "rationale")},
        **{name: [_share(verdict.get(name)) for verdict in verdicts] for name in ("value", "probability")},
        "points": json_texts(points, None),
    }


def _plain(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _share(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _prompts(heard: Heard) -> pa.Array | None:
    """What was sent in this run: prompts are a matter of template and question, and are kept nowhere else."""
    render: Callable[..., Any] | None = getattr(heard.judge, "render", None)
    if render is None or not heard.sent:
        return None
    encode = json.JSONEncoder(ensure_ascii=False).encode
    texts = [
        encode(render(r.input, r.repeat))
        if (r.case_id, r.repeat) in heard.sent and _plain(answer.output).get("why") != "template"
        else None
        for r, answer in zip(heard.requests, heard.answers, strict=True)
    ]
    return pa.array(texts, pa.large_string())


def _table(columns: Mapping[str, Any], n: int) -> pa.Table:
    given = [columns.get(entry.name) for entry in VERDICTS]
    arrays = [
        pa.nulls(n, entry.type)
        if column is None
        else column
        if isinstance(column, pa.Array)
        else pa.array(column, entry.type)
        for column, entry in zip(given, VERDICTS, strict=True)
    ]
    return pa.table(arrays, schema=VERDICTS)


def known_answers(table: pa.Table, place: Callable[[str, int], tuple[str, int] | None]) -> Recorded:
    """The calls of a run's verdicts, by what they are kept under: to score again without asking.

    Args:
        table: schema VERDICTS, or the narrower one of step 3.
        place: (variant, repeat) -> the name and the repeat that the judged answer has now; None: it has none.
    """
    found: Recorded = {}
    for row in table.drop_columns([n for n in ("prompt",) if n in table.schema.names]).to_pylist():
        now = place(row["variant"], row["repeat"])
        if now is None or row["answer"] is None:
            continue
        variant, repeat = now
        case_id, call = row["case_id"], row.get("call", 0)
        key = verdicts_key(row["metric"], variant, row["judge"], row.get("stage"))
        said = json.loads(row["answer"])
        if call is not None:
            found.setdefault(key, {})[case_id, repeat * (row.get("asks") or 1) + call] = _recorded(row, said)
        if row.get("settled", True):
            whole = verdicts_key(row["metric"], variant, row["judge"])
            found.setdefault(settled_key(whole), {})[case_id, repeat] = _recorded(row, _verdict(row, said))
    return found


def _recorded(row: Mapping[str, Any], said: Any) -> Answer:
    question = row.get("question")
    about = None if question is None else {"question": question}
    return Answer(output=said, trace=about, **{name: row.get(name) for name in _OF_ANSWER})


def _verdict(row: Mapping[str, Any], said: Any) -> Any:
    """A settled row as the metric read it: what stands in its columns is what was settled."""
    if not isinstance(said, dict):
        return said
    names = ("label", "value", "probability", "why")
    points = {} if row.get("points") is None else {"points": json.loads(row["points"])}
    return {**said, **{name: row[name] for name in names if row.get(name) is not None}, **points}
