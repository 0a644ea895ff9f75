"""Figures apart from their page: all are found, an SVG file stands alone, and a CSV holds no formula."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from evalkit.app import chromium, figure_files
from evalkit.core.errors import InputError
from evalkit.report import html
from evalkit.report.document import Block
from evalkit.report.figure_files import csv_rows, figures_of, svg_file
from evalkit.report.figures import Figure, draw
from tests.report.builders import dossier
from tests.report.charts.gallery import SPECS
from tests.report.charts.gallery.data import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Held:
    """Something that a section gives its template."""

    figure: Figure


def test_every_figure_is_found_once_wherever_it_is_held() -> None:
    a, b, c, d = (draw(SPECS["bars-typical"], name, "half") for name in "abcd")
    blocks = [Block("s", "S", Markup(""), {"rows": [{"x": (b, [a])}], "held": Held(c), "text": "no figure"})]
    assert [figure.ident for figure in figures_of(blocks, {"first": a, "more": [None, d]})] == ["a", "d", "b", "c"]


def test_the_figures_of_a_report_are_those_of_its_page() -> None:
    made = dossier(40)
    page, found = html.render(made), html.figures(made)
    assert len(found) > 5
    assert len({figure.ident for figure in found}) == len(found)
    assert all(str(figure.wide) in page for figure in found)


@pytest.mark.parametrize("name", ["forest-typical", "grid-odd", "series-none", "graph-typical"])
def test_an_svg_file_stands_alone_with_its_title_and_its_colours(name: str) -> None:
    figure = draw(SPECS[name], "a")
    told = svg_file(figure)
    assert told == svg_file(draw(SPECS[name], "a"))
    root = ET.fromstring(told)
    assert root.tag == f"{SVG}svg"
    assert [node.tag for node in root[:3]] == [f"{SVG}title", f"{SVG}desc", f"{SVG}rect"]
    assert root[2].attrib["fill"] == "#ffffff"
    assert not any("class" in node.attrib or "style" in node.attrib for node in root.iter())
    assert all("fill" in node.attrib for node in root.iter(f"{SVG}text"))
    assert told.count("http") == 1  # the name of the format, no address


def test_cells_of_a_csv_are_numbers_or_text_and_never_formulas() -> None:
    figure = draw(SPECS["grid-typical"], "a")
    table = figure.table._replace(
        header=["", "n"],
        rows=[
            ["=1+1", "\u22120.25"],
            ["@x", "1,234"],
            ["-2+3", "+0.5"],
            ["\tx", "−"],
            ["\n=1", "−1.5e-06"],
            [HOSTILE, "[−1, 2]"],
        ],
    )
    rows = csv_rows(Figure("a", figure.spec, figure.wide, figure.narrow, table))
    assert rows[1:4] == [["'=1+1", "-0.25"], ["'@x", "1234"], ["'-2+3", "+0.5"]]
    assert rows[4][0].startswith("'")
    assert rows[5] == ["'\n=1", "-1.5e-06"]
    assert "\u202e" not in rows[6][0]


def test_files_are_written_and_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = [draw(SPECS["bars-typical"], name, "half") for name in ("one", "../two", "one")]
    monkeypatch.setattr(chromium, "find", lambda: None)
    written = figure_files.write_figures(tmp_path / "figures", figures)
    names = ["one.svg", "one.csv", "two.svg", "two.csv", "one-2.svg", "one-2.csv"]
    assert [file.name for file in written.files] == names
    assert sorted(file.name for file in (tmp_path / "figures").iterdir()) == sorted(names)
    assert "no Chromium" in written.left_out
    with (tmp_path / "figures" / "one.csv").open(encoding="utf-8", newline="") as lines:
        assert next(csv.reader(lines)) == figures[0].table.header
    assert figure_files.write_figures(tmp_path / "svg", figures, ("svg",)).left_out == ""


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be made"):
        figure_files.write_figures(tmp_path / "file", [])


@pytest.mark.browser
def test_a_picture_is_written_where_there_is_a_browser(tmp_path: Path, browser: Any) -> None:
    written = figure_files.write_figures(tmp_path, [draw(SPECS["bars-typical"], "one", "half")], ("png",))
    assert written.left_out == ""
    assert (tmp_path / "one.png").read_bytes()[:4] == b"\x89PNG"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.png"]
