"""The toy pipeline, its stages called in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.pipeline.stages.toy import Toy, in_this_process


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """Quick: no process is started."""
    with in_this_process(monkeypatch) as called:
        toy = Toy(tmp_path)
        toy.called = called  # type: ignore[attr-defined]
        yield toy
    for name in ("steps", "other", "helper"):
        sys.modules.pop(name, None)
