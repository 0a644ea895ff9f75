"""Versions, aliases by compare-and-swap, rollbacks that know history, retirement."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.chain import Conflict
from evalkit.core.errors import InputError, StoreError
from evalkit.core.versions import Event
from evalkit.pipeline.registry.nouns import PREFIX
from evalkit.pipeline.registry.registry import Registry, check_alias
from evalkit.pipeline.registry.state import state_of
from evalkit.pipeline.registry.telling import evidence_of
from evalkit.stores.chains import SqliteChains
from tests.pipeline.registry.built import NAME, a_registry, moved, registered


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return a_registry(tmp_path)


def promoted(registry: Registry, *versions: int) -> None:
    for version in versions:
        holder = registry.state(NAME).holder("champion")
        registry.promote(NAME, moved(version, None if holder is None else holder.version), "ann")


def champion(registry: Registry) -> int | None:
    holder = registry.state(NAME).holder("champion")
    return None if holder is None else holder.version


def back(registry: Registry, to: int | None = None) -> int | None:
    registry.rollback(registry.state(NAME), "champion", "bob", "why", to)
    return champion(registry)


def test_versions_are_numbered_and_the_same_is_there_once(registry: Registry) -> None:
    assert list(registry.state(NAME).versions) == [1, 2, 3]
    version, event = registry.register(NAME, lambda number: registered(number, f"{2:064x}"), "ann")
    assert (version.version, event) == (2, None)
    assert registry.names() == [NAME]


def test_all_who_register_at_once_get_a_number_of_their_own(tmp_path: Path) -> None:
    def one(i: int) -> int:
        registry = Registry(SqliteChains(tmp_path))
        return registry.register(NAME, lambda number: registered(number, f"{i:064x}"), str(i))[0].version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(8))) == list(range(1, 9))


def test_of_two_operators_one_is_told_that_the_other_came_first(registry: Registry) -> None:
    promoted(registry, 1)
    registry.promote(NAME, moved(2, 1), "ann")
    with pytest.raises(Conflict, match="champion stands on 2, and was expected on 1: someone else moved it"):
        registry.promote(NAME, moved(3, 1), "bob")
    assert champion(registry) == 2


def test_exactly_one_of_many_wins_each_round(tmp_path: Path) -> None:
    a_registry(tmp_path)

    def one(version: int) -> bool:
        try:
            Registry(SqliteChains(tmp_path)).promote(NAME, moved(version, None), str(version))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(one, (1, 2, 3, 1, 2, 3))) == 1
    assert Registry(SqliteChains(tmp_path)).verify(NAME) == []


def test_two_rollbacks_go_two_holders_back_and_not_to_and_fro(registry: Registry) -> None:
    promoted(registry, 1, 2, 3)
    assert back(registry) == 2
    assert back(registry) == 1
    with pytest.raises(InputError, match=r"nobody held champion before version 1.*--undo"):
        back(registry)


def test_a_rollback_is_undone_once(registry: Registry) -> None:
    promoted(registry, 1, 2)
    back(registry)
    registry.undo(registry.state(NAME), "champion", "bob", "it was the weather")
    assert champion(registry) == 2
    with pytest.raises(InputError, match="was no rollback"):
        registry.undo(registry.state(NAME), "champion", "bob", "")
    assert back(registry) == 1


def test_a_rollback_names_an_earlier_holder_and_no_other(registry: Registry) -> None:
    promoted(registry, 1, 2, 3)
    assert back(registry, to=1) == 1
    with pytest.raises(InputError, match="did not stand on version 3 before it"):
        back(registry, to=3)
    with pytest.raises(InputError, match="no alias 'shadow'"):
        registry.rollback(registry.state(NAME), "shadow", "bob", "")


def test_a_promotion_after_a_rollback_forgets_who_was_taken_away(registry: Registry) -> None:
    promoted(registry, 1, 2)
    back(registry)
    promoted(registry, 3)
    assert back(registry) == 1


def test_a_retired_version_holds_no_alias_and_is_passed_over(registry: Registry) -> None:
    promoted(registry, 1, 2, 3)
    with pytest.raises(InputError, match="champion stands on version 3"):
        registry.retire(registry.state(NAME), 3, "ann", "")
    registry.retire(registry.state(NAME), 2, "ann", "it leaks")
    with pytest.raises(Conflict, match="the version was retired, so nothing can stand on it: 2"):
        registry.promote(NAME, moved(2, 3), "ann")
    assert back(registry) == 1
    with pytest.raises(InputError, match="is retired already"):
        registry.retire(registry.state(NAME), 2, "ann", "")
    assert registry.verify(NAME) == []


def test_a_retirement_sees_a_promotion_that_came_in_between(registry: Registry) -> None:
    promoted(registry, 1, 2)
    stale = registry.state(NAME)
    back(registry)
    with pytest.raises(Conflict):
        registry.retire(stale, 1, "ann", "")


def test_an_alias_that_was_taken_away_stands_nowhere_and_a_rollback_puts_its_last_holder_back(
    registry: Registry,
) -> None:
    promoted(registry, 1, 2)
    stale = registry.state(NAME)
    event = registry.remove(stale, "champion", "ann", "it lies")
    assert (champion(registry), event.data["before"], registry.state(NAME).aliases_of(2)) == (None, 2, [])
    with pytest.raises(Conflict, match="champion stands nowhere, and was expected on 2"):
        registry.remove(stale, "champion", "bob", "")
    with pytest.raises(InputError, match=r"was taken away, and stands nowhere.*registry rollback flights"):
        registry.remove(registry.state(NAME), "champion", "bob", "")
    (move,) = [one for one in evidence_of(registry.state(NAME), 2, "2026").moves if one.what == "removed"]
    assert (move.alias, move.before, move.after, move.note) == ("champion", "2", None, "it lies")
    assert back(registry) == 2
    assert back(registry) == 1
    registry.remove(registry.state(NAME), "champion", "ann", "")
    assert back(registry, to=1) == 1
    assert registry.verify(NAME) == []


def test_the_only_version_can_be_retired_when_no_alias_stands_on_it_any_more(tmp_path: Path) -> None:
    registry = a_registry(tmp_path, 1)
    promoted(registry, 1)
    registry.remove(registry.state(NAME), "champion", "ann", "")
    stale = registry.state(NAME)
    back(registry)
    with pytest.raises(Conflict):  # it was put back in between
        registry.retire(stale, 1, "ann", "")
    registry.remove(registry.state(NAME), "champion", "ann", "")
    registry.retire(registry.state(NAME), 1, "ann", "it leaks")
    with pytest.raises(InputError, match="champion was taken away, and all who held it are retired"):
        back(registry)
    assert registry.verify(NAME) == []


@pytest.mark.parametrize("alias", ["", "3", "#versions", "a b", "-x", "x" * 65, "Ä"])
def test_an_alias_is_no_number_and_no_pointer_of_ours(alias: str) -> None:
    with pytest.raises(InputError, match="cannot be an alias"):
        check_alias(alias)


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a@b", "x" * 200])
def test_a_name_that_is_none_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a model"):
        registry.register(name, lambda number: registered(number, "0" * 64), "ann")
    with pytest.raises(InputError, match="there is no model"):
        registry.state(name)


def test_a_moment_in_the_past_is_told_by_the_events_until_then(registry: Registry) -> None:
    promoted(registry, 1, 2)
    first = registry.state(NAME).events[3]
    then = registry.state(NAME, lambda event: event.at <= first.at)
    holder = then.holder("champion")
    assert holder is not None
    assert (holder.version, holder.who, champion(registry)) == (1, "ann", 2)


def test_evidence_of_a_version_has_its_moves_and_says_what_was_forced(registry: Registry) -> None:
    promoted(registry, 1)
    registry.promote(NAME, moved(2, 1, forced=True, against=["no record is cited"], why="fire"), "eve")
    found = evidence_of(registry.state(NAME), 2, "2026-01-01T00:00:00+00:00")
    assert (found.outcome, found.aliases) == ("fail", ["champion"])
    assert [move.what for move in found.moves] == ["registered", "promoted, forced"]
    assert found.moves[-1].note == "fire; against: no record is cited"
    before = evidence_of(registry.state(NAME), 1, "2026-01-01T00:00:00+00:00")
    assert [move.what for move in before.moves] == ["registered", "promoted", "promoted, forced"]


def test_an_event_that_makes_no_sense_is_a_sentence() -> None:
    data = {"alias": "a", "version": 3, "artifact": "0" * 64}  # of which nobody knows
    event = Event(chain=PREFIX + NAME, seq=1, at="2026", kind="promoted", data=data, head="0" * 64)
    with pytest.raises(StoreError, match=r"event 1 of the model flights \(promoted\) cannot be read"):
        state_of(NAME, [event])
    event = event.model_copy(update={"data": {"alias": 3}})
    with pytest.raises(StoreError, match=r"event 1 of the model flights \(promoted\) cannot be read.*registry verify"):
        state_of(NAME, [event])


def _registered(place: int) -> Event:
    data = registered(place, f"{place:064x}").model_dump(mode="json")
    return Event(chain="model/m", seq=place, at="t", kind="registered", data=data, head="0" * 64)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["1", "2", "3", "back", "undo", "remove"]), max_size=12))
def test_the_events_and_a_stack_tell_the_same_holder(steps: list[str]) -> None:
    """Against a model in a few lines: a stack, and what the last rollback took off it."""
    events, stack, taken, away = [], list[int](), list[int](), False

    def add(kind: str, **data: object) -> None:
        whole = {"artifact": "0" * 64, **data}
        events.append(Event(chain="model/m", seq=len(events) + 1, at="t", kind=kind, data=whole, head="0" * 64))

    events += [_registered(place) for place in (1, 2, 3)]
    for step in steps:
        if step == "remove" and stack and not away:
            add("removed", alias="a", before=stack[-1])
            taken, away = [], True
        elif step == "back" and away:
            add("rolled-back", alias="a", version=stack[-1], before=None)
            away = False
        elif step == "back" and len(stack) > 1 and stack[-1] != stack[-2]:
            taken = [stack.pop()]
            add("rolled-back", alias="a", version=stack[-1], before=taken[0])
        elif step == "undo" and taken:
            add("rolled-back", alias="a", version=taken[0], before=stack[-1], undo=True)
            stack, taken = [*stack, *taken], []
        elif step.isdecimal() and (away or not stack or stack[-1] != int(step)):
            add("promoted", alias="a", version=int(step), before=stack[-1] if stack and not away else None)
            stack, taken, away = [*stack, int(step)], [], False
    holder = state_of("m", events).holder("a")
    assert (holder.version if holder else None) == (stack[-1] if stack and not away else None)
