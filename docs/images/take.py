"""Takes the pictures of the demo report: `make demo`, then `python docs/images/take.py` (extra: browser)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
REPORT = HERE.parents[1] / "reports" / "flights.html"
SIZE = {"width": 1280, "height": 830}


def main() -> None:
    """The first screen, in light and in dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, scheme in (("report", "light"), ("report-dark", "dark")):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(REPORT.as_uri())
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
