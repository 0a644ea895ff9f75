"""`evalkit stats agreement` from the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from evalkit.app.cli.stats.agreement import agreement
from evalkit.core.errors import InputError

COLUMNS = ["--item", "item", "--rater", "rater", "--value", "value"]


def written(folder: Path, rows: list[str]) -> Path:
    path = folder / "ratings.csv"
    path.write_text("\n".join(["item,rater,value", *rows]) + "\n", encoding="utf-8")
    return path


def two_raters(n: int, words: tuple[str, ...] = ("no", "yes")) -> list[str]:
    rng = np.random.default_rng(n)
    truth = rng.integers(len(words), size=n)
    said = np.where(rng.random((2, n)) < 0.8, truth, rng.integers(len(words), size=(2, n)))
    return [f"{item},{rater},{words[said[at, item]]}" for item in range(n) for at, rater in enumerate(("ann", "bob"))]


def called(path: Path, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(agreement, ["--input", str(path), *COLUMNS, *more, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_promised_keys(tmp_path: Path) -> None:
    found = called(written(tmp_path, two_raters(80)))
    for key in ("raw", "kappa", "ac1", "alpha"):
        assert found[key]["lo"] < found[key]["point"] < found[key]["hi"]
    assert (found["n_items"], found["n_raters"], found["n_ratings"]) == (80, 2, 160)


def test_words_have_an_order_and_rows_have_none(tmp_path: Path) -> None:
    rows = two_raters(60, ("low", "medium", "high"))
    numbered = [row.replace("low", "1").replace("medium", "2").replace("high", "3") for row in rows[::-1]]
    words = called(written(tmp_path, rows), "--scale", "ordinal", "--order", "low,medium,high")
    numbers = called(written(tmp_path, numbered), "--scale", "ordinal")
    assert words["alpha"]["point"] == pytest.approx(numbers["alpha"]["point"], abs=1e-12)
    assert words["kappa"]["point"] == pytest.approx(numbers["kappa"]["point"], abs=1e-12)
    assert words["balance"].keys() == {"low", "medium", "high"}
    assert called(written(tmp_path, rows)) == called(written(tmp_path, rows[::-1]))


def test_people_see_every_coefficient_and_why_one_is_missing(tmp_path: Path) -> None:
    rows = [*two_raters(40), "0,carl,\x1b[31m"]
    done = CliRunner().invoke(agreement, ["--input", str(written(tmp_path, rows)), *COLUMNS])
    assert "Krippendorff's alpha, nominal" in done.stdout
    assert "Cohen's kappa is of two raters, and there are 3" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_prevalent_value_is_said(tmp_path: Path) -> None:
    rows = [f"{i},{r},{'yes' if i % 20 or r == 'a' else 'no'}" for i in range(200) for r in "ab"]
    found = called(written(tmp_path, rows))
    assert found["ac1"]["point"] > 0.9 > 0.1 > found["kappa"]["point"]
    assert any("are 'yes': kappa and alpha are low there" in said for said in found["warnings"])


def test_nothing_to_compare_is_no_success(tmp_path: Path) -> None:
    path = written(tmp_path, ["1,a,x", "2,b,y"])
    done = CliRunner().invoke(agreement, ["--input", str(path), *COLUMNS, "--json"], standalone_mode=False)
    assert done.return_value == 3
    assert json.loads(done.stdout)["alpha"] == {
        "point": None,
        "lo": None,
        "hi": None,
        "method": "none",
        "reason": "no item has two ratings",
    }
    path = written(tmp_path, [f"{i},{rater},x" for i in range(30) for rater in "ab"])
    done = CliRunner().invoke(agreement, ["--input", str(path), *COLUMNS, "--json"], standalone_mode=False)
    assert done.return_value == 3
    assert "every rating is the same value" in json.loads(done.stdout)["alpha"]["reason"]


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        (["1,a,x", "1,a,y"], [], ":3: rater 'a' rated item '1' before, on line 2"),
        (["1,a,x", "2,a,y"], [], "there is one rater, 'a'"),
        (["1,a,x", ",b,y"], [], ":3: 'item' is empty"),
        (["1,a,x", "1,b,y"], ["--scale", "interval"], ":2: 'value' is 'x', not a finite number"),
        (["1,a,x", "1,b,y"], ["--scale", "ordinal"], "an ordinal scale of words needs their order"),
        (["1,a,x", "1,b,y"], ["--scale", "ordinal", "--order", "x,z"], ":3: --order lacks the value 'y'"),
        (["1,a,x", "1,b,y"], ["--scale", "ordinal", "--order", "x,y,x"], "names a value twice"),
        (["1,a,x", "1,b,y"], ["--order", "x,y"], "an order is for an ordinal scale"),
        (["1,a,x", "1,b,y"], ["--level", "95"], "a confidence level lies between 0 and 1"),
        (["1,a,x", "1,b,y"], ["--rater", "judge"], "there is no column 'judge'"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, rows: list[str], more: list[str], said: str) -> None:
    path = written(tmp_path, rows)
    with pytest.raises(InputError) as error:
        CliRunner().invoke(agreement, ["--input", str(path), *COLUMNS, *more], catch_exceptions=False)
    assert said in str(error.value)
