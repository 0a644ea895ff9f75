"""What several judges said of the same labelled items, as columns: what panels and cascades are fitted on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


class Opinions(NamedTuple):
    """n items, J judges, K labels.

    Attributes:
        items, groups: (n,) ids, and clusters (the item's id where a row names none).
        menu: K labels, sorted; for pairs "1", "tie", "2" as far as they occur.
        pair: whether two answers were compared, so that the two orders are alike.
        truth: (n,) index of people's strict majority; -1: none (not labelled, or split).
        names: J judges.
        said: (n, J) index of the label; -1: no verdict; K: a label that no person gave.
        confidence: (n, J) probability that the verdict is right; NaN where none was given.
        n_split: items with labels and no strict majority.
        order: the judges in the order in which they were first named.
    """

    items: list[str]
    groups: list[str]
    menu: tuple[str, ...]
    pair: bool
    truth: Index
    names: tuple[str, ...]
    said: Index
    confidence: Array
    n_split: int = 0
    order: tuple[str, ...] = ()

    def rows(self, keep: npt.NDArray[np.bool_]) -> Opinions:
        """Only these items."""
        at = np.flatnonzero(keep)
        return self._replace(
            items=[self.items[i] for i in at],
            groups=[self.groups[i] for i in at],
            truth=self.truth[at],
            said=self.said[at],
            confidence=self.confidence[at],
        )

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """(n,) items that people agree about."""
        return self.truth >= 0
