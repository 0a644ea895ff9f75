"""What is gold among all that was told: the same rule wherever logged answers are scored."""

from __future__ import annotations

import pyarrow as pa
import pytest

from evalkit.core.gold import gold_of
from evalkit.core.traffic import REQUESTS, SHADOWS
from evalkit.pipeline.monitor.windows import Seen
from evalkit.pipeline.shadow.pairs import paired
from evalkit.stores.traffic_rows import schema_of

TOLD = [
    ("a", "label", 9, "1"),
    ("a", "outcome", 3, "2"),
    ("a", "outcome", 2, "3"),
    ("b", "correction", 1, "4"),
    ("b", "outcome", 8, "5"),
    ("c", "label", 1, "6"),
    ("c", "label", 1, "7"),
    ("nobody", "outcome", 1, "8"),
    ("d", "else", 1, "9"),
    ("e", "outcome", 1, None),
]
IDS = ["a", "b", "c", "d", "e", "f"]
GOLD = ["2", "4", "7", None, None, None]


@pytest.fixture
def outcomes() -> pa.Table:
    names, kinds, at, values = zip(*TOLD, strict=True)
    return pa.table({"id": names, "kind": kinds, "at": pa.array(at, pa.timestamp("us")), "value": values})


def test_a_correction_then_what_happened_then_a_label_the_newest_of_each(outcomes: pa.Table) -> None:
    assert gold_of(outcomes, IDS) == GOLD
    assert gold_of(None, IDS) == gold_of(outcomes.slice(0, 0), IDS) == [None] * len(IDS)


def test_the_monitor_and_shadows_take_the_same(outcomes: pa.Table) -> None:
    blank = {"unit": "", "weight": 1.0, "role": "champion", "input": "{}", "output": "0", "seconds": None}
    rows = [{"id": i, "seq": n, "variant": "old", **blank} for n, i in enumerate(IDS)]
    table = pa.Table.from_pylist([{name: row.get(name) for name in REQUESTS} for row in rows])
    at = pa.array([0] * len(IDS), pa.timestamp("us", "UTC"))
    table = table.set_column(table.column_names.index("at"), "at", at).cast(schema_of("requests"))
    shadows = pa.Table.from_pylist(
        [{**dict.fromkeys(SHADOWS), "id": i, "variant": "new", "output": "1", "at": None} for i in IDS],
        schema=schema_of("shadows"),
    )
    assert Seen(table, outcomes).labels == GOLD
    pairs = paired(table, shadows, outcomes, "old", "new")
    assert pairs.outcome.text.to_pylist() == GOLD
