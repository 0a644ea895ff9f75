"""Which part of a key changed, down to function, config key and package; and that nothing else moves a key."""

from __future__ import annotations

from typing import Any

from evalkit.core.digest import digest_bytes
from evalkit.pipeline.stages.explain import Known, changes, definitions
from evalkit.pipeline.stages.nouns import KeyParts, OutputSpec, Thing

SOURCE = """\
import os

LIMIT = 3


def clean(rows):
    return [r for r in rows if r < LIMIT]


class Model:
    size = 1

    def fit(self, rows):
        return sum(rows)
"""


def parts(text: str = SOURCE, **more: Any) -> KeyParts:
    fields: dict[str, Any] = {
        "entry": "a.py:clean",
        "code": {"a.py": digest_bytes(text.encode())},
        "config": {"limit": 3, "model": {"depth": 2, "kind": "tree"}},
        "inputs": {"raw": Thing(kind="path", digest="a" * 64, name="raw.csv", source="raw.csv")},
        "outputs": {"rows": OutputSpec(kind="dataset")},
        "environment": "e" * 64,
        "seed": 0,
        "version": 1,
    }
    return KeyParts(**{**fields, **more})


def said(now: KeyParts, text: str = SOURCE, packages: dict[str, str] | None = None) -> list[str]:
    was = Known({"a.py": SOURCE}, {"numpy": "2.4", "old": "1"})
    found = changes(parts(), now, was, Known({"a.py": text}, packages or {"numpy": "2.4", "old": "1"}))
    assert (not found) == (parts().digest == now.digest)
    return [f"{change.part}: {change.said}" for change in found]


def test_the_same_is_the_same() -> None:
    assert said(parts()) == []


def test_names_and_places_of_inputs_move_no_key() -> None:
    moved = Thing(kind="path", digest="a" * 64, name="other.csv", source="there/other.csv", size=3)
    assert said(parts(inputs={"raw": moved})) == []


def test_a_function_is_named() -> None:
    for old, new, words in (
        ("r < LIMIT", "r <= LIMIT", "clean changed"),
        ("sum(rows)", "max(rows)", "Model.fit changed"),
        ("size = 1", "size = 2", "Model changed"),
        ("LIMIT = 3", "LIMIT = 4", "what stands outside of functions changed"),
        ("def clean", "def tidy", "tidy new; clean gone"),
        ("class Model:", "# a word\nclass Model:", "only comments and layout changed"),
        ("def clean(rows):", "def clean(rows", "its bytes changed, and it is no Python"),
    ):
        text = SOURCE.replace(old, new)
        assert said(parts(text), text) == [f"code: a.py: {words}"]


def test_files_come_and_go() -> None:
    more = {**parts().code, "b.py": "b" * 64}
    assert said(parts(code=more)) == ["code: b.py is new among the files of the code"]
    assert said(parts(code={})) == ["code: a.py is no longer among the files of the code"]
    assert said(parts(entry="a.py:other")) == ["code: the function is a.py:other, was a.py:clean"]


def test_without_the_sources_the_file_is_named_at_least() -> None:
    (change,) = changes(parts(), parts("x = 1\n"))
    assert (change.part, change.name, change.said) == ("code", "a.py", "a.py: its bytes changed")


def test_a_config_key_is_named_with_both_values() -> None:
    config = {"limit": 3.5, "model": {"depth": 2}, "new": [1]}
    assert said(parts(config=config)) == [
        "config: limit: 3 -> 3.5",
        'config: model.kind is gone, was "tree"',
        "config: new is new: [1]",
    ]
    assert said(parts(config={**parts().config, "limit": 3.0})) == []  # one number in JSON, one key


def test_inputs_outputs_seed_version() -> None:
    other = Thing(kind="dataset", digest="b" * 64, name="flights@2", rows=1200)
    assert said(parts(inputs={"raw": other})) == [
        "input: the input raw is flights@2 bbbbbbbbbbbb (1,200 rows), was raw.csv aaaaaaaaaaaa"
    ]
    assert said(parts(inputs={})) == ["input: the input raw is gone"]
    named = {"rows": OutputSpec(kind="dataset", name="x")}
    assert said(parts(outputs=named)) == ["output: the output rows is dataset:x, was dataset"]
    assert said(parts(seed=1, version=2)) == ["seed: the seed is 1, was 0", "version: the version is 2, was 1"]


def test_packages_are_named() -> None:
    now = parts(environment="f" * 64)
    assert said(now, packages={"numpy": "2.5", "new": "0.1"}) == [
        "environment: new 0.1, was not installed",
        "environment: numpy 2.5, was 2.4",
        "environment: old is gone, was 1",
    ]


def test_definitions_within_definitions() -> None:
    found = definitions("class A:\n  class B:\n    def f(self): return 1\n  x = 2\n@deco\ndef g(): pass\n")
    assert {"A", "A.B", "A.B.f", "g", ""} <= set(found)


def test_a_file_made_by_a_stage_is_told_by_its_name_too() -> None:
    one, two = (Thing(kind="file", digest="a" * 64, name=name) for name in ("a.csv", "a.tsv"))
    assert parts(inputs={"raw": one}).digest != parts(inputs={"raw": two}).digest
