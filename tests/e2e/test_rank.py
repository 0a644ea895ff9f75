"""`evalkit rank` from the command line: the promised keys, words for people, and rows that cannot be used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from evalkit.app.cli.rank import rank as command
from evalkit.app.preferences import rank
from evalkit.core.errors import InputError

STRENGTH = {"alpha": 1.0, "beta": 0.9, "gamma": -0.2, "delta": -1.5}


def preferences(n: int = 400, lengths: bool = False, items: bool = True) -> list[dict[str, Any]]:
    rng = np.random.default_rng(n)
    rows = []
    for at in range(n):
        a, b = (str(name) for name in rng.permutation(sorted(STRENGTH))[:2])
        size = rng.integers(50, 400, 2)
        d = STRENGTH[a] - STRENGTH[b] + (lengths and (size[0] - size[1]) / size.sum())
        weights = np.exp([d / 2, -d / 2, -1.0])
        row: dict[str, Any] = {"a": a, "b": b, "winner": str(rng.choice(["a", "b", "tie"], p=weights / weights.sum()))}
        row |= {"item": at // 2} if items else {}
        row |= {"len_a": int(size[0]), "len_b": int(size[1])} if lengths else {}
        rows.append(row)
    return rows


def written(folder: Path, rows: list[Any]) -> Path:
    path = folder / "preferences.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("lengths", [False, True])
def test_the_promised_keys(tmp_path: Path, lengths: bool) -> None:
    path = written(tmp_path, preferences(lengths=lengths))
    done = CliRunner().invoke(command, ["--input", str(path), "--json"], standalone_mode=False)
    found = json.loads(done.stdout)
    assert [s["name"] for s in found["systems"]][2:] == ["gamma", "delta"]
    assert set(found["systems"][0]) >= {"name", "strength", "lo", "hi", "rank_lo", "rank_hi", "win_rate"}
    assert sum(s["strength"] for s in found["systems"]) == pytest.approx(0, abs=1e-9)
    assert all(s["lo"] < s["strength"] < s["hi"] for s in found["systems"])
    assert found["tie_parameter"] > 0
    assert (found["n"], found["n_items"]) == (400, 200)
    assert ("length_coefficient" in found) is lengths
    if lengths:
        assert 0 < found["length_coefficient"]["lo"] < found["length_coefficient"]["hi"]


def test_the_order_of_rows_and_sides_plays_no_role(tmp_path: Path) -> None:
    rows = preferences(200, lengths=True)
    turn = {"a": "b", "b": "a", "tie": "tie"}
    other = [
        row
        | {"a": row["b"], "b": row["a"], "winner": turn[row["winner"]], "len_a": row["len_b"], "len_b": row["len_a"]}
        for row in rows[::-1]
    ]
    one, two = rank(str(written(tmp_path, rows))), rank(str(written(tmp_path, other)))
    assert [s["name"] for s in one["systems"]] == [s["name"] for s in two["systems"]]
    assert one["systems"][0]["lo"] == pytest.approx(two["systems"][0]["lo"], abs=1e-9)
    assert one["length_coefficient"]["hi"] == pytest.approx(two["length_coefficient"]["hi"], abs=1e-9)


def test_people_are_told_that_it_is_not_decisive(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--input", str(written(tmp_path, preferences(items=False)))])
    assert "The ranking is not decisive: " in done.stdout
    assert "alpha" in done.stdout
    clear = [{"a": "x", "b": "y", "winner": w} for w in ["a"] * 90 + ["b"] * 10]
    done = CliRunner().invoke(command, ["--input", str(written(tmp_path, clear))])
    assert "The ranking is decisive" in done.stdout


def test_a_name_cannot_drive_the_terminal(tmp_path: Path) -> None:
    rows = [{"a": "\x1b[31mred", "b": "y\nz", "winner": w} for w in "ab" * 20]
    done = CliRunner().invoke(command, ["--input", str(written(tmp_path, rows))])
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout


def test_open_ends_are_null_and_said(tmp_path: Path) -> None:
    rows = [*preferences(200), *({"a": "best", "b": name, "winner": "a"} for name in STRENGTH)]
    found = rank(str(written(tmp_path, rows)))
    assert found["systems"][0]["name"] == "best"
    assert found["systems"][0]["hi"] is None
    assert any("best never lost a comparison" in said for said in found["warnings"])
    assert any("4 of 204 rows name no item" in said for said in found["warnings"])


def test_lengths_on_some_rows_are_left_out_and_said(tmp_path: Path) -> None:
    rows = preferences(100, lengths=True)
    del rows[7]["len_b"]
    found = rank(str(written(tmp_path, rows)))
    assert "length_coefficient" not in found
    assert any("1 of 100 rows lack a length" in said for said in found["warnings"])


GOOD = {"a": "x", "b": "y", "winner": "a"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"a": "x", "b": "y"}, "there is no winner"),
        ({**GOOD, "winner": "y"}, 'Write "b"'),
        ({**GOOD, "winner": "Tie"}, 'winner is "Tie"'),
        ({**GOOD, "winner": ["a"]}, "winner is"),
        ({**GOOD, "b": "x"}, "compared with itself"),
        ({**GOOD, "a": 3}, "a is 3"),
        ({**GOOD, "a": " "}, "not the name of a system"),
        ({**GOOD, "item": [1]}, "item is [1]"),
        ({**GOOD, "len_a": -1, "len_b": 2}, "len_a is -1"),
        ({**GOOD, "len_a": "12", "len_b": 2}, 'len_a is "12"'),
        ('{"a": "x", "b": "y", "winner": "a", "len_a": NaN}', "not JSON"),
        ("[1]", "a row is a JSON object"),
        ("{", "not JSON"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: Any, said: str) -> None:
    path = written(tmp_path, [GOOD, row])
    with pytest.raises(InputError) as error:
        rank(str(path))
    assert f"{path}:2" in str(error.value)
    assert said in str(error.value)


def test_nothing_to_rank_and_groups_that_never_met(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no rows"):
        rank(str(written(tmp_path, [])))
    with pytest.raises(InputError, match="it cannot be read"):
        rank(str(tmp_path / "absent.jsonl"))
    with pytest.raises(InputError, match=r"no ranking orders them: w, z; x, y\. Add comparisons"):
        rank(str(written(tmp_path, [GOOD, {"a": "z", "b": "w", "winner": "tie"}])))
    with pytest.raises(InputError, match="confidence level"):
        rank(str(written(tmp_path, [GOOD])), level=95)


@pytest.mark.parametrize(
    "rows",
    [
        [{"a": "x", "b": "y", "winner": "tie"}] * 30,
        [{"a": "x", "b": "y", "winner": "ab"[i % 2], "item": 1} for i in range(30)],
        [{"a": "x", "b": "y", "winner": "a"}],
    ],
)
def test_no_interval_is_no_success(tmp_path: Path, rows: list[Any]) -> None:
    asked = ["--input", str(written(tmp_path, rows)), "--json"]
    done = CliRunner().invoke(command, asked, standalone_mode=False)
    assert done.return_value == 3
    assert json.loads(done.stdout)["reason"]
