"""`evalkit report compare` from the command line: page, tables and figures say the same, and nothing redacted."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

from evalkit.app import cases_file
from tests.e2e.conftest import called
from tests.report.compared.conftest import SYSTEMS

_SVG = "{http://www.w3.org/2000/svg}"


def positions(file: Path) -> list[float]:
    """Values of the dots of a chart, read off its own axis."""
    root = ElementTree.parse(file).getroot()
    ticks = {
        float(text.attrib["x"]): float((text.text or "").replace("\u2212", "-"))
        for text in root.iter(f"{_SVG}text")
        if text.get("text-anchor") == "middle" and re.fullmatch(r"[+\u2212]?[\d.]+", text.text or "")
    }
    (x0, v0), (x1, v1) = min(ticks.items()), max(ticks.items())
    dots = [float(dot.attrib["cx"]) for dot in root.iter(f"{_SVG}circle")]
    return [v0 + (x - x0) * (v1 - v0) / (x1 - x0) for x in dots]


def test_page_tables_and_figures_say_what_the_json_says_and_nothing_redacted(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("EVALKIT_HOME", str(workspace / "ws"))
    monkeypatch.setenv("EVALKIT_CHROMIUM", str(tmp_path / "none"))
    refs = [f"run:seven/{name}" for name in SYSTEMS[4:7]]
    wanted = ("-o", tmp_path / "p.html", "--export", tmp_path / "t", "--figures", tmp_path / "f", "--redact", "input")
    done = called(capfd, "report", "compare", *refs, *wanted)
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "p.html")), done.err
    found = called(capfd, "compare", *refs, "--json").json["comparison"]
    (under,) = found["metrics"]
    drawn = sorted(abs(v) for v in positions(tmp_path / "f/pairs-forest.svg"))
    assert drawn == pytest.approx(sorted(abs(d["point"]) for d in under["differences"]), abs=1e-4)
    with (tmp_path / "t/differences.csv").open(encoding="utf-8", newline="") as file:
        assert [float(row["lo"]) for row in csv.DictReader(file)] == [d["lo"] for d in under["differences"]]
    squares = list(csv.reader((tmp_path / "f/agree-0.csv").read_text(encoding="utf-8").splitlines()))
    alike = sorted(float(cell) for row in squares[1:] for cell in row[1:] if cell)[::2]
    assert alike == pytest.approx(sorted(a["same_correctness"] for a in found["agreement"]), abs=6e-4)
    with (tmp_path / "t/cases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = {json.loads(line)["input"] for line in Path("cases.jsonl").read_text(encoding="utf-8").splitlines()}
    assert len(rows) == len(asked) == found["n_cases"]
    assert all("redacted" in row["input"] for row in rows)
    slip = called(capfd, "report", "compare", *refs, "-o", tmp_path / "q.html", "--redact", "inptu")
    assert (slip.code, (tmp_path / "q.html").exists()) == (2, False)


@pytest.mark.parametrize("command", [["report", "compare"], ["report", "compare", "-o"], ["compare", "--report"]])
def test_a_page_that_cannot_hold_all_cases_has_them_beside_it(
    command: list[str], workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("EVALKIT_HOME", str(workspace / "ws"))
    monkeypatch.setattr(cases_file, "LIMIT", 39)
    named = [tmp_path / "p.html"] if command[-1].startswith("-") else []
    done = called(capfd, *command, *named, *[f"run:seven/{name}" for name in SYSTEMS[5:7]])
    page = named[0] if named else Path(done.out.strip())
    beside = page.with_name(f"{page.stem}.cases.parquet")
    assert (page.exists(), pq.read_table(beside).num_rows) == (True, 40), done.err
    assert f"are also in {beside.name}" in page.read_text(encoding="utf-8")
