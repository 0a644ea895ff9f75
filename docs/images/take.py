"""Takes the pictures of the README: `make demo suites`, then `python docs/images/take.py` (extra: browser)."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
REPORTS = HERE.parents[1] / "reports"
PICTURES = {"release": "flights-loop.html", "report": "flights.html"}
SIZE = {"width": 1280, "height": 830}


def main() -> None:
    """The first screen of each, in light and in dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for (name, file), scheme in product(PICTURES.items(), ("light", "dark")):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto((REPORTS / file).as_uri())
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}{'-dark' if scheme == 'dark' else ''}.png")
        browser.close()


if __name__ == "__main__":
    main()
