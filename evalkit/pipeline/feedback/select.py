"""Which feedback becomes a case and which a training row: each input once, and never on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from evalkit.pipeline.feedback.join import Joined, Told
from evalkit.pipeline.feedback.keys import Key, key_of, parsed, side_of

__all__ = ["Candidate", "Chosen", "Known", "candidates", "chosen"]


class Candidate(NamedTuple):
    """A prediction of which the right answer is known."""

    row: Joined
    word: Told
    input: Any
    expected: Any
    key: Key


class Known(NamedTuple):
    """Inputs that are somewhere already."""

    ids: frozenset[str] = frozenset()  # predictions that were promoted there
    keys: Mapping[str, str] = {}  # digest of an input as it is -> what it is called there
    near: Mapping[str, str] = {}  # with its texts normalised

    def exact(self, key: Key) -> str | None:
        """What it is called; None: it is not there."""
        return self.keys.get(key[0])

    def nearly(self, key: Key) -> str | None:
        """What one with the same normalised texts is called."""
        return self.near.get(key[1])


class Chosen(NamedTuple):
    """What became of candidates."""

    taken: list[Candidate]
    exact: list[Candidate]  # inputs that were there already, or stand among the taken
    near: list[tuple[Candidate, str]]  # with what they are near to
    contaminated: list[tuple[Candidate, str]]  # with what it is called on the other side
    other_side: int  # left to the other side of the split
    conflicting: int  # exact ones of those that were taken, with another answer


def candidates(rows: Iterable[Joined], kinds: Sequence[str]) -> list[Candidate]:
    """Predictions with a word of one of these kinds (the first kind there is, the newest of it), oldest word first."""
    found = []
    for row in rows:
        word = row.last(*kinds)
        if word is not None:
            given = parsed(row.input)
            found.append(Candidate(row, word, given, parsed(word.value), key_of(given)))
    return sorted(found, key=lambda one: (one.word.at, one.row.id))


def chosen(
    given: Sequence[Candidate],
    there: Known,
    other: Known,
    *,
    split: float | None,
    side: Literal["suite", "dataset"],
    repeats: bool = False,
) -> Chosen:
    """Choose among candidates.

    Args:
        given: oldest word first; of those with one input the newest is taken.
        there: inputs of where they would go.
        other: inputs of the other side: cases, for training rows, and training rows, for cases.
        split: share of inputs, by hash, that is for suites; None: all are for this side.
        side: where they would go.
        repeats: equal and near inputs are kept, each prediction once (rows of a table that repeat are data).
    """
    result = Chosen([], [], [], [], 0, 0)
    mine: dict[str, Candidate] = {}
    near: dict[str, str] = {}
    skipped = conflicting = 0
    for one in reversed(given):
        if one.row.id in there.ids or (not repeats and there.exact(one.key) is not None):
            result.exact.append(one)
        elif split is not None and side_of(one.key, split) != (side == "suite"):
            skipped += 1
        elif (name := other.exact(one.key) or other.nearly(one.key)) is not None:
            result.contaminated.append((one, name))
        elif not repeats and one.key[0] in mine:
            result.exact.append(one)
            conflicting += mine[one.key[0]].expected != one.expected
        elif not repeats and (name := there.nearly(one.key) or near.get(one.key[1])) is not None:
            result.near.append((one, name))
        else:
            result.taken.append(one)
            mine[one.key[0]], near[one.key[1]] = one, one.row.id
    result.taken.reverse()
    return result._replace(other_side=skipped, conflicting=conflicting)


def known(named: Iterable[tuple[str, Key]], ids: Collection[str] = ()) -> Known:
    """Inputs by their keys; the first name of each counts."""
    exact: dict[str, str] = {}
    near: dict[str, str] = {}
    for name, key in named:
        exact.setdefault(key[0], name)
        near.setdefault(key[1], name)
    return Known(frozenset(ids), exact, near)
