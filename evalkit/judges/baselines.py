"""Judges that know nothing of the subject: what a judge has to beat before it earns a vote.

`baseline:length` prefers the longer answer, `baseline:overlap` the one that shares more words with the expected answer
(or with the source, where nothing is expected), `baseline:embedding` the one that lies nearer to it. Every LLM judge
is shown beside them: one that is right no more often than the length of the answers has not earned a vote.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, Request
from evalkit.judges.members import refuse_options

KINDS = ("length", "overlap", "embedding")
HALF = 0.5
_NOTHING = "nothing to compare with"
_SOURCES = ("source", "context", "document", "passage", "article", "text")

Similar = Callable[[str, str], float]
"""(answer, reference) -> how alike they are, from 0 to 1."""


@dataclass(frozen=True)
class BaselineJudge:
    """A judge that counts.

    Attributes:
        kind: one of KINDS.
        cut: from which score on an answer is good: characters for length, a share for the others.
        values: label -> number in [0, 1], of the rubric; None: correct and incorrect.
        pair: whether two answers are compared.
        model: of `embedding`.
    """

    kind: str
    cut: float | None = None
    values: Mapping[str, float] | None = None
    pair: bool = False
    model: str | None = None

    offline: ClassVar[bool] = True

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], base: Path) -> BaselineJudge:
        """`baseline:length?cut=200`, `baseline:overlap`, `baseline:embedding?model=NAME`.

        Raises:
            InputError: an unknown kind or option, or a cut that is no number from 0 up.
        """
        if rest not in KINDS:
            raise InputError(f"there is no baseline {rest!r:.60}", "baseline", f"There are {', '.join(KINDS)}.")
        refuse_options(options, ("cut", "model") if rest == "embedding" else ("cut",), f"{rest} baseline")
        cut, model = options.get("cut"), options.get("model")
        most = float("inf") if rest == "length" else 1.0
        if cut is not None and (isinstance(cut, bool) or not isinstance(cut, int | float) or not 0 <= cut <= most):
            what = f"cut is {cut!r:.40}"
            raise InputError(
                what, f"baseline:{rest}", "Write a number of characters" if rest == "length" else "From 0 to 1"
            )
        return cls(rest, cut, model=None if model is None else str(model))

    @property
    def spec(self) -> dict[str, Any]:
        """All that can change a verdict."""
        own = {"judge": "baseline", "kind": self.kind, "cut": self.cut, "pair": self.pair, "model": self.model}
        return own | {"values": None if self.values is None else dict(self.values)}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The spec: counting the same gives the same."""
        return self.spec

    def bound(self, rubric: Any) -> BaselineJudge:
        """The same baseline with the rubric's labels.

        Raises:
            InputError: the length of a single answer, and no cut.
        """
        if self.kind == "length" and rubric.kind == "single" and self.cut is None:
            remedy = "Write baseline:length?cut=200 (characters), for example the median length of your answers."
            raise InputError("the length of one answer says nothing without a cut", "baseline:length", remedy)
        return replace(self, values=dict(rubric.values), pair=rubric.kind == "pair")

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`."""
        similar = None if self.kind == "length" else similarity(self.kind, self.model)

        async def answer(request: Request) -> Answer:
            return Answer(output=self.verdict(request.input, similar), cost=0.0)

        yield answer

    def verdict(self, row: Any, similar: Similar | None) -> dict[str, Any]:
        """The verdict on `{"input", "expected", "output" | "output_1", "output_2"}`."""
        given = row if isinstance(row, Mapping) else {"output": row}
        values = self.values or ({"1": 1.0, "tie": HALF, "2": 0.0} if self.pair else {"correct": 1.0, "incorrect": 0.0})
        if self.pair or "output_1" in given:
            scores = [self._score(given, key, similar) for key in ("output_1", "output_2")]
            if scores[0] is None or scores[1] is None:
                return {"label": None, "value": None, "why": _NOTHING}
            label = "1" if scores[0] > scores[1] else "2" if scores[1] > scores[0] else "tie"
            return {"label": label, "value": {"1": 1.0, "tie": HALF, "2": 0.0}[label]}
        score = self._score(given, "output", similar)
        if score is None or (self.kind == "length" and self.cut is None):
            return {"label": None, "value": None, "why": _NOTHING if score is None else "the length has no cut"}
        cut = HALF if self.cut is None else self.cut
        reached = float(score > cut) if self.kind == "length" else score if self.cut is None else float(score >= cut)
        label = min(values, key=lambda one: (abs(values[one] - reached), -values[one]))
        return {"label": label, "value": values[label]}

    def _score(self, row: Mapping[str, Any], key: str, similar: Similar | None) -> float | None:
        answer = text_of(row.get(key))
        if similar is None:
            return float(len(answer))
        reference = reference_of(row)
        return None if reference is None else similar(answer, reference)


def baseline_labels(
    kind: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, float], model: str | None = None
) -> list[str | None]:
    """What a baseline says of rows that are all known; None where it has nothing to compare with.

    Args:
        kind: of KINDS; the length of single answers is cut at their own median.
        rows: `{"input", "expected", "output" | "output_1", "output_2"}` each.
        values: label -> number in [0, 1], of the rubric.
        model: of `embedding`.

    Raises:
        MissingExtra: `embedding`, and no package for it.
    """
    pair = any("output_1" in row for row in rows)
    cut = None
    if kind == "length" and not pair and rows:
        cut = statistics.median(len(text_of(row.get("output"))) for row in rows)
    judge = BaselineJudge(kind, cut, values, pair, model)
    similar = None if kind == "length" else similarity(kind, model)
    said = [judge.verdict(row, similar)["label"] for row in rows]
    return [label if label in values else None for label in said]


def similarity(kind: str, model: str | None) -> Similar:
    """How alike two texts are, by words or by an embedding.

    Raises:
        MissingExtra: `embedding`, and no package for it.
    """
    if kind == "overlap":
        return overlap
    from evalkit.judges.baseline_embedding import embedding

    return embedding(model)


def overlap(answer: str, reference: str) -> float:
    """F1 of the words of two texts, each counted as often as it occurs."""
    one, two = Counter(answer.casefold().split()), Counter(reference.casefold().split())
    shared = (one & two).total()
    return 2 * shared / (one.total() + two.total()) if shared else 0.0


def text_of(value: Any) -> str:
    """A text as it is, anything else as JSON; nothing is an empty text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def reference_of(row: Mapping[str, Any]) -> str | None:
    """What an answer is compared with: the expected one, else the source in the input, else the input."""
    if row.get("expected") not in (None, "", [], {}):
        expected = row["expected"]
        return " ".join(map(text_of, expected)) if isinstance(expected, list) else text_of(expected)
    given = row.get("input")
    if isinstance(given, Mapping):
        given = next((given[key] for key in _SOURCES if given.get(key)), given)
    return text_of(given) or None
