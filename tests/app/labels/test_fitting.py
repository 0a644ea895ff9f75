"""`evalkit judge fit-panel` and `fit-cascade`: what is learnt, what is promised, and what is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from evalkit.app.cli.main import cli
from evalkit.app.fitting import fit_cascade, fit_panel, write_fit
from evalkit.app.label_files import item_digest
from evalkit.core.errors import InputError
from evalkit.engine.against_baseline import against_baselines
from evalkit.judges.fitted import read_thresholds, read_weights


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return str(path)


def rated(n: int, seed: int = 1) -> list[dict[str, Any]]:
    """n items, half of them good: `sharp` is right on 85 %, `echo` and `twin` on 60 % and always alike."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    sharp = np.where(rng.random(n) < 0.85, truth, 1 - truth)
    echo = np.where(rng.random(n) < 0.6, truth, 1 - truth)
    names = np.array(["no", "yes"])
    said = [{"sharp": names[s], "echo": names[e], "twin": names[e]} for s, e in zip(sharp, echo, strict=True)]
    return [
        {"item": f"q{i}", "human": str(names[t]), "judges": {k: str(v) for k, v in j.items()}}
        for i, (t, j) in enumerate(zip(truth, said, strict=True))
    ]


def test_a_panel_learns_that_two_of_three_are_one(tmp_path: Path) -> None:
    found = fit_panel(write(tmp_path / "r.jsonl", rated(200)))
    accuracy = found["accuracy"]
    assert accuracy["best_member"] == "sharp"
    assert accuracy["majority"]["point"] == accuracy["members"]["echo"]["point"]
    assert accuracy["stack"]["point"] >= accuracy["members"]["sharp"]["point"] - 0.01
    assert found["error_correlation"]["echo"]["twin"] == pytest.approx(1)
    assert "echo and twin err together (correlation 1.00)" in found["warnings"][0]
    assert found["tuned_on"] == sorted(item_digest(f"q{i}") for i in range(200))
    write_fit(found, tmp_path / "new" / "w.json")
    read = read_weights(tmp_path / "new" / "w.json")
    assert read.weights["sharp"] == found["members"]["sharp"]["weight"]
    assert read.tuned_on == tuple(found["tuned_on"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (rated(5), "5 labelled items cannot weigh 3 judges"),
        ([row | {"human": "yes"} for row in rated(40)], "of one class"),
        ([{**row, "judges": {"sharp": row["judges"]["sharp"]}} for row in rated(40)], "there is one judge"),
        ([{**row, "judges": row["judges"] | {"echo": None}} for row in rated(40)], "'echo' gave no verdict"),
        ([row | {"group": "g"} for row in rated(40)], "all items are of one group"),
        ([*rated(40), rated(1)[0]], "r.jsonl:41: item 'q0' stands there already, at"),
        ([{**rated(1)[0], "judges": {"a": True}}], "judge 'a' is true"),
        ([{**rated(1)[0], "judges": {"a": 1.5}}], "the probability of judge 'a' is 1.5"),
        ([{**rated(1)[0], "judges": ["a"]}], "judges is"),
        ([{**rated(1)[0], "verdicts": 1}], "no key 'verdicts'"),
        ([{"item": "a", "human": "x", "judges": {"a": 0.5}}, {"item": "b", "human": "y", "judges": {}}], "two labels"),
        ([{"item": "a", "human": "yes", "judges": {}}], "no row holds"),
        ([], "there are no rows"),
    ],
)
def test_what_cannot_weigh_judges_is_refused(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(InputError) as error:
        fit_panel(write(tmp_path / "r.jsonl", rows))
    assert said in str(error.value)


def test_probabilities_labels_and_people_who_disagree_are_read(tmp_path: Path) -> None:
    rows = rated(60)
    for i, row in enumerate(rows):
        row["judges"] = {
            "p": 0.9 if row["judges"]["sharp"] == "yes" else 0.2,
            "both": {"label": row["judges"]["echo"], "probability": 0.7},
            "odd": "perhaps" if i == 0 else row["human"],
        }
    rows[1]["human"] = {"ann": "yes", "bo": "no"}
    rows[2]["human"] = None
    found = fit_panel(write(tmp_path / "r.jsonl", rows), "yes")
    assert found["n"] == 58
    assert {name: one["reads"] for name, one in found["members"].items()} == {
        "p": "probability",
        "both": "probability",
        "odd": "label",
    }
    assert found["warnings"][:3] == [
        "1 items are left out: people are split on them",
        "1 of 60 items have no label",
        "odd gave 1 labels that no person gave: they count as wrong",
    ]


def cascaded(n: int, seed: int = 2) -> list[dict[str, Any]]:
    """A cheap judge that is right as often as it says, from 50 to 100 %, and a dear one that is right on 95 %."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        good, sure, dear = bool(rng.integers(2)), rng.uniform(0.5, 1), rng.random() < 0.95
        label = good if rng.random() < sure else not good
        judges = {
            "cheap": {"label": "yes" if label else "no", "probability": float(sure)},
            "dear": {"label": "yes" if good == dear else "no", "probability": 0.95},
        }
        rows.append({"item": f"q{i}", "human": "yes" if good else "no", "judges": judges})
    return rows


def test_stages_are_certified_each_on_its_own_labels(tmp_path: Path) -> None:
    rows = cascaded(600)
    found = fit_cascade(write(tmp_path / "r.jsonl", rows), (), 0.2, 0.1)
    cheap, dear = found["stages"]
    assert (cheap["name"], dear["name"]) == ("cheap", "dear")
    assert cheap["n_labels"] == 300
    assert dear["n_labels"] < 300
    assert cheap["error"]["hi"] <= 0.2
    assert dear["keeps"] + cheap["keeps"] == pytest.approx(found["coverage"])
    assert found["to_people"] == pytest.approx(1 - found["coverage"])
    assert found["says"].startswith("At most 20 % disagreement with 90 % confidence on ")
    write_fit(found, tmp_path / "t.json")
    assert read_thresholds(tmp_path / "t.json").stages["cheap"] == cheap["threshold"]
    kept = [r for r in rows if r["judges"]["cheap"]["probability"] >= cheap["threshold"]]
    wrong = [r for r in kept if r["judges"]["cheap"]["label"] != r["human"]]
    assert len(wrong) / len(kept) < 0.2


def test_no_threshold_is_said_and_ends_with_three(tmp_path: Path) -> None:
    rows = cascaded(60)
    for i, row in enumerate(rows):
        row["judges"]["cheap"]["label"] = "yes" if i % 3 else "no"
    file = write(tmp_path / "r.jsonl", rows)
    done = CliRunner().invoke(
        cli, ["judge", "fit-cascade", "--ratings", file, "--stages", "cheap"], standalone_mode=False
    )
    assert done.return_value == 3
    assert "No threshold is certified: every item goes to people." in done.output
    assert fit_cascade(file, ["cheap"])["to_people"] == 1.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alpha": 0}, "--alpha is 0"),
        ({"delta": float("nan")}, "--delta is nan"),
        ({"stages": ["cheap", "cheap"]}, "named twice"),
        ({"stages": ["chaep"]}, "no verdicts of 'chaep'"),
    ],
)
def test_options_that_cannot_be_used(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        fit_cascade(write(tmp_path / "r.jsonl", cascaded(40)), **changes)
    assert said in str(error.value)


def test_a_cascade_needs_probabilities_and_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has a probability"):
        fit_cascade(write(tmp_path / "r.jsonl", rated(40)))
    with pytest.raises(InputError, match="no item has a label"):
        fit_cascade(write(tmp_path / "r.jsonl", [row | {"human": None} for row in cascaded(40)]))


def test_the_commands_print_and_write(tmp_path: Path) -> None:
    file, out = write(tmp_path / "r.jsonl", rated(120)), tmp_path / "w.json"
    done = CliRunner().invoke(cli, ["judge", "fit-panel", "--ratings", file, "-o", str(out)], standalone_mode=False)
    assert done.return_value == 0, done.output
    assert "stack (cross-fitted)" in done.output
    assert "echo and twin 1.00" in done.output
    done = CliRunner().invoke(cli, ["judge", "fit-panel", "--ratings", file, "--json"], standalone_mode=False)
    assert json.loads(done.stdout)["labels"] == json.loads(out.read_text())["labels"]


def test_a_judge_has_to_beat_what_knows_nothing() -> None:
    human = ["yes", "no"] * 20 + [None]
    good = against_baselines(human, [*human[:40], "yes"], {"length": ["yes"] * 41})["length"]
    assert (good["beats"], good["gained"], good["lost"], good["difference"]) == (True, 20, 0, 0.5)
    poor = against_baselines(human, ["yes"] * 41, {"length": ["no"] * 41})["length"]
    assert not poor["beats"]
    assert "has not earned a vote" in poor["says"]
    beside = against_baselines(human, ["yes"] * 41, {"overlap": ["no"] * 41})["overlap"]
    assert beside["says"].endswith("not shown to beat it, which bars no vote"), "it is certified nevertheless"
    none = against_baselines(human, [None] * 41, {"length": ["no"] * 41})["length"]
    assert (none["beats"], none["p"]) == (False, None)


@pytest.mark.parametrize("human", [None, {"ann": "yes", "bo": "no"}])
def test_bare_probabilities_without_any_label_are_said_to_lack_labels(tmp_path: Path, human: Any) -> None:
    rows = [{"item": f"q{i}", "human": human, "judges": {"a": 0.9, "b": 0.2}} for i in range(30)]
    with pytest.raises(InputError, match="no item has a label that most people agree on"):
        fit_panel(write(tmp_path / "r.jsonl", rows))
