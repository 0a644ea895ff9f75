"""Statistics of real answers, computed once with other software and kept to full precision."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from evalkit.app.csv_stats.one import interval
from evalkit.app.csv_stats.paired import compared
from evalkit.stats.multiplicity import benjamini_hochberg, holm
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference, mcnemar_midp
from evalkit.stats.power import min_detectable

pytestmark = pytest.mark.shared


def reference(shared: Path, name: str) -> dict:
    return json.loads((shared / "REFERENCE.json").read_text())[name]


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def half_width(interval: tuple[float, float]) -> float:
    return (interval[1] - interval[0]) / 2


def test_clustered_standard_errors_of_tatqa(shared: Path) -> None:
    data, expected = rows(shared / "tatqa" / "predictions.jsonl"), reference(shared, "tatqa")
    tables = np.unique([row["cluster"] for row in data], return_inverse=True)[1]
    em = {name: np.array([row["systems"][name]["em"] for row in data], float) for name in expected["em"]}
    for name, figures in expected["em"].items():
        found = mean(em[name], tables, method="cluster-t")
        se = half_width(found.interval(0.95)) / scipy.stats.t.ppf(0.975, 277)
        assert (found.n, found.n_clusters) == (1667, 278)
        assert found.point == pytest.approx(figures["mean"], rel=1e-12)
        assert se == pytest.approx(figures["se_cluster_small_sample_corrected"], rel=1e-10)
        assert found.design_effect == pytest.approx(figures["design_effect"] * 278 / 277, rel=1e-10)
        naive = mean(em[name], method="t")
        assert half_width(naive.interval(0.95)) / scipy.stats.t.ppf(0.975, 1666) == pytest.approx(figures["se_naive"])
        assert mean(em[name], tables).method == "korn-graubard"
        assert half_width(mean(em[name], tables).interval(0.95)) == pytest.approx(
            half_width(found.interval(0.95)), rel=0.02
        )


def test_paired_comparisons_of_tatqa(shared: Path) -> None:
    data, expected = rows(shared / "tatqa" / "predictions.jsonl"), reference(shared, "tatqa")["pairs"]
    tables = np.unique([row["cluster"] for row in data], return_inverse=True)[1]
    for name, figures in expected.items():
        a, b = (np.array([row["systems"][side]["em"] for row in data], float) for side in name.split(" vs "))
        found = difference(a, b, tables)
        assert found.method == "cluster-t (CR1)"
        assert found.point == pytest.approx(figures["diff"], rel=1e-10)
        assert half_width(found.interval(0.95)) / scipy.stats.t.ppf(0.975, 277) == pytest.approx(
            figures["clustered_diff"]["se_cluster_small_sample_corrected"], rel=1e-10
        )
        (_, only_a), (only_b, _) = figures["table_[[both,A_only],[B_only,neither]]"]
        assert mcnemar_midp(only_a, only_b) == pytest.approx(figures["p_midp"], rel=1e-9)


@pytest.mark.parametrize(
    ("method", "key"), [("wilson", "wilson"), ("clopper-pearson", "clopper_pearson"), ("jeffreys", "jeffreys")]
)
def test_proportions_of_gsm8k(shared: Path, method: str, key: str) -> None:
    expected = reference(shared, "gsm8k")
    for n, figures in ((1319, expected["accuracy"]), (100, expected["first100"])):
        for row in figures.values():
            found = mean(np.repeat([1.0, 0.0], [row["correct"], n - row["correct"]]), method=method)
            assert found.interval(0.95) == pytest.approx(row[key], abs=1e-12)


def test_noninferiority_on_gsm8k(shared: Path) -> None:
    data, expected = rows(shared / "gsm8k" / "answers.jsonl"), reference(shared, "gsm8k")
    figures = expected["noninferiority 6b_verification vs 175b_finetuning margin 0.03"]
    a, b = (
        np.array([row["systems"][side]["correct"] for row in data], float)
        for side in ("6b_verification", "175b_finetuning")
    )
    found = difference(a, b)
    assert found.method == "tango"
    assert found.point == pytest.approx(figures["diff"], rel=1e-12)
    # the score and the Wald bound differ in the fourth digit at this size
    assert found.interval(0.90)[0] == pytest.approx(figures["lower95_onesided_z"], abs=2e-4)
    assert found.p_above(-0.03) < 1e-5


def test_exact_coverage_is_reproduced(shared: Path) -> None:
    expected = {k: v for k, v in reference(shared, "interval_coverage_exact").items() if "|" in k}
    correct = {name: row["correct"] for name, row in reference(shared, "gsm8k")["accuracy"].items()}
    assert len(expected) >= 8
    for key, figures in expected.items():
        system, _, size = key.split("|")
        n, p = int(size[2:]), correct[system] / 1319
        mass = scipy.stats.binom.pmf(np.arange(n + 1), n, p)
        for method, name in (("wilson", "wilson"), ("clopper-pearson", "beta"), ("jeffreys", "jeffreys")):
            ends = np.array(
                [mean(np.repeat([1.0, 0.0], [k, n - k]), method=method).interval(0.95) for k in range(n + 1)]
            )
            held = mass[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum()
            assert held == pytest.approx(figures[name], abs=1e-9)


def test_clusters_widen_a_real_interval_by_their_design_effect(shared: Path) -> None:
    data = rows(shared / "tatqa" / "predictions.jsonl")
    tables = [row["cluster"] for row in data]
    em = np.array([row["systems"]["pot_codex"]["em"] for row in data], float)
    ratio = half_width(mean(em, tables).interval(0.95)) / half_width(mean(em, method="clopper-pearson").interval(0.95))
    assert ratio == pytest.approx(math.sqrt(1.662), rel=0.02)


def test_every_pair_of_gsm8k_from_a_file(shared: Path, tmp_path: Path) -> None:
    """The commands on columns, end to end: points, mid-p, Holm; intervals are Tango's, not the z of the reference."""
    data, expected = rows(shared / "gsm8k" / "answers.jsonl"), reference(shared, "gsm8k")
    systems = list(expected["accuracy"])
    file = tmp_path / "gsm8k.csv"
    lines = [",".join(str(int(row["systems"][name]["correct"])) for name in systems) for row in data]
    file.write_text("\n".join([",".join(systems), *lines]), encoding="utf-8")
    for name, figures in expected["accuracy"].items():
        found = interval(file, name)
        assert (found["lo"], found["hi"]) == pytest.approx(figures["wilson"], abs=1e-12)
    for name, figures in expected["pairs"].items():
        found = compared(file, *name.split(" vs "))
        assert found["p_value"] == pytest.approx(figures["p_midp"], rel=1e-9)
        assert found["point"] == pytest.approx(figures["diff"], abs=1e-12)
        assert (found["lo"], found["hi"]) == pytest.approx(figures["ci95_paired_z"], abs=5e-4)
        assert min_detectable(figures["se_paired"], alpha=0.025) == pytest.approx(
            expected["mde_80pct_alpha05"][name], rel=1e-12
        )
    exact = [figures["p_exact"] for figures in expected["pairs"].values()]
    assert holm(exact) == pytest.approx(list(expected["holm"].values()), rel=1e-12)
    assert benjamini_hochberg(exact) == pytest.approx(list(expected["fdr_bh"].values()), rel=1e-12)


def test_ten_systems_on_open_questions(shared: Path) -> None:
    data, expected = rows(shared / "openqa" / "nq3610_predictions.jsonl"), reference(shared, "nqopen3610")
    em = {name: np.array([row["em"][name] for row in data], float) for name in expected["em"]}
    for name, figures in expected["wilson95"].items():
        found = mean(em[name])
        assert (found.n, found.method) == (3610, "wilson")
        assert found.point == pytest.approx(expected["em"][name], abs=1e-12)
        assert found.interval(0.95) == pytest.approx(figures, abs=1e-12)
    exact = expected["pairwise_mcnemar_p_exact"]
    for name, figure in exact.items():
        a, b = (em[side] for side in name.split(" vs "))
        gains, losses = int((a > b).sum()), int((a < b).sum())
        # mid-p by design: the exact p-value less the probability of what was seen
        seen = scipy.stats.binom.pmf(min(gains, losses), gains + losses, 0.5)
        assert mcnemar_midp(gains, losses) == pytest.approx(figure - seen, rel=1e-6)
    for adjust, key, rejected in ((holm, "holm", 30), (benjamini_hochberg, "fdr_bh", 37)):
        adjusted = adjust(list(exact.values()))
        assert adjusted == pytest.approx([expected[key]["adjusted"][name] for name in exact], rel=1e-12)
        assert int((np.asarray(adjusted) <= 0.05).sum()) == expected[key]["n_reject_of_45"] == rejected
