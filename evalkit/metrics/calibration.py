"""`calibration`: when the system says 90 %, is it right 90 % of the time?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import OpenView, PerCase, absent_rule, divide, mean_scores, wrong_parameter
from evalkit.metrics.labels import gold_labels, label_key, label_text, outside
from evalkit.metrics.probability import EPSILON, Probability, distribution, share_of

__all__ = ["Calibration", "binned"]

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "reliability": (0.0, 1.0),
    "resolution": (-1.0, 0.25),
    "uncertainty": (0.0, 0.25),
    "ece": (0.0, 1.0),
    "ece_null": (0.0, 1.0),
}


def binned(p: np.ndarray, weights: np.ndarray, bins: int, binning: str) -> np.ndarray:
    """(..., n) the bin of each row: of equal weight, rows of one probability together; or of equal width."""
    if binning == "width":
        fixed = np.minimum((p * bins).astype(np.int64), bins - 1)
        return np.broadcast_to(fixed, np.shape(weights))
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(p[order]) != 0]))
    group = np.empty(len(p), np.int64)
    group[order] = np.repeat(np.arange(len(starts)), np.diff([*starts, len(p)]))
    sums = np.add.reduceat(weights[..., order], starts, axis=-1)
    middle = divide(np.cumsum(sums, axis=-1) - sums / 2, np.broadcast_to(sums.sum(-1, keepdims=True), sums.shape))
    at = np.clip(np.nan_to_num(middle * bins).astype(np.int64), 0, bins - 1)
    found: np.ndarray = at[..., group]
    return found


@dataclass(frozen=True)
class _Binned(OpenView):
    """A number of the reliability diagram, from all rows."""

    bins: int = 10
    binning: str = "mass"

    unit: ClassVar[str] = ""
    parts: ClassVar[tuple[str, ...]] = ("p", "right")

    @property
    def better(self) -> Better:  # type: ignore[override]
        """Resolution is better high."""
        return "higher" if self.name == "resolution" else "lower"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """See `_RANGES`."""
        return _RANGES[self.name]

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """No function of sums."""
        return np.full(np.shape(totals)[:-1], np.nan)

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, 2) rows (p, right), (..., n) weights -> (...) values."""
        weights = np.asarray(weights, float)
        flat = weights.reshape(-1, len(parts))
        if not len(parts):
            return np.full(weights.shape[:-1], np.nan)
        p, right = parts[:, 0], parts[:, 1]
        at = binned(p, flat, self.bins, self.binning) + self.bins * np.arange(len(flat))[:, None]

        def sums(values: np.ndarray) -> np.ndarray:
            """(rows, bins) of (rows, n)."""
            counted = np.bincount(at.ravel(), values.ravel(), self.bins * len(flat))
            return counted.reshape(len(flat), self.bins)

        with np.errstate(all="ignore"):
            found = self._over(flat, p, right, sums)
        return np.where(flat.sum(-1) > 0, found, np.nan).reshape(weights.shape[:-1])

    def _over(self, weights: np.ndarray, p: np.ndarray, right: np.ndarray, sums: Any) -> np.ndarray:
        total = weights.sum(-1)
        rate = (weights * right).sum(-1) / total
        uncertainty: np.ndarray = rate * (1 - rate)
        if self.name == "uncertainty":
            return uncertainty
        if self.name == "ece_null":
            spread = np.sqrt(sums(weights * (p * (1 - p))))
            return np.asarray(math.sqrt(2 / math.pi) * spread.sum(-1) / total)
        held, said, was = sums(weights), sums(weights * p), sums(weights * right)
        if self.name == "ece":
            return np.asarray(np.abs(said - was).sum(-1) / total)
        reliability: np.ndarray = divide((said - was) ** 2, held * total[:, None])
        reliability = np.nan_to_num(reliability).sum(-1)
        if self.name == "reliability":
            return reliability
        brier = (weights * (p - right) ** 2).sum(-1) / total
        return np.asarray(reliability + uncertainty - brier)


@dataclass(frozen=True)
class _Loss(PerCase):
    """A mean loss of each row; `signed`: in [-1, 1], else from 0 to `ceiling`."""

    name: str = ""  # type: ignore[misc]
    ceiling: float = 1.0
    signed: bool = False

    better: ClassVar[Better] = "lower"
    unit: ClassVar[str] = ""

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """As the instance says."""
        return (-1.0 if self.signed else 0.0, self.ceiling)

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """A view is made of a metric that is bound already."""
        return self

    def failed(self, batch: Batch) -> np.ndarray | None:
        """The worst loss; what is signed has it in its row already."""
        return None if self.signed else super().failed(batch)


@dataclass(frozen=True)
class Calibration(Probability):
    """Brier score of stated probabilities, and whether they are what they say.

    Every row is a probability and whether the event came true. `of: probability`: that of the class `positive`; with
    more than two classes the probability of the most probable one, and whether it is the right one. `of: confidence`:
    the confidence of the prediction, and whether its answer is gold (as `accuracy` compares).

    The value is the mean of (p - right)^2; the views, in gates and reports `ID.view`, are

    - `log_loss`, in nats, with probabilities below 1e-15 read as that;
    - `reliability`, `resolution`, `uncertainty`: Brier = reliability - resolution + uncertainty (Murphy 1973). The
      two terms from within the bins (Stephenson, Coelho and Jolliffe 2008, eq. 7) are part of `resolution`, so that the
      three add up exactly;
    - `ece`: the mean over bins of |mean stated - share right|, weighted by their cases. It is no mean over cases and
      above 0 for a perfect system: read it beside
    - `ece_null`: what a perfectly calibrated system that states these probabilities would have on average, out of the
      binomial spread in each bin (half-normal);
    - `overconfidence`: mean stated minus share right, in [-1, 1]: gate it from both sides with at_least and at_most.

    Bins are of equal mass, and made anew in every resample, since their edges depend on the answers.

    An answer without a usable probability counts as sure and wrong (p = 1 - right), under the rule not_a_probability,
    missing_field or failed; with `of: confidence`, an answer that states no confidence is unscored.

    Attributes:
        field: the key of `expected` (and, for confidence, of the output) that holds the right class.
        probability: the key of the output that holds the number or the object; None: the output itself is it.
        positive: the class whose probability is stated; true or 1 where gold is true/false or 0/1.
        labels: the classes; from gold where they are not declared.
        of: probability, or confidence.
        bins: number of bins, 2 to 100.
        binning: mass (as many cases in each), or width (10 bins: 0 to 0.1, and so on).
    """

    of: Literal["probability", "confidence"] = "probability"
    bins: int = 10
    binning: Literal["mass", "width"] = "mass"

    name: ClassVar[str] = "calibration"
    needs: ClassVar[frozenset[str]] = frozenset({"gold", "output", "confidence"})

    @staticmethod
    def examples() -> list[Example]:
        """A number, and an object over several classes."""
        rain = [(True, 1.0), (False, 0.0), (True, 1)]
        several = [(label, {label: 1.0}) for label in ("up", "down", "flat")]
        return [
            Example({}, rain, ["likely", -1, None]),
            Example({"bins": 5, "binning": "width"}, several, [{"up": 0.5}, "up", 7]),
        ]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.of not in ("probability", "confidence"):
            raise wrong_parameter(self.name, "of", self.of, "probability or confidence")
        if type(self.bins) is not int or not 2 <= self.bins <= 100:
            raise wrong_parameter(self.name, "bins", self.bins, "a whole number from 2 to 100")
        if self.binning not in ("mass", "width"):
            raise wrong_parameter(self.name, "binning", self.binning, "mass or width")
        if self.of == "confidence" and (self.probability is not None or self.positive is not None):
            what = "probability and positive say where a probability is; of: confidence reads the prediction's own"
            raise InputError(what, f"metric {self.name}", "Leave them out")

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Fix the classes, and which one a stated probability is of.

        Raises:
            InputError: a gold that is no class; two classes and no `positive`; a `positive` that is none of them.
        """
        if self.of == "probability":
            return super().bind(gold, ids)
        classes = gold_labels(self.name, gold, ids, self.field, self.labels)
        return dataclasses.replace(self, labels=tuple(classes) or None)

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """0 to 1."""
        return (0.0, 1.0)

    @cached_property
    def views(self) -> Mapping[str, Metric]:
        """See the class."""
        found: dict[str, Metric] = {
            "log_loss": _Loss(name="log_loss", ceiling=-math.log(EPSILON)),
            "overconfidence": _Loss(name="overconfidence", signed=True),
        }
        return found | {name: _Binned(name=name, bins=self.bins, binning=self.binning) for name in _RANGES}

    def score(self, batch: Batch) -> Scores:
        """(p - right)^2 of each row; rule scored, not_a_probability, missing_field or failed; p and right beside it."""
        gold = [label_key(value) for value in batch.gold.values(self.field)]
        allowed = None if self.labels is None else {label_key(label) for label in self.labels}
        why: list[str | None] = [
            None if key is not None and (allowed is None or key in allowed) else outside() for key in gold
        ]
        p, right, rules = self._confidences(batch, gold) if self.of == "confidence" else self._events(batch, gold)
        silent = np.isnan(p)
        if self.of == "confidence":
            why = [
                w or ("no confidence stated" if s and not f else None)
                for w, s, f in zip(why, silent, batch.failed, strict=True)
            ]
        here = np.array([w is None for w in why], bool)
        shown = np.where(silent | ~here, np.nan, p)
        p = np.where(silent, 1.0 - right, p)
        rules[~here] = None
        detail = {"rule": rules, "p": shown, "right": np.where(here, right, np.nan)}
        found = mean_scores(np.where(here, (p - right) ** 2, 0.0), why, detail)
        log_loss = np.abs(np.log(np.maximum(np.where(right == 1, p, 1 - p), EPSILON)))
        rows = np.column_stack([p, right]) * here[:, None]
        views = {
            "log_loss": mean_scores(log_loss).parts,
            "overconfidence": mean_scores(p - right).parts,
            **dict.fromkeys(_RANGES, rows),
        }
        return dataclasses.replace(found, views=views)

    def _events(self, batch: Batch, gold: list[str | None]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n,) probabilities, NaN where there are none; (n,) 0/1 whether it came true; (n,) rules."""
        stated = batch.output.values(self.probability)
        p, right = np.full(len(gold), np.nan), np.zeros(len(gold))
        rules = np.full(len(gold), "scored", object)
        named = None if self.positive is None else label_text(self.positive)
        for row, value in enumerate(stated):
            shares = distribution(value)
            if self.positive is not None:
                right[row] = gold[row] == label_key(self.positive)
                share = share_of(value) if shares is None else shares.get(str(named), 0.0)
            else:
                best = None if not shares else max(sorted(shares), key=lambda name: shares[name])
                share = None if best is None or shares is None else shares[best]
                right[row] = best is not None and gold[row] is not None and (gold[row] or "").removeprefix('"') == best
            p[row] = np.nan if share is None else share
            if share is None:
                rules[row] = absent_rule(bool(batch.failed[row])) if value is MISSING else "not_a_probability"
        return p, right, rules

    def _confidences(self, batch: Batch, gold: list[str | None]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same for the prediction's own confidence; a failure is sure and wrong."""
        answers = [label_key(value) for value in batch.output.values(self.field)]
        right = np.array([a is not None and a == g for a, g in zip(answers, gold, strict=True)], float)
        p = np.where(batch.failed, np.nan, batch.confidence)
        return p, right, np.where(batch.failed, "failed", "scored").astype(object)
