"""`evalkit correct`: three rows of a file, each held against numpy; bad rows get a sentence with their line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from evalkit.app.cli.main import main
from evalkit.app.correcting import correct
from evalkit.core.errors import InputError


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    file = path / "ratings.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def rated(n: int = 300, labels: int = 80, seed: int = 0, **more: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.7
    said = np.where(rng.random(n) < 0.85, truth, ~truth)
    rows: list[dict[str, Any]] = [{"item": f"i{i:04d}", "judge": int(said[i]), **more} for i in range(n)]
    for i in range(labels):
        rows[i]["human"] = int(truth[i])
    return rows


def test_the_rows_of_ppi_are_those_of_numpy(tmp_path: Path) -> None:
    rows = rated()
    found = correct(write(tmp_path, rows), "ppi")
    judge = np.array([row["judge"] for row in rows], float)
    human, ours, rest = np.array([row["human"] for row in rows[:80]], float), judge[:80], judge[80:]
    assert found["judged"]["point"] == pytest.approx(judge.mean(), abs=1e-12)
    assert found["human_only"]["point"] == pytest.approx(human.mean(), abs=1e-12)
    point = rest.mean() + (human - ours).mean()
    se = np.sqrt(rest.var(ddof=1) / 220 + (human - ours).var(ddof=1) / 80)
    half = stats.t.ppf(0.975, 79) * se
    expected = {"point": point, "lo": point - half, "hi": point + half}
    assert found["corrected"] == pytest.approx(expected, abs=1e-9)
    assert found["label_value"]["point"] == pytest.approx(human.var(ddof=1) / se**2)
    assert found["lambda"]["point"] == 1.0


def test_the_order_of_lines_changes_nothing(tmp_path: Path) -> None:
    rows = rated()
    assert correct(write(tmp_path, rows)) == correct(write(tmp_path, rows[::-1]))


def test_auto_narrows_what_people_alone_say(tmp_path: Path) -> None:
    found = correct(write(tmp_path, rated()))
    assert found["method"] == "ppi++"
    widths = {name: found[name]["hi"] - found[name]["lo"] for name in ("corrected", "human_only")}
    assert widths["corrected"] < widths["human_only"]
    assert found["label_value"]["point"] > 80
    assert 0 < found["lambda"]["point"] < 1
    assert sum(found["next_labels"].values()) == 100


def test_two_systems_are_paired_by_item(tmp_path: Path) -> None:
    a, b = rated(seed=1, system="a"), rated(seed=2, system="b")
    found = correct(write(tmp_path, a + b[::-1]), "ppi", ("a", "b"))
    y = np.array([one["human"] - two["human"] for one, two in zip(a[:80], b[:80], strict=True)], float)
    f = np.array([one["judge"] - two["judge"] for one, two in zip(a, b, strict=True)], float)
    assert found["judged"]["point"] == pytest.approx(f.mean(), abs=1e-12)
    assert found["corrected"]["point"] == pytest.approx(f[80:].mean() + (y - f[:80]).mean(), abs=1e-12)
    assert found["versus"] == ["a", "b"]
    assert set(correct(write(tmp_path, a + b))["systems"]) == {"a", "b"}
    assert correct(write(tmp_path, a + b), "rogan-gladen", ("a", "b"))["method"] == "rogan-gladen"


def test_clustered_labels_are_worth_less(tmp_path: Path) -> None:
    rows = [{**row, "group": i % 20} for i, row in enumerate(rated())]
    found = correct(write(tmp_path, rows))
    assert found["n_groups"] == 20
    assert found["corrected"]["lo"] is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"judge": 1.5}, ["judge", "1.5", ":1"]),
        ({"judge": None}, ["judge", "null", ":1"]),
        ({"human": "yes"}, ["human", "'yes'", ":1"]),
        ({"weight": 0}, ["weight", ":1"]),
        ({"item": "i0001"}, ["i0001", "already", ":2"]),
        ({"item": ""}, ["item", ":1"]),
        ({"humen": 1}, ["humen", "human", ":1"]),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    rows = rated()
    rows[0] = {k: v for k, v in {**rows[0], **change}.items() if not ("humen" in change and k == "human")}
    with pytest.raises(InputError) as caught:
        correct(write(tmp_path, rows))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "method", "words"),
    [
        (rated(labels=0), "auto", "no row has a human value"),
        (rated(labels=5), "auto", "Only 5"),
        (rated(labels=300), "ppi", "Every judged item has a label"),
        ([{**r, **({"human": 1} if "human" in r else {})} for r in rated()], "rogan-gladen", "All 80 labels are 1"),
        ([{**r, "judge": 0.5} for r in rated()], "rogan-gladen", "0 and 1 only"),
        ([{**r, "judge": int("human" in r)} for r in rated()], "auto", "no random sample"),
        ([], "auto", "no rows"),
    ],
)
def test_labels_that_correct_nothing(tmp_path: Path, rows: list[dict[str, Any]], method: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        correct(write(tmp_path, rows), method)
    assert words in str(caught.value)


def test_weights_stand_for_how_labels_were_drawn(tmp_path: Path) -> None:
    rows = [{**r, "judge": int("human" in r), "weight": 1 + i % 3} for i, r in enumerate(rated())]
    assert correct(write(tmp_path, rows))["corrected"]["point"] is not None


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path, rated())
    with pytest.raises(SystemExit) as ended:
        main(["correct", "--ratings", source])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    for words in ("judge said", "corrected (ppi++)", "people only", "80 labels act like"):
        assert words in shown
    with pytest.raises(SystemExit) as ended:
        main(["correct", "--ratings", write(tmp_path, rated(labels=5)), "--json"])
    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().out)["outcome"] == "error"


def pairs(**of_b: Any) -> list[dict[str, Any]]:
    return rated(seed=1, system="A") + [row | of_b for row in rated(seed=2, system="B")]


def test_what_a_difference_cannot_use_is_counted(tmp_path: Path) -> None:
    rows = [row for row in pairs() if (row["system"], row["item"]) not in {("A", "i0299"), ("B", "i0298")}]
    del rows[0]["human"]
    found = correct(write(tmp_path, rows), "ppi", ("A", "B"))
    assert (found["n"], found["n_labels"]) == (298, 79)
    assert found["notes"] == [
        "1 item that only 'A' answered is left out",
        "1 item that only 'B' answered is left out",
        "1 label is on one answer of a pair only, and tells nothing of the difference",
    ]


@pytest.mark.parametrize(("of_b", "words"), [({"weight": 2}, "weighs 1 for one"), ({"group": "y"}, "in group 'x' and")])
def test_a_pair_has_one_weight_and_one_group(tmp_path: Path, of_b: dict[str, Any], words: str) -> None:
    rows = [{"group": "x"} | row if "group" in of_b else row for row in pairs(**of_b)]
    with pytest.raises(InputError, match=words):
        correct(write(tmp_path, rows), "ppi", ("A", "B"))


def test_a_group_given_once_is_that_of_the_pair(tmp_path: Path) -> None:
    rows = pairs()
    for row in rows:
        if row["system"] == "B":
            row["group"] = row["item"][:4]
    assert correct(write(tmp_path, rows), "ppi", ("A", "B"))["n_groups"] == 30


@pytest.mark.parametrize(
    ("labels", "judge", "method", "remedy"),
    [(300, None, "ppi", "Or add judged items"), (80, 0.5, "rogan-gladen", "Use --method ppi")],
)
def test_more_labels_are_asked_for_only_where_they_help(
    tmp_path: Path, labels: int, judge: float | None, method: Any, remedy: str
) -> None:
    rows = rated(labels=labels)
    rows[0]["judge"] = rows[0]["judge"] if judge is None else judge
    with pytest.raises(InputError) as raised:
        correct(write(tmp_path, rows), method)
    assert remedy in str(raised.value)
    assert "Label more" not in str(raised.value)
