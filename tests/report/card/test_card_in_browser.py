"""The card in a real browser: silent, closed, and within the width of a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.report.card import page
from tests.report.card.builders import EVIL, full, held

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_silent_and_fits(browser: Any, tmp_path: Path, width: int) -> None:
    evil = held(rubric_id=EVIL, judge_spec={EVIL: EVIL}, models=[EVIL], renew=EVIL, positive=EVIL)
    file = tmp_path / "card.html"
    file.write_text(page.render(full(certificate=evil, cautions=(EVIL,), said=EVIL)), encoding="utf-8")
    shown = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(file.as_uri())
    for link in shown.query_selector_all("nav a"):
        assert shown.query_selector(link.get_attribute("href")) is not None
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate("[...document.querySelectorAll('svg')].every(s => s.querySelector('title'))")
    assert said == []
    assert [url for url in asked if not url.startswith((file.as_uri(), "data:,"))] == []
    shown.close()
