"""Metrics and splits as they are typed."""

import pytest

from evalkit.core.errors import InputError
from evalkit.pipeline.ab.asked import Asked, parse_metric, parse_split


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bought:proportion", ("bought", "proportion", None)),
        ("seconds:mean:lower", ("seconds", "mean", "lower")),
        ("seconds:lower", ("seconds", None, "lower")),
        ("a:b:sum:higher", ("a:b", "sum", "higher")),
        ("clicks/views:ratio", ("clicks/views", "ratio", None)),
        ("bought", ("bought", None, None)),
    ],
)
def test_a_metric_is_read(text: str, found: tuple[str, str | None, str | None]) -> None:
    assert parse_metric(text) == found


@pytest.mark.parametrize("text", ["", ":mean", "x:median", "x:ratio", "a//b:ratio", "x:mean:smaller"])
def test_what_is_no_metric_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Write"):
        parse_metric(text)


def test_a_ratio_needs_two_columns() -> None:
    assert Asked("a/b", "ratio").needs == ("a", "b")
    assert Asked("a/b", "sum").needs == ("a/b",)


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("a=.5,b=.5", {"a": 0.5, "b": 0.5}),
        (" a = 90 , b=10,", {"a": 0.9, "b": 0.1}),
        ("x=y=1", {"x=y": 1.0}),
        ("a=.5,b=.5,c=0", {"a": 0.5, "b": 0.5, "c": 0.0}),
        ("a=.333,b=.333,c=.333", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
    ],
)
def test_a_split_is_read(text: str, shares: dict[str, float]) -> None:
    assert parse_split(text) == pytest.approx(shares)


@pytest.mark.parametrize(
    "text", ["a=.5", "a=.5,b=.4", "a,b", "a=.5,a=.5", "=1", "a=-.5,b=1.5", "a=nan,b=1", "a=inf", ""]
)
def test_what_is_no_split_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--split"):
        parse_split(text)
