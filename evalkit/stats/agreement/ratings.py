"""Ratings of items by raters as counts, and the weights of a scale."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

MANY = 100  # values, above which ratings are compared rather than counted

Scale = Literal["nominal", "ordinal", "interval"]


class Ratings:
    """Which rater gave which item which value.

    Args:
        codes: (n, r) index into values; -1 where there is no rating.
        values: (q,) distinct, from lowest to highest unless nominal; numbers for an interval scale.
        scale: of the values.
        groups: (n,) cluster ids, or None: items are independent.

    Raises:
        ValueError: shapes or codes that do not belong together, or values that do not ascend.
    """

    def __init__(
        self, codes: npt.ArrayLike, values: npt.ArrayLike, scale: Scale, groups: npt.ArrayLike | None = None
    ) -> None:
        table, names = np.asarray(codes, np.intp), np.asarray(values)
        if table.ndim != 2 or names.ndim != 1 or table.min(initial=-1) < -1 or table.max(initial=-1) >= len(names):
            raise ValueError("codes are (items, raters) indices into the values, or -1 where there is no rating")
        numbers = np.issubdtype(names.dtype, np.number)
        if (scale == "interval" and not numbers) or (
            numbers and scale != "nominal" and (names[1:] <= names[:-1]).any()
        ):
            raise ValueError(
                f"values of an {scale} scale are numbers that ascend, or on an ordinal scale words in order"
            )
        rated = (table >= 0).any(axis=1)
        self.table = table[:, (table >= 0).any(axis=0)][rated]
        self.groups = None if groups is None else np.asarray(groups)
        if self.groups is not None:
            if self.groups.shape != (len(table),):
                raise ValueError(f"groups has one id an item, shape ({len(table)},), not {self.groups.shape}")
            self.groups = self.groups[rated]
        self.values, self.scale = names, scale

    @cached_property
    def rated(self) -> Array:
        """(n,) ratings of each item, at least 1."""
        found: Array = (self.table >= 0).sum(axis=1).astype(np.float64)
        return found

    @cached_property
    def paired(self) -> npt.NDArray[np.bool_]:
        """(n,) items with two ratings or more."""
        found: npt.NDArray[np.bool_] = self.rated >= 2
        return found

    @property
    def paired_groups(self) -> npt.NDArray[np.generic] | None:
        """Cluster ids of the items with two ratings or more."""
        return None if self.groups is None else self.groups[self.paired]

    @cached_property
    def counts(self) -> Array:
        """(n, q) ratings of each item by value."""
        q = len(self.values)
        given = self.table >= 0
        rows = np.broadcast_to(np.arange(len(self.table))[:, None], self.table.shape)[given]
        found = np.bincount(rows * q + self.table[given], minlength=len(self.table) * q)
        return found.reshape(len(self.table), q).astype(np.float64)

    @cached_property
    def numbers(self) -> Array:
        """(q,) values on an interval scale."""
        return self.values.astype(np.float64)

    @cached_property
    def weights(self) -> Array:
        """(q, q) share of agreement: 1 on the diagonal; linear in ranks if ordinal, quadratic in values if interval."""
        q = len(self.values)
        if self.scale == "nominal" or q < 2:
            return np.eye(q)
        place = np.arange(q, dtype=np.float64) if self.scale == "ordinal" else self.numbers
        away = np.abs(place[:, None] - place[None, :]) / (place[-1] - place[0])
        found: Array = 1.0 - (away if self.scale == "ordinal" else away**2)
        return found

    def agreeing(self, weights: Array | None = None) -> Array:
        """(n,) chance that two raters of an item agree, in part where weights say so; 0 with one rating."""
        if weights is None and len(self.values) > MANY:
            shared = self._matches()
        else:
            weighted = self.counts if weights is None else self.counts @ weights
            shared = (weighted * self.counts).sum(axis=1) - self.rated
        found: Array = shared / np.maximum(self.rated * (self.rated - 1), 1.0)
        return found

    def _matches(self) -> Array:
        """(n,) ordered pairs of equal ratings, rater by rater: there may be too many values to count by value."""
        found = np.zeros(len(self.table))
        for at, column in enumerate(self.table.T):
            later = self.table[:, at + 1 :]
            found += 2.0 * ((later == column[:, None]) & (later >= 0)).sum(axis=1)
        return found

    def placed(self, places: Array) -> tuple[Array, Array]:
        """(n,) sum of the places of each item's ratings on a line, and of their squares."""
        each = np.where(self.table >= 0, places[self.table], 0.0)
        return each.sum(axis=1), (each**2).sum(axis=1)
