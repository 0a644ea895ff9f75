"""Files of rows, well formed or not, and the command that compares them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.monitor.tables import read_rows
from evalkit.core.errors import InputError
from tests.e2e.conftest import called


def file(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_csv_columns_are_what_all_cells_are(tmp_path: Path) -> None:
    text = "i,f,b,t,d,late,null\n1,1.5,true,x,2024-01-02,7,\n2,NA,false,,2024-02-01 10:00:00,oops,NaN\n"
    table = read_rows(file(tmp_path, "a.csv", text))
    kinds = {name: str(kind) for name, kind in zip(table.schema.names, table.schema.types, strict=True)}
    assert kinds == {
        "i": "int64", "f": "double", "b": "bool", "t": "string",
        "d": "timestamp[us]", "late": "string", "null": "string",
    }  # fmt: skip
    assert table.column("null").null_count == 2
    assert read_rows(file(tmp_path, "a.tsv", "a\tb\n1\t2\n")).to_pylist() == [{"a": 1, "b": 2}]


def test_json_lines_may_mix_types(tmp_path: Path) -> None:
    lines = [
        '{"a": 1, "m": 1, "n": null}',
        "",
        '{"a": 1e400, "m": "x", "b": true}',
        '{"a": 2, "m": {"k": [1]}, "s": "\\ud800"}',
    ]
    table = read_rows(file(tmp_path, "a.jsonl", "\n".join(lines)))
    assert table.column("m").to_pylist() == ["1", '"x"', '{"k": [1]}']
    assert table.column("a").to_pylist() == [1.0, np.inf, 2.0]
    assert table.column("b").to_pylist() == [None, True, None]


@pytest.mark.parametrize("zone", ["", "Z", "+02:00"])
def test_times_in_json_lines_drift_as_times(zone: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def days(name: str, month: int) -> Path:
        rows = [{"d": f"2024-{month:02d}-{1 + i % 28:02d}T10:00:00{zone}", "day": f"2024-01-{1 + i % 28:02d}"}
                for i in range(200)]  # fmt: skip
        return file(tmp_path, name, "\n".join(map(json.dumps, [*rows, {"d": None, "day": "2024-01-01"}])))

    done = called(
        capfd, "monitor", "drift", "--reference", days("a.jsonl", 1), "--current", days("b.jsonl", 2), "--json"
    )
    found = {column["name"]: (column["kind"], column["effect"]) for column in done.json["columns"]}
    assert found == {"d": ("date", 1.0), "day": ("date", 0.0)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.parquet", b"PAR1nonsense"), ("a.csv", b""), ("a.csv", "a,b\n1,2,3\n"), ("a.csv", b"a\n\xff\xfe\n"),
        ("a.jsonl", "{"), ("a.jsonl", "[1]"), ("a.jsonl", b"\xff"), ("a.xlsx", "x"), ("a.json", "{}"), ("a.json", "{"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence(
    name: str, text: str | bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, name, text)
    done = called(capfd, "monitor", "drift", "--reference", path, "--current", path)
    assert done.code == 2
    assert done.err.startswith("error: ")
    with pytest.raises(InputError, match="no such file"):
        read_rows(tmp_path / "none.csv")


def written(folder: Path, name: str, n: int, shift: float = 0.0, k: int = 3) -> Path:
    rng = np.random.default_rng([n, int(shift * 100)])
    pq.write_table(pa.table({f"x{i}": rng.normal(shift * (i == 0), 1, n) for i in range(k)}), folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("n", "shift", "outcome", "code"),
    [
        (3_000, 0.0, "no_drift", 0),
        (20_000, 0.09, "shifted", 0),
        (3_000, 0.5, "drift", 1),
        (50, 0.0, "insufficient_data", 3),
    ],
)
def test_the_promised_json_and_exit_codes(
    n: int, shift: float, outcome: str, code: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reference, current = written(tmp_path, "a.parquet", 10_000), written(tmp_path, "b.parquet", n, shift)
    done = called(capfd, "monitor", "drift", "--reference", reference, "--current", current, "--json")
    found = done.json
    assert (found["outcome"], done.code) == (outcome, code)
    assert [*found] == ["outcome", "columns"]
    assert [c["name"] for c in found["columns"]] == ["x0", "x1", "x2"]
    for column in found["columns"]:
        assert [*column] == ["name", "kind", "effect", "effect_lo", "effect_hi", "p_holm", "outcome"]
        assert column["effect_lo"] <= column["effect"] <= column["effect_hi"]


def test_a_profile_serves_as_reference(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    parts = [written(tmp_path, f"{n}.parquet", n) for n in (4_000, 5_000)]
    made = called(capfd, "monitor", "profile", *parts, "-o", tmp_path / "p.json", "--points", "300", "--json")
    assert made.json["rows"] == 9_000
    assert 0 < made.json["error"] < 0.02
    done = called(capfd, "monitor", "drift", "--reference", tmp_path / "p.json", "--current", parts[0], "--json")
    assert (done.json["outcome"], done.code) == ("no_drift", 0)
    again = called(capfd, "monitor", "profile", *parts, "-o", tmp_path / "q.json", "--points", "300", "--json")
    assert again.json["digest"] == made.json["digest"]
    assert (tmp_path / "p.json").read_bytes() == (tmp_path / "q.json").read_bytes()


def test_a_dataset_is_held_against_a_dataset_and_against_a_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, where = written(tmp_path, "a.parquet", 4_000), ("--workspace", tmp_path / "w", "--json")
    bench, rows = Bench(tmp_path / "w"), pq.read_table(file)
    for table in (rows, rows.set_column(0, "x0", pc.add(rows["x0"], 1.0))):
        bench.datasets.add("rides", [table.slice(0, 100), table.slice(100)])
    for reference, current, code in (
        ("dataset:rides@1", file, 0), (file, "dataset:rides", 1), ("rides@1", "dataset:rides@2", 1),
    ):  # fmt: skip
        done = called(capfd, "monitor", "drift", "--reference", reference, "--current", current, *where)
        assert (done.code, len(done.json["columns"])) == (code, 3)
    made = called(capfd, "monitor", "profile", "dataset:rides@1", file, "-o", tmp_path / "p.json", *where)
    assert made.json["rows"] == 8_000
    gone = called(capfd, "monitor", "drift", "--reference", "ride", "--current", file, *where)
    assert (gone.code, "no file and no dataset 'ride'. There are: rides" in gone.err) == (2, True)


def test_names_of_columns_cannot_drive_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    one = file(tmp_path, "a.jsonl", "\n".join(json.dumps({"\x1b[31m": i, "k": "\x07a"}) for i in range(40)))
    two = file(tmp_path, "b.jsonl", "\n".join(json.dumps({"\x1b[31m": i + 99, "k": "\x07b"}) for i in range(40)))
    done = called(capfd, "monitor", "drift", "--reference", one, "--current", two)
    assert done.code == 1
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out
    assert "gone: \\x07a" in done.out
