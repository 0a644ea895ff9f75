"""YAML 1.2: what a scalar means, where it stands, and a sentence for everything hostile."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.engine.yaml12 import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("nULL", "nULL"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("1_000", "1_000"),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1:30", "1:30"),
        ("2013-04-01", "2013-04-01"),
        ("'7'", "7"),
        ('"\\u00e9"', "é"),
        ("!!str 7", "7"),
        ("=", "="),
    ],
)
def test_scalars_of_the_core_schema(text: str, value: object) -> None:
    found = parse_yaml(f"key: {text}\n").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_texts_as_written() -> None:
    assert parse_yaml("NO: 1\n7: 2\ntrue: 3\n").value == {"NO": 1, "7": 2, "true": 3}


def test_every_key_and_entry_has_its_line() -> None:
    text = "layers:\n  task:\n    - f1\n    - numeric:\n        abs: 10\n        field:\n          minutes\n"
    lines = parse_yaml(text).lines
    assert lines[("layers",)] == 1
    assert lines[("layers", "task", 0)] == 3
    assert lines[("layers", "task", 1, "numeric", "abs")] == 5
    assert lines[("layers", "task", 1, "numeric", "field")] == 6


def test_aliases_repeat_the_value() -> None:
    assert parse_yaml("a: &x {b: [1, 2]}\nc: *x\n").value == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_json_is_yaml(value: object) -> None:
    """YAML 1.2 was made a superset of JSON: what JSON wrote is read as JSON reads it."""
    text = json.dumps(value, ensure_ascii=False)
    assert parse_yaml(text).value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "s.yaml:3:1", "the key 'a' is written twice (first on line 1)"),
        ("a: b: c\n", "s.yaml:1:5", "mapping values are not allowed here"),
        ("a:\n\t- x\n", "s.yaml:2:1", "cannot start any token"),
        ("a: [1, 2\nb: 3\n", "s.yaml:2:2", "which starts on line 1"),
        ("a: 'x\n", "s.yaml:2:1", "unexpected end of the file"),
        ("a: 1\nb: .nan\n", "s.yaml:2:4", ".nan is not a finite number"),
        ("a: -.inf\n", "s.yaml:1:4", "-.inf is not a finite number"),
        ("a: 1e999\n", "s.yaml:1:4", "too large for a number"),
        (f"a: {'9' * 5000}\n", "s.yaml:1:4", "a number of 5,000 characters is too long"),
        ("a: !!python/object/apply:os.system [x]\n", "s.yaml:1:4", "the tag '!!python/object/apply:os.system'"),
        ("a: !secret x\n", "s.yaml:1:4", "the tag '!secret' is not allowed"),
        ("a: !!int x\n", "s.yaml:1:4", "the tag '!!int' is not allowed"),
        ("a: &x [*x]\n", "s.yaml:1:8", "stands inside its own anchor"),
        ("a: *x\n", "s.yaml:1:4", "has no anchor"),
        ("<<: {a: 1}\n", "s.yaml:1:1", "merge keys"),
        ("? [a]\n: 1\n", "s.yaml:1:3", "where a key should be"),
        ("a: 1\n---\nb: 1\n", "s.yaml:2:1", "a second document"),
        ("%YAML 1.1\n---\na: NO\n", "s.yaml:2:1", "asks for YAML 1.1"),
        ('a: "\\ud800"\n', "s.yaml:1:4", "half of a surrogate pair"),
        ("a: 1\nb: \x07\n", "s.yaml:2:4", "U+0007"),
        ("[" * 100_000, "s.yaml:1:51", "more than 50 levels"),
        ("- " * 100 + "x", "s.yaml:1:101", "more than 50 levels"),
    ],
)
def test_one_sentence_with_its_place(text: str, place: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "s.yaml")
    assert caught.value.where == place
    assert said in caught.value.what
    assert caught.value.remedy


def test_a_billion_laughs_are_refused_quickly() -> None:
    names = "abcdefghij"
    text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(names)
    )
    start = time.perf_counter()
    with pytest.raises(InputError, match="exceeds 1,000,000 characters"):
        parse_yaml(text)
    assert time.perf_counter() - start < 5


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InputError, match=r"suite\.yaml:2: byte 8 \(0xff\) is not UTF-8"):
        read_yaml(tmp_path / "suite.yaml")
    (tmp_path / "big.yaml").write_text("a: b\n" * 60_000)
    with pytest.raises(InputError, match="larger than 250,000 bytes"):
        read_yaml(tmp_path / "big.yaml")
    with pytest.raises(InputError, match=r"Nearest: 'suite\.yaml'"):
        read_yaml(tmp_path / "siute.yaml")
    with pytest.raises(InputError, match="this is a folder"):
        read_yaml(tmp_path)
    with pytest.raises(InputError, match="cannot be opened"):
        read_yaml(tmp_path / ("x" * 5000))
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(tmp_path / "bom.yaml").value == {"a": 1}


@settings(max_examples=200, deadline=None)
@given(st.text("ab:-[]{},&*!#|>'\"%@? \n\t01.~", max_size=60))
def test_any_text_gives_plain_values_or_a_sentence(text: str) -> None:
    try:
        value, where = parse_yaml(text, "s.yaml").value, "s.yaml"
    except InputError as error:
        value, where = None, error.where
    assert where.startswith("s.yaml")
    assert json.loads(json.dumps(value, allow_nan=False)) == value
