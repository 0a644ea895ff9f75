"""The gates' own errors, simulated through the gates: some cells of `benchmarks/gate_errors.py`."""

from __future__ import annotations

import pytest

from benchmarks import gate_errors as sim

QUICK = [
    sim.paired(30, 0.8, 0.1, 0.0, sim.STRESS),
    sim.absolute(100, 0.95),
    sim.absolute(500, 0.99),
    sim.unscored(60, 0.1, 0.05),
]
SLOW = [
    sim.paired(60, 0.8, "10%", 0.1),
    sim.paired(500, 0.8, 0.03, 0.1),
    sim.paired(500, 0.8, "2%", 0.1),
    sim.bursts(100, 5, 0.1),
    sim.bursts(30, 5, "10%"),
    sim.clustered(10, 5, 0.03),
    sim.clustered(20, 5, "5%"),
    sim.absolute(1000, 0.99),
    *(sim.unscored(500, 0.03, share) for share in (0.0, 0.01, 0.02, 0.04)),
    sim.latency(100, 0.0, False, 0.2),
    sim.latency(100, 0.9, True, "20%"),
]


@pytest.mark.parametrize("cell", QUICK, ids=lambda cell: cell.name)
def test_at_the_line_a_gate_passes_no_more_often_than_it_may(cell: sim.Cell) -> None:
    found = sim.measured(cell, 400)
    assert found.holds, found


@pytest.mark.slow
@pytest.mark.parametrize("cell", SLOW, ids=lambda cell: cell.name)
def test_at_the_line_in_the_harder_cells(cell: sim.Cell) -> None:
    found = sim.measured(cell, 2000)
    assert found.holds, found


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_eight_gates_raise_no_more_false_alarms_than_one(correlation: float) -> None:
    found = sim.alarms(8, 500, correlation, 400)
    assert found.holds, found


def test_a_drop_is_shown_at_least_as_often_as_by_mcnemar() -> None:
    gate, mcnemar = sim.detection(n=80, drop=0.12, discordance=0.14)
    assert gate >= mcnemar > 0.5


@pytest.mark.slow
def test_a_drop_of_five_points_is_shown_at_least_as_often_as_by_mcnemar() -> None:
    gate, mcnemar = sim.detection()
    assert gate >= mcnemar > 0.8
