"""The door: each record is accepted, known, or refused with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.ingesting import Seen, Stream
from evalkit.core.sources import Format
from evalkit.pipeline.contract import Contract
from evalkit.pipeline.ingest.door import Passed, through
from evalkit.pipeline.ingest.rules import Asked, Rules, rules_of
from evalkit.pipeline.ingest.types import typed

STREAM = Stream(name="s", part_rows=100, part_bytes=10**6)
GOOD = [b'{"id":%d,"x":%d.5,"word":"w"}' % (i, i) for i in range(20)]


def passed(
    raws: list[bytes],
    rules: Rules | None = None,
    stream: Stream = STREAM,
    format: Format = Format(),  # noqa: B008 - a tuple
    seen: dict[bytes, Seen] | None = None,
) -> Passed:
    return through(
        raws,
        format,
        stream,
        rules or Rules(),
        at=(1, 0),
        lookup=lambda keys: {k: (seen or {})[k] for k in keys if k in (seen or {})},
    )


def faults(done: Passed) -> dict[int, list[tuple[str, str | None]]]:
    return {i: [(fault.kind, fault.field) for fault in found] for i, found in done.faults.items()}


@pytest.mark.parametrize(
    ("raw", "kind", "field"),
    [
        (b"{", "malformed", None),
        (b"[1]", "malformed", None),
        (b'{"id":1}{"id":2}', "malformed", None),
        (b'{"id":1,"x":2},{"id":2,"x":2}', "malformed", None),
        (b'{"id":1,"id":2,"x":1.0,"word":"w"}', "malformed", None),
        (b'{"id":1,"x":NaN,"word":"w"}', "malformed", None),
        (b'{"id":1,"x":1,"word":"\xff"}', "malformed", None),
        (b'{"id":1,"x":1,"word":' + b"[" * 100_000, "malformed", None),
        (b'{"id":1,"x":"1","word":"w"}', "type", "x"),
        (b'{"id":true,"x":1,"word":"w"}', "type", "id"),
        (b'{"id":9223372036854775808,"x":1,"word":"w"}', "type", "id"),
        (b'{"id":1,"x":1e400,"word":"w"}', "type", "x"),
        (b'{"id":1,"x":1,"word":7}', "type", "word"),
        (b'{"id":1,"x":1,"word":"\\ud800"}', "type", "word"),
        (b'{"id":1,"x":1}', "missing", "word"),
        (b'{"id":1,"x":1,"word":"w","\\u202e":1}', "extra", "\u202e"),
    ],
)
def test_a_record_with_a_defect_is_refused_alone(raw: bytes, kind: str, field: str | None) -> None:
    done = passed([*GOOD[:10], raw, *GOOD[10:]])
    assert faults(done) == {10: [(kind, field)]}
    assert done.table["id"].to_pylist() == list(range(20))
    assert done.stream.columns == {"id": "int64", "x": "double", "word": "string"}


def test_all_faults_of_a_record_are_told() -> None:
    done = passed([*GOOD, b'{"id":"a","x":"b","more":1}'])
    assert faults(done)[20] == [("missing", "word"), ("extra", "more"), ("type", "id"), ("type", "x")]


def test_what_fits_its_type_passes() -> None:
    done = passed([*GOOD, b'{"id":3.0,"x":7,"word":null}'])
    assert not done.faults
    assert done.table.slice(20).to_pylist() == [{"id": 3, "x": 7.0, "word": None}]


def test_the_first_records_fix_the_columns_and_later_ones_keep_to_them() -> None:
    first = passed([b'{"a":1,"b":{"c":[1,2.0]}}', b'{"a":2,"b":null}'])
    assert first.stream.columns == {"a": "int64", "b": "json"}
    assert first.table["b"].to_pylist() == ['{"c":[1,2]}', None]
    later = passed([b'{"a":"x","b":1}', b'{"b":2,"a":3}', b'{"a":1.5,"b":0}'], stream=first.stream)
    assert faults(later) == {0: [("type", "a")], 2: [("type", "a")]}
    assert later.table.to_pylist() == [{"a": 3, "b": "2"}]


def test_a_field_that_some_have_is_optional() -> None:
    raws = [b'{"a":1,"b":2}' if i % 2 else b'{"a":1}' for i in range(10)]
    done = passed(raws)
    assert not done.faults
    assert done.stream.optional == ["b"]
    assert done.table["b"].null_count == 5


def test_records_without_a_common_field_are_refused() -> None:
    assert faults(passed([b"{}", b"{}"])) == {0: [("missing", None)], 1: [("missing", None)]}
    odd = passed([b'{"\\ud800": 1}', b'{"\\ud800": 2, "a": 1}', b'{"a": 2}'])
    assert faults(odd) == {0: [("extra", "\\ud800")], 1: [("extra", "\\ud800")]}
    assert sorted([*odd.accepted, *odd.faults]) == [0, 1, 2]


def test_a_day_in_a_cell_may_be_eight_digits() -> None:
    rules = rules_of(Contract.parse("contract: c\ncolumns: {d: date, t: timestamp}"), Asked())
    raws = [b"20260102, 2026-01-02T03:00Z ", b"1767225600,1767225600"]
    done = passed(raws, rules, format=Format("csv", ("d", "t")))
    assert faults(done) == {1: [("type", "d"), ("type", "t")]}
    assert [str(value) for value in done.table.to_pylist()[0].values()] == ["2026-01-02", "2026-01-02 03:00:00+00:00"]


def test_nothing_readable_fixes_nothing() -> None:
    done = passed([b"x", b"y"])
    assert (done.stream.columns, len(done.faults), done.table.num_rows) == ({}, 2, 0)


def test_cells_of_csv_are_what_they_look_like() -> None:
    csv = Format("csv", ("i", "f", "t", "b"))
    raws = [b"1,2.5,a,true", b"-2,1e3,,false", b'3,NA,"x, y",TRUE', b"+4,7,NA,", b"5,6,z,false"]
    done = passed([*raws, b"6.5,1,a,true", b"7,x,a,true", b"8,1,a", b"9,1,a,true,more", b'10,1,"a,true'], format=csv)
    assert done.stream.columns == {"i": "double", "f": "double", "t": "string", "b": "bool"}
    assert done.table.to_pydict()["t"][:4] == ["a", None, "x, y", "NA"]
    assert [kind for i in (7, 8, 9) for kind, _ in faults(done)[i]] == ["missing", "extra", "malformed"]
    (short,) = done.faults[7]  # no one field is the missing one
    assert (short.field, short.value, short.reason) == (None, "8,1,a", "there are 3 cells, and the header names 4")
    assert faults(done)[6] == [("type", "f")]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20), max_size=8))
def test_numbers_of_csv_are_those_of_json(numbers: list[float]) -> None:
    """By Arrow where all are plain, one by one elsewhere: the same."""
    for kind in ("int64", "double"):
        texts, _ = typed([json.dumps(n) for n in numbers], "x", kind, texts=True)
        assert texts.equals(typed(numbers, "x", kind, texts=False)[0])


def test_a_contract_declares_types_and_rules() -> None:
    contract = Contract.parse(
        "contract: c\ncolumns:\n  id: {type: integer, unique: true}\n  at: {type: timestamp, nullable: false}\n"
        "  x: {type: number, ge: 0, nullable: false}\n"
    )
    rules = rules_of(contract, Asked())
    rows: list[dict[str, Any]] = [
        {"id": 1, "at": "2026-01-01T00:00:00+01:00", "x": 1},
        {"id": 2, "at": "soon", "x": 1},
        {"id": 3, "at": "2026-01-01", "x": -1},
        {"id": 4, "at": "2026-01-01", "x": None},
        {"id": 1, "at": "2025-12-31T23:00:00Z", "x": 1.0},
        {"id": 1, "at": "2025-12-31T23:00:00Z", "x": 2},
        {"at": "2026-01-01", "x": 5},
    ]
    done = passed([json.dumps(row).encode() for row in rows], rules)
    assert faults(done) == {
        1: [("type", "at")],
        2: [("rule", "x")],
        3: [("rule", "x")],
        5: [("conflict", "id")],
    }
    assert (done.accepted, done.duplicates) == ([0, 6], [4])
    assert str(done.table.schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert done.stream.columns == {"id": "int64", "at": "timestamp[us, tz=UTC]", "x": "double"}


def test_the_newest_of_a_key_counts_where_that_is_asked() -> None:
    raws = [b'{"id":%d,"v":%d}' % (i, v) for i, v in ((1, 1), (2, 1), (1, 2), (1, 2), (1, 1))]
    first = passed(raws, rules_of(None, Asked(key=["id"])))
    assert (first.accepted, first.duplicates, list(first.faults)) == ([0, 1], [4], [2, 3])
    last = passed(raws, rules_of(None, Asked(key=["id"], keep="last")))
    assert (last.accepted, sorted(last.duplicates)) == ([1, 4], [0, 2, 3])
    before = {key: Seen(b"other", 7, 3) for key in last.keys}
    again = passed(raws[-1:], rules_of(None, Asked(key=["id"], keep="last")), last.stream, seen=before)
    assert again.gone == [(7, 3)]


def test_a_late_event_is_refused_by_what_came_before_it() -> None:
    rules = rules_of(None, Asked(event_time="at", lateness=60))
    at = ["12:00:00", "12:05:00", "12:04:01", "12:03:59", "12:05:30"]
    raws = [b'{"at":"2026-01-01T%s"}' % text.encode() for text in at]
    done = passed([*raws, b'{"at":null}', b'{"at":"noon"}'], rules)
    assert faults(done) == {3: [("late", "at")], 5: [("type", "at")], 6: [("type", "at")]}
    after = passed([b'{"at":"2026-01-01T12:04:29Z"}', b'{"at":"2026-01-01T12:04:31Z"}'], rules, done.stream)
    assert faults(after) == {0: [("late", "at")]}


def test_a_contract_says_what_is_late_and_which_record_counts() -> None:
    contract = Contract.parse(
        "contract: c\ncolumns: {id: integer, at: timestamp}\n"
        "keys: [id]\nlate: {column: at, within: 1 hour}\nkeep: last\n"
    )
    rules = rules_of(contract, Asked())
    assert (rules.event_time, rules.lateness, rules.keep) == ("at", 3_600_000_000, "last")
    at = ["2026-01-01T12:00:00Z", "2026-01-01T10:59:59Z", "2026-01-01T11:00:00Z"]
    done = passed([b'{"id":1,"at":"%s"}' % text.encode() for text in at], rules)
    assert (faults(done), done.accepted, done.duplicates) == ({1: [("late", "at")]}, [2], [0])
    for line, said in (
        ("late: {column: no, within: 1 h}", "no column 'no'"),
        ("late: {column: id, within: soon}", "no age"),
    ):
        with pytest.raises(InputError, match=said):
            Contract.parse(f"contract: c\ncolumns: {{id: integer}}\n{line}\n")


ODD = st.one_of(
    st.binary(max_size=30),
    st.dictionaries(
        st.sampled_from(["id", "x", "word", "more"]),
        st.none() | st.integers() | st.floats() | st.text() | st.booleans(),
    ).map(lambda row: json.dumps(row).encode()),
    st.sampled_from(GOOD),
)


@settings(max_examples=60)
@given(st.lists(ODD, max_size=12), st.integers(0, 12), st.sampled_from(["first", "last"]))
def test_every_record_has_one_fate_wherever_batches_end(raws: list[bytes], cut: int, keep: Any) -> None:
    """Two batches come to what one does; received = accepted + duplicates + refused."""
    rules = rules_of(None, Asked(key=["id"], keep=keep))
    stream = passed(GOOD).stream
    whole = passed(raws, rules, stream)
    assert sorted([*whole.accepted, *whole.duplicates, *whole.faults]) == list(range(len(raws)))
    one = passed(raws[:cut], rules, stream)
    two = passed(raws[cut:], rules, one.stream, seen=dict(one.keys))
    rows = one.table.to_pylist()
    gone = {row for _, row in two.gone}
    assert [row for i, row in enumerate(rows) if i not in gone] + two.table.to_pylist() == whole.table.to_pylist()
    assert {**one.faults, **{i + len(raws[:cut]): f for i, f in two.faults.items()}} == whole.faults
