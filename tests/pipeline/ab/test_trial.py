"""Units, their arms and their rows."""

import numpy as np
import pytest

from evalkit.core.errors import InputError
from evalkit.pipeline.ab.asked import Asked
from evalkit.pipeline.ab.trial import join
from evalkit.pipeline.ab.values import asked_of, unit_values

from .made import exposures, outcomes

SEEN = [("x", "b", 30), ("y", "a", 10), ("x", "b", 20), ("z", "a", 25), ("w", "a", 5), ("w", "b", 6)]
CAME = [
    ("x", "won", 1, 20),
    ("x", "won", 0, 21),
    ("x", "won", 1, 19),
    ("y", "won", 0, 11),
    ("z", "spent", 3, 26),
    ("z", "spent", 4, 27),
    ("w", "won", 1, 50),
    ("nobody", "won", 1, 50),
]


def test_units_come_in_order_each_with_one_arm() -> None:
    found = join(exposures(SEEN), outcomes(CAME))
    assert found.arms == ("a", "b")
    assert found.arm.tolist() == [0, 1, 0]  # y, x, z
    assert (found.first / 1e6).tolist() == [10, 20, 25]
    assert found.counts() == {"a": 2, "b": 1}


def test_what_does_not_count_is_counted() -> None:
    found = join(exposures(SEEN), outcomes(CAME))
    assert (found.excluded, found.unknown, found.of_excluded) == (1, 1, 1)
    assert (len(found.after.unit), len(found.before.unit)) == (5, 1)


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (Asked("won", "proportion"), [0, 1, 0]),
        (Asked("won", "sum"), [0, 1, 0]),
        (Asked("won", "mean"), [0, 0.5, np.nan]),
        (Asked("spent", "sum"), [0, 0, 7]),
        (Asked("spent", "mean"), [np.nan, np.nan, 3.5]),
        (Asked("spent/won", "ratio"), [0, 0, 7]),
    ],
)
def test_a_unit_has_one_value(asked: Asked, values: list[float]) -> None:
    found = join(exposures(SEEN), outcomes(CAME))
    assert unit_values(found, asked).values == pytest.approx(values, nan_ok=True)


def test_denominators_and_what_was_before_are_there_when_asked_for() -> None:
    found = join(exposures(SEEN), outcomes(CAME))
    assert unit_values(found, Asked("spent/won", "ratio")).over.tolist() == [0, 1, 0]
    assert unit_values(found, Asked("won", "proportion"), earlier=True).earlier.tolist() == [0, 1, 0]
    assert unit_values(found, Asked("won", "mean"), earlier=True).earlier.tolist() == [1, 1, 1]
    assert unit_values(found, Asked("spent", "mean"), earlier=True).earlier.tolist() == [0, 0, 0]


def test_it_can_be_seen_as_it_stood() -> None:
    found = join(exposures(SEEN), outcomes(CAME)).until(20_000_000)
    assert found.arm.tolist() == [0, 1]
    assert len(found.after.unit) == 2
    assert found.counts() == {"a": 1, "b": 1}


def test_units_of_one_moment_come_in_an_order_that_does_not_tell_their_arm() -> None:
    rows = [(f"u{i}", "a" if i < 500 else "b", 7) for i in range(1_000)]
    came = outcomes([("u1", "won", 1, 8)])
    arm = join(exposures(rows), came).arm
    assert 0.4 < arm[:500].mean() < 0.6
    again = join(exposures(rows[::-1]), came).arm
    assert (again == arm).all()


def test_a_variant_that_is_not_in_the_split_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"seen:2: the variant 'a' is not in the split"):
        join(exposures(SEEN), outcomes(CAME), {"b": 0.5, "A": 0.5})


def test_metrics_are_found_or_asked_for() -> None:
    came = outcomes(CAME)
    assert asked_of([], came) == [Asked("spent", "mean"), Asked("won", "proportion")]
    assert asked_of([("won", "mean", "lower"), ("won", None, "higher")], came) == [
        Asked("won", "mean", "lower"),
        Asked("won", "proportion"),
    ]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (("wun", None, "higher"), "no outcome has the metric 'wun'. Nearest: 'won'"),
        (("spent", "proportion", "higher"), "came:5: 'spent' is 3, and a proportion is made of 0 and 1"),
        (("won/seen", "ratio", "higher"), "no outcome has the metric 'seen'"),
    ],
)
def test_what_cannot_be_measured_is_refused(wanted: tuple[str, str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        asked_of([wanted], outcomes(CAME))
    assert said in str(error.value)


def test_asking_twice_and_negative_denominators_are_refused() -> None:
    with pytest.raises(InputError, match="asked for twice"):
        asked_of([("won", "sum", "higher"), ("won", "sum", "lower")], outcomes(CAME))
    with pytest.raises(InputError, match="a denominator is 0 or more"):
        asked_of([("won/spent", "ratio", "higher")], outcomes([*CAME, ("z", "spent", -1, 60)]))
