"""`evalkit selftest` as a user runs it: rates with their error, a page with plots, sentences where it cannot say."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.e2e.conftest import Ran, called

SUITE = """suite: demo
cases: cases.jsonl
repeats: 1
layers:
  quality: [exact, seconds]
gates:
  - {metric: exact, versus: baseline, margin: 0.05}
  - {metric: exact, name: "<b>strict</b>", versus: baseline, margin: 0.0}
  - {metric: exact, at_least: 0.5}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(2)
    cases = [{"id": f"c{i}", "input": i, "expected": i % 3} for i in range(150)]
    Path("cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    Path("suite.yaml").write_text(SUITE)
    for name in ("a", "b"):
        rows = [
            {
                "case_id": c["id"],
                "output": c["expected"] if chance.random() < 0.8 else 9,
                "seconds": 1 + chance.random(),
            }
            for c in cases
        ]
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in ("a", "b"):
        store(capfd, name, f"recorded:{name}.jsonl")
    return tmp_path


def store(capfd: pytest.CaptureFixture[str], name: str, spec: str, suite: str = "suite.yaml") -> None:
    done = called(capfd, "run", suite, "-c", spec, "-b", "recorded:a.jsonl", "--name", name)
    assert done.code in (0, 1, 3), done.err


def swapped(capfd: pytest.CaptureFixture[str], *more: object) -> Ran:
    return called(capfd, "selftest", "suite.yaml", "--replicates", "200", "--runs", *more)


def test_two_runs_are_swapped(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = swapped(capfd, "run:a", "run:b", "--json", "-o", "out/page.html")
    assert found.code == 0
    said = found.json
    assert (said["suite"], said["cases"], said["replicates"]) == ("demo", 150, 200)
    wide, strict = said["gates"]
    assert wide["false_fail"]["lo"] <= wide["false_fail"]["share"] <= wide["false_fail"]["hi"]
    assert strict["curve"][0]["drop"] == 0
    assert strict["curve"][-1]["fail"]["share"] > strict["curve"][0]["fail"]["share"]
    shares = (wide[key]["share"] for key in ("false_fail", "inconclusive", "passed"))
    assert sum(shares) == pytest.approx(1)
    assert said["false_block"]["share"] >= wide["inconclusive"]["share"]
    assert any("without a baseline left out" in warning for warning in said["warnings"])
    assert swapped(capfd, "run:a", "--runs", "run:b", "--json").json == said
    page = Path("out/page.html").read_text()
    assert "<b>strict" not in page
    assert page.count("<figcaption") == 2
    for picture in page.split("<svg")[1:]:
        ET.fromstring("<svg" + picture.split("</svg>")[0] + "</svg>")
    assert "http://" not in page


def test_people_are_told_in_a_table(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = swapped(capfd, "run:a", "run:b")
    assert "at most 5 % is meant" in found.out
    assert "labels swapped 200 times" in found.out
    assert set("▅▆▇█") & set(found.out)  # how often the largest loss is found


@pytest.mark.slow
def test_one_run_with_repeats_is_split(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(SUITE.replace("repeats: 1", "repeats: 2"))
    rows = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    more = [{**json.loads(line), "repeat": 1} for line in Path("b.jsonl").read_text().splitlines()]
    Path("two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, *more]))
    store(capfd, "two", "recorded:two.jsonl")
    found = swapped(capfd, "run:two", "--json")
    assert found.code == 0
    assert found.json["design"] == "answers split"
    assert found.json["gates"][0]["differing"] > 20


@pytest.mark.parametrize(
    ("refs", "code", "said"),
    [
        (["run:a"], 2, "answered each case once"),
        (["run:a", "run:a"], 2, "both are run"),
        (["run:a", "run:nowhere"], 2, "nowhere"),
        (["run:a", "run:b", "run:a"], 2, "one run or two"),
        (["run:a", "run:b", "--replicates", "3"], 2, "between 100 and"),
    ],
)
def test_bad_input_is_a_sentence(
    folder: Path, capfd: pytest.CaptureFixture[str], refs: list[str], code: int, said: str
) -> None:
    found = swapped(capfd, *refs)
    assert found.code == code
    assert said in found.err


def test_identical_runs_cannot_tell(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("copy.jsonl").write_bytes(Path("a.jsonl").read_bytes())
    store(capfd, "copy", "recorded:copy.jsonl")
    found = swapped(capfd, "run:a", "run:copy")
    assert found.code in (2, 3)
    assert "cannot be" in found.out or "both are run" in found.err


def test_equal_scores_cannot_tell(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    Path("same.jsonl").write_text("".join(json.dumps({**row, "seconds": 9.0}) + "\n" for row in rows))
    store(capfd, "same", "recorded:same.jsonl")
    found = swapped(capfd, "run:a", "run:same")
    assert found.code == 3
    assert "nothing to swap" in found.out
    assert "unknown" in found.out


@pytest.mark.slow
def test_runs_without_a_common_case(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, keep in (("even", 0), ("odd", 1)):
        done = called(
            capfd, "run", "suite.yaml", "-c", "recorded:a.jsonl", "-b", "recorded:b.jsonl", "--name", name,
            "--filter", f"id=c*{keep}",
        )  # fmt: skip
        assert done.code in (0, 1, 3)
    found = swapped(capfd, "run:even", "run:odd")
    assert found.code == 2
    assert "no common case" in found.err


def test_a_suite_without_a_gate_against_a_baseline(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(
        SUITE[: SUITE.index("  - {metric: exact, versus")] + "  - {metric: exact, at_least: 0.5}\n"
    )
    found = swapped(capfd, "run:a", "run:b")
    assert found.code == 2
    assert "no gate that compares with a baseline" in found.err
