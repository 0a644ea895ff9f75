"""A dossier with a word in every place that a case has, and a search for it in everything that is written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from evalkit.core.dossier import Change, Confusion, Dossier, Moved, Release, UnscoredGroup
from evalkit.core.evidence import Approval, Check, Evidence, Limits, Lineage, Monitor, Node, Validation
from evalkit.core.nouns import MetricInfo
from evalkit.core.tables import PREDICTIONS, SCORES, VERDICTS, CaseTable, Column
from tests.report.builders import METRICS, decisions, digest, dossier, estimate
from tests.report.explorer import unpacking

N = 12
PLACES = ("Id", "Question", "Email", "Gold", "Class", "Answer", "Trace", "Group", "Tag", "Message", "Detail")


def canary(place: str, row: int) -> str:
    """A word that stands nowhere else."""
    return f"Canary{place}-{row:02d}xq"


def planted() -> Dossier:
    """A dossier in which every place holds its word, and sentences, evidence and verdicts repeat the words of row 0."""
    plain = dossier(40)
    ids = pa.array([canary("Id", i) for i in range(N)])
    inputs = [
        {"question": canary("Question", i), "user": {"email": canary("Email", i), "n": i}, "seen": [canary("Id", i)]}
        for i in range(N)
    ]
    gold = [{"text": canary("Gold", i), "class": canary("Class", i % 2)} for i in range(N)]
    group, tag = (pa.array([canary(p, i % 3) for i in range(N)]) for p in ("Group", "Tag"))
    cases = CaseTable(ids, Column.of(inputs), Column.of(gold), group, {"topic": tag})
    said = [canary(place, 0) for place in PLACES if place not in ("Tag", "Message", "Detail")]
    all_ = " ".join([*said, f"topic={canary('Tag', 0)}", canary("Message", 3)])
    record = plain.record
    classes = [f"f1.recall:{canary('Class', k)}" for k in range(2)]
    views = [
        MetricInfo(
            id=one, layer="task", name="f1", version=1, better="higher", kind="general", spec={"positive": one[10:]},
            parts=["tp:" + one[10:]], of="f1", view=one[3:],
        )
        for one in classes
    ]  # fmt: skip
    numbers = [estimate(one, v, 0.5, 0.1) for one in classes for v in ("candidate", "baseline")]
    sliced = [
        estimate("accuracy", "candidate", 0.5, 0.1, slice={"topic": canary("Tag", k)}, notes=[all_]) for k in range(3)
    ]
    source = {"suite": "flights", "few_shot": [{"q": canary("Question", 1), "a": canary("Gold", 1)}], "note": all_}
    record = record.model_copy(
        update={
            "warnings": [f"case '{canary('Id', 2)}' says {canary('Question', 2)[:12]}…", all_.lower()],
            "command": ["evalkit", "run", "--filter", f"topic={canary('Tag', 1)}", all_],
            "selection": {"filter": [f"topic={canary('Tag', 1)}", all_]},
            "metrics": [*record.metrics, *views],
            "estimates": [*record.estimates, *numbers, *sliced],
            "decisions": [d.model_copy(update={"reason": d.reason + all_}) for d in decisions()],
            "suite": record.suite.model_copy(update={"source": source}),
        }
    )
    evidence: list[Evidence] = [
        Approval(created="2024-05-05T00:00:00Z", who="ann", approved=True, note=all_, record=digest("r")),
        Limits(created="2024-05-05T00:00:00Z", sentences=[all_]),
        Validation(
            created="2024-05-05T00:00:00Z", dataset="d", rows=3,
            checks=[Check(column="q", rule="r", outcome="fail", examples=[{"row": 3, "value": canary("Email", 0)}])],
        ),
        Lineage(created="2024-05-05T00:00:00Z", nodes=[Node(id="a", kind="raw", name="raw", note=all_)], edges=[]),
        Monitor(created="2024-05-05T00:00:00Z", said=[all_]),
    ]  # fmt: skip
    release = Release(
        record_digest=record.digest,
        previous=record.model_copy(update={"warnings": [canary("Gold", 99)]}),
        changes=[Change("cases", "a", "b", False, all_, [Moved("gate", all_, None, "removed", all_)])],
        evidence=evidence,
        command=("evalkit", "report", "release"),
    )
    return dataclasses.replace(
        plain,
        record=record,
        cases=cases,
        predictions=_answers(ids),
        scores=_scores(ids, classes),
        values={(m[0], v): np.full(N, 0.5) for m in METRICS if m[3] == "mean" for v in ("candidate", "baseline")},
        flips=[
            dataclasses.replace(f, broke=np.array([0, 1]), fixed=np.array([2, 3]), n_same=8, n_unscored=0)
            for f in plain.flips
        ],
        unscored=[UnscoredGroup("accuracy", "candidate", all_, 1, [canary("Id", 0)])],
        confusions=[Confusion("f1", "candidate", tuple(c[10:] for c in classes), np.ones((2, 3), int))],
        verdicts=_verdicts(),
        release=release,
    )


def _answers(ids: pa.Array) -> pa.Table:
    blocks = []
    for variant in ("candidate", "baseline"):
        texts = {
            "output": [
                json.dumps({"text": canary("Answer", i), "echo": f"{canary('Email', i)}, {canary('Gold', i)}"})
                for i in range(N)
            ],
            "trace": [json.dumps([{"role": "user", "content": canary("Trace", i)}]) for i in range(N)],
            "failure_kind": ["system" if i == 3 else None for i in range(N)],
            "failure_reason": ["raised" if i == 3 else None for i in range(N)],
            "failure_message": [canary("Message", i) if i == 3 else None for i in range(N)],
        }
        columns: dict[str, Any] = {"variant": [variant] * N, "case_id": ids, "repeat": np.zeros(N, np.int32)} | texts
        schema = pa.schema([pa.field("variant", pa.string()), *PREDICTIONS])
        blocks.append(pa.table([pa.array(columns.get(f.name, [None] * N), f.type) for f in schema], schema=schema))
    return pa.concat_tables(blocks)


def _scores(ids: pa.Array, classes: list[str]) -> pa.Table:
    blocks = []
    for metric in (*(m[0] for m in METRICS), *classes):
        columns: dict[str, Any] = {
            "metric": [metric] * N,
            "variant": ["candidate"] * N,
            "case_id": ids,
            "repeat": np.zeros(N, np.int32),
            "parts": [None if i == 0 else [0.5, 1.0] for i in range(N)],
            "why": [f"unscored: {canary('Gold', 0)}" if i == 0 else None for i in range(N)],
            "rule": [None] * N,
            "margin": [float(i) for i in range(N)],
            "detail": [json.dumps({"gold": canary("Gold", i), "why": canary("Detail", i)}) for i in range(N)],
        }
        arrays = []
        for field in SCORES:
            plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            array = columns[field.name]
            array = array if isinstance(array, pa.Array) else pa.array(array, plain)
            arrays.append(array.cast(field.type))
        blocks.append(pa.table(arrays, schema=SCORES))
    return pa.concat_tables(blocks).unify_dictionaries()


def _verdicts() -> pa.Table:
    said = {
        "metric": ["f1"] * N,
        "variant": ["candidate"] * N,
        "case_id": [canary("Id", i) for i in range(N)],
        "repeat": [0] * N,
        "label": ["good"] * N,
        "settled": [True] * N,
        "rationale": [f"it says {canary('Answer', i)} {canary('Question', i)}" for i in range(N)],
        "answer": [json.dumps({"verdict": canary("Gold", i)}) for i in range(N)],
        "prompt": [json.dumps([{"content": canary("Question", i) + canary("Gold", i)}]) for i in range(N)],
    }
    return pa.table([pa.array(said.get(f.name, [None] * N), f.type) for f in VERDICTS], schema=VERDICTS)


def texts(value: Any) -> Iterator[str]:
    """Every text of an object, whatever it is made of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield value.model_dump_json()
    elif isinstance(value, pa.Table | pa.Array | pa.ChunkedArray):
        yield str(value.to_pylist())
    elif isinstance(value, Column):
        yield from texts(value.text)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from (text for pair in value.items() for one in pair for text in texts(one))
    elif isinstance(value, list | tuple):
        yield from (text for one in value for text in texts(one))


def unpacked(page: str) -> str:
    """A page with what is compressed in it."""
    packed = json.dumps(unpacking.unpacked(page), ensure_ascii=False) if 'id="x-data"' in page else ""
    return page + packed


def found(text: str) -> set[str]:
    """The places whose words stand in a text, in any case, whole or clipped."""
    return {place for place in PLACES if f"canary{place}".lower() in text.lower()}
