"""What a trend joins, what it calls a change, and what it says of verdicts that were asked for again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evalkit.app.site import chosen, gather, slugs
from evalkit.core.dossier import Site, SuiteTrend
from evalkit.core.errors import InputError
from evalkit.core.nouns import Correction, Digests, Record, Span
from evalkit.report.site import suite as suite_page
from evalkit.report.site.spark import Dot, spark
from evalkit.report.site.trend import Trend
from evalkit.report.site.trend_drawn import segments
from evalkit.report.site.trends import Told, figure
from evalkit.stores.memory import MemoryStore
from tests.report.builders import HOSTILE, digest, variant
from tests.report.site.builders import a_run, put


def trend_of(runs: Sequence[Record]) -> SuiteTrend:
    store = MemoryStore()
    for made in runs:
        put(store, made)
    return gather(store, chosen(store), title="t", limit=9).suites[0]


def drawn(trend: SuiteTrend, metric: str = "accuracy") -> Trend:
    made = figure(Told(trend), metric, "x", small=False)
    assert made is not None
    assert isinstance(made.spec, Trend)
    return made.spec


def places(spec: Trend, series: int = 0) -> list[list[int]]:
    return [[place for place, _ in found] for found in segments(spec, series)]


def without(made: Record, metric: str) -> Record:
    gone = {"point": None, "lo": None, "hi": None, "reason": "no case was scored"}
    kept = [e.model_copy(update=gone) if e.metric == metric else e for e in made.estimates]
    return made.model_copy(update={"estimates": kept})


def corrected(made: Record, metric: str) -> Record:
    how = Correction(method="ppi++", because="labels", judged=Span(point=0.7))
    kept = [e.model_copy(update={"correction": how}) if e.metric == metric else e for e in made.estimates]
    return made.model_copy(update={"estimates": kept})


def test_values_are_joined_only_where_cases_and_scoring_are_the_same() -> None:
    runs = [
        a_run(0),
        a_run(1),
        a_run(2, cases="more cases"),
        a_run(3, cases="more cases"),
        a_run(4, scoring="stricter"),
    ]
    spec = drawn(trend_of(runs))
    assert places(spec) == [[0, 1], [2, 3], [4]]
    assert [stop.apart for stop in spec.stops] == ["", "", "cases", "", "cases and scoring"]
    svg = spec.svg(920, "x")
    assert "cases and scoring changed" in svg
    assert [d.count("L") for d in re.findall(r'class="c-path t-candidate"[^>]* d="([^"]*)"', svg)] == [1, 1]


def test_a_run_without_a_value_is_a_gap_with_its_reason_and_no_zero() -> None:
    spec = drawn(trend_of([a_run(0), without(a_run(1), "within_10"), a_run(2)]), "within_10")
    assert places(spec) == [[0], [2]]
    svg = spec.svg(920, "x")
    assert "no case was scored" in svg
    assert ">×<" in svg
    assert any("no case was scored" in cell for row in spec.table().rows for cell in row)


def test_a_corrected_number_is_not_joined_with_an_uncorrected_one() -> None:
    runs = trend_of([a_run(0), corrected(a_run(1), "accuracy"), corrected(a_run(2), "accuracy")])
    assert places(drawn(runs)) == [[0], [1, 2]]
    assert places(drawn(runs, "f1")) == [[0, 1, 2]]


def test_a_change_of_gates_alone_keeps_numbers_comparable() -> None:
    moved = Digests(cases=digest("cases"), scoring=digest("scoring"), policy=digest("stricter gates"))
    trend = trend_of([a_run(0, candidate="same"), a_run(1, candidate="same", digests=moved)])
    changed = trend.runs[1].changed
    assert changed is not None
    assert [c.what for c in changed] == ["gates", "answers of candidate"]
    assert trend.runs[1].comparable
    assert trend.repeated == ()


def test_systems_that_come_and_go_are_told() -> None:
    three = [variant(name, "candidate") for name in ("candidate", "b")]
    changed = trend_of([a_run(0), a_run(1, variants=three)]).runs[1].changed
    assert changed is not None
    assert {c.what: c.said for c in changed} == {"candidate": "", "b": "is new", "baseline": "is gone"}


def test_verdicts_of_one_candidate_are_counted_as_each_run_alone_says() -> None:
    runs = [a_run(i, candidate="same", outcome=o) for i, o in enumerate(["pass", "fail", "pass", "pass"])]
    [found] = trend_of([*runs, a_run(4)]).repeated
    assert (found.outcomes, found.n_changes, found.n_answers) == (("pass", "fail", "pass", "pass"), 2, 4)
    told = suite_page.page(Site("t", ()), trend_of([*runs, a_run(4)]))
    assert "its verdict changed" in told
    assert "2 of 3" in told


def test_names_become_safe_and_unique_files() -> None:
    names = [
        "flights",
        "Flights",
        "FLIGHTS",
        "con",
        "",
        "..",
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "漢字",
        *HOSTILE,
        "x" * 300,
    ]
    found = slugs(dict.fromkeys(names))
    assert found["flights"] == "flights"
    assert len({slug.lower() for slug in found.values()}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,110}", slug) for slug in found.values())
    assert slugs({"a/b": 0})["a/b"] == found["a/b"]  # of the name alone


def test_an_unknown_suite_names_the_nearest() -> None:
    store = MemoryStore()
    put(store, a_run(0))
    with pytest.raises(InputError, match="Did you mean 'flights'"):
        chosen(store, ["flight"])


@pytest.mark.parametrize("n", [1, 160])
def test_a_trend_stays_inside_its_picture(n: int) -> None:
    runs = [a_run(0)] if n == 1 else [a_run(i) for i in range(8)]
    trend = trend_of(runs)
    trend = SuiteTrend(trend.name, trend.slug, tuple((trend.runs * n)[:n]))
    for width, narrow in ((920, False), (330, True)):
        svg = drawn(trend).svg(width, "x", narrow=narrow)
        at = [float(x) for x in re.findall(r' c?x[12]?="([-\d.]+)"', svg)]
        assert min(at) >= 0
        assert max(at) <= width


def test_a_sparkline_of_nothing_is_nothing() -> None:
    nothing: list[Any] = [Dot(None, None, True)]
    assert spark(nothing, "s", "t") == ""
    assert spark([Dot(0.5, None, True)], "s", "t").count("<circle") == 2


def test_a_metric_that_the_newest_run_lacks_is_not_called_its_newest() -> None:
    newest = a_run(1)
    kept = [e for e in newest.estimates if e.metric != "within_10"]
    spec = drawn(trend_of([a_run(0), newest.model_copy(update={"estimates": kept})]), "within_10")
    assert "last measured 2026-01-01" in spec.title


def test_the_words_of_a_gate_stand_where_it_ended() -> None:
    spec = drawn(trend_of([a_run(i) for i in range(4)]))
    stops = [
        stop._replace(
            row=replace(stop.row, marks=tuple(replace(m, line=0.55 if i == 0 else None) for m in stop.row.marks))
        )
        for i, stop in enumerate(spec.stops)
    ]

    def at(trend: Trend) -> float:
        found = re.search(r'<text[^>]*? x="([\d.]+)"[^>]*>≥ 0\.55<', trend.svg(800, "g"))
        assert found is not None
        return float(found[1])

    gone = at(replace(spec, stops=tuple(stops)))
    assert gone < 400
    always = [
        stop._replace(row=replace(stop.row, marks=tuple(replace(m, line=0.55) for m in stop.row.marks)))
        for stop in stops
    ]
    assert at(replace(spec, stops=tuple(always))) > 500
