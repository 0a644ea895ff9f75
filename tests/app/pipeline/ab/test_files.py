"""Files of exposures and outcomes: three formats that say the same, and every fault a sentence with its place."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.app.cli.main import main
from evalkit.app.pipeline.ab.files import analyzed, read_exposures, read_outcomes
from evalkit.core.errors import InputError
from evalkit.core.evidence import AB
from evalkit.pipeline.ab.told import as_json
from evalkit.stores.local import LocalStore
from tests.stores.builders import a_record, tables

BEGUN = datetime(2026, 5, 1, tzinfo=UTC)


def rows(n: int = 300) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = np.random.default_rng(1)
    at = [(BEGUN + timedelta(seconds=30 * i, microseconds=i)).isoformat() for i in range(n)]
    seen = [{"unit": f"u{i}", "variant": "ab"[i % 2], "ts": at[i]} for i in range(n)]
    came = [{"unit": f"u{i}", "metric": "won", "value": 1, "ts": at[i]} for i in range(n) if rng.random() < 0.4]
    came += [{"unit": f"u{i}", "metric": "spent", "value": round(9 * rng.random(), 2), "ts": at[i]} for i in range(n)]
    return seen, came


def written(path: Path, found: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(found), path)
    elif path.suffix == ".csv":
        lines = [",".join(found[0]), *(",".join(str(cell) for cell in row.values()) for row in found)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return path


def told(seen: Path, came: Path, **more: Any) -> dict[str, Any]:
    return as_json(*analyzed(seen, came, "a", **more))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".ndjson"])
def test_formats_say_the_same(tmp_path: Path, suffix: str) -> None:
    seen, came = rows()
    one = told(written(tmp_path / "e.jsonl", seen), written(tmp_path / "o.jsonl", came))
    assert one == told(written(tmp_path / f"e{suffix}", seen), written(tmp_path / f"o{suffix}", came))
    assert one["n"] == {"a": 150, "b": 150}


@pytest.mark.parametrize(
    "write",
    [
        lambda at: at.timestamp(),
        lambda at: int(at.timestamp() * 1e3),
        lambda at: at.isoformat().replace("+00:00", "Z"),
        lambda at: at.astimezone().isoformat(),
        lambda at: (at + timedelta(hours=2)).isoformat().replace("+00:00", "+02:00"),
    ],
)
def test_times_of_any_kind_are_the_same_times(tmp_path: Path, write: Any) -> None:
    seen = [{"unit": "x", "variant": "a", "ts": write(BEGUN + timedelta(seconds=i / 2))} for i in range(3)]
    for name in ("e.jsonl", "e.csv"):
        found = read_exposures(written(tmp_path / name, seen)).at
        assert (found - round(BEGUN.timestamp() * 1e6)).tolist() == [0, 500_000, 1_000_000]


def test_timestamps_of_parquet_are_read_with_and_without_a_zone(tmp_path: Path) -> None:
    for zone, clock in ((None, "naive"), ("UTC", "offset"), ("Europe/Berlin", "offset")):
        at = pa.array([1_777_593_600_000], pa.timestamp("ms", zone))
        pq.write_table(pa.table({"unit": pa.array([7]), "variant": ["a"], "ts": at}), tmp_path / "e.parquet")
        found = read_exposures(tmp_path / "e.parquet")
        assert (found.at.tolist(), found.unit.to_pylist()) == ([1_777_593_600_000_000], ["7"])
        assert found.place.clock == clock


def test_names_may_be_whole_numbers_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text('\ufeff{"unit": 7, "variant": "a", "ts": 1}\n\n{"unit": "7", "variant": "a", "ts": 2}\n', "utf-8")
    found = read_exposures(path)
    assert found.unit.to_pylist() == ["7", "7"]
    assert found.place.at.tolist() == [1, 3]


def test_cells_may_be_truth_values_and_spaced(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("ts, unit ,metric,value\n5,x,won,TRUE\n6, x, won, 0 \n7,x,won,1e1\n", "utf-8")
    found = read_outcomes(path)
    assert found.value.tolist() == [1, 0, 10]
    assert found.unit.unique().to_pylist() == ["x"]
    assert found.metric.unique().to_pylist() == ["won"]


GOOD = '{"unit": "x", "variant": "a", "ts": 1}\n'
CAME = '{"unit": "x", "metric": "m", "value": 1, "ts": 1}\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "e.jsonl: the file holds no exposures"),
        ("\n\n", "e.jsonl: the file holds no exposures"),
        (GOOD + '{"unit": "x", ', "e.jsonl:2: not JSON"),
        (GOOD + '{"unit": "y"},{"unit": "z"}\n', "e.jsonl:2: not JSON"),
        (GOOD + GOOD.strip() + "," + GOOD + '{"unit": "x", "variant": "a"\n"ts": 1}\n', "e.jsonl:2: not JSON"),
        (GOOD + "[1]\n", "e.jsonl:2: the line is not a JSON object"),
        (GOOD + '"ts"\n', "e.jsonl:2: the line is not a JSON object"),
        (GOOD + '{"unit": "y", "ts": 1}\n', "e.jsonl:2: the row has no 'variant'"),
        (GOOD + '{"unit": null, "variant": "a", "ts": 1}\n', "e.jsonl:2: 'unit' is null, not a name"),
        (GOOD + '{"unit": true, "variant": "a", "ts": 1}\n', "e.jsonl:2: 'unit' is True, not a name"),
        (GOOD + '{"unit": "", "variant": "a", "ts": 1}\n', "e.jsonl:2: 'unit' is empty"),
        (GOOD + '{"unit": "\\ud800", "variant": "a", "ts": 1}\n', "e.jsonl:2: 'unit' holds half a character"),
        (GOOD + '{"unit": "x", "variant": ["a"], "ts": 1}\n', "e.jsonl:2: 'variant' is ['a'], not a name"),
        (GOOD + '{"unit": "x", "variant": "a", "ts": null}\n', "e.jsonl:2: 'ts' is null, not a time"),
        (GOOD + '{"unit": "x", "variant": "a", "ts": NaN}\n', "e.jsonl:2: 'ts' is nan, not a time"),
        (GOOD + '{"unit": "x", "variant": "a", "ts": 1e400}\n', "e.jsonl:2: 'ts' is inf, not a time"),
        (GOOD + '{"unit": "x", "variant": "a", "ts": true}\n', "e.jsonl:2: 'ts' is True, not a time"),
        (GOOD + '{"unit": "x", "variant": "a", "ts": "soon"}\n', "e.jsonl:2: 'ts' is 'soon', not a time"),
        (
            GOOD + '{"unit": "x", "variant": "a", "ts": "2026-05-01"}\n',
            "e.jsonl:2: 'ts' is a text without an offset, and in the rows before it is a number",
        ),
        (GOOD + '{"a": ' + "[" * 100_000 + "\n", "e.jsonl:2: not JSON: too deeply nested"),
        (GOOD.replace("1", "9" * 5_000), "e.jsonl:1: 'ts' is inf, not a time"),
        (GOOD.replace("1", "9" * 400), "e.jsonl:1: 'ts' is inf, not a time"),
    ],
)
def test_a_fault_is_a_sentence_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_exposures(path)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NaN", "'value' is nan"),
        ("-Infinity", "'value' is -inf"),
        ("1e200", "'value' is 1e+200"),
        ("null", "'value' is empty"),
        ('"1"', "'value' is '1', not a number"),
        ("9" * 400, "'value' is inf"),
        ("[1]", "'value' is [1], not a number"),
    ],
)
def test_a_value_is_a_finite_number(tmp_path: Path, value: str, said: str) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(CAME + CAME.replace('"value": 1', f'"value": {value}'), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_outcomes(path)
    assert f"o.jsonl:2: {said}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unit,metric,ts\nx,m,1\n", "o.csv:1: there is no column 'value'"),
        ("unit,metric,value,ts\nx,m,1\n", "o.csv:2: the row has 3 cells, and the header has 4"),
        ('unit,metric,value,ts\n"x\n,m,1,1\n', "o.csv:2: not CSV"),
        ("unit,metric,value,ts\nx,m,,1\n", "o.csv:2: 'value' is empty"),
        ("unit,metric,value,ts\nx,m,nan,1\n", "o.csv:2: 'value' is nan"),
        ("unit,metric,value,ts\nx,m,1_0,1\n", "o.csv:2: 'value' is '1_0', not a number"),
        ('unit,metric,value,ts\n"x\ny",m,1,1\nx,m,one,1\n', "o.csv:4: 'value' is 'one'"),
        ("unit,metric,value,ts\n,m,1,1\n", "o.csv:2: 'unit' is empty"),
        ("unit,metric,value,ts\nx,m,1,\n", "o.csv:2: 'ts' is '', not a time"),
        ("unit,metric,value,ts\n", "o.csv: the file holds no outcomes"),
        ("unit,metric,value,ts,ts\nx,m,1,1,2\n", "o.csv:1: two columns are 'ts'"),
        ("", "o.csv:1: there is no column 'unit'"),
    ],
)
def test_a_fault_of_csv_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "o.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_outcomes(path)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"unit": ["x"], "metric": ["m"], "value": [1.0]}, "there is no column 'ts'"),
        ({"unit": ["x", None], "metric": ["m", "m"], "value": [1.0, 2.0], "ts": [1, 2]}, "row 2: 'unit' is empty"),
        ({"unit": ["x", "y"], "metric": ["m", "m"], "value": [1.0, None], "ts": [1, 2]}, "row 2: 'value' is null"),
        ({"unit": ["x", "y"], "metric": ["m", "m"], "value": [1.0, 2.0], "ts": [1, None]}, "row 2: 'ts' is null"),
        ({"unit": [1.5], "metric": ["m"], "value": [1.0], "ts": [1]}, "the column 'unit' is double, not text"),
        ({"unit": ["x"], "metric": ["m"], "value": [[1]], "ts": [1]}, "not numbers"),
        ({"unit": ["x"], "metric": ["m"], "value": [1], "ts": [[1]]}, "not times"),
    ],
)
def test_a_fault_of_parquet_is_a_sentence(tmp_path: Path, columns: dict[str, Any], said: str) -> None:
    pq.write_table(pa.table(columns), tmp_path / "o.parquet")
    with pytest.raises(InputError) as error:
        read_outcomes(tmp_path / "o.parquet")
    assert said in str(error.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "o.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "bytes.jsonl").write_bytes(GOOD.encode() + b'{"unit": "\xff"}\n')
    (tmp_path / "bytes.csv").write_bytes(b"unit,variant,ts\n\xff,a,1\n")
    for name, said in (
        ("o.parquet", "not Parquet"),
        ("bytes.jsonl", "is not UTF-8"),
        ("bytes.csv", "is not UTF-8"),
        ("nothing.jsonl", "there is no such exposures file"),
        ("nothing", "there is no such exposures file"),
    ):
        with pytest.raises(InputError) as error:
            read_exposures(tmp_path / name)
        assert said in str(error.value)
    (tmp_path / "e.xlsx").write_bytes(b"")
    with pytest.raises(InputError, match=r"\.xlsx is no format of exposures"):
        read_exposures(tmp_path / "e.xlsx")


def test_another_suffix_is_read_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text(GOOD, encoding="utf-8")
    written(tmp_path / "e.parquet", [{"unit": "x", "variant": "a", "ts": 1}]).rename(tmp_path / "e")
    for name in ("e.json", "e"):
        assert read_exposures(tmp_path / name).unit.to_pylist() == ["x"]


def test_times_of_two_files_have_to_be_comparable(tmp_path: Path) -> None:
    seen = written(tmp_path / "e.jsonl", [{"unit": "x", "variant": "a", "ts": "2026-05-01T00:00:00"}])
    came = written(tmp_path / "o.jsonl", [{"unit": "x", "metric": "m", "value": 1, "ts": 1_777_593_600}])
    with pytest.raises(InputError, match="times are seconds since 1970 here and without an offset in the exposures"):
        analyzed(seen, came, "a")


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    with pytest.raises(SystemExit) as ended:
        main(["ab", *arguments, "--json"])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), json.loads(out), err


def test_the_command_says_what_the_contract_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen, came = rows(2_000)
    files = (
        "--exposures",
        str(written(tmp_path / "e.jsonl", seen)),
        "--outcomes",
        str(written(tmp_path / "o.csv", came)),
    )
    code, found, _ = command(capsys, "analyze", *files, "--control", "a", "--metric", "won:proportion:lower")
    assert (code, found["srm"]["ok"], found["excluded"]) == (0, True, 0)
    (one,) = found["metrics"]
    assert {"metric", "variant", "lift", "lo", "hi", "e_value", "outcome"} <= set(one)
    assert (one["metric"], one["variant"], one["outcome"]) == ("won", "b", "undecided")
    code, found, _ = command(capsys, "analyze", *files, "--control", "a", "--split", "a=.4,b=.6", "--method", "fixed")
    assert (code, [one["outcome"] for one in found["metrics"]]) == (3, ["srm", "srm"])
    assert found["srm"]["p"] == pytest.approx(math.erfc(math.sqrt(1_000 / 24)), rel=1e-9, abs=0)  # chi-square
    code, found, err = command(capsys, "analyze", *files, "--control", "A")
    assert (code, found["outcome"]) == (2, "error")
    assert "no unit was exposed to the control 'A'. Nearest: 'a'" in err
    assert "Traceback" not in err


def test_metrics_may_follow_one_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen, came = rows(60)
    files = (
        "--outcomes",
        str(written(tmp_path / "o.csv", came)),
        "--exposures",
        str(written(tmp_path / "e.jsonl", seen)),
    )
    for metrics in (
        ("--metric", "won:proportion", "won/spent:ratio", "spent:sum"),
        ("--metric", "won:proportion", "--metric=won/spent:ratio", "--metric", "spent:sum"),
    ):
        _, found, _ = command(capsys, "analyze", *metrics, *files, "--control", "a")
        assert [one["kind"] for one in found["metrics"]] == ["proportion", "ratio", "sum"]


def test_assign_and_plan_answer_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, found, _ = command(capsys, "assign", "user-0", "user-1", "--salt", "checkout", "--split", "a=.5,b=.5")
    assert (code, [one["variant"] for one in found["assigned"]]) == (0, ["b", "a"])
    code, found, _ = command(capsys, "plan", "--base", ".1", "--lift", ".02")
    assert (code, found["n"]["fixed"]) == (0, 7_677)
    assert command(capsys, "plan", "--base", ".1", "--lift", "2")[0] == 2
    assert command(capsys, "plan", "--kind", "mean", "--lift", "2")[0] == 2
    assert command(capsys, "plan", "--base", ".1", "--lift", "0")[0] == 2


def test_hostile_names_stay_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b[31m\u202e"
    seen = [{"unit": f"u{i}", "variant": (evil, "b\n")[i % 2], "ts": i} for i in range(40)]
    came = [{"unit": "u1", "metric": "m\x1b]0;x\x07", "value": 1, "ts": 50}]
    files = (
        "--exposures",
        str(written(tmp_path / "e.jsonl", seen)),
        "--outcomes",
        str(written(tmp_path / "o.jsonl", came)),
    )
    with pytest.raises(SystemExit):
        main(["ab", "analyze", *files, "--control", evil])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err


def test_evidence_is_kept_with_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = LocalStore(tmp_path / "workspace")
    store.write_run(a_record("r-1", "2026-01-01T00:00:00Z"), tables())
    seen, came = rows()
    files = (
        "--exposures",
        str(written(tmp_path / "e.jsonl", seen)),
        "--outcomes",
        str(written(tmp_path / "o.jsonl", came)),
    )
    where = ("--evidence", "run:r-1", "--workspace", str(tmp_path / "workspace"))
    code, found, err = command(capsys, "analyze", *files, "--control", "a", *where)
    assert code == 0
    assert "kept with run r-1" in err
    (kept,) = store.evidence("r-1")
    assert isinstance(kept, AB)
    assert [one.point for one in kept.measured] == [one["lift"] for one in found["metrics"]]
    assert all(one.series is not None and len(one.series.moments) > 5 for one in kept.measured)
    assert command(capsys, "analyze", *files, "--control", "a", "--evidence", "run:no", *where[2:])[0] == 2
