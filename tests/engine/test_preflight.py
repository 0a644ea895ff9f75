"""Predicted power is what the real gates do: simulated with the real methods on fresh data."""

import math

import numpy as np
import pytest

from evalkit.core.nouns import Estimate, Gate, Tail
from evalkit.engine.gate import decide_all
from evalkit.engine.preflight import rehearse, tolerated
from evalkit.engine.preflight_feasible import contradictions, why_never
from evalkit.engine.preflight_found import Wanted
from evalkit.engine.preflight_gate import Change
from evalkit.engine.preflight_noise import noise_shares
from evalkit.engine.preflight_plan import preflight
from evalkit.engine.preflight_scale import joint, needed_repeats, needed_scale
from evalkit.engine.preflight_tails import question
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference
from tests.engine.preflight_builders import Toy, toy_known

WANTED = Wanted(0.8, {}, 0.05, 1, "assumed", False)
NON_INFERIOR = Gate(metric="m", versus="baseline", margin=0.03)


def real_passes(gate: Gate, found: list[Inference], line: float, better: str = "higher") -> float:
    """Share that the real gate passes."""
    outcomes = []
    for one in found:
        assert one.interval is not None
        lo, hi = one.interval(0.9)
        tail = Tail(line=line, p_above=one.p_above(line), p_below=one.p_below(line), lo=lo, hi=hi)
        estimate = Estimate(metric="m", variant="x", better=better, n=one.n, point=one.point, lo=lo, hi=hi, tail=tail)
        outcomes.append(decide_all([(gate, estimate, "candidate")])[0].outcome == "pass")
    return float(np.mean(outcomes))


@pytest.mark.slow
def test_an_absolute_share_passes_as_often_as_predicted() -> None:
    rng = np.random.default_rng(1)
    gate = Gate(metric="m", at_least=0.8)
    known = toy_known({"m": (Toy(), (np.arange(300) < 255).astype(float)[None])})
    real = [mean((rng.random(300) < 0.85).astype(float)) for _ in range(600)]
    runs = rehearse(known, [question(gate, known)], 1, 2_000)
    assert runs.passes.mean() == pytest.approx(real_passes(gate, real, 0.8), abs=0.05)


@pytest.mark.slow
def test_paired_answers_pass_as_often_as_predicted() -> None:
    rng = np.random.default_rng(2)
    chance = rng.beta(8, 2, 500)
    draw = lambda: (rng.random(500) < chance).astype(float)  # noqa: E731
    known = toy_known({"m": (Toy(), np.stack([draw() for _ in range(4)]))})
    gate = NON_INFERIOR.model_copy(update={"margin": 0.05})
    real = [difference(draw(), draw(), bounds=(0.0, 1.0)) for _ in range(300)]
    runs = rehearse(known, [question(gate, known)], 1, 1_000)
    assert runs.passes.mean() == pytest.approx(real_passes(gate, real, -0.05), abs=0.07)


@pytest.mark.slow
def test_an_assumed_discordance_gives_the_power_of_that_discordance() -> None:
    rng = np.random.default_rng(3)
    known = toy_known({"m": (Toy(), (rng.random((1, 600)) < 0.8).astype(float))}, discordance=0.1)
    real = []
    for _ in range(500):
        kind = rng.choice(3, 600, p=[0.9, 0.05, 0.05])
        real.append(difference((kind == 1).astype(float), (kind == 2).astype(float), bounds=(0.0, 1.0)))
    runs = rehearse(known, [question(NON_INFERIOR, known)], 1, 2_000)
    assert runs.passes.mean() == pytest.approx(real_passes(NON_INFERIOR, real, -0.03), abs=0.05)


@pytest.mark.slow
def test_clusters_pass_as_often_as_predicted() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(60), 8)
    centre = rng.beta(2, 0.5, 60)[groups]
    gate = Gate(metric="m", at_least=0.7)
    known = toy_known({"m": (Toy(), (rng.random(480) < centre).astype(float)[None])}, groups)
    truth = float(known.values("m").mean())
    runs = rehearse(known, [question(gate, known)], 1, 1_500)
    real = []
    for _ in range(300):
        drawn = rng.beta(2, 0.5, 60)
        drawn += truth - 0.8
        real.append(mean((rng.random(480) < np.clip(drawn, 0, 1)[groups]).astype(float), groups))
    assert runs.passes.mean() == pytest.approx(real_passes(gate, real, 0.7), abs=0.1)
    alone = toy_known({"m": (Toy(), known.values("m"))})
    assert runs.se.mean() > 1.4 * rehearse(alone, [question(gate, alone)], 1, 200).se.mean()


@pytest.mark.slow
def test_a_mean_passes_as_often_as_predicted() -> None:
    rng = np.random.default_rng(5)
    seconds = Toy(value_range=(0.0, None), better="lower", needs=frozenset({"seconds"}))
    gate = Gate(metric="m", versus="baseline", margin=0.2)
    known = toy_known({"m": (seconds, rng.gamma(2, 0.5, (1, 200)))})
    real = [
        difference(rng.gamma(2, 0.5, 200), rng.gamma(2, 0.5, 200), bounds=(-math.inf, math.inf)) for _ in range(500)
    ]
    runs = rehearse(known, [question(gate, known)], 1, 2_000)
    assert runs.passes.mean() == pytest.approx(real_passes(gate, real, 0.2, "lower"), abs=0.06)


def eight(correlated: bool):
    rng = np.random.default_rng(6)
    base = rng.normal(0.5, 0.1, (2, 400))
    columns = {}
    for i in range(8):
        values = base if correlated else rng.normal(0.5, 0.1, (2, 400))
        columns[f"m{i}"] = (Toy(value_range=(None, None)), values)
    known = toy_known(columns)
    noise = float(np.diff(np.asarray(known.values("m0")), axis=0).std())
    margin = (1.6449 + 0.8416) * noise / 20
    gates = [Gate(metric=name, versus="baseline", margin=margin) for name in columns]
    return known, [question(gate, known) for gate in gates]


def test_eight_gates_at_80_percent_pass_together_17_percent() -> None:
    known, asked = eight(correlated=False)
    together, each = joint(rehearse(known, asked, 1, 1_500))
    assert each.mean() == pytest.approx(0.8, abs=0.02)
    assert together == pytest.approx(0.17, abs=0.03)


@pytest.mark.slow
def test_gates_that_move_together_pass_together() -> None:
    known, asked = eight(correlated=True)
    together, each = joint(rehearse(known, asked, 1, 600))
    assert together == pytest.approx(float(each[0]))
    assert together == pytest.approx(0.8, abs=0.04)


@pytest.mark.slow
def test_what_is_to_be_bought_gives_the_power_wanted() -> None:
    rng = np.random.default_rng(7)
    chance = rng.beta(8, 2, 300)
    answers = (rng.random((6, 300)) < chance).astype(float)
    known = toy_known({"m": (Toy(), answers)})
    asked = [question(NON_INFERIOR, known)]
    runs = rehearse(known, asked, 1, 2_000)
    scale = needed_scale(runs, 0.8)
    assert scale is not None
    assert scale > 2
    more = toy_known({"m": (Toy(), np.tile(answers, (1, round(scale))))})
    assert rehearse(more, [question(NON_INFERIOR, more)], 2, 1_000).passes.mean() == pytest.approx(0.8, abs=0.08)
    repeats = needed_repeats(runs, np.ones(1), 1, 0.8)
    assert repeats is not None
    assert repeats == pytest.approx(scale, abs=1)
    assert joint(runs, scale)[0] >= 0.79


@pytest.mark.parametrize(("n", "right", "line", "enough"), [(10, 8, 0.5, 18), (30, 27, 0.75, 45), (100, 80, 0.7, 110)])
def test_too_few_cases_are_not_told_to_be_enough(n: int, right: int, line: float, enough: int) -> None:
    """Enough: the number from which on a Clopper-Pearson or Wilson bound passes a true share of right/n in 80 %."""
    known = toy_known({"m": (Toy(), (np.arange(n) < right).astype(float)[None])})
    found = preflight(known, [Gate(metric="m", at_least=line)], [None], WANTED)
    assert found.gates[0].power is not None
    assert found.gates[0].power < 0.8
    assert found.gates[0].needed_n == found.needed_cases
    assert found.needed_cases == pytest.approx(enough, rel=0.25)
    assert found.needed_cases > n


def test_cases_without_any_spread_cannot_be_counted_out() -> None:
    known = toy_known({"m": (Toy(), np.ones((1, 10)))})
    found = preflight(known, [NON_INFERIOR], [None], WANTED)
    assert (found.joint_power, found.needed_cases, found.needed_repeats) == (0.0, None, None)
    assert "nothing is known of how much its cases scatter" in found.advice[0]


def test_no_number_of_cases_moves_the_truth() -> None:
    known = toy_known({"m": (Toy(), (np.arange(200) < 150).astype(float)[None])})
    wrong, superior = Gate(metric="m", at_least=0.8), Gate(metric="m", versus="baseline", superior=True)
    found = preflight(known, [wrong, superior], [None, None], WANTED)
    assert found.needed_cases is None
    assert "wrong side of the line" in found.gates[0].note
    assert "at most 5 %" in found.gates[1].note
    assert found.gates[1].power == pytest.approx(0.05, abs=0.04)
    assert "No number of cases" in found.advice[0]


def test_an_expected_gain_lets_a_superior_gate_pass() -> None:
    known = toy_known({"m": (Toy(), (np.arange(500) < 350).astype(float)[None])})
    gate = Gate(metric="m", versus="baseline", superior=True)
    found = preflight(known, [gate], [None], Wanted(0.8, {"m": 0.8}, 0.05, 1, "assumed", False))
    assert found.gates[0].expected == pytest.approx(0.1)
    assert found.gates[0].power is not None
    assert found.gates[0].power > 0.95


def test_unscored_cases_cost_power_as_the_hull_does() -> None:
    rng = np.random.default_rng(8)
    known = toy_known({"m": (Toy(), (rng.random((1, 500)) < 0.8).astype(float))}, discordance=0.08)
    asked = question(NON_INFERIOR, known)
    half, most = tolerated(known, asked, 1, (0.5, 0.8), (300, 0.05))
    assert half is not None
    assert half >= 1
    assert most == 0
    passes = lambda count: rehearse(known, [asked], 2, 1_000, {0: Change(unscored=count / 500)}).passes.mean()  # noqa: E731
    assert passes(half) >= 0.45
    assert passes(half + 3) < 0.5
    declared = NON_INFERIOR.model_copy(update={"unscored": "missing_at_random"})
    assert tolerated(known, question(declared, known), 1, (0.5,), (100, 0.05)) == [None]
    limited = question(Gate(metric="m", at_least=0.5, max_unscored=3), known)
    assert tolerated(known, limited, 1, (0.5,), (100, 0.05)) == [3]


def test_the_same_question_has_the_same_answer() -> None:
    known = toy_known({"m": (Toy(), (np.arange(150) < 125).astype(float)[None])})
    assumed = Wanted(0.8, {}, 0.05, 1, "assumed", True)
    first, second = (preflight(known, [NON_INFERIOR], [None], assumed) for _ in range(2))
    assert first == second
    table = [row["power"] for row in first.gates[0].discordance]
    assert table == sorted(table, reverse=True)
    assert [row["discordance"] for row in first.discordance] == [0.02, 0.05, 0.1, 0.2]


@pytest.mark.parametrize(
    ("gate", "n", "said"),
    [
        (Gate(metric="m", at_least=0.99), 50, "takes at least 299 cases"),
        (Gate(metric="m", at_least=0.5, min_n=100), 50, "at least 100 scored cases"),
        (Gate(metric="m", at_least=0.5, slice={"k": "none"}), 50, "No case belongs"),
        (Gate(metric="m", at_least=0.9), 50, None),
        (Gate(metric="m", versus="baseline", margin=0.02), 50, None),
    ],
)
def test_a_gate_that_cannot_pass_is_told(gate: Gate, n: int, said: str | None) -> None:
    known = toy_known({"m": (Toy(), (np.arange(n) < 0.8 * n).astype(float)[None])})
    found = why_never(gate, known, 0.05)
    assert (said is None) == (found is None)
    assert said is None or said in str(found)


def test_one_group_and_contradictions_are_told() -> None:
    known = toy_known({"m": (Toy(), np.ones((1, 30)))}, [0] * 30)
    assert "only one group" in str(why_never(Gate(metric="m", at_least=0.5), known, 0.05))
    gates = [Gate(metric="m", at_least=0.9), Gate(metric="m", at_most=0.8), Gate(metric="m", at_most=0.95)]
    assert list(contradictions(gates)) == [1]


@pytest.mark.slow
def test_a_function_of_totals_passes_as_often_as_the_bootstrap_says() -> None:
    from evalkit.stats.bootstrap import paired_statistic

    rng = np.random.default_rng(9)
    gold = rng.random(250) < 0.3

    def parts() -> np.ndarray:
        said = np.where(rng.random(250) < 0.85, gold, ~gold)
        return np.stack([gold & said, ~gold & said, gold & ~said], axis=-1).astype(float)

    def f1(totals: np.ndarray) -> np.ndarray:
        return 2 * totals[..., 0] / (2 * totals[..., 0] + totals[..., 1] + totals[..., 2])

    toy = Toy(kind="general", formula=f1)
    known = toy_known({"m": (toy, np.stack([parts() for _ in range(4)]))})
    gate = Gate(metric="m", versus="baseline", margin=0.08)
    real = [paired_statistic(parts(), parts(), f1, seed=1, replicates=1_000) for _ in range(120)]
    runs = rehearse(known, [question(gate, known)], 1, 1_000)
    assert 0.2 < runs.passes.mean() < 0.9
    assert runs.passes.mean() == pytest.approx(real_passes(gate, real, -0.08), abs=0.12)


def test_repeats_split_the_variance_into_cases_and_answers() -> None:
    rng = np.random.default_rng(10)
    centre = rng.normal(0.5, 0.1, 800)
    answers = centre + rng.normal(0, 0.2, (3, 800))
    known = toy_known({"m": (Toy(value_range=(None, None)), answers)})
    gate = Gate(metric="m", at_least=0.49)
    found = preflight(known, [gate], [None], WANTED).gates[0]
    assert found.case_variance == pytest.approx(0.01, rel=0.4)
    assert found.generation_variance == pytest.approx(0.04, rel=0.15)
    runs = rehearse(known, [question(gate, known)], 1, 200)
    assert noise_shares(known, runs.asked, runs, 1)[0] == pytest.approx(0.8, abs=0.08)
