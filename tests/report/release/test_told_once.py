"""What evidence of the loop looks like on the page: words for people, differences apart from values, history once."""

from __future__ import annotations

from evalkit.core.evidence import Measured, Moment, Series
from evalkit.pipeline.rollout.told import _name
from evalkit.report.release import effects
from evalkit.report.release.first import _telling
from evalkit.report.release.registry import _begins
from tests.report.release import evidence


def measured(metric: str, said: str = "", *, contrast: bool = True) -> Measured:
    series = Series(metric=metric, moments=[Moment(at="2024-05-06", n=5, point=0.5)])
    return Measured(metric=metric, n=9, point=0.5, lo=0.1, hi=0.9, said=said, contrast=contrast, series=series)


def test_how_often_two_systems_disagree_is_no_difference() -> None:
    both = [measured("brier", "not_worse"), measured("mismatch", contrast=False)]
    (figure,) = effects.effects(both, "x", "challenger − champion")
    assert "mismatch" not in figure.wide
    assert len(effects.differences_in_time(both, "x")) == 1
    assert [row["value"] for row in effects.rows(both)] == ["+0.50", "0.50"]


def test_verdicts_are_words() -> None:
    one = [measured("brier", "not_worse")]
    assert effects.rows(one)[0]["said"] == "not worse"
    assert "not worse" in effects.effects(one, "x", "a − b")[0].wide


def test_a_registry_that_a_later_one_continues_is_told_once() -> None:
    found = evidence.registry()
    earlier = found.model_copy(update={"moves": found.moves[:1]})
    other = found.model_copy(update={"artifact": evidence.digest("another")})
    assert _begins(earlier, found)
    assert not _begins(found, earlier)
    assert not _begins(other, found)


def test_a_system_has_its_name() -> None:
    assert _name("challenger=model:flights@2?output=label") == "challenger"
    assert _name("model:flights@2?output=label") == "model:flights@2?output=label"
    assert _name(None) == ""


def test_the_checklist_says_what_the_badge_is_of() -> None:
    door = evidence.validation().model_copy(update={"outcome": None, "created": "2024-05-07"})
    check = evidence.validation().model_copy(update={"outcome": "pass"})
    failed = evidence.validation().model_copy(update={"outcome": "fail"})
    assert _telling([check, door]) is check
    assert _telling([failed, check, door]) is failed
    assert _telling([door]) is door
