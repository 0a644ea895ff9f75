"""A score that another tool gave and the prediction carries, as a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Scores
from evalkit.core.tables import MISSING
from evalkit.metrics.base import Mean, absent_rule, mean_scores, wrong_parameter

__all__ = ["Recorded"]

_LARGEST = 1e300


@dataclass(frozen=True, kw_only=True)
class Recorded(Mean):
    """Mean of a score that stands beside the answer already, in its `trace`: `{"scores": {"NAME": 0.5}}`.

    A number counts as it is, true as 1 and false as 0. `{"unscored": "reason"}` is unscored for that reason, and so is
    everything else: a missing score, a text, a number outside `range`.

    Attributes:
        key: the name of the score in `trace.scores`.
        better: which way is up.
        range: [lowest, highest] value, either null where nothing bounds it; without bounds an unscored case may have
            had any value, so that no gate passes. [0, 1] makes values of 0 and 1 shares.
        unit: shown beside the value: share, s, USD, ...
        scorer: digest of the definition that made the score (`trace.scorers.NAME`); a score by another definition is
            unscored, so that two scorers of one name are never compared. None: whoever made it.
    """

    key: str
    better: Better = "higher"  # type: ignore[misc]
    range: Sequence[float | None] | None = None
    unit: str = ""  # type: ignore[misc]
    scorer: str | None = None

    name: ClassVar[str] = "recorded"
    needs: ClassVar[frozenset[str]] = frozenset({"output", "trace"})
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "mean"

    def __post_init__(self) -> None:
        if not isinstance(self.key, str) or not self.key:
            raise wrong_parameter(self.name, "key", self.key, "the name of a score (text)")
        if self.better not in ("higher", "lower"):
            raise wrong_parameter(self.name, "better", self.better, "higher or lower")
        if not isinstance(self.unit, str):
            raise wrong_parameter(self.name, "unit", self.unit, "text")
        if self.scorer is not None and not isinstance(self.scorer, str):
            raise wrong_parameter(self.name, "scorer", self.scorer, "the digest of a scorer (text)")
        if self.range is not None:
            object.__setattr__(self, "range", _ends(self.range))

    @staticmethod
    def examples() -> list[Example]:
        """What is recorded beside the answer stands for the answer."""
        right = [("Paris", {"scores": {"match": 1}}), ("Rome", {"scores": {"match": True, "other": 0}})]
        wrong = [{"scores": {"match": 0}}, {"scores": {"match": False}}]
        lower = {"key": "edits", "better": "lower", "range": [0, None]}
        return [
            Example({"key": "match", "range": [0, 1], "unit": "share"}, right, wrong),
            Example(lower, [("Paris", {"scores": {"edits": 0}})], [{"scores": {"edits": 2.5}}]),
        ]

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """As declared."""
        return (None, None) if self.range is None else (self.range[0], self.range[1])

    def read(self, trace: Any) -> tuple[float, str | None]:
        """The value and no reason, or 0 and why there is none."""
        scores = trace.get("scores") if isinstance(trace, Mapping) else None
        value = scores.get(self.key, MISSING) if isinstance(scores, Mapping) else MISSING
        if isinstance(value, Mapping):
            reason = value.get("unscored")
            return 0.0, reason if isinstance(reason, str) and reason else "no score recorded"
        if value is MISSING or value is None:
            return 0.0, "no score recorded"
        if self.scorer is not None and _scorer(trace, self.key) != self.scorer:
            return 0.0, "scored by another scorer"
        if not isinstance(value, bool | int | float):
            return 0.0, "the recorded score is no number"
        return self._held(value)

    def score(self, batch: Batch) -> Scores:
        """The recorded value of each row, or why it has none; of what the system failed to answer the worst value."""
        traces = [MISSING] * len(batch) if batch.trace is None else batch.trace.values()
        ends = self._worst_best
        failed = batch.failed if ends is not None else np.zeros(len(batch), bool)
        found = [
            (ends[0], None) if ends is not None and gone else self.read(trace)
            for trace, gone in zip(traces, failed.tolist(), strict=True)
        ]
        rules = [absent_rule(True) if gone else None for gone in failed.tolist()]
        return mean_scores([value for value, _ in found], [why for _, why in found], {"rule": rules})

    def _held(self, value: float) -> tuple[float, str | None]:
        low, high = self.value_range
        if not (-_LARGEST if low is None else low) <= value <= (_LARGEST if high is None else high):
            return 0.0, "the recorded score is outside its range"
        return float(value), None


def _scorer(trace: Mapping[str, Any], key: str) -> Any:
    scorers = trace.get("scorers")
    return scorers.get(key) if isinstance(scorers, Mapping) else None


def _ends(given: Any) -> tuple[float | None, float | None]:
    """The two ends of `range`.

    Raises:
        InputError: it is no pair of finite numbers (or null), the lower first.
    """
    wanted = "[lowest, highest], two finite numbers or null, the lower first"
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise wrong_parameter("recorded", "range", given, wanted)
    for end in given:
        number = isinstance(end, int | float) and not isinstance(end, bool)
        if end is not None and not (number and math.isfinite(end) and abs(end) <= _LARGEST):
            raise wrong_parameter("recorded", "range", given, wanted)
    low, high = given
    if low is not None and high is not None and low >= high:
        raise wrong_parameter("recorded", "range", given, wanted)
    return low, high
