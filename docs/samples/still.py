"""A place and a time that are always the same: no clock, no commit and no folder of this machine gets into a sample."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from evalkit.app import apart, api, comparing, environment, judge_remarks

_FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_SECONDS = 0.4  # that pass between two looks at a stopwatch


def moment(day: int) -> datetime:
    """Half past nine, so many days after the first."""
    return _FIRST + timedelta(days=day)


def iso(day: float) -> str:
    """The same as evidence writes it."""
    return (_FIRST + timedelta(days=day)).isoformat(timespec="seconds")


class _Still(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return moment(21)


@contextmanager
def still(folder: Path) -> Iterator[None]:
    """Inside, `folder` is where commands run, no commit is known, and clocks are ours."""
    ticks = count()
    watch = SimpleNamespace(monotonic=lambda: _SECONDS * next(ticks))
    with ExitStack() as stack:
        stack.enter_context(chdir(folder))
        stack.enter_context(mock.patch.dict(os.environ))
        os.environ.pop("EVALKIT_HOME", None)
        stack.enter_context(mock.patch.object(environment, "git_state", return_value=(None, None)))
        for module in (api, comparing):
            stack.enter_context(mock.patch.object(module, "time", watch))
        for module in (apart, comparing, judge_remarks):
            stack.enter_context(mock.patch.object(module, "datetime", _Still))
        yield


@contextmanager
def typed(command: str) -> Iterator[None]:
    """Inside, this is the command that was typed: reports say it."""
    with mock.patch.object(sys, "argv", command.split()):
        yield
