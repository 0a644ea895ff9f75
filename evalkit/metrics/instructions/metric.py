"""The metric `instructions`: an answer is right if it follows everything that was asked of its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Extremes, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import Mean, PerCase, Share, absent_rule, broken_gold, over_one, require_gold, wrong_parameter
from evalkit.metrics.instructions.checker import Found
from evalkit.metrics.instructions.loose import variants
from evalkit.metrics.instructions.registry import WANTED, Instruction, read_instructions, undecidable

__all__ = ["Instructions"]

_Undecidable = Literal["refuse", "unscored"]


@dataclass(frozen=True)
class Followed(Mean):
    """Instructions followed as a share of those that were asked.

    Attributes:
        of: the only id that counts; None: all.
        field: the key of `expected` that holds the instructions.
    """

    of: str | None = None
    field: str | None = None

    name: ClassVar[str] = "followed"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "ratio"
    parts: ClassVar[tuple[str, ...]] = ("followed", "asked")

    def failed(self, batch: Batch) -> np.ndarray:
        """None followed of what was asked."""
        asked = self._asked(batch)
        return np.column_stack([np.zeros(len(asked)), asked])

    def extremes(self, batch: Batch) -> Extremes:
        """None and all followed of what was asked."""
        asked = self._asked(batch)
        return Extremes(np.column_stack([np.zeros(len(asked)), asked]), np.column_stack([asked, asked]))

    def _asked(self, batch: Batch) -> np.ndarray:
        golds = [read_instructions(value) for value in batch.gold.values(self.field)]
        return np.array([0.0 if isinstance(g, str) else float(_count(g, self.of)) for g in golds])


def _count(instructions: Sequence[Instruction], of: str | None) -> int:
    return sum(of is None or item.checker.id == of for item in instructions)


@dataclass(frozen=True)
class Instructions(PerCase):
    """Share of answers that follow every instruction of their case, each checked by a rule (as in IFEval).

    Gold is a list of instructions like {id: "length:words", at_least: 100}, an object {instructions: [...]}, or a row
    of an IFEval file (instruction_id_list and kwargs; null parameters count as absent). An id that is not known, or a
    parameter that is missing, is refused when the suite is loaded: nothing passes because nobody could check it, and
    no parameter is made up. The 25 ids of IFEval are there, and `length:*`, `text:*`, `regex:*` (engine RE2: linear
    time, no look-around), `json:*`. A blank answer follows nothing.

    The headline is strict: the answer as it stands. Views: `prompt_loose` (all followed, where an answer may also be
    taken without its first or last line or its asterisks), `instruction_strict` and `instruction_loose` (followed as a
    share of asked), and one for each id that the cases use (strict).

    Attributes:
        undecidable: what to do with a case that asks for a language that shares its script with others (all in the
            Latin, Cyrillic, Arabic and Devanagari scripts), since no rule here can tell: `refuse` the suite, or leave
            the case `unscored`.
        max_chars: an answer with more characters follows nothing (rule `too_long`).
        ids: the ids that have a view of their own; None: those that the cases use.
    """

    undecidable: _Undecidable = "refuse"
    max_chars: int = 50_000
    ids: tuple[str, ...] | None = None

    name: ClassVar[str] = "instructions"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.undecidable not in ("refuse", "unscored"):
            raise wrong_parameter(self.name, "undecidable", self.undecidable, "refuse or unscored")
        if isinstance(self.max_chars, bool) or not isinstance(self.max_chars, int) or not 1 <= self.max_chars <= 10**6:
            raise wrong_parameter(self.name, "max_chars", self.max_chars, "a whole number from 1 to 1,000,000")
        if self.ids is not None:
            ids: Any = self.ids
            if not isinstance(ids, list | tuple) or not all(isinstance(name, str) for name in ids):
                raise wrong_parameter(self.name, "ids", self.ids, "a list of ids of instructions")
            object.__setattr__(self, "ids", tuple(ids))

    @staticmethod
    def examples() -> list[Example]:
        """Instructions as they are written by hand, and a row of an IFEval file."""
        return [
            Example(
                {},
                [
                    ([{"id": "length:words", "at_most": 5}, {"id": "punctuation:no_comma"}], "Four words in all."),
                    ({"instructions": [{"id": "regex:fullmatch", "pattern": r"[A-Z]+ \d{4}\."}]}, "ACME 2024."),
                ],
                ["This, for one, is a far too long answer", "", None, 5],
            ),
            Example(
                {},
                [
                    (
                        {
                            "instruction_id_list": ["startend:quotation", "keywords:frequency"],
                            "kwargs": [{}, {"keyword": "sea", "frequency": 2, "relation": "at least", "letter": None}],
                        },
                        '"From sea to sea."',
                    )
                ],
                ["From sea to sea.", '"Sea"', {"a": 1}],
            ),
        ]

    @property
    def views(self) -> Mapping[str, Metric]:
        """prompt_loose, instruction_strict, instruction_loose, and each id."""
        of_ids = {name: Followed(name, self.field) for name in self.ids or ()}
        both = {name: Followed(None, self.field) for name in ("instruction_strict", "instruction_loose")}
        return {"prompt_loose": Share("prompt_loose"), **both, **of_ids}

    def bind(self, gold: Column, ids: pa.Array) -> Instructions:
        """Every instruction of every case is known and has its parameters; their ids become views.

        Raises:
            InputError: names the first case for which that does not hold.
        """
        seen: dict[str, None] = {}
        for row, value in enumerate(require_gold(self.name, gold, ids, self.field)):
            found = read_instructions(value)
            if not isinstance(found, str):
                seen |= dict.fromkeys(item.checker.id for item in found)
            elif (language := undecidable(value)) is None:
                raise broken_gold(self.name, str(ids[row]), self.field, value, f"{WANTED}; it {found}")
            elif self.undecidable == "refuse":
                raise InputError(
                    f"the case asks for an answer in {language!r}, which shares its script with other languages: "
                    "no rule can tell them apart",
                    f"case {ids[row]}",
                    "Ask a judge, leave such cases out with `when`, or set undecidable: unscored",
                )
        return self if self.ids is not None else _with_ids(self, tuple(sorted(seen)))

    def score(self, batch: Batch) -> Scores:
        """1 with rule all_followed; 0 with loose_only, not_followed, blank, too_long, not_text, missing_field, failed.

        `instructions` in the detail says of each whether it is followed, what was counted, and where.
        """
        rows = []
        answers = batch.output.values(self.field)
        for row, value in enumerate(batch.gold.values(self.field)):
            if value is MISSING:
                rows.append(_Row(why="no gold to compare with"))
                continue
            found = read_instructions(value)
            if isinstance(found, str):
                language = undecidable(value)
                said = f"no rule can tell the language {language!r}" if language else f"gold {found}"
                rows.append(_Row(why=said))
            elif answers[row] is MISSING:
                rows.append(_nothing(found, absent_rule(bool(batch.failed[row]))))
            else:
                rows.append(_judged(found, answers[row], self.max_chars))
        return _scores(rows, self.ids or ())


def _with_ids(metric: Instructions, ids: tuple[str, ...]) -> Instructions:
    return Instructions(metric.field, metric.undecidable, metric.max_chars, ids)


class _Row(NamedTuple):
    """What was found of one answer: per instruction whether it is followed, strictly and loosely."""

    asked: tuple[Instruction, ...] = ()
    strict: tuple[bool, ...] = ()
    loose: tuple[bool, ...] = ()
    found: tuple[Found, ...] = ()
    rule: str | None = None
    why: str | None = None


def _nothing(asked: tuple[Instruction, ...], rule: str) -> _Row:
    none = (False,) * len(asked)
    return _Row(asked, none, none, (Found(False),) * len(asked), rule)


def _judged(asked: tuple[Instruction, ...], answer: Any, most: int) -> _Row:
    if not isinstance(answer, str):
        return _nothing(asked, "not_text")
    if not answer.strip():
        return _nothing(asked, "blank")
    if len(answer) > most:
        return _nothing(asked, "too_long")
    found = tuple(item.check(answer) for item in asked)
    strict = tuple(one.ok for one in found)
    others = [] if all(strict) else variants(answer)[1:]
    loose = tuple(ok or any(item.check(text).ok for text in others) for item, ok in zip(asked, strict, strict=True))
    rule = "all_followed" if all(strict) else "loose_only" if all(loose) else "not_followed"
    return _Row(asked, strict, loose, found, rule)


def _scores(rows: Sequence[_Row], ids: Sequence[str]) -> Scores:
    why = [row.why for row in rows]
    detail: dict[str, Sequence[Any]] = {
        "rule": [row.rule for row in rows],
        "instructions": [_told(row) for row in rows],
    }
    right = np.array([bool(row.strict) and all(row.strict) for row in rows], float)
    found = Scores.build(over_one(right), why, detail)
    views = {
        "prompt_loose": over_one(np.array([bool(row.loose) and all(row.loose) for row in rows], float)),
        "instruction_strict": np.array([[sum(row.strict), len(row.asked)] for row in rows], float),
        "instruction_loose": np.array([[sum(row.loose), len(row.asked)] for row in rows], float),
        **{name: np.array([_of(row, name) for row in rows], float) for name in ids},
    }
    scored = (found.why < 0)[:, None]
    shaped = {name: np.reshape(parts, (len(rows), 2)) * scored for name, parts in views.items()}
    return Scores(found.parts, found.why, found.reasons, found.detail, shaped)


def _of(row: _Row, name: str) -> tuple[int, int]:
    kept = [ok for item, ok in zip(row.asked, row.strict, strict=True) if item.checker.id == name]
    return sum(kept), len(kept)


_SHOWN: Final = 160


def _told(row: _Row) -> list[dict[str, Any]] | None:
    """What a report says of each instruction of a row."""
    if row.why is not None:
        return None
    told = []
    for item, strict, loose, found in zip(row.asked, row.strict, row.loose, row.found, strict=True):
        said = found.said[:_SHOWN].encode("utf-8", "replace").decode()
        one: dict[str, Any] = {"id": item.checker.id, "strict": strict, "loose": loose}
        told.append(one | ({"found": said} if said else {}) | ({"span": list(found.span)} if found.span else {}))
    return told
