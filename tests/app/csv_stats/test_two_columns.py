"""`evalkit stats paired`: the difference, its p-value, and the verdict of a gate."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar

from evalkit.app.cli.main import cli
from evalkit.app.csv_stats.paired import compared
from evalkit.core.errors import InputError
from tests.app.csv_stats.test_one_column import table


def pairs(both: int, gains: int, losses: int, neither: int) -> dict[str, list[Any]]:
    counts = [both, gains, losses, neither]
    return {"a": np.repeat([1, 1, 0, 0], counts).tolist(), "b": np.repeat([1, 0, 1, 0], counts).tolist()}


def test_independent_shares_are_tango_and_mid_p_mcnemar(tmp_path: Path) -> None:
    found = compared(table(tmp_path, **pairs(60, 8, 17, 15)), "a", "b", margin=0.2)
    assert (found["n"], found["method"], found["point"]) == (100, "tango", pytest.approx(-0.09))
    exact = mcnemar([[60, 8], [17, 15]], exact=True).pvalue
    assert found["p_value"] == pytest.approx(exact - scipy.stats.binom.pmf(8, 25, 0.5), rel=1e-9)
    assert (found["outcome"], found["relation"]) == ("pass", "worse_within_margin")


def test_real_values_are_a_t_test(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(5, 1, 50).round(4), rng.normal(5.2, 1, 50).round(4)
    found = compared(table(tmp_path, a=a, b=b), "a", "b")
    reference = scipy.stats.ttest_rel(a, b)
    assert found["p_value"] == pytest.approx(reference.pvalue, rel=1e-9)
    assert (found["lo"], found["hi"]) == pytest.approx(tuple(reference.confidence_interval(0.95)), abs=1e-9)
    assert "outcome" not in found


def test_no_interval_leaves_the_sign_flip_test(tmp_path: Path) -> None:
    found = compared(table(tmp_path, a=[5] * 8 + [9] * 4, b=[5] * 12), "a", "b", margin=1.0)
    assert found["lo"] is None
    assert found["p_value"] == pytest.approx(2 / 16)
    assert found["outcome"] == "inconclusive"
    assert "no interval" in found["reason"]


@pytest.mark.parametrize(
    ("counts", "margin", "better", "outcome", "relation", "code"),
    [
        ((400, 20, 20, 60), 0.05, "higher", "pass", "not_worse", 0),
        ((300, 5, 60, 35), 0.02, "higher", "fail", "worse", 1),
        ((300, 60, 5, 35), 0.02, "higher", "pass", "better", 0),
        ((300, 60, 5, 35), 0.02, "lower", "fail", "worse", 1),
        ((20, 3, 3, 4), 0.02, "higher", "inconclusive", "undecided", 3),
        ((26, 0, 0, 4), 0.03, "higher", "inconclusive", "identical", 3),
        ((87, 0, 0, 0), 0.03, "higher", "inconclusive", "identical", 3),
        ((88, 0, 0, 0), 0.03, "higher", "pass", "identical", 0),
        ((460, 0, 0, 40), 0.03, "lower", "pass", "identical", 0),
        ((460, 0, 0, 40), 0.0, "higher", "inconclusive", "identical", 3),
    ],
)
def test_the_verdict_is_that_of_a_gate(
    tmp_path: Path, counts: tuple[int, ...], margin: float, better: str, outcome: str, relation: str, code: int
) -> None:
    file = table(tmp_path, **pairs(*counts))
    options = ["--margin", str(margin), "--better", better]
    asked = ["stats", "paired", "--input", str(file), "--a", "a", "--b", "b", *options]
    done = CliRunner().invoke(cli, [*asked, "--json"], standalone_mode=False)
    found = json.loads(done.stdout)
    assert (found["outcome"], found["relation"], done.return_value) == (outcome, relation, code)
    assert found["reason"].endswith(".")
    shown = CliRunner().invoke(cli, asked).stdout
    assert outcome.upper() in shown


@pytest.mark.parametrize(
    ("value", "group", "margin", "outcome", "said"),
    [
        (7, None, 0.5, "inconclusive", "no interval"),  # as seconds: without a range nothing bounds the next case
        (1, "g", 0.03, "inconclusive", "does not decide"),
        (1, "g", 0.2, "pass", "above the line"),
    ],
)
def test_equal_scores_pass_only_where_the_interval_does(
    tmp_path: Path, value: int, group: str | None, margin: float, outcome: str, said: str
) -> None:
    file = table(tmp_path, a=[value] * 60, b=[value] * 60, g=[i // 2 for i in range(60)])
    found = compared(file, "a", "b", group=group, margin=margin)
    assert (found["outcome"], found["relation"], found["p_value"]) == (outcome, "identical", 1.0)
    assert found["reason"].startswith("All 60 scores are the same in both columns. ")
    assert said in found["reason"]
    assert "All 60 scores are the same in both columns" in compared(file, "a", "b", group=group)["warnings"]


def test_needed_n_could_pass_at_all(tmp_path: Path) -> None:
    for counts in ((960, 0, 0, 40), (958, 1, 1, 40)):
        assert compared(table(tmp_path, **pairs(*counts)), "a", "b", margin=0.03)["needed_n"] == 88


@pytest.mark.parametrize("counts", [(700, 60, 60, 180), (700, 20, 100, 180)])
def test_needed_n_would_pass_four_times_in_five(tmp_path: Path, counts: tuple[int, int, int, int]) -> None:
    """If nothing had changed: without the drop that was seen all of the discordance is spread."""
    found = compared(table(tmp_path, **pairs(*counts)), "a", "b", margin=0.03)
    n = found["needed_n"]
    rng = np.random.default_rng(4)
    gains, losses, _ = rng.multinomial(n, [0.06, 0.06, 0.88], 2000).T
    from evalkit.stats.vectorised import tango_tails

    passed = tango_tails(gains.astype(float), losses.astype(float), np.full(2000, float(n)), -0.03).above <= 0.05
    assert passed.mean() == pytest.approx(0.8, abs=0.015)


def test_unscored_on_either_side_bounds_the_difference(tmp_path: Path) -> None:
    columns = pairs(80, 5, 5, 10)
    whole = compared(table(tmp_path, **columns), "a", "b", margin=0.1)
    columns["a"][0] = columns["b"][99] = None
    found = compared(table(tmp_path, **columns), "a", "b", margin=0.1)
    left = compared(table(tmp_path, **columns), "a", "b", margin=0.1, unscored="missing_at_random")
    assert (found["n"], found["n_unscored"], found["unscored"]) == (98, 2, "bounds")
    assert found["lo"] < whole["lo"]
    assert found["lo"] < left["lo"] == found["scored"]["lo"]
    assert found["p_value"] >= left["p_value"]
    worst = compared(table(tmp_path, a=[0, *columns["a"][1:]], b=[*columns["b"][:-1], 1]), "a", "b")
    assert found["lo"] == pytest.approx(worst["lo"])


def test_all_unscored_is_inconclusive(tmp_path: Path) -> None:
    found = compared(table(tmp_path, a=[None, None], b=[1, 0]), "a", "b", margin=0.1)
    assert (found["n"], found["outcome"], found["p_value"]) == (0, "inconclusive", None)
    assert "nothing was measured" in found["reason"]


@pytest.mark.parametrize("margin", [-0.01, float("nan"), float("inf")])
def test_a_margin_of_the_wrong_sign_is_refused(tmp_path: Path, margin: float) -> None:
    with pytest.raises(InputError, match="the margin is"):
        compared(table(tmp_path, **pairs(8, 1, 1, 1)), "a", "b", margin=margin)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(*[st.sampled_from([0, 1, 1, None])] * 2), min_size=4, max_size=40),
    margin=st.floats(0.01, 0.5),
)
def test_swapping_mirrors_and_a_wider_margin_never_fails(tmp_path: Path, rows: list[Any], margin: float) -> None:
    a, b = (list(side) for side in zip(*rows, strict=True))
    file = table(tmp_path, a=a, b=b, g=[i // 2 for i in range(len(a))])
    for group in (None, "g"):
        forth = compared(file, "a", "b", group=group, margin=margin)
        back = compared(file, "b", "a", group=group, margin=margin, better="lower")
        assert forth["p_value"] == pytest.approx(back["p_value"], abs=1e-9)
        assert forth["outcome"] == back["outcome"]
        if forth["lo"] is not None:
            assert (forth["lo"], forth["hi"]) == pytest.approx((-back["hi"], -back["lo"]), abs=1e-9)
        wider = compared(file, "a", "b", group=group, margin=margin + 0.1)
        assert not (forth["outcome"] == "pass" and wider["outcome"] != "pass")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(*[st.sampled_from([0, 1, 1, 1])] * 2), min_size=4, max_size=30),
    which=st.sampled_from(["a", "b"]),
)
def test_a_score_that_is_lost_never_narrows_the_interval(tmp_path: Path, rows: list[Any], which: str) -> None:
    columns = dict(zip("ab", (list(side) for side in zip(*rows, strict=True)), strict=True))
    whole = compared(table(tmp_path, **columns), "a", "b")
    columns[which][0] = None
    found = compared(table(tmp_path, **columns), "a", "b")
    if found["lo"] is not None:
        assert found["lo"] <= whole["lo"] + 1e-9
        assert found["hi"] >= whole["hi"] - 1e-9
        assert found["p_value"] >= whole["p_value"] - 1e-9
