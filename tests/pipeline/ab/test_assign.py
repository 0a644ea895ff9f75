"""Who gets which variant: shares, independence of experiments, sticky units, and the fewest moves."""

import numpy as np
import pytest
import scipy.stats

from evalkit.core.errors import InputError
from evalkit.pipeline.ab.assign import Assignment, exposure

UNITS = [f"user-{i}" for i in range(4_000)]


def arms(salt: str, split: dict[str, float]) -> np.ndarray:
    return np.array(list(Assignment(salt, split).arms(UNITS)))


@pytest.mark.parametrize("split", [{"a": 0.5, "b": 0.5}, {"a": 0.7, "b": 0.2, "c": 0.1}, {"a": 1.0, "b": 0.0}])
def test_units_fall_on_the_arms_with_their_shares(split: dict[str, float]) -> None:
    found = arms("checkout", split)
    there = [arm for arm, share in split.items() if share]
    counts = [int((found == arm).sum()) for arm in there]
    assert sum(counts) == len(UNITS)
    expected = [split[arm] * len(UNITS) for arm in there]
    assert len(there) == 1 or scipy.stats.chisquare(counts, expected).pvalue > 1e-3


def test_experiments_with_other_salts_are_independent() -> None:
    split = {"a": 0.5, "b": 0.5}
    one, other = arms("checkout", split), arms("search", split)
    table = [[int(((one == x) & (other == y)).sum()) for y in "ab"] for x in "ab"]
    assert scipy.stats.chi2_contingency(table).pvalue > 1e-3


def test_a_unit_keeps_its_arm_on_any_day_and_machine() -> None:
    assert list(Assignment("checkout", {"a": 0.5, "b": 0.5}).arms(UNITS[:12])) == list("babbbbaaabba")
    assert (arms("s", {"a": 0.3, "b": 0.7}) == arms("s", {"b": 0.7, "a": 0.3})).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.6}),
        ({"a": 0.9, "b": 0.05, "c": 0.05}, {"a": 0.5, "b": 0.25, "c": 0.25}),
        ({"a": 0.5, "b": 0.5}, {"a": 0.45, "b": 0.45, "c": 0.1}),
        ({"a": 0.4, "b": 0.3, "c": 0.3}, {"a": 4 / 7, "b": 3 / 7, "c": 0.0}),
    ],
)
def test_changed_shares_move_the_fewest_units(before: dict[str, float], after: dict[str, float]) -> None:
    first, then = arms("s", before), arms("s", after)
    fewest = sum(max(0.0, share - before.get(arm, 0.0)) for arm, share in after.items())
    moved = float((first != then).mean())
    assert moved == pytest.approx(fewest, abs=4 * np.sqrt(fewest / len(UNITS)))
    grew = {arm for arm, share in after.items() if share > before.get(arm, 0.0)}
    assert set(then[first != then]) <= grew


def test_no_unit_moves_to_an_arm_that_did_not_grow_beside_its_own() -> None:
    before, after = {"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.2, "b": 0.3, "c": 0.5}
    first, then = arms("s", before), arms("s", after)
    for here, there in zip(first[first != then], then[first != then], strict=True):
        assert after[there] / before[there] > after[here] / before[here]


def test_units_that_were_exposed_stay_while_their_arm_is_there() -> None:
    seen = {"user-1": "b", "user-2": "gone"}
    experiment = Assignment("s", {"a": 0.999999, "b": 0.000001})
    assert list(experiment.arms(["user-1", "user-2"], seen)) == ["b", "a"]


def test_an_exposure_is_the_row_that_the_analysis_reads() -> None:
    assert exposure("user-1", "a", 1_700_000_000.5) == {"unit": "user-1", "variant": "a", "ts": 1_700_000_000.5}


@pytest.mark.parametrize(
    ("salt", "split"), [("", {"a": 1.0}), ("s", {"a": 0.0}), ("s", {"a": -0.1, "b": 1.1}), ("s", {})]
)
def test_what_is_no_experiment_is_refused(salt: str, split: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Assignment(salt, split)
