"""The audit: rankings of systems to six digits on real labels, and a gate on a layer that misleads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from evalkit.engine.audit import Audited, audit, misleading
from evalkit.stats.system_ranking import system_ranking, tau_b


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=8))
def test_tau_is_the_usual_one(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, float).T
    np.testing.assert_allclose(tau_b(x, y), kendalltau(x, y).statistic, equal_nan=True)


def test_real_layers_rank_real_systems_as_published(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "openqa" / "judged_answers.jsonl").read_text().splitlines()]
    known = json.loads((shared / "REFERENCE.json").read_text())["openqa_nq301"]
    long = [(row, system) for row in rows for system in row["models"]]
    names = ("gpt-4", "text-davinci-003", "bem")
    layers = {name: np.array([row[name] for row, _ in long], float) for name in ("em", "f1")}
    layers |= {f"judge_{n}": np.array([_or_nan(row["judges"][n]) for row, _ in long]) for n in names}
    human = np.array([row["human"] for row, _ in long], float)
    given_ = Audited(human, [system for _, system in long], [row["item_id"] for row, _ in long], layers)
    ranked = audit(given_)
    found = {one["metric"]: one for one in ranked}
    for name, want in known["system_ranking_vs_human"].items():
        assert found[name]["system_tau"]["point"] == pytest.approx(want["kendall_tau_b"], abs=1e-6)
    assert [one["metric"] for one in ranked[:2]] == ["judge_gpt-4", "judge_text-davinci-003"]
    assert ranked[-1]["metric"] == "em"
    assert found["em"]["worse_than_best"]
    assert found["f1"]["kappa"] is None
    (said,) = misleading(ranked, ["em"])
    assert said == (
        "a gate stands on 'em', which agrees with people less than 'judge_gpt-4' does: Kendall's tau of the systems "
        "0.26 against 0.79 (shown)"
    )
    assert misleading(ranked, ["judge_gpt-4"]) == []


def _or_nan(value: int | None) -> float:
    return np.nan if value is None else float(value)


def test_one_system_has_no_ranking_but_single_answers() -> None:
    human = np.array([0, 1] * 20, float)
    layers = {"good": human.copy(), "poor": np.r_[human[:20], 1 - human[20:]], "none": np.full(40, np.nan)}
    found = audit(Audited(human, ["s"] * 40, [str(i) for i in range(40)], layers))
    assert [one["metric"] for one in found] == ["good", "poor", "none"]
    assert all(one["system_tau"]["point"] is None for one in found)
    assert found[0]["kappa"]["point"] == pytest.approx(1)
    assert (found[2]["n"], found[2]["n_unscored"], found[2]["raw"]) == (0, 40, None)
    assert "agreement on single answers 0.00 against 1.00" in misleading(found, ["poor"])[0]


def test_nothing_labelled_is_nothing_found() -> None:
    assert audit(Audited(np.empty(0), [], [], {"a": np.empty(0)})) == []
    assert misleading([], ["a"]) == []
    with pytest.raises(ValueError, match="finite"):
        system_ranking([np.nan], [[1.0]], ["s"], ["g"], seed=1)


def test_a_layer_about_few_answers_is_no_better_choice_for_all() -> None:
    human = np.array([1.0, 0.0, 1.0, 0.0] * 10)
    few, all_ = human.copy(), human.copy()
    few[8:] = np.nan
    all_[:4] = 1 - all_[:4]
    found = audit(Audited(human, ["a"] * 40, [f"g{i}" for i in range(40)], {"few": few, "all": all_}))
    assert [one["metric"] for one in found] == ["few", "all"]
    assert misleading(found, ["all"]) == []
    whole = audit(Audited(human, ["a"] * 40, [f"g{i}" for i in range(40)], {"whole": human, "all": all_}))
    assert len(misleading(whole, ["all"])) == 1
