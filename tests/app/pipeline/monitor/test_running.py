"""`evalkit monitor run`: from files, and from the traffic log of a workspace."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.monitor.running import seconds_of
from evalkit.core.errors import InputError
from evalkit.core.evidence import EVIDENCE
from evalkit.core.traffic import Reported, Served
from evalkit.pipeline.monitor.windows import Seen
from tests.e2e.conftest import called
from tests.pipeline.monitor.made import traffic

SUITE = """
suite: live
version: 1
cases: cases.jsonl
layers:
  exact: [accuracy]
gates:
  - {metric: accuracy, at_least: 0.6}
  - {metric: accuracy, versus: baseline, margin: 0.01}
"""


def files(folder: Path, name: str, seen: Seen) -> tuple[Path, Path]:
    """Requests as Parquet, outcomes as JSON lines."""
    requests, outcomes = folder / f"{name}.parquet", folder / f"{name}.jsonl"
    pq.write_table(seen.requests, requests)
    assert seen.outcomes is not None
    rows = [{**row, "at": row["at"].isoformat()} for row in seen.outcomes.to_pylist()]
    outcomes.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return requests, outcomes


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text('{"id": "a", "input": 1, "expected": true}\n', encoding="utf-8")
    return tmp_path / "suite.yaml"


@pytest.mark.slow
def test_files_with_a_suite(tmp_path: Path, suite: Path, capfd: pytest.CaptureFixture[str]) -> None:
    then, labels = files(tmp_path, "then", traffic(25))
    now, later = files(tmp_path, "now", traffic(12, 25, begin=90, failing=0.5))
    workspace = ["--workspace", tmp_path / "w"]
    saved = ["--save-reference", tmp_path / "reference.json"]
    made = called(capfd, "monitor", "run", "--reference", then, "--requests", then, "--outcomes", labels,
                  "--suite", suite, *saved, *workspace, "--json")  # fmt: skip
    assert (made.code, made.json["outcome"], made.json["drift"], made.json["coverage"]) == (0, "pass", "no_drift", 1.0)
    assert "1 gate of the suite is left out" in made.err
    state = ["--state", tmp_path / "state.json"]
    found = called(capfd, "monitor", "run", "--reference", tmp_path / "reference.json", "--requests", now,
                   "--outcomes", later, "--suite", suite, *state, *workspace)  # fmt: skip
    assert found.code == 1
    assert "Performance is damaged: accuracy >= 0.6" in found.out
    assert "failure rate" in found.out
    kept = json.loads((tmp_path / "state.json").read_text())
    assert kept["bets"]["failure rate"]["total"] == 12
    again = called(capfd, "monitor", "run", "--reference", tmp_path / "reference.json", "--requests", now,
                   "--outcomes", later, "--suite", suite, *state, *workspace)  # fmt: skip
    assert (again.code, "their windows were bet on in an earlier run" in again.err) == (3, True)
    assert json.loads((tmp_path / "state.json").read_text()) == kept
    for hours in ("2024-01-04T21:30", "2024-01-06"):  # in two parts: the same bets; a window that is not over waits
        parts = called(capfd, "monitor", "run", "--reference", tmp_path / "reference.json", "--requests", now,
                       "--outcomes", later, "--suite", suite, "--state", tmp_path / "parts.json", "--until", hours,
                       *workspace)  # fmt: skip
        assert ("left for the next run" in parts.err) == ("21:30" in hours)
    assert json.loads((tmp_path / "parts.json").read_text()) == kept
    other = called(capfd, "monitor", "run", "--reference", then, "--requests", now, *state, *workspace)
    assert (other.code, "against another reference" in other.err) == (2, True)
    plain = called(capfd, "monitor", "run", "--reference", then, "--requests", now, "--until", "2024-01-04T19:00:00",
                   "--json", *workspace)  # fmt: skip
    assert 0 < plain.json["monitor"]["n"] < 300
    assert plain.json["coverage"] == 0.0


def test_the_log_of_a_workspace(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = Bench(tmp_path / "w")
    for part in (traffic(30), traffic(5, begin=60, shift=2.0)):
        rows = part.requests.to_pylist()
        bench.traffic.put_requests(
            Served(r["id"], r["at"].timestamp(), r["unit"], "v", "champion", 1.0, r["input"], r["output"], r["failure"],
                   r["seconds"], r["confidence"]) for r in rows
        )  # fmt: skip
    bench.traffic.put_outcomes([Reported("r60-0", 2e9, "label", "true", "ann")])
    between = ["--reference-since", "20000d", "--reference-until", "2024-01-03", "--since", "2024-01-03"]
    found = called(
        capfd, "monitor", "run", *between, "--workspace", tmp_path / "w", "-o", tmp_path / "seen.json", "--json"
    )
    assert EVIDENCE.validate_json((tmp_path / "seen.json").read_text()).model_dump(mode="json") == found.json["monitor"]
    assert found.json["drift"] == "drift"
    assert found.json["monitor"]["n"] == 200
    assert (found.json["outcome"], found.code) == (None, 0)
    assert any("'x' drifted" in sentence for sentence in found.json["monitor"]["said"])


def test_an_arm_of_the_log_is_a_reference(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = Bench(tmp_path / "w")
    arms = (("old", "champion", traffic(4)), ("new", "canary", traffic(4, seed=1, shift=1.5)))
    for name, role, part in arms:
        bench.traffic.put_requests(
            Served(f"{name} {r['id']}", r["at"].timestamp(), r["unit"], name, role, 0.5, r["input"], r["output"],
                   r["failure"], r["seconds"], r["confidence"]) for r in part.requests.to_pylist()
        )  # fmt: skip
    call = ("monitor", "run", "--workspace", tmp_path / "w", "--json")
    found = called(capfd, *call, "--reference-variant", "champion", "--variant", "new").json
    assert (found["drift"], found["monitor"]["n"]) == ("drift", 160)
    assert any("'x' drifted" in sentence for sentence in found["monitor"]["said"])
    same = called(capfd, *call, "--reference-variant", "old", "--variant", "champion", "--until", "2024-01-01T02:00")
    assert {one["effect"] for one in same.json["monitor"]["drift"]} == {0.0}
    assert 60 < same.json["monitor"]["n"] < 100
    gone = called(capfd, *call, "--reference-variant", "older", "--variant", "new")
    assert (gone.code, "no request of this time is of 'older'. Nearest: 'old'" in gone.err) == (2, True)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    plain = called(capfd, *call, "--reference", tmp_path / "plain.parquet", "--reference-variant", "old")
    assert (plain.code, "only requests have variants" in plain.err) == (2, True)
    files(tmp_path, "then", traffic(2))
    bare = ("--requests", tmp_path / "then.parquet", "--reference", tmp_path / "then.parquet")
    assert called(capfd, *call, *bare, "--variant", "old").code == 2


def test_what_is_no_reference_is_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    requests, _ = files(tmp_path, "r", traffic(2))
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    (tmp_path / "state.json").write_text('{"a": 1}', encoding="utf-8")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    workspace = ["--workspace", tmp_path / "w", "--requests", requests]
    for reference in ([], ["--reference", tmp_path / "bad.json"], ["--reference", tmp_path / "other.json"],
                      ["--reference", "nothing"], ["--reference", tmp_path / "gone.csv"]):  # fmt: skip
        assert called(capfd, "monitor", "run", *workspace, *reference).code == 2
    rows = ["--reference", tmp_path / "plain.parquet"]
    assert called(capfd, "monitor", "run", *workspace, *rows, "--state", tmp_path / "state.json").code == 2
    assert called(capfd, "monitor", "run", *workspace, *rows, "--window", "soon").code == 2
    nowhere = called(capfd, "monitor", "run", *workspace, *rows, "--state", tmp_path / "no" / "state.json")
    assert (nowhere.code, "there is no such folder" in nowhere.err) == (2, True)
    assert called(capfd, "monitor", "run", *workspace, *rows, "--since", "soon").code == 2
    unread = called(capfd, "monitor", "run", *workspace, "--reference", tmp_path / "bad.json", "--evidence", "run:no")
    assert (unread.code, "no run" in unread.err) == (2, True), "a wrong name is told before anything is read"
    done = called(capfd, "monitor", "run", *workspace[:2], "--requests", tmp_path / "plain.parquet", *rows)
    assert (done.code, "no column 'id', 'at', 'output', 'failure'" in done.err) == (2, True)


def test_lengths() -> None:
    assert [seconds_of(text) for text in ("90", "90s", "15m", "1.5h", "7d", "2w")] == [
        90,
        90,
        900,
        5_400,
        604_800,
        1_209_600,
    ]
    for bad in ("", "0h", "-1h", "1y"):
        with pytest.raises(InputError):
            seconds_of(bad)
