"""The page in a real browser: silent, closed, and usable by hand, by keyboard and by link."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from evalkit.report import html
from evalkit.report.text import visible
from tests.report.builders import HOSTILE, SYSTEMS, dossier

pytestmark = pytest.mark.browser
OPEN = "#explorer:not([hidden]) .x-row"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("report")
    written = {}
    for n in (400, 10_000):
        written[n] = folder / f"{n}.html"
        written[n].write_text(html.render(dossier(n)), encoding="utf-8")
    return written


class Watch:
    """A page that remembers everything it was not supposed to do."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page, self.path = page, path
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, link: str = "", wait: str = OPEN) -> Any:
        self.page.goto(self.path.as_uri() + link)
        self.page.wait_for_selector(wait)
        return self.page

    def assert_clean(self) -> None:
        assert self.said == []
        assert [url for url in self.asked if not url.startswith((self.path.as_uri(), "data:,"))] == []
        assert self.page.evaluate("typeof window.pwned") == "undefined"


@pytest.fixture(params=[{"width": 1440, "height": 900}], ids=["desktop"])
def watch(browser: Any, files: dict[int, Path], request: pytest.FixtureRequest) -> Iterator[Watch]:
    page = browser.new_page(viewport=request.param)
    watched = Watch(page, files[400])
    yield watched
    watched.assert_clean()
    page.close()


def count(page: Any) -> int:
    return int(page.inner_text("#x-count").split(" ")[0].replace(",", ""))


def test_filters_narrow_the_list(watch: Watch) -> None:
    page = watch.open()
    assert count(page) == 400
    made = dossier(400)
    for name, rows in (("broke", made.flips[0].broke), ("fixed", made.flips[0].fixed)):
        page.click(f"#x-status button[data-status={name}]")
        assert count(page) == len(rows)
        assert page.get_attribute(f"#x-status button[data-status={name}]", "aria-pressed") == "true"
    page.click("#x-status button[data-status=unscored]")
    assert count(page) == 1
    assert "unscored: no prediction" in page.inner_text("#x-detail")
    page.click("#x-status button[data-status=failed]")
    assert count(page) == 2
    assert "system failure: timeout" in page.inner_text("#x-detail")
    page.click("#x-status button[data-status=all]")
    page.select_option("#x-tags select[data-tag=origin]", label="JFK")
    assert count(page) == made.cases.tags["origin"].to_pylist().count("JFK")


def test_wrong_answers_are_those_of_the_chosen_metric(watch: Watch) -> None:
    page = watch.open()
    assert page.is_disabled("#x-status button[data-status=wrong]")  # a Brier score is neither right nor wrong
    page.select_option("#x-metric", label="exact: accuracy")
    page.click("#x-status button[data-status=wrong]")
    assert count(page) == int((dossier(400).values["accuracy", "candidate"] == 0).sum())


def test_a_case_outside_a_metric_is_neither_right_nor_wrong(browser: Any, tmp_path: Path) -> None:
    made = dossier(40)
    values = dict(made.values)
    for system in SYSTEMS:
        values["accuracy", system] = np.where(np.arange(40) == 20, np.nan, values["accuracy", system])
    mine = pc.and_(pc.equal(made.scores["metric"], "accuracy"), pc.equal(made.scores["case_id"], "flight-00020"))
    scores = made.scores.filter(pc.invert(mine))
    path = tmp_path / "when.html"
    path.write_text(html.render(replace(made, values=values, scores=scores, flips=[])), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, path)
    watched.open("#case=flight-00020")
    page.select_option("#x-metric", label="exact: accuracy")
    assert page.inner_text(".x-row[aria-selected=true] .x-words") == ""
    assert "not among those of: accuracy" in page.inner_text("#x-detail")
    assert "Only over all cases: f1" in page.inner_text("#x-detail")
    watched.assert_clean()
    page.close()


def test_search_finds_text_and_says_when_nothing_fits(watch: Watch) -> None:
    page = watch.open()
    page.keyboard.press("/")
    page.keyboard.type("FLIGHT-00123")
    assert count(page) == 1
    assert page.inner_text("#x-detail h3") == "flight-00123"
    page.fill("#x-query", "no such words anywhere")
    assert count(page) == 0
    assert "No case fits" in page.inner_text("#x-detail")
    page.fill("#x-query", "onerror=window.pwned")
    assert count(page) == 1


def test_keys_walk_through_the_cases(watch: Watch) -> None:
    page = watch.open()
    ids = dossier(400).cases.ids.to_pylist()
    for _ in range(12):
        page.keyboard.press("j")
    assert page.inner_text("#x-detail h3") == ids[12]
    page.keyboard.press("k")
    assert page.inner_text("#x-detail h3") == ids[11]
    page.wait_for_url(re.compile(re.escape("#case=") + ".+"))
    page.focus("#x-list")
    page.keyboard.press("End")
    assert page.inner_text("#x-detail h3") == ids[-1]
    assert page.is_visible(".x-row[aria-selected=true]")


def test_a_link_opens_its_case_whatever_its_name(watch: Watch) -> None:
    page = watch.open("#case=flight-00321")
    title = page.locator("#x-detail h3")
    assert title.inner_text() == "flight-00321"
    page.click("#x-status button[data-status=unscored]")
    for ident in [f"{text} {i}" for i, text in enumerate(HOSTILE)]:  # a link wins over the filters
        page.evaluate("(id) => { location.hash = '#case=' + encodeURIComponent(id); }", ident)
        title.get_by_text(visible(ident).split("\n")[0]).wait_for()
    page.evaluate("() => { location.hash = '#case=unknown-case'; }")
    page.locator("#x-message", has_text="unknown-case").wait_for()


def test_links_of_the_first_screen_lead_into_the_explorer(watch: Watch) -> None:
    page = watch.open()
    link = page.locator(".first a.case").nth(1)
    link.click()
    page.locator("#x-detail h3", has_text="<img src=x onerror=window.pwned=1> 1").wait_for()
    assert page.evaluate("() => document.querySelector('#cases').getBoundingClientRect().top") < 200


def test_gold_and_answers_stand_side_by_side(watch: Watch) -> None:
    page = watch.open("#case=flight-00020")
    head = page.locator("#x-detail table").first.locator("thead th").all_inner_texts()
    assert [h.strip() for h in head] == ["Gold", "candidate", "baseline"]
    assert "minutes" in page.inner_text("#x-detail")
    assert "rule abs; margin 20" in page.inner_text("#x-detail")


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways(browser: Any, files: dict[int, Path], width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    watched = Watch(page, files[400])
    watched.open()
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(21, 23, 26)") == (scheme == "dark")
    watched.assert_clean()
    page.close()


def test_without_scripts_the_page_is_complete_but_for_the_explorer(browser: Any, files: dict[int, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files[400].as_uri())
    assert page.is_visible("h1 .word")
    assert page.is_visible("#gates table")
    assert page.is_visible("#cases noscript p") or "scripts are off" in page.content()
    assert page.is_hidden("#explorer")
    context.close()


def test_print_leaves_out_what_needs_a_screen(browser: Any, files: dict[int, Path]) -> None:
    page = browser.new_page()
    watched = Watch(page, files[400])
    watched.open()
    page.emulate_media(media="print")
    assert page.is_hidden("#explorer")
    assert page.is_hidden("nav")
    assert page.is_visible("#gates table")
    assert page.is_visible("#cases .print-only")
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.close()


def test_ten_thousand_cases_are_smooth(browser: Any, files: dict[int, Path]) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, files[10_000])
    start = time.perf_counter()
    watched.open()
    assert time.perf_counter() - start < 10
    assert count(page) == 10_000
    assert page.locator(".x-row").count() < 60  # only what is in sight exists
    page.evaluate("document.querySelector('#x-list').scrollTop = 9000 * 52")
    page.locator(".x-id", has_text="flight-09001").wait_for()
    assert page.locator(".x-row").count() < 60
    page.fill("#x-query", "n1")  # builds the index
    key = (
        "(() => { const t = performance.now(); const q = document.querySelector('#x-query'); q.value = 'carrier jfk'; "
    )
    took = page.evaluate(key + "q.dispatchEvent(new Event('input')); return performance.now() - t; })()")
    assert took < 400  # under 100 ms a key on an idle machine
    watched.assert_clean()
    page.close()
