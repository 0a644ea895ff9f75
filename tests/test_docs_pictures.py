"""The plots of the guides are what their data give."""

from __future__ import annotations

import pytest

from docs.images import worse


@pytest.mark.slow
def test_the_plots_of_the_guide_are_up_to_date() -> None:
    drawn = worse.plots()
    page = worse.PAGE.read_text(encoding="utf-8")
    assert all(f"(../images/{name})" in page for name in drawn)
    stale = [name for name, svg in drawn.items() if (worse.HERE / name).read_text(encoding="utf-8") != svg]
    assert stale == [], "run: python -m docs.images.worse"
    assert all(len(svg) < 10_000 for svg in drawn.values())
