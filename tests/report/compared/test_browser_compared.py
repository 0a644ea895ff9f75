"""The page of a comparison: numbers that say what is shown, and in a browser silent and without sideways scrolling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.cli.main import main
from evalkit.core.comparison import Difference
from evalkit.report.compared import rows
from tests.e2e.conftest import write_jsonl
from tests.report.builders import HOSTILE
from tests.report.test_browser import Watch

SYSTEMS = [f"system {i} {text}" for i, text in enumerate(HOSTILE)]


def difference(lo: float, hi: float) -> Difference:
    return Difference(a="a", b="b", n=9, point=(lo + hi) / 2, lo=lo, hi=hi, simultaneous=True)


def test_an_interval_that_excludes_zero_does_not_show_it() -> None:
    assert rows.span(difference(-0.33, -0.004)) == "[−0.330, −0.004]"
    assert rows.span(difference(-0.33, 0.004)) == "[−0.33, 0.00]"
    assert rows.span(difference(0.0, 0.2)) == "[0.00, 0.20]"
    assert rows.value(difference(-0.33, -0.004), signed=True) == "−0.167"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten systems with hostile names, on cases with hostile ids."""
    folder = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EVALKIT_HOME", str(folder / "ws"))
        texts = [text for text in HOSTILE if text.isprintable()]
        ids = [f"{i} {texts[i % len(texts)]}" for i in range(90)]
        tagged = [{"id": d, "input": d, "expected": 1, "tags": {"<b>": HOSTILE[i % 3]}} for i, d in enumerate(ids)]
        write_jsonl(Path("cases.jsonl"), tagged)
        for k, _ in enumerate(SYSTEMS):
            spent = {} if k == 3 else {"cost": 0.001 * (k + 1), "seconds": 0.1 * (k + 1)}
            given = [{"case_id": d, "output": int((i * 7 + k) % (k + 2) > 0), **spent} for i, d in enumerate(ids)]
            write_jsonl(Path(f"{k}.jsonl"), given)
        suite = {"suite": HOSTILE[0], "cases": "cases.jsonl", "layers": {"task": ["accuracy"]}}
        run = evalkit.run(suite, candidate={name: f"recorded:{k}.jsonl" for k, name in enumerate(SYSTEMS)})
        with pytest.raises(SystemExit) as ended:
            main(["compare", f"run:{run.run_id}", "-o", "page.html"])
        assert ended.value.code == 0
    return folder / "page.html"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_silent_and_fits(browser: Any, page_file: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    watched = Watch(page, page_file)
    watched.open()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('details.numbers, details.fold').length") > 10
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for section in ("leaderboard", "differences", "tradeoffs", "contrasts", "casewise", "agreement"):
        assert page.locator(f"#{section} h2").count() == 1, section
    assert page.locator("#differences svg:visible").count() >= 2
    watched.assert_clean()
    page.close()
