"""`evalkit calibrate --ratings` on real judges, to the figures that other software gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.app.cli.calibrate import calibrate

pytestmark = pytest.mark.shared


def called(folder: Path, rows: list[dict[str, Any]], *more: str) -> dict[str, Any]:
    path = folder / "ratings.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    done = CliRunner().invoke(calibrate, ["--ratings", str(path), *more, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("judge", ["GPT-4/Vanilla_NoRules", "ChatGPT/Vanilla_NoRules"])
def test_pairs_of_llmbar(shared: Path, tmp_path: Path, judge: str) -> None:
    rows = [
        {
            "item": v["item_id"],
            "human": v["label"],
            "judge": v["verdicts"][judge][0],
            "judge_swapped": v["verdicts"][judge][1],
            "length_1": v["len_1"],
            "length_2": v["len_2"],
        }
        for v in read(shared / "llmbar" / "verdicts.jsonl")
    ]
    expected = json.loads((shared / "REFERENCE.json").read_text())["llmbar"]
    figures, lengths = expected["per_evaluator"][judge], expected["length_bias"]
    found = called(tmp_path, rows)
    order, length = found["order"], found["length"]
    assert found["agreement"]["raw"]["point"] == pytest.approx(figures["correct_orig"] / 419, abs=1e-12)
    assert found["agreement"]["kappa"]["point"] == pytest.approx(figures["cohen_kappa_orig_vs_label"], abs=1e-12)
    assert order["consistency"]["point"] == pytest.approx(figures["consistency"], abs=1e-12)
    assert (order["conflicts"], order["first_both"]) == (figures["n_inconsistent"], figures["inconsistent_first_both"])
    assert order["p"] == pytest.approx(figures["position_binom_p"], rel=1e-9)
    assert order["strict_accuracy"]["point"] == pytest.approx(figures["strict_acc"], abs=1e-12)
    assert order["mean_accuracy"]["point"] == pytest.approx(figures["acc_avg"], abs=1e-12)
    assert length["human"]["point"] == pytest.approx(lengths["label_prefers_longer"], abs=1e-12)
    assert length["judge"]["point"] == pytest.approx(lengths[judge]["judge_prefers_longer_avg_orders"], abs=1e-12)
    assert length["excess"]["point"] == pytest.approx(lengths[judge]["excess_over_label"], abs=1e-12)
    assert length["excess"]["lo"] > 0
    assert found["certificate"]["usable"] == (judge == "GPT-4/Vanilla_NoRules")


def test_answers_of_openqa(shared: Path, tmp_path: Path) -> None:
    """BEM's probability that an answer is right, as a judge that calls all of them right."""
    data = {(r["item_id"], r["answer"]): r for r in read(shared / "openqa" / "judged_answers.jsonl")}
    rows = [
        {
            "item": f"{r['item_id']}-{at}",
            "group": r["item_id"],
            "human": {"one": r["human"]},
            "judge": r["judges"]["bem"],
            "probability": r["bem_prob"] if r["judges"]["bem"] else 1 - (r["bem_prob"] or 0),
        }
        for at, r in enumerate(data.values())
    ]
    expected = json.loads((shared / "REFERENCE.json").read_text())["openqa_nq301"]
    figures = expected["judges"]["bem"]
    found = called(tmp_path, rows)
    assert found["confusion"] == {key: figures[key] for key in ("tp", "fp", "tn", "fn")}
    assert (found["n"], found["n_unparsed"], found["n_groups"]) == (figures["n"], figures["unparsed"], 301)
    assert found["sensitivity"]["point"] == pytest.approx(figures["sensitivity"], abs=1e-12)
    assert found["agreement"]["kappa"]["point"] == pytest.approx(figures["cohen_kappa"], abs=1e-12)
    # The chance to be right has the Brier score of the chance of "right", seen from either verdict.
    assert found["probability"]["brier"]["point"] == pytest.approx(expected["bem_probability"]["brier"], abs=1e-9)
    assert found["selective"]["error"]["hi"] <= found["selective"]["alpha"]
    pairs = zip(rows, data.values(), strict=True)
    always = [{**row, "judge": 1, "probability": r["bem_prob"]} for row, r in pairs if r["judges"]["bem"] is not None]
    figures = expected["bem_probability"]
    found = called(tmp_path, always)
    assert found["probability"]["ece"]["point"] == pytest.approx(figures["ece10"], abs=1e-12)
