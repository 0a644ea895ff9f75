"""Draws the plots of docs/guides/is-it-really-worse.md from what its blocks write: `python -m docs.images.worse`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import evalkit
from evalkit.core.nouns import Decision
from evalkit.report.charts.forest import Forest, forest
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.stats.inference import Inference
from evalkit.stats.paired import difference

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "guides" / "is-it-really-worse.md"
WIDTH = 720
AXIS = "difference in the share of right answers: new − old"


def plots() -> dict[str, str]:
    """File name -> SVG, from runs in an empty folder."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        Path("tickets").mkdir()
        for file, text in files():
            Path(file).write_text(text, encoding="utf-8")
        runpy.run_path("made.py")
        Path("lost.jsonl").write_text("".join(_lines("same")[:490]), encoding="utf-8")
        return {"worse-cases.svg": cases(), "worse-verdicts.svg": verdicts(), "worse-widens.svg": widens()}


def files() -> Iterator[tuple[str, str]]:
    """The files that the guide writes."""
    block = r"<!-- file: (\S+) -->\s*\n```\w*\n(.*?)^```"
    yield from re.findall(block, PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def cases() -> str:
    """The same fall of two points on more and more cases."""
    found = []
    for n, fixed, broke in [(50, 3, 4), (500, 29, 39), (5000, 288, 388)]:
        rest = n - fixed - broke
        inference = difference(np.repeat([1, 0, 1], [fixed, broke, rest]), np.repeat([0, 1, 1], [fixed, broke, rest]))
        found.append(_row(f"{n:,} cases", inference, -0.03))
    return drawn("worse-cases", "A fall of two points on 50, 500 and 5,000 cases", found)


def verdicts() -> str:
    """The three candidates of the guide against the old version."""
    found = [_decided(name, f"recorded:tickets/{name}.jsonl") for name in ("same", "tired", "broken")]
    return drawn("worse-verdicts", "Three candidates on 500 tickets: pass, inconclusive, fail", found)


def widens() -> str:
    """Clusters and unscored cases."""
    document = np.repeat(np.arange(50), 10)
    new, old = (document >= 2).astype(float), np.ones(500)
    found = [
        _row("500 questions", difference(new, old), -0.02),
        _row("... of 50 documents", difference(new, old, document), -0.02),
        _decided("500 tickets", "recorded:tickets/same.jsonl"),
        _decided("... 10 unscored", "recorded:lost.jsonl"),
    ]
    return drawn("worse-widens", "What widens an interval: clusters, and cases that could not be scored", found)


def drawn(ident: str, title: str, rows: list[Row]) -> str:
    """A forest plot as a file of its own, on white."""
    spec = Forest(
        title=title,
        about="Dot: what was seen. Thin bar: 95 % interval; thick bar: 90 %, which decides. Shaded: beyond the margin.",
        rows=tuple(rows),
        series=(Series("difference", "candidate"),),
        axis=AXIS,
        reference=0.0,
        signed=True,
    )
    svg = forest(spec, WIDTH, ident)
    opening, _, rest = svg.partition(">")
    opening = opening.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f'{opening}><rect width="100%" height="100%" fill="#ffffff"/>{rest}\n'


def _decided(label: str, candidate: str) -> Row:
    record = evalkit.run("tickets", candidate=candidate, baseline="recorded:tickets/old.jsonl", workspace="workspace")
    decision: Decision = record.decisions[0]
    estimate, tail = decision.estimate, decision.estimate.tail
    assert tail is not None
    ends = estimate.lo, estimate.hi, tail.lo, tail.hi
    return _marked(label, estimate.point, ends, tail.line, decision.outcome)


def _row(label: str, found: Inference, line: float) -> Row:
    assert found.interval is not None
    assert found.p_above is not None
    assert found.p_below is not None
    outcome = "pass" if found.p_above(line) <= 0.05 else "fail" if found.p_below(line) <= 0.05 else "inconclusive"
    return _marked(label, found.point, (*found.interval(0.95), *found.interval(0.90)), line, outcome)


def _marked(label: str, point: float | None, ends: tuple[Any, Any, Any, Any], line: float, outcome: Any) -> Row:
    lo, hi, low, high = ends
    mark = Mark(point=point, thin=Range(lo, hi), thick=Range(low, high), line=line, side="above", tone=outcome)
    return Row(label, (mark,), note=outcome)


def _lines(name: str) -> list[str]:
    rows = Path(f"tickets/{name}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    assert all(json.loads(row) for row in rows)
    return rows


def main() -> None:
    """Write the files."""
    os.environ.pop("EVALKIT_HOME", None)
    for name, svg in plots().items():
        (HERE / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
