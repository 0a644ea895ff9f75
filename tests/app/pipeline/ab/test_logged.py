"""`evalkit ab analyze --exposures traffic`: the log of a workspace as an experiment."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.core.traffic import Reported, Served
from evalkit.pipeline.monitor.performance import performance
from evalkit.pipeline.monitor.windows import Seen
from tests.e2e.conftest import Ran, called
from tests.pipeline.monitor.made import metrics

BEGUN, UNITS = 1.7e9, 300
SUITE = "suite: live\nversion: 1\ncases: cases.jsonl\nlayers:\n  exact: [accuracy]\ngates: []\n"


def logged(
    folder: Path, weights: tuple[float, float] = (0.6, 0.4), at: float = BEGUN, n: int = UNITS, known: int = UNITS
) -> Bench:
    """Unit i asks 1 to 3 times, of `new` where i % 5 > 2; `new` is right more often, and fails once in 20. Answers are
    told of the first `known` units."""
    rng = np.random.default_rng(3)
    served, told = [], []
    for i in range(n):
        arm = int(i % 5 > 2)
        for k in range(1 + i % 3):
            name, moment = f"{at:g}-{i}-{k}", at + 10 * i + k
            right, failed = bool(rng.random() < (0.5, 0.9)[arm]), bool(arm and rng.random() < 0.05)
            said = json.dumps("yes" if right else "no")
            served.append(
                Served(name, moment, f"u{i}", ("old", "new")[arm], ("champion", "canary")[arm], weights[arm], '"q"',
                       said, "it raised" if failed else None, 0.1 + arm, None)
            )  # fmt: skip
            told.append(Reported(name, moment + 500, "outcome", '"no"', ""))
            told.append(Reported(name, moment + 900, "correction", '"yes"', "ann"))
    bench = Bench(folder)
    bench.traffic.put_requests(served)
    bench.traffic.put_outcomes(one for one in told if int(one.id.split("-")[1]) < known)
    return bench


def suite(folder: Path) -> Path:
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (folder / "cases.jsonl").write_text('{"id": "a", "input": "q", "expected": "yes"}\n', encoding="utf-8")
    return folder / "suite.yaml"


def analyze(capfd: pytest.CaptureFixture[str], folder: Path, *more: object) -> Ran:
    return called(capfd, "ab", "analyze", "--control", "old", "--workspace", folder / "w", "--json", *more)


def test_the_log_is_scored_as_the_monitor_scores_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = logged(tmp_path / "w").traffic
    done = analyze(capfd, tmp_path, "--exposures", "traffic", "--suite", suite(tmp_path))
    found = done.json
    assert (done.code, found["n"], found["split"]) == (0, {"old": 180, "new": 120}, {"old": 0.6, "new": 0.4})
    by = {one["metric"]: one for one in found["metrics"]}
    assert {name: (one["kind"], one["outcome"]) for name, one in by.items()} == {
        "accuracy": ("rows", "better"),
        "failed": ("rows", "undecided"),
        "seconds": ("rows", "undecided"),  # all alike: nothing tells how others could be
    }
    for name in ("old", "new"):  # what the monitor says of this arm alone
        requests = log.requests()
        arm = Seen(requests.filter([one == name for one in requests["variant"].to_pylist()]), log.outcomes())
        scored = performance(arm, ["w"] * len(arm), metrics("accuracy"))
        assert scored is not None
        assert by["accuracy"]["values"][name] == pytest.approx(scored.estimate("accuracy").point)
    failed = sum(one is not None for one in log.requests()["failure"].to_pylist())
    assert by["failed"]["values"] == {"old": 0, "new": pytest.approx(failed / 240)}
    assert by["seconds"]["lift"] == pytest.approx(1.0)


def test_the_scatter_of_rows_is_that_of_their_units(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = logged(tmp_path / "w").traffic
    (one,) = analyze(capfd, tmp_path, "--exposures", "traffic", "--metric", "failed:rows:lower",
                     "--method", "fixed").json["metrics"]  # fmt: skip
    rows = [row for row in log.requests().to_pylist() if row["variant"] == "new"]
    units = sorted({row["unit"] for row in rows})
    sums = np.array([[row["failure"] is not None for row in rows if row["unit"] == u].count(True) for u in units])
    counts = np.array([sum(row["unit"] == u for row in rows) for u in units])
    rest = sums - counts * sums.sum() / counts.sum()
    se = np.sqrt(len(units) / (len(units) - 1) * (rest**2).sum()) / counts.sum()
    assert (one["hi"] - one["lo"]) / 2 / se == pytest.approx(1.98, abs=0.01)  # Student's t of 119 degrees of freedom


def test_a_file_and_the_log_go_together(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logged(tmp_path / "w")
    rows = [{"unit": f"u{i}", "metric": "paid", "value": i % 2, "ts": BEGUN + 10 * i + 5} for i in range(UNITS)]
    (tmp_path / "came.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    seen = [{"unit": f"u{i}", "variant": "on" if i % 2 else "old", "ts": BEGUN + 10 * i} for i in range(UNITS)]
    (tmp_path / "seen.jsonl").write_text("".join(json.dumps(row) + "\n" for row in seen), encoding="utf-8")
    one = analyze(capfd, tmp_path, "--exposures", "traffic", "--outcomes", tmp_path / "came.jsonl").json
    assert [(m["metric"], m["kind"], m["values"]["new"]) for m in one["metrics"]] == [("paid", "proportion", 0.5)]
    two = analyze(capfd, tmp_path, "--exposures", tmp_path / "seen.jsonl", "--outcomes", "traffic").json
    assert (two["n"], [m["metric"] for m in two["metrics"]]) == ({"old": 150, "on": 150}, ["failed", "seconds"])


def test_a_share_that_changed_is_told_with_its_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logged(tmp_path / "w", n=20)
    bench = logged(tmp_path / "w", (0.9, 0.1), BEGUN + 86_400, n=20)
    bench.traffic.put_outcomes([Reported(f"{BEGUN:g}-0-0", BEGUN, "label", "3", "")])
    done = analyze(capfd, tmp_path, "--exposures", "traffic")
    assert done.code == 2
    assert "the share of 'old' was 0.6, and 0.9 at 2023-11-15T22:13:20+00:00" in done.err
    window = ("--exposures", "traffic", "--since", "2023-11-15T20:00")
    done = analyze(capfd, tmp_path, *window)
    assert done.json["split"] == {"old": 0.9, "new": 0.1}
    done = analyze(capfd, tmp_path, "--exposures", "traffic", "--until", "2023-11-15T20:00", "--split", "old=.6,new=.4")
    assert (done.code, done.json["n"]) == (0, {"old": 12, "new": 8})
    done = analyze(capfd, tmp_path, *window, "--suite", suite(tmp_path), "--metric", "right")
    assert (done.code, "no outcome has the metric 'right'" in done.err) == (2, True)


def test_what_happened_is_a_metric_where_it_is_a_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = logged(tmp_path / "w", n=60)
    ask = ("--exposures", "traffic", "--metric", "outcome:sum")
    assert analyze(capfd, tmp_path, *ask).code == 2  # "no" is none
    rows = bench.traffic.requests().to_pylist()
    bench.traffic.put_outcomes(
        Reported(row["id"], 1.9e9, "outcome", "2" if row["variant"] == "new" else "false", "") for row in rows
    )
    (one,) = analyze(capfd, tmp_path, *ask).json["metrics"]
    assert one["values"] == {"old": 0.0, "new": pytest.approx(4.0)}


def test_units_without_a_row_tell_nothing_of_rows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = logged(tmp_path / "w", known=40)
    ask = ("--exposures", "traffic", "--suite", suite(tmp_path))
    by = {one["metric"]: one for one in analyze(capfd, tmp_path, *ask).json["metrics"]}
    assert by["failed"]["n"] == {"old": 180, "new": 120}
    assert by["accuracy"]["n"] == {"old": 24, "new": 16}
    assert by["accuracy"]["lo"] is None  # too few for an interval, however many units there are
    bench.traffic.put_outcome(Reported(f"{BEGUN:g}-0-0", 2e9, "correction", "null", ""))  # which is no gold
    found = analyze(capfd, tmp_path, *ask).json
    assert [one["metric"] for one in found["metrics"]] == ["failed", "seconds"]
    assert "The metric accuracy is left out" in found["notes"][0]
    assert analyze(capfd, tmp_path, *ask, "--metric", "accuracy").code == 2


def test_options_of_the_log_are_of_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done = analyze(capfd, tmp_path, "--exposures", "traffic")
    assert (done.code, "no request was logged in this time" in done.err) == (2, True)
    for more, said in (
        ((), "there are no outcomes"),
        (("--outcomes", "x.csv", "--since", "1d"), "files are analysed whole"),
    ):
        done = analyze(capfd, tmp_path, "--exposures", "x.csv", *more)
        assert (done.code, said in done.err) == (2, True)
