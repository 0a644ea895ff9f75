"""The point-in-time join on whichever major of pandas is installed here (`make test-all` runs both)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import evalkit


@pytest.mark.parametrize("direction", ["backward", "forward", "nearest"])
@pytest.mark.parametrize("unit", ["s", "ns"])
def test_as_merge_asof(direction: Any, unit: str) -> None:
    rng = np.random.default_rng(4)
    left = pd.DataFrame(
        {
            "k": rng.choice(["a", "b", "c"], 200),
            "t": pd.to_datetime(np.sort(rng.integers(0, 50, 200)), unit="s").astype(f"datetime64[{unit}]"),
        },
        index=rng.integers(0, 9, 200),
    )
    right = pd.DataFrame(
        {
            "k": rng.choice(["a", "b"], 100),
            "e": pd.to_datetime(np.sort(rng.integers(20, 50, 100)), unit="s").astype(f"datetime64[{unit}]"),
            "whole": rng.integers(0, 9, 100),
            "flag": rng.random(100) < 0.5,
            "text": rng.choice(["x", "y"], 100),
            "kind": pd.Categorical(rng.choice(["x", "y"], 100)),
            "maybe": pd.array(rng.integers(0, 9, 100), "Int64"),
            "zoned": pd.to_datetime(rng.integers(0, 9, 100), unit="s", utc=True),
        }
    )
    want = pd.merge_asof(left, right, left_on="t", right_on="e", by="k", direction=direction)
    got = evalkit.asof_join(left, right, by="k", left_time="t", event_time="e", direction=direction)
    assert list(got.index) == list(left.index)
    pd.testing.assert_frame_equal(got.reset_index(drop=True), want.reset_index(drop=True))
