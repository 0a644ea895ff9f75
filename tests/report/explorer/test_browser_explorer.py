"""The explorer in a real browser: conditions, order, links, differences, decisions, judges and traces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest

from evalkit.core.dossier import Dossier
from evalkit.core.tables import VERDICTS, Column
from evalkit.report import html
from tests.report.builders import HOSTILE, dossier
from tests.report.test_browser import Watch, count

pytestmark = pytest.mark.browser
TALK = {
    "messages": [
        {"role": "user", "content": "Where is my parcel?"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "track", "arguments": {"id": "<b>7</b>"}}]},
        {"role": "tool", "name": "track", "content": "in Berlin"},
    ]
}
GOLD = "The parcel arrives on Monday in Berlin."
SAID = "The parcel arrives on Friday in Berlin, 42 euros."


def verdicts(ident: str) -> pa.Table:
    """A pair judged in both orders, which disagree."""
    common = {"metric": "accuracy", "variant": "candidate", "case_id": ident, "repeat": 0, "judge": "j", "asks": 2}
    rows = [
        {**common, "call": 0, "settled": False, "order": "ab", "label": "1", "model": "m-1"},
        {**common, "call": 1, "settled": False, "order": "ba", "label": "2", "rationale": HOSTILE[1]},
        {**common, "settled": True, "label": "tie", "value": 0.5, "probability": 0.6, "rationale": "Both say Berlin."},
    ]
    return pa.Table.from_pylist(rows, schema=VERDICTS)


def made() -> Dossier:
    """Forty cases; one of text with a trace, a span, and a judge that contradicts itself."""
    found = dossier(40)
    ident, gold = "flight-00021", found.cases.expected.text.to_pylist()
    gold[21] = json.dumps(GOLD)
    cases = replace(found.cases, expected=Column(pa.array(gold, pa.large_string())))
    here = pa.array([i == ident and v == "candidate" for i, v in _pairs(found.predictions)])
    answers = _put(found.predictions, "output", here, json.dumps(SAID))
    answers = _put(answers, "trace", here, json.dumps(TALK))
    scored = pa.array(
        [
            (i, v, m) == (ident, "candidate", "accuracy")
            for (i, v), m in zip(_pairs(found.scores), found.scores["metric"].to_pylist(), strict=True)
        ]
    )
    detail = json.dumps({"diff": 0.5, "order_conflict": True, "span": [40, 42]}, separators=(",", ":"))
    scores = _put(_put(found.scores, "detail", scored, detail), "margin", scored, 1.5)
    return replace(found, cases=cases, predictions=answers, scores=scores, verdicts=verdicts(ident))


def _pairs(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["case_id"].to_pylist(), table["variant"].to_pylist(), strict=True))


def _put(table: pa.Table, name: str, where: pa.Array, value: Any) -> pa.Table:
    import pyarrow.compute as pc

    column = pc.if_else(where, pa.scalar(value, table[name].type), table[name])
    return table.set_column(table.column_names.index(name), table.schema.field(name), column)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    path.write_text(html.render(made()), encoding="utf-8")
    return path


@pytest.fixture
def watch(browser: Any, page_file: Path) -> Iterator[Watch]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, page_file)
    yield watched
    watched.assert_clean()
    page.close()


def test_a_link_carries_the_filters_the_order_and_the_case(watch: Watch) -> None:
    page = watch.open("#case=flight-00021&status=disagreed&metric=accuracy&sort=-seconds")
    assert count(page) == 1
    assert page.input_value("#x-sort") == "seconds"
    assert page.inner_text("#x-detail h3") == "flight-00021"
    page.keyboard.press("Escape")
    assert count(page) == 40
    link = page.evaluate("new Promise((done) => setTimeout(() => done(location.hash), 300))")
    assert "status" not in link
    assert "sort=-seconds" in link


def test_conditions_on_scores_combine_and_are_taken_away(watch: Watch) -> None:
    page = watch.open()
    values = dossier(40).values
    page.click("#x-more summary")
    page.select_option("#x-c-metric", "brier")
    assert page.locator("#x-c-is option[value=right]").is_disabled()
    page.fill("#x-c-hi", "0.3")
    page.click("#x-c-add")
    low = values["brier", "candidate"] <= 0.3
    assert count(page) == int(low.sum())
    page.select_option("#x-c-metric", "accuracy")
    page.select_option("#x-c-system", "baseline")
    page.select_option("#x-c-is", "wrong")
    page.click("#x-c-add")
    assert count(page) == int((low & (values["accuracy", "baseline"] < 1)).sum())
    page.click("#x-chips button >> nth=0")
    assert count(page) == int((values["accuracy", "baseline"] < 1).sum())


def test_differences_the_place_that_was_read_and_the_decision(watch: Watch) -> None:
    page = watch.open("#case=flight-00021")
    stack = page.locator("#x-detail")
    assert stack.locator("del").all_inner_texts()[1:] == ["Monday"]  # the first is the legend
    assert "Friday" in stack.locator("ins").all_inner_texts()
    assert stack.locator("ins mark").all_inner_texts() == ["42"]
    assert "off by 0.5, tolerance 2" in stack.inner_text()
    page.select_option("#x-against", "none")
    assert stack.locator("ins").count() == 0
    assert "against=none" in page.evaluate("new Promise((done) => setTimeout(() => done(location.hash), 300))")


def test_judges_and_traces_are_told_turn_by_turn(watch: Watch) -> None:
    page = watch.open("#case=flight-00021")
    judged = page.inner_text("#x-detail .x-judged")
    for words in ("tie", "value 0.5", "probability 0.6", "the orders disagree", "Both say Berlin."):
        assert words in judged, words
    page.locator("summary", has_text="Trace of candidate: 3 turns").click()
    trace = page.locator("#x-detail > details").inner_text()
    for words in ("user", "Where is my parcel?", "track", "<b>7</b>", "in Berlin"):
        assert words in trace, words


def test_keys_help_flips_and_copy(watch: Watch) -> None:
    page = watch.open()
    page.keyboard.press("?")
    assert page.is_visible("#x-help")
    page.keyboard.press("Escape")
    assert page.is_hidden("#x-help")
    page.keyboard.press("f")
    assert "broke" in page.inner_text("#x-detail .x-chips") or "fixed" in page.inner_text("#x-detail .x-chips")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.keyboard.press("c")
    copied = json.loads(page.input_value("#x-text"))
    assert copied["id"] == page.inner_text("#x-detail h3") or copied["id"] in HOSTILE[1] + " 1"
    assert {a["system"] for a in copied["answers"]} == {"candidate", "baseline"}


def test_rationales_are_searched_too(watch: Watch) -> None:
    page = watch.open()
    page.fill("#x-query", "both SAY berlin")
    page.locator("#x-count", has_text="1 of 40").wait_for()
    assert page.inner_text("#x-detail h3") == "flight-00021"


@pytest.mark.parametrize("encoded", [True, False])
def test_a_link_to_any_id_opens_it(browser: Any, tmp_path: Path, encoded: bool) -> None:
    ids = [
        "__proto__",
        "constructor",
        "50%",
        "100%25",
        '50% "off"',
        "a&status=broke",
        "a=b#c",
        "日本語 🏴",
        "<b>",
        "a+b",
    ]
    given = dossier(20)
    known = given.cases.ids.to_pylist()
    cases = replace(given.cases, ids=pa.array([*ids, *known[len(ids) :]]))
    path = tmp_path / "page.html"
    path.write_text(html.render(replace(given, cases=cases, flips=[])), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, path)
    watched.open()
    for ident in ids:
        link = quote(ident, safe="") if encoded else ident
        page.evaluate("(link) => { location.hash = ''; location.hash = '#case=' + link; }", link)
        page.locator("#x-detail h3").get_by_text(ident, exact=True).wait_for()
        assert page.is_hidden("#x-message")
    watched.assert_clean()
    page.close()


def test_what_was_taken_out_differs_from_nothing(browser: Any, tmp_path: Path) -> None:
    given = made()
    gone = pa.array([json.dumps("[redacted]")] * len(given.predictions), given.predictions["output"].type)
    at = given.predictions.column_names.index("output")
    answers = given.predictions.set_column(at, "output", gone)
    path = tmp_path / "page.html"
    path.write_text(html.render(replace(given, predictions=answers)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, path)
    watched.open("#case=flight-00021")
    assert page.inner_text("#x-detail").count("[redacted]") == 2
    assert page.locator("#x-detail .x-diff, #x-detail .x-not").count() == 0
    assert "kept whole in verdicts.parquet in the folder of the run" in page.inner_text("#x-detail .x-judged")
    watched.assert_clean()
    page.close()
