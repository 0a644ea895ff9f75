"""What the search of the explorer finds: words and phrases, however they are written, in all that a case holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from evalkit.core.tables import Column
from evalkit.report import html
from tests.report.explorer.test_browser_explorer import made
from tests.report.test_browser import Watch

pytestmark = pytest.mark.browser
INPUTS: list[Any] = [
    "Die Straße ist groß",
    "STRAẞE",
    "İstanbul'da ılık",
    "Café naïve",
    "Cafe\u0301 noir",
    "ΟΔΥΣΣΕΥΣ",
    "ＡＢＣ１２３ ﬁnal™",
    r"C:\temp\new\u0041",
    'she said "hello  world" loudly',
    "col1\tcol2\nrow2",
    "before\x00after",
    "zero\u200bwidth soft\u00adhyphen pay\u202epal",
    {"a": {'k"ey': "deep\\value", "n": 12345678901234567890}},
]
FOUND = {
    0: ["strasse", "STRASSE GROSS", "STRAẞE groß", "ist die", '"ist groß"'],
    1: ["straße", "strasse"],
    2: ["istanbul ilik", "ISTANBUL ILIK", "İSTANBUL"],
    3: ["cafe NAIVE", "CAFÉ naïve"],
    4: ["CAFÉ NOIR", "cafe noir"],
    5: ["οδυσσευς", "οδυσσεύς"],
    6: ["abc123", "finaltm", "final™"],
    7: [r"C:\temp\new", r"\U0041"],
    8: ['"hello world" loudly', '"hello wor', 'said "hello'],
    9: ['"col1 col2 row2"', "col1\tcol2"],
    10: ['"before after"'],
    11: ["zerowidth", "softhyphen paypal"],
    12: [r"deep\value", 'k"ey', "12345678901234567890", '"k"'],
}
ELSEWHERE = {
    "gold": "monday",
    "output": '"42 euros"',
    "trace": "track",
    "result of a tool": '"in berlin" parcel',
    "rationale": '"both say berlin"',
    "label": "tie",
}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = made()
    asked = given.cases.input.text.to_pylist()
    asked[22 : 22 + len(INPUTS)] = [json.dumps(value, ensure_ascii=False) for value in INPUTS]
    cases = replace(given.cases, input=Column(pa.array(asked, pa.large_string())))
    path = tmp_path_factory.mktemp("search") / "page.html"
    path.write_text(html.render(replace(given, cases=cases)), encoding="utf-8")
    return path


@pytest.fixture
def watch(browser: Any, page_file: Path) -> Iterator[Watch]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, page_file)
    watched.open()
    page.fill("#x-query", "nothing fits")
    page.locator("#x-count", has_text="0 of 40 cases").wait_for()
    assert "so far" not in page.inner_text("#x-count")
    yield watched
    watched.assert_clean()
    page.close()


def found(watch: Watch, query: str) -> list[str]:
    watch.page.fill("#x-query", query)
    return list(watch.page.locator(".x-row .x-id").all_inner_texts())


def test_words_are_found_however_they_are_written(watch: Watch) -> None:
    for case, queries in FOUND.items():
        for query in queries:
            assert f"flight-{22 + case:05d}" in found(watch, query), (case, query)


def test_all_words_and_whole_phrases_are_asked_for(watch: Watch) -> None:
    assert found(watch, "groß noir") == []
    assert found(watch, '"groß ist"') == []
    assert found(watch, "ist groß die") == ["flight-00022"]
    assert len(found(watch, '"')) == len(found(watch, "  ")) > 10


def test_every_part_of_a_case_is_searched(watch: Watch) -> None:
    for part, query in ELSEWHERE.items():
        assert found(watch, query) == ["flight-00021"], part
    assert found(watch, "LIGHT-00021") == ["flight-00021"]
    assert "flight-00021" in found(watch, "atl")
    assert set(found(watch, "jfk flight")) == set(found(watch, "JFK FLIGHT")) != set()
