"""`recorded:FILE`: verdicts that exist already. A verdict that is not there is an error of that case, never a call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from evalkit.core.digest import canonical_json, digest_file, digest_of
from evalkit.core.errors import InputError
from evalkit.core.options import check_options
from evalkit.core.protocols import JUDGE_LIMITS, Answer, CallError, Request

__all__ = ["RecordedJudge"]

_SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet", ".pq")
_TURNED = {"1": "2", "2": "1"}
_KEPT = ("label", "value", "probability", "why", "points", "votes", "order_conflict", "rationale")
_ANSWERS = ("output", "output_1", "output_2")


class Row(NamedTuple):
    """One verdict of the file.

    Attributes:
        where: file:line.
        case_id, repeat: what it is about; a repeat of None is every repeat.
        question: digest of the question, where the file is a run's table of verdicts.
        answers: of the question, where the row names them.
        verdict: what the judge gives.
    """

    where: str
    case_id: str
    repeat: int | None
    question: str | None
    answers: dict[str, Any]
    verdict: dict[str, Any]


@dataclass(frozen=True)
class RecordedJudge:
    """Verdicts of a file: the `verdicts.parquet` of a run, or JSON Lines.

    A line has `case_id` (or `item`), `label` (or `judge`: a label, or a number in [0, 1]), and may have `output` (or
    `output_1` and `output_2`), `variant`, `repeat`, `probability`, `value`, `points`, `rationale`, and, of a pair,
    `judge_swapped`: the winner with the outputs shown in the other order. A row that names an answer is a verdict on
    that answer only.

    Attributes:
        path: the file.
        variant: whose answers; None: rows of every variant count.
        metric: which metric's verdicts of a run's table; None: all.
        rubric: what the metric reads by.
    """

    path: Path
    variant: str | None = None
    metric: str | None = None
    rubric: Any = field(default=None, compare=False)

    offline: ClassVar[bool] = True
    """It calls nobody, so it answers where calls are forbidden, too."""

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], base: Path) -> RecordedJudge:
        """From what stands behind `recorded:`, a path relative to `base`.

        Raises:
            InputError: there is no such file, or it holds no verdicts.
        """
        check_options("recorded", options, {"variant", "metric", *JUDGE_LIMITS})
        path = base / rest
        if not path.is_file():
            what = "is a folder, not a file" if path.is_dir() else "there is no such file"
            raise InputError(f"recorded verdicts: {what}", str(path))
        if path.suffix.lower() not in _SUFFIXES:
            raise InputError(f"recorded verdicts end in {', '.join(_SUFFIXES)}; this is {path.suffix!r}", str(path))
        named = {name: str(options[name]) for name in ("variant", "metric") if options.get(name) is not None}
        made = cls(path, **named)
        if not made._by_case:
            raise InputError("the file holds no verdict", str(path))
        return made

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for."""
        chosen = {n: v for n, v in (("variant", self.variant), ("metric", self.metric)) if v is not None}
        read_by = {} if self.rubric is None else {"rubric": getattr(self.rubric, "digest", None)}
        return {"judge": "recorded", "file": self.path.name, **chosen, **read_by}

    @cached_property
    def identity(self) -> dict[str, Any] | None:
        """The digest of the file's bytes."""
        return {"judge": "recorded", "sha256": digest_file(self.path)}

    def bound(self, rubric: Any) -> RecordedJudge:
        """The same verdicts, worth what the rubric says."""
        return replace(self, rubric=rubric)

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, which looks the verdict up."""

        async def answer(request: Request) -> Answer:
            return Answer(output=self._valued(self._found(request)), cost=0.0)

        yield answer

    def _found(self, request: Request) -> dict[str, Any]:
        rows = [row for row in self._by_case.get(request.case_id, ()) if row.repeat in (None, request.repeat)]
        shown: Mapping[str, Any] = request.input
        verdicts: dict[str, dict[str, Any]] = {}
        for row in rows:
            if row.question is not None:
                fits = "as is" if row.question == _question(shown) else None
            else:
                fits = _about(row, shown)
            if fits is not None:
                verdict = _turn(row.verdict) if fits == "turned" else row.verdict
                verdicts[canonical_json([verdict.get("label"), verdict.get("value")])] = verdict
        if not verdicts:
            said = "no verdict" if not rows else "no verdict on this answer"
            raise CallError("not_recorded", f"{self.path.name} has {said} for case {request.case_id!r}")
        if len(verdicts) > 1:
            what = f"{self.path.name} has {len(verdicts)} different verdicts for case {request.case_id!r}"
            raise CallError("recorded_twice", f"{what}; name the answer (output) or one variant (?variant=NAME)")
        return next(iter(verdicts.values()))

    def _valued(self, verdict: dict[str, Any]) -> dict[str, Any]:
        values = getattr(self.rubric, "values", None)
        label = verdict.get("label")
        if verdict.get("value") is None and isinstance(values, Mapping) and label in values:
            return {**verdict, "value": values[label]}
        return verdict

    @cached_property
    def _by_case(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for where, raw in _table(self.path) if self.path.suffix in (".parquet", ".pq") else _lines(self.path):
            if self.variant is not None and raw.get("variant", self.variant) != self.variant:
                continue
            if self.metric is not None and raw.get("metric", self.metric) != self.metric:
                continue
            row = _row(where, raw)
            if row is not None:
                found.setdefault(row.case_id, []).append(row)
        return found


def _question(shown: Mapping[str, Any]) -> str:
    """The digest under which a run's table keeps the question; tags are no part of it."""
    return digest_of({name: value for name, value in shown.items() if name != "tags"})


def _about(row: Row, shown: Mapping[str, Any]) -> str | None:
    """Whether a row is about the answer that is shown: `as is`, `turned` (a pair the other way round), or None."""
    if not row.answers:
        return "as is"
    if all(name in shown and _same(shown[name], value) for name, value in row.answers.items()):
        return "as is"
    if {"output_1", "output_2"} <= row.answers.keys() & shown.keys():
        first, second = row.answers["output_1"], row.answers["output_2"]
        if _same(shown["output_1"], second) and _same(shown["output_2"], first):
            return "turned"
    return None


def _same(a: Any, b: Any) -> bool:
    return canonical_json(a) == canonical_json(b)


def _turn(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on a pair with its answers exchanged."""
    found = dict(verdict)
    found["label"] = _TURNED.get(str(found.get("label")), found.get("label"))
    if isinstance(found.get("value"), int | float):
        found["value"] = 1 - found["value"]
    return found


def _row(where: str, raw: Mapping[str, Any]) -> Row | None:
    """One row read; None: it records that there was no answer.

    Raises:
        InputError: it names no case, or no verdict.
    """
    case_id = raw.get("case_id", raw.get("item"))
    if isinstance(case_id, bool) or not isinstance(case_id, str | int):
        raise InputError("a recorded verdict names no case", where, 'Write "case_id" (or "item").')
    if raw.get("failure_reason") is not None:
        return None
    verdict = {name: raw[name] for name in _KEPT if raw.get(name) is not None}
    given = raw.get("judge") if "label" not in raw and "question" not in raw else raw.get("label")
    if isinstance(given, bool):
        raise InputError(f"a recorded verdict is {given!r}, not a label", where, "Write the label as a text.")
    if isinstance(given, int | float) and raw.get("value") is None:
        verdict["value"], given = given, None
    verdict["label"] = None if given is None else str(given)
    value = verdict.get("value")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1):
        raise InputError(f"a recorded verdict has the value {value!r:.40}, not a number in [0, 1]", where)
    if verdict["label"] is None and value is None and "why" not in verdict:
        raise InputError("a recorded verdict has no label", where, 'Write "label" (or "judge"), or a reason: "why".')
    swapped = raw.get("judge_swapped")
    if swapped is not None:
        conflict = str(swapped) != verdict["label"]
        verdict |= {"order_conflict": conflict} | ({"label": "tie", "value": 0.5} if conflict else {})
    repeat = raw.get("repeat")
    answers = {name: raw[name] for name in _ANSWERS if name in raw}
    return Row(where, str(case_id), repeat if isinstance(repeat, int) else None, raw.get("question"), answers, verdict)


def _lines(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    found: list[tuple[str, Mapping[str, Any]]] = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file of verdicts cannot be read: {error}", str(path)) from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"a recorded verdict is not JSON: {error}", where, "Write one object a line.") from error
        if not isinstance(raw, dict):
            raise InputError(f"a recorded verdict is {type(raw).__name__}, not an object", where)
        found.append((where, raw))
    return found


def _table(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """The settled rows of a run's table of verdicts, or of a table with the columns of the lines."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"the file of verdicts cannot be read: {error}", str(path)) from error
    unused = {"prompt", "judge"} if "answer" in table.schema.names else set()
    rows = table.drop_columns(sorted(unused & set(table.schema.names)))
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, row in enumerate(rows.to_pylist(), 1):
        if row.get("settled") is False:
            continue
        if isinstance(row.get("points"), str):
            row["points"] = json.loads(row["points"])
        answer = row.pop("answer", None)
        said = json.loads(answer) if isinstance(answer, str) else {}
        extra = {n: said[n] for n in ("votes", "order_conflict") if isinstance(said, dict) and n in said}
        found.append((f"{path} row {number}", {**row, **extra}))
    return found
