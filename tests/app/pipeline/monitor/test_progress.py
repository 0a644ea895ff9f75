"""Each window is bet on once, when it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from evalkit.app.pipeline.monitor.progress import Progress, fresh, keep, kept
from evalkit.core.errors import InputError, StoreError
from evalkit.pipeline.monitor.windows import Seen
from evalkit.stats.sequential.alarm import State

BEGUN = datetime(2024, 6, 3, tzinfo=UTC).timestamp()
HOUR = 3_600


def seen(*hours: float) -> Seen:
    at = pa.array([round((BEGUN + hour * HOUR) * 1e6) for hour in hours], pa.int64()).cast(pa.timestamp("us", "UTC"))
    texts = pa.array([str(hour) for hour in hours])
    return Seen(pa.table({"id": texts, "at": at, "output": texts, "failure": pa.nulls(len(hours), pa.string())}))


@pytest.mark.parametrize(
    ("until", "now", "taken", "end"),
    [
        (None, None, ["0.0", "0.9", "1.0", "2.5"], 3),
        (1, None, ["1.0", "2.5"], 3),
        (None, 2.7, ["0.0", "0.9", "1.0"], 2),
        (1, 2.0, ["1.0"], 2),
        (3, 9.0, [], 3),
        (None, 0.5, [], None),
    ],
)
def test_windows_that_are_over_and_were_not_bet_on(
    until: float | None, now: float | None, taken: list[str], end: float | None
) -> None:
    def micros(hour: float | None) -> int | None:
        return None if hour is None else round((BEGUN + hour * HOUR) * 1e6)

    before = Progress("r", {}, micros(until))
    found, after, said = fresh(seen(0.0, 0.9, 1.0, 2.5), before, HOUR, None if now is None else BEGUN + now * HOUR)
    assert (found.requests["id"].to_pylist(), after) == (taken, micros(end))
    assert len(said) == (until is not None) + (now is not None and now < 3)


def test_it_is_kept_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert kept(path, "r") == kept(None, "r") == Progress("r")
    one = Progress("r", {"failure rate": State((0.5, -1.0), 3, 3, (2,))}, 7)
    keep(path, one)
    assert kept(path, "r") == one
    with pytest.raises(InputError, match="against another reference"):
        kept(path, "other")
    with pytest.raises(StoreError):
        keep(tmp_path / "no" / "state.json", one)
