"""What a judge's verdicts are worth, foretold from its calibration."""

from __future__ import annotations

import pytest

from evalkit.core.judge_card import Width
from evalkit.core.nouns import Span
from evalkit.engine.calibrating.strength import strength


def widths(found: tuple[Width, ...], of: str) -> list[float]:
    spans: list[Span] = [getattr(one, of) for one in found]
    return [span.hi - span.lo for span in spans if span.lo is not None and span.hi is not None]


def test_more_answers_make_it_surer_up_to_what_its_errors_allow() -> None:
    found = strength(145, 13, 38, 4)
    assert found is not None
    assert found.rate == pytest.approx(149 / 200)
    judged, people = widths(found.carried, "judged"), widths(found.carried, "people")
    assert judged == sorted(judged, reverse=True)
    assert people == sorted(people, reverse=True)
    assert all(a > b for a, b in zip(judged, people, strict=True)), "a judge that errs is worth less than its people"
    assert judged[-1] > 0.08, "5,000 answers do not make its error rates known"
    fresh, alone = widths(found.fresh, "judged"), widths(found.fresh, "people")
    assert fresh == sorted(fresh, reverse=True)
    assert all(a < b for a, b in zip(fresh, alone, strict=True)), "a good judge adds to labels"
    assert all(abs((one.judged.point or 0) - found.rate) < 0.02 for one in found.fresh)
    assert strength(145, 13, 38, 4) == found


def test_a_perfect_judge_on_many_labels_is_worth_nearly_a_person() -> None:
    found = strength(5_000, 0, 5_000, 0)
    assert found is not None
    judged, people = widths(found.carried, "judged"), widths(found.carried, "people")
    assert judged[2] == pytest.approx(people[2], rel=0.1)


def test_chance_corrects_nothing_and_says_so() -> None:
    found = strength(25, 25, 25, 25)
    assert found is not None
    assert found.carried == ()
    assert "chance" in found.why_not


@pytest.mark.parametrize(
    "counts", [(None, 1, 1, 1), (1, 1, 1, None), (0, 0, 9, 0), (9, 0, 0, 0), (-1, 2, 3, 4), (1e300, 1, 1, 1)]
)
def test_counts_that_tell_nothing(counts: tuple[float | None, ...]) -> None:
    assert strength(*counts) is None
