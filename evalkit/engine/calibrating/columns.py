"""Ratings as arrays: labels as codes, strict majorities, and which items count."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.digest import canonical_jsons, digest_of
from evalkit.core.seeds import seed_from
from evalkit.engine.majority import majority
from evalkit.engine.ratings import Ratings

Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_PAIRS = (("1", "2"), ("a", "b"), ("output_1", "output_2"), ("output 1", "output 2"))
MOST_CELLS = 20_000_000
_TIES = frozenset({"tie", "draw", "equal", "same", "both", "neither", "none"})


class Columns:
    """Everything that the parts read.

    Args:
        ratings: as read.
        seed: of the question; mixed with the content.
    """

    def __init__(self, ratings: Ratings, seed: int) -> None:
        self.ratings, self._seed = _in_order(ratings), seed
        self.rows = len(ratings.items)

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Labels of the menu, in its order, then others that occur, sorted."""
        given = self.ratings
        used = {label for one in given.human for label in one.values()} | {*given.judge, *given.swapped}
        return (*given.menu, *sorted({label for label in used if label is not None} - set(given.menu)))

    @cached_property
    def code(self) -> dict[str | None, int]:
        """label -> code; no label is -1."""
        found: dict[str | None, int] = {label: at for at, label in enumerate(self.vocabulary)}
        found[None] = -1
        return found

    @cached_property
    def human(self) -> Codes:
        """(rows,) strict majority, -1 where there is none."""
        return np.array([self.code[majority(list(one.values()))] for one in self.ratings.human], np.intp)

    @cached_property
    def judge(self) -> Codes:
        """(rows,) verdicts, -1 where there is none."""
        return np.array([self.code[label] for label in self.ratings.judge], np.intp)

    @cached_property
    def swapped(self) -> Codes:
        """(rows,) verdicts in the other order, -1 where there is none."""
        if not self.ratings.swapped:
            return np.full(self.rows, -1)
        return np.array([self.code[label] for label in self.ratings.swapped], np.intp)

    @cached_property
    def used(self) -> Mask:
        """(rows,) items with a label and a verdict."""
        found: Mask = (self.human >= 0) & (self.judge >= 0)
        return found

    @cached_property
    def annotators(self) -> tuple[str, ...]:
        """Names, sorted; "" is whoever gave labels without a name."""
        return tuple(sorted({name for one in self.ratings.human for name in one}))

    @property
    def crowd(self) -> bool:
        """Whether so many people gave so few labels each that a column for each would be nearly empty."""
        return self.rows * len(self.annotators) > MOST_CELLS

    @cached_property
    def people(self) -> Codes:
        """(rows, annotators) labels, -1 where there is none; of a crowd, labels to the left, whoever gave them."""
        given = self.ratings.human
        at = {name: k for k, name in enumerate(self.annotators)}
        width = max(map(len, given), default=0) if self.crowd else len(at)
        table = np.full((self.rows, width), -1, np.intp)
        for row, one in enumerate(given):
            for k, (name, label) in enumerate(sorted(one.items())):
                table[row, k if self.crowd else at[name]] = self.code[label]
        return table

    @cached_property
    def groups(self) -> Codes | None:
        """(rows,) clusters: as given, or the items where several systems answered one; None: all stand alone."""
        ids = np.asarray(self.ratings.groups or self.ratings.items)
        found, codes = np.unique(ids, return_inverse=True)
        return None if len(found) == self.rows else codes.astype(np.intp)

    def groups_of(self, mask: Mask) -> Codes | None:
        """Clusters of some rows, None where each of them stands alone."""
        if self.groups is None:
            return None
        some = self.groups[mask]
        return None if len(np.unique(some)) == len(some) else some

    @cached_property
    def outputs(self) -> tuple[int, int] | None:
        """Codes of the labels that name output 1 and output 2 (-9 for one that nobody gave), or None: no pairs."""
        folded = {label.casefold(): at for at, label in enumerate(self.vocabulary)}
        for pair in _PAIRS:
            if folded.keys() & set(pair) and not folded.keys() - set(pair) - _TIES:
                return folded.get(pair[0], -9), folded.get(pair[1], -9)
        return None

    @cached_property
    def numbers(self) -> Floats | None:
        """(labels,) their values where all are numbers, at least three, and name no outputs; else None."""
        try:
            found = np.array([float(label) for label in self.vocabulary])
        except ValueError:
            return None
        return found if len(found) > 2 and np.isfinite(found).all() and self.outputs is None else None

    def numeric(self, given: tuple[float | None, ...]) -> Floats:
        """(rows,) an optional column; NaN where it is unknown."""
        if not given:
            return np.full(self.rows, np.nan)
        return np.array([np.nan if value is None else value for value in given], np.float64)

    @cached_property
    def systems(self) -> tuple[str | None, ...]:
        """(rows,) who answered."""
        return self.ratings.system or (None,) * self.rows

    @cached_property
    def labels_digest(self) -> str:
        """Of the items and what people said of them, whatever the order of the rows."""
        given = self.ratings
        said = [dict(one) for one in given.human]
        return _digest(list(zip(given.items, self.systems, said, strict=True)))

    @cached_property
    def verdicts_digest(self) -> str:
        """Of the items and what the judge said of them."""
        given, none = self.ratings, (None,) * self.rows
        more = given.swapped or none, given.probability or none
        return _digest(list(zip(given.items, self.systems, given.judge, *more, strict=True)))

    @cached_property
    def digest(self) -> str:
        """Of all that the ratings say."""
        given, none = self.ratings, (None,) * self.rows
        more = given.groups or none, given.length_1 or none, given.length_2 or none
        rest = _digest(list(zip(given.items, self.systems, *more, strict=True)))
        return digest_of([self.labels_digest, self.verdicts_digest, rest, sorted(given.menu)])

    @cached_property
    def seed(self) -> int:
        """From the content and the caller's seed, whatever the order of the rows."""
        return seed_from("calibration", self._seed, self.digest)


def _in_order(ratings: Ratings) -> Ratings:
    """The same rows by item and system, so that their order in a file changes no bit of a figure."""
    systems = ratings.system or (None,) * len(ratings.items)
    keys = [(item, system or "") for item, system in zip(ratings.items, systems, strict=True)]
    home = sorted(range(len(keys)), key=keys.__getitem__)
    columns = {name: column for name, column in ratings._asdict().items() if column and name != "menu"}
    return ratings._replace(**{name: tuple(column[at] for at in home) for name, column in columns.items()})


def _digest(rows: list[tuple[Any, ...]]) -> str:
    """Of the rows, whatever their order."""
    return digest_of(sorted(canonical_jsons([list(row) for row in rows])))
