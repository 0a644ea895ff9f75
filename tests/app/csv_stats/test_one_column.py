"""`evalkit stats ci`: numbers of other software, and words where there is no number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from evalkit.app.cli.main import cli, main
from evalkit.app.csv_stats.one import interval
from evalkit.core.errors import InputError


def table(folder: Path, **columns: list[Any]) -> Path:
    file = folder / "scores.csv"
    cells = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join("" if c is None else str(c) for c in row) for row in cells)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_share_by_each_method(tmp_path: Path) -> None:
    file = table(tmp_path, v=[1] * 70 + [0] * 30)
    found = interval(file, "v")
    assert (found["n"], found["n_clusters"], found["n_unscored"], found["method"]) == (100, None, 0, "wilson")
    for method, name in {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}.items():
        found = interval(file, "v", method=method, level=0.9)
        assert (found["lo"], found["hi"]) == pytest.approx(proportion_confint(70, 100, 0.1, name), abs=1e-9)
    assert interval(file, "v", method="t")["hi"] == pytest.approx(
        scipy.stats.t.interval(0.95, 99, 0.7, scipy.stats.sem([1] * 70 + [0] * 30))[1], abs=1e-9
    )


@pytest.mark.parametrize(("right", "method"), [(100, "clopper-pearson"), (95, "clopper-pearson"), (80, "wilson")])
def test_auto_is_exact_where_few_are_wrong(tmp_path: Path, right: int, method: str) -> None:
    found = interval(table(tmp_path, v=["true"] * right + ["false"] * (100 - right)), "v")
    assert found["method"] == method
    assert found["hi"] - found["lo"] > 0.03


def test_groups_and_other_values(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    seconds = (rng.random(60) * 9).round(3).tolist()
    file = table(tmp_path, v=[1, 0, 1, 1, 1, 1] * 10, s=seconds, g=[i // 3 for i in range(60)])
    assert interval(file, "v", group="g")["method"] == "korn-graubard"
    assert interval(file, "v", group="g")["n_clusters"] == 20
    assert interval(file, "s", group="g")["method"] == "cluster-t (CR1)"
    plain = interval(file, "s")
    assert (plain["lo"], plain["hi"]) == pytest.approx(
        scipy.stats.t.interval(0.95, 59, np.mean(seconds), scipy.stats.sem(seconds)), abs=1e-9
    )
    assert interval(file, "v", method="bootstrap") == interval(file, "v", method="bootstrap")


def test_repeats_are_averaged_inside_their_case(tmp_path: Path) -> None:
    values = [1, 0, 1, 1, 0, 0, 1, 0]
    file = table(tmp_path, v=values, id=list("aabbccdd"), g=list("xxxxyyyy"))
    found = interval(file, "v", case="id")
    means = np.reshape(values, (4, 2)).mean(axis=1)
    assert (found["n"], found["point"]) == (4, 0.5)
    t = scipy.stats.t.interval(0.95, 3, means.mean(), scipy.stats.sem(means))
    assert found["lo"] <= max(0, t[0]) + 1e-12
    moved = table(tmp_path, v=values, id=list("aabbccdd"), g=list("xxxyyyyy"))
    with pytest.raises(InputError, match=r"scores\.csv:5: case 'b' is in group 'y' here and in 'x' above"):
        interval(moved, "v", case="id", group="g")


def test_an_unscored_case_is_counted_and_bounds_the_interval(tmp_path: Path) -> None:
    file = table(tmp_path, id=range(62), v=[1] * 40 + [0] * 20 + [None] * 2)
    found, left = interval(file, "v"), interval(file, "v", unscored="missing_at_random")
    scored = proportion_confint(40, 60, 0.05, "wilson")
    assert (found["n"], found["n_unscored"], found["point"]) == (60, 2, pytest.approx(2 / 3))
    assert (left["lo"], left["hi"]) == pytest.approx(scored)
    assert (found["scored"]["lo"], found["scored"]["hi"]) == pytest.approx(scored)
    worst, best = (proportion_confint(k, 62, 0.05, "beta") for k in (40, 42))
    assert (found["lo"], found["hi"]) == pytest.approx((worst[0], best[1]))


def test_without_a_range_unscored_cases_are_said_to_be_outside(tmp_path: Path) -> None:
    file = table(tmp_path, id=range(5), v=[1.5, 2.5, 4, 3, None])
    found = interval(file, "v")
    assert found["unscored"] == "not bounded"
    assert "--range" in found["warnings"][-1]
    assert interval(file, "v", span=(0.0, 10.0))["hi"] > found["hi"]
    with pytest.raises(InputError, match=r"scores\.csv:4: 'v' is 4, beyond the declared range 0 to 3"):
        interval(file, "v", span=(0.0, 3.0))


@pytest.mark.parametrize(
    ("values", "groups", "said"),
    [
        ([None, None], "ab", "no case was scored"),
        ([1], "a", "single case"),
        ([1, 0, 1], "aaa", "one cluster"),
        ([7, 7, 7], "abc", "same value"),
    ],
)
def test_no_interval_has_a_sentence_and_exit_code_3(tmp_path: Path, values: list[Any], groups: str, said: str) -> None:
    file = table(tmp_path, v=values, g=list(groups))
    done = CliRunner().invoke(
        cli, ["stats", "ci", "--input", str(file), "--value", "v", "--group", "g", "--json"], standalone_mode=False
    )
    assert done.return_value == 3
    shown = json.loads(done.stdout)
    assert shown["lo"] is None
    assert said in shown["reason"]


@pytest.mark.parametrize("share", [0.0, 1.0, 0.5])
def test_a_constant_score_in_a_range_is_never_of_zero_width(tmp_path: Path, share: float) -> None:
    found = interval(table(tmp_path, v=[share] * 30), "v")
    assert 0 <= found["lo"] <= share <= found["hi"] <= 1
    assert found["hi"] - found["lo"] > 0.1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--value", "x"], "no column"),
        (["--value", "s", "--method", "wilson"], "values of 0 and 1 only"),
        (["--value", "v", "--group", "g", "--method", "t"], "come in groups"),
        (["--value", "v", "--level", "95"], "between 0 and 1"),
        (["--value", "v", "--range", "1", "0"], "is empty"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    file = table(tmp_path, v=[1, 0, 1, 0], s=[1, 2, 3, 4], g=list("aabb"))
    with pytest.raises(SystemExit) as ended:
        main(["stats", "ci", "--input", str(file), *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_people_see_the_interval_drawn(tmp_path: Path) -> None:
    file = table(tmp_path, v=[1] * 40 + [0] * 20)
    shown = CliRunner().invoke(cli, ["stats", "ci", "--input", str(file), "--value", "v"]).stdout
    assert "mean of v: 0.6667  [0.5406, 0.7727] 95 %, wilson" in shown
    assert "60 cases" in shown


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from([0, 1, 1, 1, None]), min_size=4, max_size=30),
    steps=st.sampled_from([(0, 1), (0, 0.5)]),
    grouped=st.booleans(),
)
def test_one_more_unscored_case_never_narrows_the_interval(
    tmp_path: Path, values: list[Any], steps: tuple[float, float], grouped: bool
) -> None:
    # two or three groups have degrees of freedom to gain, and the tenth group (or case, where there are more values
    # than two) that holds the rarer value lifts the caution of the nine before it; what comes 16 times is on one side
    # of that rule before and after
    values = values * 16 if grouped or steps != (0, 1) else values
    cells = [None if v is None else steps[v] if i % 4 else v for i, v in enumerate(values)]
    ids = [i // 2 if grouped else i for i in range(len(cells) + 1)]
    before = interval(table(tmp_path, v=cells, g=ids[:-1]), "v", group="g", span=(0.0, 1.0))
    after = interval(table(tmp_path, v=[*cells, None], g=ids), "v", group="g", span=(0.0, 1.0))
    if before["lo"] is not None and after["lo"] is not None:
        assert after["lo"] <= before["lo"] + 1e-9
        assert after["hi"] >= before["hi"] - 1e-9


@pytest.mark.parametrize(("value", "code", "said"), [(1, 0, "warnings"), (0.5, 0, "warnings"), (7, 3, "reason")])
def test_a_constant_column_is_said(tmp_path: Path, value: float, code: int, said: str) -> None:
    file = table(tmp_path, v=[value] * 40)
    done = CliRunner().invoke(
        cli, ["stats", "ci", "--input", str(file), "--value", "v", "--json"], standalone_mode=False
    )
    found = json.loads(done.stdout)
    assert done.return_value == code
    assert "the same" in str(found[said])
