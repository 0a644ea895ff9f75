"""Every kind of chart at every width and at the edges of its data: whole, inside its frame, and legible."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import text_width
from tests.report.charts.gallery import SPECS, page
from tests.report.charts.gallery.data import HOSTILE

WIDTHS = ((1136, False), (700, False), (550, False), (330, True))
SLACK = 2.0
"""Pixels by which a text may pass its frame or another: the guess of its width is no ruler."""


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, int], str]:
    """Every chart at every width."""
    return {(name, width): spec.svg(width, "t", narrow=n) for name, spec in SPECS.items() for width, n in WIDTHS}


def test_charts_are_well_formed_named_and_plain(drawn: dict[tuple[str, int], str]) -> None:
    for key, picture in drawn.items():
        root = ET.fromstring(picture)
        assert root.attrib["role"] == "img", key
        assert [node.tag for node in root[:2]] == ["title", "desc"], key
        assert root.attrib["aria-labelledby"] == "t-t t-d", key
        attributes = [item for node in root.iter() for item in node.attrib.items()]
        assert not any(name == "style" or name.startswith("on") for name, _ in attributes), key
        assert not any(value in ("nan", "inf", "-inf") for _, value in attributes), key


def test_charts_are_the_same_twice(drawn: dict[tuple[str, int], str]) -> None:
    assert [spec.svg(550, "t") for spec in SPECS.values()] == [drawn[name, 550] for name in SPECS]


def test_texts_stay_inside_their_picture_by_their_guessed_width(drawn: dict[tuple[str, int], str]) -> None:
    for (name, width), picture in drawn.items():
        root = ET.fromstring(picture)
        height = float(root.attrib["viewBox"].split()[3])
        for node in root.iter("text"):
            words = "".join(node.itertext()) if node.find("title") is None else node[0].tail or ""
            room = text_width(words, float(node.attrib["font-size"]))
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[node.attrib["text-anchor"]]
            left = float(node.attrib["x"]) - share * room
            assert left >= -SLACK, (name, width, words)
            assert left + room <= width + SLACK, (name, width, words)
            assert 0 < float(node.attrib["y"]) <= height, (name, width, words)


def test_tables_are_whole_and_say_how_their_columns_are_set() -> None:
    for name, spec in SPECS.items():
        table = spec.table()
        assert all(len(row) == len(table.header) for row in table.rows), name
        assert all(isinstance(cell, str) for row in table.rows for cell in row), name
        assert len(table.looks) == len(table.header), name


def test_columns_of_numbers_are_told_from_words() -> None:
    header = ["", "n", "Interval", "p", "Word", "Signature"]
    rows = [["a", "1,000", "[−0.02, 0.41]", "< 0.001", "1 or 2", "f1|v1"], ["b", "7", "–", "0.25", "3", "f1|v2"]]
    assert Table(header, rows).looks == ["", "num", "num", "num", "", "sig"]
    assert Table(["x"], [["1" * 100_000]]).looks == [""]


def test_hostile_names_are_text_in_every_kind(drawn: dict[tuple[str, int], str]) -> None:
    for key, picture in drawn.items():
        assert [part for part in ("<script", "\u202e", "\x00") if part in picture] == [], key
    assert sum(spec.title == HOSTILE for spec in SPECS.values()) >= 12


def test_a_chart_of_nothing_says_so() -> None:
    empty = [name for name in SPECS if name.endswith("-none")]
    assert len(empty) >= 14
    for name in empty:
        assert "There is nothing to show." in SPECS[name].svg(550, "t"), name


MEASURE = """() => [...document.querySelectorAll('svg')].flatMap((svg) => {
  const frame = svg.viewBox.baseVal, texts = [...svg.querySelectorAll('text')];
  const said = (t) => [...t.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('');
  const boxes = texts.map((t) => [t.getBBox(), said(t)]);
  const found = [];
  boxes.forEach(([a, own], i) => {
    if (a.x < -3 || a.y < -3 || a.x + a.width > frame.width + 3 || a.y + a.height > frame.height + 4)
      found.push([svg.parentNode.id, 'outside', own]);
    boxes.slice(i + 1).forEach(([b, other]) => {
      const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      if (across > 2 && down > 4) found.push([svg.parentNode.id, own, other]);
    });
  });
  return found;
})"""


@pytest.mark.browser
@pytest.mark.parametrize(("width", "narrow"), [(1136, False), (700, False), (550, False), (330, True)])
def test_texts_neither_leave_the_picture_nor_cover_each_other(
    browser: Any, tmp_path: Path, width: int, narrow: bool
) -> None:
    drawn = "".join(f'<div id="{name}">{spec.svg(width, name, narrow=narrow)}</div>' for name, spec in SPECS.items())
    file = tmp_path / "all.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{drawn}", encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(file.as_uri())
    found = opened.evaluate(MEASURE)
    opened.close()
    assert found == [], json.dumps(found[:12], ensure_ascii=False, indent=1)


@pytest.mark.browser
@pytest.mark.parametrize(("window", "shown"), [(1440, "wide"), (1000, "middle"), (390, "narrow")])
def test_a_figure_shows_the_picture_that_fits_it(browser: Any, tmp_path: Path, window: int, shown: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(page("forest-typical", wide=True), encoding="utf-8")
    opened = browser.new_page(viewport={"width": window, "height": 900})
    opened.goto(file.as_uri())
    seen = [kind for kind in ("wide", "middle", "narrow") if opened.is_visible(f"figure .{kind}")]
    opened.close()
    assert seen == [shown]
