"""`evalkit report site DIR` from the command line, and its pages in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.stores.local import LocalStore
from tests.e2e.conftest import called
from tests.report.conftest import browser  # noqa: F401
from tests.report.site.builders import HOSTILE_SUITE, filled


def test_a_site_is_made_brought_up_to_date_and_told_in_numbers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    filled(LocalStore(tmp_path / "ws"), 1)
    asked = ("report", "site", tmp_path / "site", "--workspace", tmp_path / "ws")
    first = called(capfd, *asked)
    assert (first.code, first.out.strip()) == (0, str(tmp_path / "site/index.html"))
    told = called(capfd, *asked, "--json").json
    assert (told["suites"], told["runs"], told["reports"], told["written"]) == (1, 1, 1, 0)
    assert called(capfd, *asked, "--no-run-pages", "--title", "Ours").code == 0
    page = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "evalkit report site DIR --limit 0 --title Ours" in page
    assert str(tmp_path) not in page


def test_what_cannot_be_done_is_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    filled(LocalStore(tmp_path / "ws"), 1)
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").write_text("x")
    for folder, more, said in (
        ("file", (), "this is a file"),
        ("full", (), "--force"),
        ("site", ("--suite", "fligths"), "Did you mean 'flights'"),
    ):
        done = called(capfd, "report", "site", tmp_path / folder, "--workspace", tmp_path / "ws", *more)
        assert done.code == 2
        assert said in done.err


@pytest.mark.browser
def test_the_pages_are_silent_closed_and_filter_without_scripts(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    store = LocalStore(tmp_path / "ws")
    filled(store, 4)
    filled(store, 2, suite=HOSTILE_SUITE)
    from evalkit.app.site_build import Asked, build

    build(store, tmp_path / "s", Asked())
    said: list[str] = []
    asked: list[str] = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "s/index.html").as_uri())
        page.get_by_role("link", name="flights").first.click()
        rows = page.locator(".g-table tr[data-o]")
        assert rows.count() == 4
        page.get_by_role("radio", name="fail").check()
        assert [rows.nth(i).is_visible() for i in range(4)] == [True, False, False, True]
        if scripts:
            page.get_by_role("radio", name="all").check()
            page.get_by_role("searchbox").fill("20260102")
            assert [rows.nth(i).is_visible() for i in range(4)] == [False, False, True, False]
            assert page.locator("#g-count").inner_text() == "1 of 4 runs"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390 if scripts else True
        page.get_by_role("link", name="Evaluations").click()
        context.close()
    assert said == []
    assert all(url.startswith(((tmp_path / "s").as_uri(), "data:,")) for url in asked), json.dumps(asked)
