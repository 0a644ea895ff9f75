"""Where a Chromium is: named, on the PATH, or where apps and playwright are kept."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["VARIABLE", "find"]

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
VARIABLE = "EVALKIT_CHROMIUM"
_PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")


def find() -> Path | None:
    """The browser: $EVALKIT_CHROMIUM, else one on the PATH, else an app or playwright's own; None: there is none."""
    if named := os.environ.get(VARIABLE):
        return _which(named)
    found = next(filter(None, map(_which, NAMES)), None)
    return found or next(_elsewhere(), None)


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _elsewhere() -> Iterator[Path]:
    for name in _APPS if sys.platform == "darwin" else ():
        app = Path(f"/Applications/{name}.app/Contents/MacOS/{name}")
        if os.access(app, os.X_OK):
            yield app
    home = Path.home()
    folders = [
        home / ".cache/ms-playwright",
        home / "Library/Caches/ms-playwright",
        home / "AppData/Local/ms-playwright",
    ]
    if (named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "0")) != "0":
        folders = [Path(named)]
    for folder in folders:
        for pattern in _PLAYWRIGHT:
            yield from (path for path in sorted(folder.glob(pattern), reverse=True) if os.access(path, os.X_OK))
