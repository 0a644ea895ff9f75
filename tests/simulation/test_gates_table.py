"""The figures of docs/benchmarks/gates.md, in short."""

from __future__ import annotations

import pytest

from benchmarks.gates import rules
from benchmarks.gates.__main__ import measure
from benchmarks.gates.chart import draw
from benchmarks.gates.world import DISAGREE, Pair, cells, pairs

REPLICATES, SIZES = 1_000, (50, 200)


def test_the_world_is_as_described() -> None:
    same, worse = cells(0.0), cells(0.05)
    assert same[1] + same[2] == pytest.approx(DISAGREE)
    assert same[1] == pytest.approx(same[2])
    assert worse[:2].sum() == pytest.approx(0.75)
    drawn = pairs(50, 0.0, REPLICATES)
    assert sum(drawn.values()) == REPLICATES
    assert drawn == pairs(50, 0.0, REPLICATES)


def test_rules_of_others_cry_wolf_or_wave_through_and_the_gate_does_neither() -> None:
    chosen = {
        "flip": rules.any_flip,
        "fell": rules.fell_a_point,
        "z": rules.unpaired_z,
        "paired": rules.paired_test,
        "gate": rules.evalkit_gate(0.03),
        "gate 0": rules.evalkit_gate(0.0),
    }
    found = measure(chosen, REPLICATES, SIZES)
    slack = 3 * (0.05 * 0.95 / REPLICATES) ** 0.5
    assert found["flip", 0.0, 50].flagged == pytest.approx(0.97, abs=0.015)
    assert found["fell", 0.0, 50].flagged == pytest.approx(0.43, abs=0.04)
    assert found["z", 0.05, 50].passed > 0.9
    for n in SIZES:
        assert found["gate", 0.05, n].passed <= 0.05 + slack
        assert found["gate", 0.0, n].flagged <= 0.05 + slack
        assert found["gate 0", 0.0, n].flagged <= 0.06 + slack
        assert found["gate 0", 0.05, n].flagged >= found["paired", 0.05, n].flagged
    svg = draw(found, [(0.0, "same"), (0.02, "two"), (0.05, "five")], SIZES)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (Pair(50, 40, 5, 1), (True, False, False, False)),
        (Pair(50, 25, 0, 15), (True, True, True, True)),
        (Pair(50, 50, 0, 0), (False, False, False, False)),
        (Pair(1000, 800, 0, 9), (True, False, False, True)),
    ],
)
def test_rules_one_by_one(pair: Pair, said: tuple[bool, ...]) -> None:
    chosen = (rules.any_flip, rules.fell_a_point, rules.unpaired_z, rules.paired_test)
    assert tuple(rule(pair) for rule in chosen) == said
