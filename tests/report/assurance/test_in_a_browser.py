"""Every page in Chromium: nothing hostile runs, axe-core agrees, the keyboard reaches all, paper has all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evalkit.report.text import visible
from tests.hostile import CORPUS
from tests.report.assurance import asked
from tests.report.assurance.fetch_axe import AXE
from tests.report.assurance.pages import PAGES, made
from tests.report.test_browser import Watch

pytestmark = pytest.mark.browser
_ALL = pytest.mark.parametrize("name", PAGES)
_TALL = {"width": 1440, "height": 900}
_FEWEST = {
    "index": 4,
    "suite": 4,
    "selftest": 5,
    "judge": 10,
    "graph": 8,
}  # texts of the corpus that a small page surely shows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("assurance")


def opened(browser: Any, folder: Path, name: str, *, hostile: bool = False, **how: Any) -> Watch:
    """The page in a tab of its own, with all that is folded open, as soon as its scripts are done."""
    file = folder / f"{name}{'-hostile' * hostile}.html"
    if not file.exists():
        file.write_text(made(name, hostile=hostile), encoding="utf-8")
    page = browser.new_page(**{"viewport": _TALL, **how})
    page.set_default_timeout(8_000)
    watched = Watch(page, file)
    explorer = 'id="explorer"' in made(name, hostile=hostile)
    watched.open(wait="#explorer:not([hidden]) .x-row" if explorer else "main")
    return watched


@pytest.fixture(scope="module")
def ordinary(browser: Any, folder: Path) -> dict[str, set[str]]:
    """The names of elements and attributes that our pages are made of, when nobody is hostile."""
    known: dict[str, set[str]] = {"tags": set(), "attributes": set()}
    for name in PAGES:
        watched = opened(browser, folder, name)
        found = watched.page.evaluate(asked.INVENTORY)
        for kind, names in known.items():
            names.update(found[kind])
        watched.page.close()
    return known


@_ALL
def test_no_text_becomes_more_than_text(browser: Any, folder: Path, ordinary: dict[str, set[str]], name: str) -> None:
    watched = opened(browser, folder, name, hostile=True)
    page = watched.page
    page.evaluate(asked.OPEN_ALL)
    found = page.evaluate(asked.INVENTORY)
    assert set(found["tags"]) <= ordinary["tags"]
    assert set(found["attributes"]) <= ordinary["attributes"]
    assert not {"img", "iframe", "object", "embed", "base"} & set(found["tags"])
    assert [to for to in found["links"] if re.match(r"\s*([a-z][\w+.-]*:|//)", to, re.I) and to != "data:,"] == []
    words = re.sub(r"\s+", " ", page.evaluate("document.body.textContent"))
    shown = [text for text in CORPUS if re.sub(r"\s+", " ", visible(text)).strip() in words]
    assert len(shown) >= _FEWEST.get(name, 12), f"only {len(shown)} texts are to be read: {shown}"
    assert "\u202e" not in words
    assert "\x1b" not in words
    assert page.evaluate(asked.UNTOUCHED)
    watched.assert_clean()
    page.close()


def test_every_case_can_be_opened_whatever_it_is_called(browser: Any, folder: Path) -> None:
    watched = opened(browser, folder, "run", hostile=True)
    page = watched.page
    for ident in ("__proto__", "constructor", "toString"):
        page.evaluate("(id) => { location.hash = '#case=' + encodeURIComponent(id); }", ident)
        page.locator("#x-detail h3").get_by_text(ident, exact=True).wait_for()
    for metric in page.locator("#x-metric option").all()[:6]:
        page.select_option("#x-metric", value=metric.get_attribute("value"))
        assert page.locator(".x-row").count() > 0
    for text in ("onerror=window", "__proto__", "]]>", "\\"):
        page.fill("#x-query", text)
        page.keyboard.press("ArrowDown")
    page.fill("#x-query", "")
    for _ in range(30):
        page.keyboard.press("j")
    assert page.evaluate(asked.UNTOUCHED)
    assert page.locator("#explorer img, #explorer script, #explorer iframe").count() == 0
    watched.assert_clean()
    page.close()


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("axe-core could not be fetched (python tests/report/assurance/fetch_axe.py says why)")
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in PAGES if name != "two"])  # its parts are those of run and many
def test_axe_finds_nothing_serious(browser: Any, folder: Path, axe: str, name: str) -> None:
    """Labels of charts in both themes at both widths; axe's rules on a wide light page and on a narrow dark one."""
    found: list[str] = []
    for width, scheme in ((1440, "light"), (390, "dark")):
        watched = opened(browser, folder, name, viewport={"width": width, "height": 900})
        page = watched.page
        for shade in ("light", "dark"):
            page.emulate_media(color_scheme=shade)
            found += [f"{width} {shade}: {said}" for said in page.evaluate(asked.CHART_TEXT)]
        page.emulate_media(color_scheme=scheme)
        page.evaluate(asked.FEWER)
        page.evaluate(axe)
        said = page.evaluate(asked.AXE, {"resultTypes": ["violations"]})
        found += [f"{width} {scheme}: {one}" for one in said]
        watched.assert_clean()
        page.close()
    assert found == [], "\n".join(found)


@_ALL
@pytest.mark.parametrize("hostile", [False, True], ids=["ordinary", "hostile"])
def test_no_page_scrolls_sideways(browser: Any, folder: Path, name: str, hostile: bool) -> None:
    watched = opened(browser, folder, name, hostile=hostile)
    page = watched.page
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for state in ("closed", "open"):
            assert page.evaluate(asked.WIDE, width) == [], f"at {width} px, {state}"
            page.evaluate(asked.OPEN_ALL)
    watched.assert_clean()
    page.close()


@_ALL
def test_all_is_reached_by_keyboard(browser: Any, folder: Path, name: str) -> None:
    watched = opened(browser, folder, name)
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop is the link past the head"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0, "it is seen when it has the focus"
    wanted, reached, unseen = page.evaluate(asked.REACHABLE), 1, []
    for _ in range(min(wanted, 150) + 5):
        page.keyboard.press("Tab")
        stop = page.evaluate(asked.FOCUS)
        if stop is None or stop["again"]:
            break
        reached += 1
        unseen += [stop["name"]] if not stop["ring"] else []
    assert unseen == [], "the focus cannot be seen"
    assert reached >= min(wanted, 150), f"{reached} of {wanted} controls"
    for summary in page.locator("summary:visible").all()[:1]:
        before = summary.evaluate("(e) => e.parentElement.open")
        summary.focus()
        page.keyboard.press("Enter")
        assert summary.evaluate("(e) => e.parentElement.open") != before, "Enter opens and closes what is folded"
    watched.assert_clean()
    page.close()


@_ALL
def test_paper_has_all_but_the_explorer(browser: Any, folder: Path, name: str) -> None:
    """A4 at 96 px an inch is 794 px, less the margins of the sheet."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 688, "height": 1000})
    page = context.new_page()
    file = folder / f"{name}.html"
    file.write_text(made(name), encoding="utf-8")
    page.goto(file.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(asked.CUT, 688) == []
    assert page.is_visible("h1")
    assert page.is_hidden("nav") or not page.locator("nav").count()
    hidden = [
        section.get_attribute("id")
        for section in page.locator("main section[id]").all()
        if not section.is_visible() or not section.inner_text().strip()
    ]
    assert hidden == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)", "ink is black, whatever the screen"
    assert page.pdf(format="A4").startswith(b"%PDF-")
    context.close()


def test_answers_that_are_no_text_stay_harmless(browser: Any, tmp_path: Path, run_of_bytes: Path) -> None:
    watched = Watch(browser.new_page(viewport=_TALL), run_of_bytes)
    page = watched.open()
    for ident in ("2", "3", "4"):
        page.evaluate("(id) => { location.hash = '#case=' + id; }", ident)
        page.locator("#x-detail h3").get_by_text(ident, exact=True).wait_for()
    assert page.evaluate(asked.UNTOUCHED)
    watched.assert_clean()
    page.close()


@pytest.fixture
def run_of_bytes(tmp_path: Path) -> Path:
    """A run of answers as bytes that are no UTF-8 or lone surrogates (both refused), with a NUL, and of a megabyte."""
    import evalkit
    from evalkit.app.dossier import assemble
    from evalkit.core.errors import InputError
    from evalkit.report import html
    from evalkit.stores.memory import MemoryStore
    from tests.hostile import BYTES

    cases = [{"id": str(i), "input": "x", "expected": "y"} for i in range(len(BYTES))]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))
    (tmp_path / "answers.jsonl").write_bytes(b"\n".join(BYTES) + b"\n")
    suite = {"suite": "bytes", "cases": str(tmp_path / "cases.jsonl"), "layers": {"task": ["accuracy"]}}
    with pytest.raises(InputError, match="utf-8"):
        evalkit.run(suite, candidate=f"recorded:{tmp_path}/answers.jsonl", workspace=MemoryStore())
    (tmp_path / "answers.jsonl").write_bytes(b"\n".join(BYTES[1:]) + b"\n")
    store = MemoryStore()
    with pytest.raises(InputError, match="surrogates"):
        evalkit.run(suite, candidate=f"recorded:{tmp_path}/answers.jsonl", workspace=store)
    (tmp_path / "answers.jsonl").write_bytes(b"\n".join(BYTES[2:]) + b"\n")
    record = evalkit.run(suite, candidate=f"recorded:{tmp_path}/answers.jsonl", workspace=store)
    file = tmp_path / "bytes.html"
    file.write_text(html.render(assemble(record, store)), encoding="utf-8")
    return file
