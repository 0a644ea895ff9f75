"""`evalkit.asof_join` against `pandas.merge_asof` on the same sorted frames: 1,000,000 x 1,000,000 rows, 1,000 keys.

Rounds alternate between the two, and the fastest of each is compared, so that both see the same machine. The result is
held against merge_asof's, value by value.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, show

import evalkit

ROWS, KEYS, ROUNDS = 1_000_000, 1_000, 9


def frames(text_keys: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides, sorted by time; `created` lies up to eleven days after the event."""
    rng = np.random.default_rng(20260101)

    def key() -> Any:
        keys = rng.integers(0, KEYS, ROWS)
        return pd.Series(keys).map("customer {}".format) if text_keys else keys

    def when(seconds: Any) -> Any:
        return pd.to_datetime(seconds, unit="s").astype("datetime64[us]")

    at, event = (np.sort(rng.integers(0, 10**9, ROWS)) for _ in range(2))
    left = pd.DataFrame({"k": key(), "at": when(at), "x": rng.normal(size=ROWS)})
    right = pd.DataFrame({"k": key(), "event": when(event), "v": rng.normal(size=ROWS), "n": rng.integers(0, 9, ROWS)})
    return left, right.assign(created=when(event + rng.integers(0, 10**6, ROWS)))


def fastest(*calls: Callable[[], Any]) -> list[float]:
    """Seconds of the fastest round of each, in turn."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, seconds in zip(calls, took, strict=True):
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
    return [min(seconds) for seconds in took]


def main() -> None:
    """Measure and print."""
    found = []
    for words, text_keys in (("", False), (", keys are text", True)):
        left, right = frames(text_keys)

        def pandas(left: Any = left, right: Any = right) -> Any:
            return pd.merge_asof(left, right, left_on="at", right_on="event", by="k")

        def ours(left: Any = left, right: Any = right) -> Any:
            return evalkit.asof_join(left, right, by="k", left_time="at", event_time="event")

        def known(left: Any = left, right: Any = right) -> Any:
            return evalkit.asof_join(left, right, by="k", left_time="at", event_time="event", created_time="created")

        pd.testing.assert_frame_equal(pandas(), ours())
        base, plain, created = fastest(pandas, ours, known)
        found += [
            Figure(f"asof_join / merge_asof{words}", plain / base, 2.5, "x", f"{plain:.3f} s / {base:.3f} s"),
            Figure(
                f"asof_join with created_time / merge_asof{words}",
                created / base,
                4,
                "x",
                f"{created:.3f} s / {base:.3f} s, which knows no created_time",
            ),
        ]
    show(found)


if __name__ == "__main__":
    main()
