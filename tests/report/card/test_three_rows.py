"""Judged numbers in a run's report: three marks a row, values and differences apart."""

from __future__ import annotations

from typing import Any

from evalkit.core.nouns import Correction, Estimate, Span
from evalkit.report.charts.forest import Forest
from evalkit.report.sections.three_rows import rows_drawn
from tests.report.card.builders import EVIL


def estimate(variant: str, *, people: bool, **changes: Any) -> Estimate:
    spans = {"judged": Span(point=0.8, lo=0.75, hi=0.85, n=300)}
    if people:
        spans["human_only"] = Span(point=0.7, lo=0.6, hi=0.8, n=100)
    given: dict[str, Any] = {
        "metric": "right", "variant": variant, "n": 300, "point": 0.76, "lo": 0.7, "hi": 0.82, "unit": "share",
        "method": "ppi++", "signature": "s", "correction": Correction(method="ppi++", because="labels", **spans),
    }  # fmt: skip
    return Estimate(**{**given, **changes})


def test_values_and_differences_have_an_axis_each() -> None:
    found = [estimate("a", people=True), estimate("b", people=False), estimate("a - b", people=False)]
    values, differences = rows_drawn(found)
    assert isinstance(values.spec, Forest)
    assert isinstance(differences.spec, Forest)
    assert [row.label for row in values.spec.rows] == ["right, a", "right, b"]
    assert [[mark.series for mark in row.marks] for row in values.spec.rows] == [[0, 1, 2], [0, 1]]
    assert (differences.spec.axis, differences.spec.rows[0].label) == ("a − b (share)", "right")
    assert [look.name for look in differences.spec.series] == ["the judge said", "corrected"], (
        "nobody's dot is promised"
    )
    assert values.table.header[:3] == ["", "Row", "Value"]
    told = [row[1:3] for row in values.table.rows]
    assert told[:3] == [["the judge said", "0.800"], ["corrected", "0.760"], ["people only", "0.70"]]


def test_a_corrected_number_without_a_value_stays() -> None:
    (values,) = rows_drawn([estimate(EVIL, people=False, point=None, lo=None, hi=None, reason="too few labels")])
    assert [mark.point for mark in values.spec.rows[0].marks] == [0.8, None]  # type: ignore[attr-defined]
    assert "<script" not in values.wide
