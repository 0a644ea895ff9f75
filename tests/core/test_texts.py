"""Values as JSON: one form for each, wherever rows leave or come in."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from evalkit.core.texts import json_value

NOON = datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2.5, 2.5),
        ("text", "text"),
        (b"\x00\xff", "AP8="),
        (NOON, "2024-03-01T12:00:00+00:00"),
        (NOON.date(), "2024-03-01"),
        (NOON.time(), "12:00:00"),
        (Decimal("1.50"), "1.50"),
        (datetime.timedelta(seconds=90), "0:01:30"),
        (float("inf"), "inf"),
        ([float("nan"), (1, b"")], ["nan", [1, ""]]),
        ({1: {"at": NOON}}, {"1": {"at": "2024-03-01T12:00:00+00:00"}}),
    ],
)
def test_a_value_as_json_has_it(value: Any, expected: Any) -> None:
    found = json_value(value)
    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


def test_what_becomes_of_a_float_that_json_has_not_is_the_callers() -> None:
    assert json_value({"a": [float("nan"), float("-inf"), 1.0]}, lambda _: None) == {"a": [None, None, 1.0]}
