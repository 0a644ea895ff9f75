"""`json_valid`, `json_schema`: is an answer JSON, and does it conform; strictly, and as far as it can be extracted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, NamedTuple, Self, get_args

import pyarrow as pa

from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import Mean, Share, absent_rule, check_field, mean_scores, over_one, wrong_parameter
from evalkit.metrics.structured.engine import LARGE, Checker, SchemaChecker, schema_text
from evalkit.metrics.structured.model import ModelChecker
from evalkit.metrics.structured.repair import repaired
from evalkit.metrics.structured.share import share_valid
from evalkit.metrics.structured.strict_json import parse_strict
from evalkit.metrics.structured.verdict import Asked, Verdict, judge_both, judge_value

__all__ = ["JsonSchema", "JsonValid"]

_Extract = Literal["strict", "ladder"]


_VIEWS: Final = ("strict", "extracted")


@dataclass(frozen=True)
class _Structured(Mean):
    """What is common to both: reading a text, and the word for what decided.

    Attributes:
        field: the key of `output` that holds the answer; None: the output itself.
        extract: `strict`: a text is right only if the whole of it is JSON. `ladder`: the value may also stand in a code
            fence, in prose (outside of reasoning and of code), in a tag such as <tool_call>, or be written in JSON5 or
            with Python's literals. Both numbers are there as views, whichever is the headline.
        pick: `last`: of several different values that conform, the last is the answer; None: that is ambiguous, hence
            wrong.
    """

    field: str | None = None
    extract: _Extract = "strict"
    pick: Literal["last"] | None = None

    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_field(self.name, self.field)
        if self.extract not in get_args(_Extract):
            raise wrong_parameter(self.name, "extract", self.extract, "strict or ladder")
        if self.pick not in (None, "last"):
            raise wrong_parameter(self.name, "pick", self.pick, "last, or left out")

    @property
    def views(self) -> Mapping[str, Metric]:
        """The same answers under other rules; see the attributes."""
        return {name: Share(name) for name in (*_VIEWS, *(["fields_valid"] if self._shares else []))}

    @property
    def _shares(self) -> bool:
        """Whether it is counted how much of an answer conforms."""
        return False

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Nothing here depends on gold."""
        return self

    @cached_property
    def _asked(self) -> Asked:
        return Asked(pick=self.pick)

    @cached_property
    def _checker(self) -> Checker:
        raise TypeError(f"{type(self).__name__} does not define _checker")

    def score(self, batch: Batch) -> Scores:
        """1 with rule valid; 0 with the first rule that the answer broke, where, and how."""
        known: dict[str, _Row] = {}
        rows = []
        for number, value in enumerate(batch.output.values(self.field)):
            if value is MISSING:
                rows.append(_Row(absent_rule(bool(batch.failed[number]))))
            elif not isinstance(value, str):
                rows.append(self._row(value))
            elif (row := known.get(value)) is not None:
                rows.append(row)
            else:
                rows.append(self._row(value))
                if len(value) < _REMEMBERED:
                    known[value] = rows[-1]
        headline = [row.strict if self.extract == "strict" else row.extracted for row in rows]
        scores = mean_scores(headline, None, _detail(rows))
        views: dict[str, list[float]] = {
            "strict": [row.strict for row in rows],
            "extracted": [row.extracted for row in rows],
        }
        if self._shares:
            views["fields_valid"] = [row.share for row in rows]
        parts = {name: over_one(values) for name, values in views.items()}
        return Scores(scores.parts, scores.why, scores.reasons, scores.detail, parts)

    def _row(self, value: Any) -> _Row:
        checker = self._checker
        if not isinstance(value, str):
            verdict = told = judge_value(value, checker)
            strict = verdict.status == "valid"
        else:
            parsed = parse_strict(value)
            if not parsed.rule:
                if checker.conforms(parsed.value):
                    return _PLAIN
                if not (self._shares or checker.calls):  # nothing else of the answer is asked for
                    first = checker.first(parsed.value, len(value) <= LARGE)  # no text has more parts than characters
                    return _Row(first.keyword, False, False, 0.0, "invalid", "strict", first.path, first.message)
            verdict, whole = judge_both(value, checker, self._asked, parsed)
            strict = verdict.status == "valid" and verdict.rung == "strict"
            told = whole if self.extract == "strict" and verdict.rung != "strict" else verdict
        return self._told(value, verdict, told, strict)

    def _told(self, value: Any, verdict: Verdict, told: Verdict, strict: bool) -> _Row:
        if strict:
            return _PLAIN
        error = told.errors[0] if told.errors else None
        rule = "valid" if told.status == "valid" else told.status if error is None else error.keyword
        extracted = verdict.status == "valid"
        share = 1.0 if extracted else self._share(value, verdict)
        path, message = (error.path, error.message) if error else (None, None)
        return _Row(rule, strict, extracted, share, verdict.status, verdict.rung, path, message)

    def _share(self, value: Any, verdict: Verdict) -> float:
        return share_valid(verdict.nearest, verdict.errors) if verdict.found and verdict.status == "invalid" else 0.0


class _Row(NamedTuple):
    """What is told of one answer."""

    rule: str
    strict: bool = False
    extracted: bool = False
    share: float = 0.0
    status: str | None = None
    rung: str | None = None
    path: str | None = None
    message: str | None = None


_PLAIN: Final = _Row("valid", True, True, 1.0, "valid", "strict")


def _detail(rows: list[_Row]) -> dict[str, Any]:
    columns = dict(zip(_Row._fields, map(list, zip(*rows, strict=True)), strict=True)) if rows else {}
    return {name: columns.get(name, []) for name in ("rule", "status", "rung", "path", "message")}


_NO_TYPE: Final = (str, int, float, list, tuple)
_REMEMBERED: Final = 10_000
"""Characters of a text whose verdict is kept while a batch is scored."""


@dataclass(frozen=True)
class JsonValid(_Structured):
    """Share of answers that are JSON: a text that is one JSON value as a whole, or an answer that is no text.

    A key twice in one object, NaN and infinity, half a character and more than 200 levels are no JSON here.

    The views `strict` and `extracted` are the shares under `extract: strict` and `extract: ladder`.

    Attributes:
        field: the key of `output` that holds the answer; None: the output itself.
        extract: `strict`: a text is right only if the whole of it is JSON. `ladder`: the value may also stand in a code
            fence, in prose (outside of reasoning and of code), in a tag such as <tool_call>, or be written in JSON5 or
            with Python's literals; nothing is completed or guessed.
        pick: `last`: of several different values, the last is the answer; left out: that is ambiguous, hence wrong.
    """

    name: ClassVar[str] = "json_valid"

    @staticmethod
    def examples() -> list[Example]:
        """Strict and forgiving."""
        gold = {"revenue": 32765}
        fenced = '```json\n{"revenue": 32765}\n```'
        return [
            Example({}, [(gold, '{"revenue": 32765}'), (gold, {"revenue": 32765})], [fenced, "N/A", '{"revenue": 327']),
            Example(
                {"extract": "ladder"},
                [(gold, fenced), (gold, "It is {'revenue': 32765}."), (gold, '<think>{}</think>{"revenue": 32765}')],
                ["N/A", '{"revenue": 327', '{"revenue": $32765}', '{"revenue": 1} or {"revenue": 2}'],
            ),
        ]

    @cached_property
    def _checker(self) -> Checker:
        return SchemaChecker("true")


@dataclass(frozen=True)
class JsonSchema(_Structured):
    """Share of answers that conform to a JSON Schema (draft 2020-12 unless `$schema` says otherwise), formats asserted.

    Exactly one distinct value of the answer has to conform. A key twice in one object, NaN and infinity, half a
    character and more than 200 levels are refused, whatever the schema. A `$ref` outside the schema is refused too:
    scoring reads no network. Numbers keep their digits.

    The views `strict` and `extracted` are the shares under `extract: strict` and `extract: ladder`.

    Attributes:
        schema: the schema itself (an object, true or false); in a suite file also the path of a JSON file, or the
            import path of a Pydantic model in the suite's folder or an installed package (`models.py:Report`,
            `package.models:Report`), which is applied without coercion.
        field: the key of `output` that holds the answer; None: the output itself.
        extract: `strict`: a text is right only if the whole of it is JSON. `ladder`: the value may also stand in a code
            fence, in prose (outside of reasoning and of code), in a tag such as <tool_call>, or be written in JSON5 or
            with Python's literals; where the schema has `name` and `arguments`, also as a Python call, or with the
            arguments as a JSON text. Nothing is completed or guessed.
        pick: `last`: of several different values that conform, the last is the answer; left out: that is ambiguous,
            hence wrong.
        fields_valid: whether there is a view of this name, too: the mean share of the paths of an answer that conform,
            so that one wrong value is not the same as no JSON at all. It costs time: every error has to be told.
        repair: whether the view `fields_valid` also looks at what json-repair (`evalkit-harness[repair]`) makes of a
            text without JSON; a repaired answer is never valid.
    """

    schema: Any = None
    fields_valid: bool = False
    repair: bool = False

    name: ClassVar[str] = "json_schema"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("fields_valid", "repair"):
            if not isinstance(getattr(self, name), bool):
                raise wrong_parameter(self.name, name, getattr(self, name), "true or false")
        if self.repair and not self.fields_valid:
            raise wrong_parameter(self.name, "repair", True, "left out, or used with fields_valid: true")
        if not isinstance(self.schema, dict | bool) and (self.schema is None or isinstance(self.schema, _NO_TYPE)):
            wanted = "a JSON Schema (an object), the path of one, or the import path of a Pydantic model"
            raise wrong_parameter(self.name, "schema", self.schema, wanted)
        _ = self._checker  # a schema that is none is told before anything is scored
        if self.repair:
            repaired("{}")  # and so is a package that is missing

    @staticmethod
    def examples() -> list[Example]:
        """A report with a closed list of units; a call of a function."""
        report = {
            "type": "object",
            "required": ["revenue", "unit"],
            "properties": {"revenue": {"type": "number"}, "unit": {"enum": ["USD millions", "USD billions"]}},
            "additionalProperties": False,
        }
        call = {
            "type": "object",
            "required": ["name", "arguments"],
            "properties": {
                "name": {"const": "get_price"},
                "arguments": {"type": "object", "required": ["ticker"], "properties": {"ticker": {"type": "string"}}},
            },
        }
        good, price = {"revenue": 32765, "unit": "USD millions"}, {"name": "get_price", "arguments": {"ticker": "MMM"}}
        return [
            Example(
                {"schema": report},
                [(good, good), (good, '{"revenue": 32765, "unit": "USD millions"}')],
                ['{"revenue": "32765", "unit": "USD millions"}', '{"revenue": 32765}', "The revenue was 32,765."],
            ),
            Example(
                {"schema": call, "extract": "ladder"},
                [
                    (price, '<tool_call>{"name": "get_price", "arguments": {"ticker": "MMM"}}</tool_call>'),
                    (price, '{"name": "get_price", "arguments": "{\\"ticker\\": \\"MMM\\"}"}'),
                    (price, "get_price(ticker='MMM')"),
                ],
                [
                    '{"name": "get_quote", "arguments": {"ticker": "MMM"}}',
                    "get_price('MMM')",
                    "I would call get_price.",
                ],
            ),
        ]

    @property
    def _shares(self) -> bool:
        return self.fields_valid

    @cached_property
    def _checker(self) -> Checker:
        if isinstance(self.schema, dict | bool):
            return SchemaChecker(schema_text(self.schema, f"metric {self.name}"))
        return ModelChecker(self.schema)

    def _share(self, value: Any, verdict: Verdict) -> float:
        if self.repair and isinstance(value, str) and verdict.status == "no_json":
            made = repaired(value)
            if made is not None:
                return share_valid(made, self._checker.problems(made))
        return super()._share(value, verdict)
