"""Letters and rank intervals: laws on every pattern of differences, and the textbook's cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.many import letters, rank_intervals
from evalkit.stats.many.letters import _grown, _without_spare


def pattern(m: int, share: float, seed: int) -> np.ndarray:
    """Any antisymmetric pattern of "shown better", transitive or not."""
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((m, m)) < share, 1)
    turned = np.triu(rng.random((m, m)) < 0.5, 1)
    return (upper & ~turned) | (upper & turned).T


@settings(max_examples=60, derandomize=True)
@given(st.integers(1, 14), st.floats(0, 1), st.integers(0, 10**6))
def test_two_share_a_letter_exactly_where_neither_is_shown_better(m: int, share: float, seed: int) -> None:
    better = pattern(m, share, seed)
    order = np.random.default_rng(seed).permutation(m)
    named = letters(better, order)
    for i in range(m):
        assert named[i]
        assert list(named[i]) == sorted(named[i])
        for j in range(m):
            if i != j:
                assert bool(set(named[i]) & set(named[j])) == (not better[i, j] and not better[j, i])
    assert "a" in named[order[0]]
    assert (
        "".join(sorted({letter for name in named for letter in name}))
        == "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"[: len({letter for name in named for letter in name})]
    )


@settings(max_examples=40, derandomize=True)
@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 10**6))
def test_the_way_out_of_too_many_groups_obeys_the_same_law(m: int, share: float, seed: int) -> None:
    apart = pattern(m, share, seed)
    apart |= apart.T
    together = np.zeros((m, m), bool)
    for column in _without_spare(list(_grown(apart)), apart):
        together[np.ix_(sorted(column), sorted(column))] = True
    assert (together == ~apart).all()


def test_a_chain_has_one_letter_for_each_overlap() -> None:
    better = np.triu(np.ones((5, 5), bool), 2)  # each is shown better than all but its neighbour
    assert letters(better, np.arange(5)) == ["a", "ab", "bc", "cd", "d"]
    assert letters(better[::-1, ::-1].T[::-1, ::-1].T, np.arange(5)) is not None
    assert rank_intervals(better).tolist() == [[1, 2], [1, 3], [2, 4], [3, 5], [4, 5]]


def test_many_systems_of_an_adversarial_pattern_end() -> None:
    # 3^20 groups: sixty systems in threes that differ inside and nowhere else
    apart = np.kron(np.eye(20, dtype=int), np.ones((3, 3), int)).astype(bool)
    np.fill_diagonal(apart, False)
    named = letters(np.triu(apart), np.arange(60))
    assert not set(named[0]) & set(named[1])
    assert set(named[0]) & set(named[3])


def test_nothing_shown_is_one_letter_and_every_rank() -> None:
    assert letters(np.zeros((3, 3), bool), [2, 0, 1]) == ["a", "a", "a"]
    assert rank_intervals(np.zeros((3, 3), bool)).tolist() == [[1, 3]] * 3
    assert letters(np.zeros((0, 0), bool), []) == []


@settings(max_examples=30, derandomize=True)
@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 10**6))
def test_ranks_of_an_order_hold_it(m: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shown = np.triu(rng.random((m, m)) < share, 1)  # 0 is truly first
    ranks = rank_intervals(shown)
    assert (ranks[:, 0] <= np.arange(1, m + 1)).all()
    assert (np.arange(1, m + 1) <= ranks[:, 1]).all()


def test_what_cannot_be_lettered_is_refused() -> None:
    with pytest.raises(ValueError, match="order names each of the 2 systems once"):
        letters(np.zeros((2, 2), bool), [0, 0])
    with pytest.raises(ValueError, match="better is a matrix"):
        rank_intervals(np.zeros((2, 3), bool))
