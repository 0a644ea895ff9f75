"""`evalkit calibrate --ratings` from the command line: the promised JSON, its words, and what it refuses."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import cohen_kappa_score

from evalkit.app.cli.calibrate import calibrate
from evalkit.core.errors import InputError

KEYS = [
    "n",
    "n_dropped",
    "agreement",
    "sensitivity",
    "specificity",
    "order",
    "length",
    "alt_test",
    "probability",
    "selective",
    "certificate",
]


def written(folder: Path, rows: list[Any]) -> str:
    path = folder / "ratings.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(path)


def called(source: str, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(calibrate, ["--ratings", source, *more, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pairs(n: int = 120, seed: int = 1) -> list[dict[str, Any]]:
    """Pairs with three annotators, both orders, probabilities, lengths and systems."""
    rng = random.Random(seed)
    rows = []
    for item in range(n):
        truth = rng.choice("12")
        people = {
            name: truth if rng.random() < 0.85 else rng.choice(["1", "2", "tie"]) for name in ("ann", "bob", "cy")
        }
        judge = truth if rng.random() < 0.8 else rng.choice("12")
        rows.append(
            {
                "item": f"q{item}",
                "human": people,
                "judge": judge,
                "judge_swapped": judge if rng.random() < 0.85 else rng.choice(["1", "2", "tie"]),
                "probability": round(0.5 + rng.random() / 2, 3),
                "length_1": rng.randint(5, 60),
                "length_2": rng.randint(5, 60),
                "system": rng.choice(["alpha", "beta"]),
            }
        )
    return rows


def binary(n: int = 100, seed: int = 2) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    truth = [rng.choice(["yes", "no"]) for _ in range(n)]
    return [
        {"item": item, "human": label, "judge": label if rng.random() < 0.85 else rng.choice(["yes", "no"])}
        for item, label in enumerate(truth)
    ]


def estimates(value: Any) -> list[dict[str, Any]]:
    """Every {point, lo, hi} in a JSON value."""
    if isinstance(value, list):
        return [one for part in value for one in estimates(part)]
    if not isinstance(value, dict):
        return []
    own = [value] if {"point", "lo", "hi"} <= value.keys() else []
    return own + [one for part in value.values() for one in estimates(part)]


def test_the_promised_keys_hold_estimates_with_intervals(tmp_path: Path) -> None:
    found = called(written(tmp_path, pairs()))
    assert [key for key in found if key in KEYS] == KEYS
    assert set(found["agreement"]) >= {"raw", "kappa", "ac1", "alpha", "human_human"}
    assert set(found["order"]) >= {"consistency", "conflicts", "first_share", "p"}
    assert set(found["length"]) >= {"judge", "human", "excess"}
    assert set(found["alt_test"]) >= {"omega", "rho", "passed", "epsilon"}
    assert set(found["selective"]) >= {"alpha", "delta", "threshold", "coverage", "error"}
    assert len(estimates(found)) > 15
    for one in estimates(found):
        assert one["point"] is not None
        assert one["lo"] is None or one["lo"] <= one["point"] <= one["hi"]
    assert found["certificate"]["usable"]
    assert found["n"] + found["n_dropped"] == 120


def test_figures_of_pairs_written_out(tmp_path: Path) -> None:
    rows = pairs()
    found = called(written(tmp_path, rows))
    votes = [list(row["human"].values()) for row in rows]
    label = [next((x for x in set(v) if v.count(x) >= 2), None) for v in votes]
    kept = [(row, y) for row, y in zip(rows, label, strict=True) if y is not None]
    assert found["n_dropped"] == len(rows) - len(kept)
    judge, truth = [row["judge"] for row, _ in kept], [y for _, y in kept]
    assert found["agreement"]["raw"]["point"] == pytest.approx(
        np.mean([a == b for a, b in zip(judge, truth, strict=True)])
    )
    assert found["agreement"]["kappa"]["point"] == pytest.approx(cohen_kappa_score(judge, truth), abs=1e-12)
    same = [all(x == v[0] for x in v) * 1.0 if len(set(v)) != 2 else 1 / 3 for v in votes]
    assert found["agreement"]["human_human"]["raw"]["point"] == pytest.approx(np.mean(same))
    apart = [row for row, _ in kept if row["judge"] != row["judge_swapped"]]
    first = sum(row["judge"] == "1" and row["judge_swapped"] == "2" for row in apart)
    assert found["order"]["conflicts"] == len(apart)
    assert found["order"]["first_share"]["point"] == pytest.approx(first / len(apart))
    p = np.array([row["probability"] for row, _ in kept])
    right = np.array([a == b for a, b in zip(judge, truth, strict=True)], float)
    assert found["probability"]["brier"]["point"] == pytest.approx(np.mean((p - right) ** 2))
    uneven = [(row, y) for row, y in kept if row["length_1"] != row["length_2"]]
    longer = ["1" if row["length_1"] > row["length_2"] else "2" for row, _ in uneven]
    by_judge = [((r["judge"] == x) + (r["judge_swapped"] == x)) / 2 for (r, _), x in zip(uneven, longer, strict=True)]
    by_people = [y == x for (_, y), x in zip(uneven, longer, strict=True)]
    assert found["length"]["judge"]["point"] == pytest.approx(np.mean(by_judge))
    assert found["length"]["excess"]["point"] == pytest.approx(np.mean(by_judge) - np.mean(by_people))


def test_labels_are_one_in_every_notation(tmp_path: Path) -> None:
    mixed = [{"item": 1, "human": 1, "judge": "1"}, {"item": 2, "human": 0.0, "judge": 0}]
    found = called(written(tmp_path, mixed))
    assert found["agreement"]["raw"]["point"] == 1.0
    assert (found["positive"], found["sensitivity"]["point"]) == ("1", 1.0)
    logical = called(written(tmp_path, [{"item": 1, "human": True, "judge": "true"}]))
    assert logical["menu"] == ["true"]


def test_the_order_of_rows_plays_no_role(tmp_path: Path) -> None:
    rows = pairs()
    one, two = called(written(tmp_path, rows)), called(written(tmp_path, rows[::-1]))
    assert one == two
    other = called(written(tmp_path, [*rows[1:], {**rows[0], "judge": "tie"}]))
    assert other["certificate"]["digest"] != one["certificate"]["digest"]
    assert other["certificate"]["labels"] == one["certificate"]["labels"]


def test_without_a_verdict_an_item_is_counted_and_bounded(tmp_path: Path) -> None:
    rows = [{**row, "judge": None} if row["item"] < 20 else row for row in binary()]
    found = called(written(tmp_path, rows))
    assert (found["n"], found["n_dropped"], found["n_unparsed"]) == (80, 0, 20)
    bounds = found["agreement"]["unparsed"]
    assert bounds["raw_if_wrong"] < found["agreement"]["raw"]["point"] < bounds["raw_if_right"]
    assert "20 of 100 labelled items have no verdict" in found["certificate"]["reasons"][0]


def test_parts_without_data_are_null_with_their_reason(tmp_path: Path) -> None:
    found = called(written(tmp_path, binary()))
    for key in ("order", "length", "probability", "selective", "by_system"):
        assert found[key] is None
    assert found["agreement"]["human_human"] is None
    assert found["why_null"].keys() >= {"order", "length", "probability", "selective", "human_human"}
    assert "two annotators" in found["alt_test"]["reason"]
    assert found["alt_test"]["passed"] is None


def test_which_label_is_positive(tmp_path: Path) -> None:
    source = written(tmp_path, binary())
    plain, turned = called(source), called(source, "--positive", "no")
    assert (plain["positive"], turned["positive"]) == ("yes", "no")
    assert plain["sensitivity"]["point"] == turned["specificity"]["point"]
    assert sum(plain["confusion"].values()) == plain["n"]
    assert called(source, "--positive", "NO")["positive"] == "no"
    odd = called(written(tmp_path, [{"item": 1, "human": "cat", "judge": "dog"}]))
    assert odd["sensitivity"] is None
    assert "--positive" in odd["why_null"]["sensitivity"]
    three = [{"item": k, "human": "abc"[k % 3], "judge": "abc"[(k * k) % 3]} for k in range(30)]
    assert called(written(tmp_path, three), "--positive", "a")["sensitivity"]["point"] == 1.0


@pytest.mark.parametrize("share", [0.5, 0.93])
def test_kappa_is_refused_over_two_notations(tmp_path: Path, share: float) -> None:
    rng = random.Random(3)
    truth = [int(rng.random() < share) for _ in range(80)]
    found = called(written(tmp_path, [{"item": k, "human": y, "judge": y + 1} for k, y in enumerate(truth)]))
    assert found["agreement"]["kappa"]["point"] is None
    assert "{0, 1}" in found["agreement"]["kappa"]["reason"]
    assert not found["certificate"]["usable"]
    assert "vocabularies differ" in found["certificate"]["reasons"][0]


def test_labels_in_two_notations_have_no_error_rates(tmp_path: Path) -> None:
    rows = [{"item": i, "human": i % 2, "judge": i // 2 % 2 + 1} for i in range(40)]
    found = called(written(tmp_path, rows), "--positive", "1")
    assert (found["sensitivity"], found["specificity"], found["confusion"]) == (None, None, None)
    assert "vocabularies differ" in found["why_null"]["sensitivity"]


def test_a_swapped_verdict_that_names_a_position_is_refused(tmp_path: Path) -> None:
    rows = [{"item": i, "human": "12"[i % 2], "judge": "1", "judge_swapped": "ab"[i % 2]} for i in range(40)]
    found = called(written(tmp_path, rows))
    assert found["order"] is None
    assert "never a position" in found["why_null"]["order"]
    assert any("never a position" in reason for reason in found["certificate"]["reasons"])
    always_first = [row | {"judge_swapped": "2"} for row in rows]
    assert called(written(tmp_path, always_first))["order"]["first_share"]["point"] == 1.0


def test_labels_that_differ_in_case_alone_are_said_to(tmp_path: Path) -> None:
    found = called(written(tmp_path, [{**row, "judge": str(row["judge"]).title()} for row in binary(40)]))
    assert "in case alone" in found["agreement"]["kappa"]["reason"]


def test_a_label_that_one_side_alone_gives_is_disagreement(tmp_path: Path) -> None:
    rows = [{"item": k, "human": "ab"[k % 2], "judge": "c" if k % 20 == 0 else "ab"[k % 2]} for k in range(80)]
    assert called(written(tmp_path, rows))["agreement"]["kappa"]["point"] > 0.8


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (binary(5), "takes 30 items"),
        ([{"item": k, "human": "yes", "judge": "yes"} for k in range(60)], "one label only"),
        ([{"item": k, "human": "yn"[k < 2], "judge": "yn"[k < 2]} for k in range(60)], "takes 5 of another one"),
        ([{"item": k, "human": "yes", "judge": None} for k in range(60)], "no item has both"),
        ([{"item": k, "human": {"a": "x", "b": "y"}, "judge": "x"} for k in range(60)], "no item has both"),
        ([{"item": k, "human": "yn"[k % 2], "judge": "yn"[k // 2 % 2]} for k in range(60)], "no better than chance"),
    ],
)
def test_what_earns_no_vote(tmp_path: Path, rows: list[Any], reason: str) -> None:
    found = called(written(tmp_path, rows))
    assert not found["certificate"]["usable"]
    assert any(reason in sentence for sentence in found["certificate"]["reasons"])


def test_a_judge_of_length_earns_no_vote(tmp_path: Path) -> None:
    rows = [{**row, "judge": "1" if row["length_1"] > row["length_2"] else "2"} for row in pairs()]
    found = called(written(tmp_path, rows))
    assert any("the longer output wins" in sentence for sentence in found["certificate"]["reasons"])


def test_groups_are_clusters(tmp_path: Path) -> None:
    rows = [{**row, "group": row["item"] // 4} for row in binary()]
    found = called(written(tmp_path, rows))
    assert found["n_groups"] == 25
    assert found["sensitivity"]["method"] == "korn-graubard"
    several = [{**row, "system": name} for row in binary(40) for name in ("s", "t")]
    assert called(written(tmp_path, several))["n_groups"] == 40


def test_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    rng = random.Random(4)
    rows = [{"item": k, "human": rng.randint(1, 5), "group": k // 5} for k in range(100)]
    found = called(written(tmp_path, [{**row, "judge": min(5, row["human"] + rng.randint(0, 1))} for row in rows]))
    assert 0 < found["scores"]["bias"]["point"] < 1
    assert found["scores"]["by_group"]["n"] == 20


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "there are no rows"),
        (["hello"], ":1: this is not JSON"),
        (["[1]"], "a row is a JSON object"),
        (['{"item": 1, "human": "a", "judge": "a", "probability": NaN}'], "NaN is no JSON number"),
        ([{"item": 1, "human": "a"}], ":1: there is no judge"),
        ([{"item": 1, "judge": "a"}], "there is no human"),
        ([{"item": None, "human": "a", "judge": "a"}], "not the id of an item"),
        ([{"item": 1, "human": ["a"], "judge": "a"}], "not a label"),
        ([{"item": 1, "human": {"x": {"y": 1}}, "judge": "a"}], "the label of x"),
        ([{"item": 1, "human": "a", "judge": {"label": "a"}}], "the judge's label"),
        ([{"item": 1, "human": "a", "judge": "x" * 600}], "600 characters"),
        ([{"item": 1, "human": "a", "judge": "a", "probability": 80}], "from 0 to 1"),
        ([{"item": 1, "human": "a", "judge": "a", "length_1": 3}], "no length_2"),
        ([{"item": 1, "human": "a", "judge": "a", "length_1": -3, "length_2": 1}], "from 0 on"),
        ([{"item": 1, "human": "a", "judge": "a", "judge_swaped": "b"}], "'judge_swapped'"),
        ([{"item": 1, "human": "a", "judge": "a"}, {"item": "1", "human": "a", "judge": "a"}], "given already"),
        (['{"item": "\\ud800", "human": "a", "judge": "a"}'], "half a character"),
        ([{"item": 1, "human": None, "judge": "a"}], "no row has a human label"),
    ],
)
def test_unusable_rows_are_refused_with_their_line(tmp_path: Path, rows: list[Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        called(written(tmp_path, rows))
    assert sentence in str(refused.value)
    assert refused.value.where.startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--positive", "yess"], "Did you mean 'yes'"),
        (["--epsilon", "1"], "epsilon is 1"),
        (["--alpha", "0"], "alpha is 0"),
        (["--delta", "nan"], "delta is nan"),
    ],
)
def test_unusable_options_are_refused(tmp_path: Path, options: list[str], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        called(written(tmp_path, binary(40)), *options)
    assert sentence in str(refused.value)


def test_options_of_the_other_way_are_refused(tmp_path: Path) -> None:
    source = written(tmp_path, binary(40))
    for arguments in (["--ratings", source, "--judge", "openai:x"], ["--ratings", source, "rubric.yaml"], []):
        assert CliRunner().invoke(calibrate, arguments).exit_code == 2


def test_the_card_for_people(tmp_path: Path) -> None:
    rows = pairs()
    rows[0]["system"] = "evil\x1b[31m"
    done = CliRunner().invoke(calibrate, ["--ratings", written(tmp_path, rows)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "people alone" in done.stdout
    assert "would earn the judge a vote" in done.stdout
    assert "\x1b" not in done.stdout
    few = CliRunner().invoke(calibrate, ["--ratings", written(tmp_path, binary(5))], catch_exceptions=False)
    assert "earn no vote" in few.stdout
