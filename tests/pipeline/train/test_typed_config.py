"""Keys that a typed config would pass over in silence."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pydantic import AliasPath, BaseModel, ConfigDict, Field

from evalkit.pipeline.train.typed_config import fields_of, unknown_fields


class Inner(BaseModel):
    depth: int = 3


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    inner: Inner = Inner()


class Aliased(BaseModel):
    rate: float = Field(0.5, alias="learning-rate")


class Deep(BaseModel):
    rate: float = Field(0.5, validation_alias=AliasPath("a", "b"))


@dataclasses.dataclass
class Outer:
    inner: Inner = dataclasses.field(default_factory=Inner)
    free: dict[str, Any] = dataclasses.field(default_factory=dict)
    maybe: Inner | None = None
    made: int = dataclasses.field(default=0, init=False)


@pytest.mark.parametrize(
    ("kind", "given", "unknown"),
    [
        (Outer, {"inner": {"dpeth": 4}, "free": {"x": 1}, "maybe": {"x": 1}}, ["inner.dpeth"]),
        (Outer, {"out": 1, "made": 2}, ["out", "made"]),
        (Inner, {"depth": 4}, []),
        (Open, {"x": 1, "inner": {"x": 1}}, ["inner.x"]),
        (Aliased, {"learning-rate": 1, "rate": 2, "rat": 3}, ["rat"]),
        (Deep, {"a": {"b": 1}}, []),
        (dict, {"a": 1}, []),
    ],
)
def test_places_that_no_field_takes(kind: type, given: dict[str, Any], unknown: list[str]) -> None:
    assert list(unknown_fields(kind, given)) == unknown


def test_fields_are_named_with_their_aliases() -> None:
    assert list(fields_of(Aliased)) == ["rate", "learning-rate"]
    assert list(fields_of(Outer)) == ["inner", "free", "maybe"]
