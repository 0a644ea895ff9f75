"""Identity: RFC 8785 texts, equal for equal values, and fast and slow paths that agree."""

from __future__ import annotations

import gc
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.bulk import bulk
from evalkit.core.digest import canonical_json, canonical_jsons, digest_bytes, digest_file, digest_of
from evalkit.core.seeds import rng_from, seed_from

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-(2.0**53), 2.0**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def has_surrogate(value: object) -> bool:
    """Whether some text has no UTF-8 form."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # RFC 8785, appendix B
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (12.0, "12"),
        (-12.0, "-12"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
    ],
)
def test_numbers_look_as_ecmascript_prints_them(number: float, text: str) -> None:
    assert canonical_json(number) == text
    assert canonical_jsons([number]) == [text]


def test_keys_are_sorted_by_utf_16_units() -> None:
    # RFC 8785, section 3.2.3
    given_ = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical_json(given_))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_integers_keep_their_digits() -> None:
    assert digest_of(12345678901234567) != digest_of(12345678901234568)


@given(values)
def test_reading_it_back_gives_the_value(value: object) -> None:
    if has_surrogate(value):
        with pytest.raises(ValueError, match="surrogate"):
            canonical_json(value)
        return
    assert json.loads(canonical_json(value)) == value


@given(st.lists(values.filter(lambda v: not has_surrogate(v)), max_size=6))
def test_a_block_is_encoded_as_each_by_itself(block: list[object]) -> None:
    assert canonical_jsons(block) == [canonical_json(value) for value in block]


@given(st.dictionaries(st.text().filter(lambda t: not has_surrogate(t)), st.integers(), max_size=6))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert digest_of(value) == digest_of(dict(reversed(value.items())))


@pytest.mark.parametrize("bad", [math.nan, math.inf, {"a": [-math.inf]}, {1, 2}, {"a": b"x"}, "\ud800"])
def test_what_json_cannot_hold_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogate|serializable|compliant"):
        canonical_json(bad)


def test_a_file_is_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert digest_file(path) == digest_bytes(b"abc")
    assert digest_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_seeds_come_from_content() -> None:
    assert seed_from("a", 1) == seed_from("a", 1)
    assert seed_from("a", 1) != seed_from("a", 2)
    assert 0 <= seed_from("a") < 2**63
    assert rng_from("a").integers(1 << 30) == rng_from("a").integers(1 << 30)


def test_bulk_work_pauses_the_collector_and_puts_it_back() -> None:
    assert gc.isenabled()
    with bulk():
        assert not gc.isenabled()
        with bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(RuntimeError, match="x"), bulk():
        raise RuntimeError("x")
    assert gc.isenabled()
