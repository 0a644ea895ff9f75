"""Writes the gallery as one page."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.report.charts.gallery import page

Path(sys.argv[1]).write_text(page(*sys.argv[2:3], wide=len(sys.argv) > 3), encoding="utf-8")
