"""Lines and rows: what a system writes is read in bounded memory, and never trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.protocols import Request
from evalkit.core.texts import clip, parse
from evalkit.predictors.rows import answer_of, case_id_in, request_line
from evalkit.predictors.splitter import KEPT, Overlong, Splitter


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"x").strip()), max_size=8), st.integers(1, 9))
def test_lines_do_not_depend_on_how_they_arrive(lines: list[bytes], step: int) -> None:
    stream = b"\n".join(lines)
    splitter = Splitter(1_000)
    found = [line for i in range(0, len(stream), step) for line in splitter.feed(stream[i : i + step])]
    assert found + splitter.finish() == [line for line in lines if line]


def test_an_overlong_line_keeps_its_ends_in_bounded_memory() -> None:
    splitter = Splitter(100_000)
    assert splitter.feed(b"head") == []
    for _ in range(800):
        assert splitter.feed(b"x" * 65_536) == []
        assert splitter._size - 4 <= 800 * 65_536
        assert sum(map(len, splitter._parts)) <= 100_000 + 65_536
    long, after = splitter.feed(b"tail\nnext\n")
    assert isinstance(long, Overlong)
    assert (long.head[:4], long.tail[-4:], long.size) == (b"head", b"tail", 800 * 65_536 + 8)
    assert len(long.head) == len(long.tail) == KEPT
    assert after == b"next"


@pytest.mark.parametrize("case_id", ["a", 'with "quotes" and \\', "é🙂", ""])
def test_the_case_id_is_found_in_a_piece_of_a_row(case_id: str) -> None:
    text = json.dumps({"case_id": case_id, "output": "x" * 50}).encode()
    assert case_id_in(text[:-20]) == case_id
    assert case_id_in(b'{"output": "xxx') is None


def test_a_request_is_one_line_whatever_it_holds() -> None:
    line = request_line(Request("é\n", 1, {"x": "\u2028\n"}, 5))
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"case_id": "é\n", "input": {"x": "\u2028\n"}, "repeat": 1, "seed": 5}


@pytest.mark.parametrize(
    "row",
    [
        {"output": 1, "seconds": "x"},
        {"output": 1, "cost": -1},
        {"output": 1, "confidence": 2},
        {"output": 1, "tokens_in": 1.5},
        {"output": 1, "model": 3},
        {"failure": {"kind": "x"}},
        {"failure": ""},
    ],
)
def test_a_row_that_breaks_the_form_is_a_failure(row: dict[str, Any]) -> None:
    failure = answer_of(row).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == ("system", "unparseable")


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "[" * 100_000])
def test_json_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@given(st.text(st.characters(), max_size=3_000))
def test_a_clipped_text_is_bounded_and_has_bytes(text: str) -> None:
    assert len(clip(text, 100).encode()) < 2_000
