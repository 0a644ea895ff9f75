"""Shared fixtures. In CI (`EVALKIT_NO_SKIP=1`) nothing may skip: a skip is a failure with its reason."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a busy machine is not a slow function. The same examples every time in CI, new ones at a desk.
settings.register_profile("evalkit", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("evalkit")

# A shell that starts tests in its background lets them ignore Ctrl-C, and so would each program that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; a test that needs it skips where it is absent."""
    folder = Path(os.environ.get("EVALKIT_SHARED", "../shared"))
    folder = folder if folder.is_absolute() else ROOT / folder
    if not (folder / "data" / "README.md").exists():
        pytest.skip(f"no shared data in {folder} (set EVALKIT_SHARED)")
    return folder / "data"


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the workspace of whoever runs it."""
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "workspace"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn skips into failures where CI says that nothing may skip."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("EVALKIT_NO_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped in CI: {report.longrepr}"
