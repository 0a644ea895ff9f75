"""Variance components against simulation, Miller's vectors, and designs that cannot tell."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from evalkit.stats.variance import advice, allocate, components, paired_n


def nested(n: int, r: int, v: int, sds: tuple[float, float, float], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    case, generation, judge = (
        rng.normal(0, sd, shape) for sd, shape in zip(sds, ((n, 1, 1), (n, r, 1), (n, r, v)), strict=True)
    )
    table: np.ndarray = case + generation + judge
    return table


def test_parts_are_recovered() -> None:
    found = components(nested(4_000, 3, 2, (1.0, 0.7, 0.4), 1))
    assert (found.case, found.generation, found.judge) == pytest.approx((1.0, 0.49, 0.16), rel=0.08)
    assert (found.n, found.repeats, found.votes) == (4_000, 3.0, 2.0)


def test_parts_add_up_to_the_variance_of_the_mean() -> None:
    table = nested(60, 4, 1, (1.0, 0.5, 0.0), 2)[:, :, 0]
    found = components(table)
    assert found.variance(60, 4) == pytest.approx(table.mean(axis=1).var(ddof=1) / 60)
    assert found.judge == 0.0
    omega2 = table.mean(axis=1).var(ddof=1) - table.var(axis=1, ddof=1).mean() / 4
    assert found.case == pytest.approx(omega2)
    assert found.within == pytest.approx(1 - omega2 / table.mean(axis=1).var(ddof=1))


def test_missing_repeats_bias_nothing() -> None:
    rng = np.random.default_rng(3)
    cases = []
    for seed in range(60):
        table = nested(200, 4, 1, (1.0, 1.0, 0.0), seed)[:, :, 0]
        table[rng.random((200, 4)) < 0.4] = np.nan
        cases.append(components(table).case)
    assert np.mean(cases) == pytest.approx(1.0, abs=0.08)


def test_one_answer_a_case_cannot_tell() -> None:
    found = components(np.random.default_rng(1).normal(size=(50, 1)))
    assert found.generation is None
    assert "--repeats 2 would tell" in advice(found)
    assert [one.what for one in allocate(found, 0.05)] == ["cases"]


def test_noise_alone_has_no_case_part_and_repeats_are_worth_as_much() -> None:
    found = components(np.tile([[0.0, 1.0]], (40, 1)))
    assert (found.case, found.truncated, found.within) == (0.0, True, 1.0)
    assert "29 % smaller, twice the cases 29 %: repeats do nearly as much" in advice(found)


def test_advice_names_what_to_buy() -> None:
    said = advice(components(nested(500, 5, 1, (1.0, 0.5, 0.0), 4)))
    assert said.endswith("twice the cases 29 %: buy more cases.")
    assert "Every value is the same" in advice(components(np.ones((9, 3))))


def test_purchases_reach_the_error_they_promise() -> None:
    found = components(nested(300, 2, 1, (0.4, 0.8, 0.0), 5))
    wanted = 0.8 * math.sqrt(found.variance(300, 2))
    bought = allocate(found, wanted)
    assert {one.what for one in bought} == {"cases", "repeats"}
    for one in bought:
        assert one.se <= wanted
        assert one.calls == one.n * one.repeats
        assert found.variance(one.n, one.repeats) == pytest.approx(one.se**2)
    assert bought[0].repeats == 1  # a new case costs a call, as a repeat does, and tells more
    assert [one.what for one in allocate(found, 0.1 * math.sqrt(found.case / 300))] == ["cases", "cases"]


def test_miller_power_example(shared: Path) -> None:
    known = json.loads((shared / "REFERENCE.json").read_text())["gsm8k"]["miller_power_example"]
    found = [paired_n(1 / 9, (1 / 6, 1 / 6), (k, k), 0.03) for k in (1, 10, math.inf)]
    assert found == pytest.approx([3875.99, 1259.70, 968.9975], rel=3e-6)
    numbers = [value for value in known.values() if isinstance(value, float)]
    assert all(any(value == pytest.approx(number, rel=1e-9) for number in numbers) for value in found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: components(np.ones((1, 3))), "takes two of them; there are 1"),
        (lambda: components(np.full((5, 2), np.nan)), "there are 0"),
        (lambda: components(np.ones(5)), "values are"),
        (lambda: components([[1.0, np.inf], [1, 2]]), "finite or NaN"),
        (lambda: allocate(components(np.eye(3)), 0.0), "a standard error is positive"),
        (lambda: components(np.eye(3)).variance(0, 1), "at least 1"),
        (lambda: paired_n(1, (1, 1), (1, 1), 0.0), "delta not 0"),
    ],
)
def test_what_cannot_be_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
