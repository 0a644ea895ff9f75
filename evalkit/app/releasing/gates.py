"""Gates then and now: added, removed, loosened, tightened; a gate that became easier is said loudly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from evalkit.core.dossier import Moved
from evalkit.core.nouns import Gate, Record

__all__ = ["gates_of", "moved"]

Way = Literal["loosened", "tightened", "changed"]
_ROLES = {"info": 0, "guardrail": 1, "primary": 1}
_BLOCKS = {"pass": 0, "warn": 0, "block": 1}


class _Step(NamedTuple):
    """One field of a gate that is not as it was."""

    way: Way
    said: str


def gates_of(record: Record) -> list[Gate]:
    """The gates of a run, each once, in the order of its suite."""
    found: list[Gate] = []
    for decision in record.decisions:
        if decision.gate not in found:
            found.append(decision.gate)
    return found


def moved(before: Sequence[Gate], after: Sequence[Gate]) -> list[Moved]:
    """What became of each gate that is not as it was; what made a pass easier comes first."""
    left = list(before)
    found: list[Moved] = []
    for gate in after:
        known = _counterpart(gate, left)
        if known is None:
            found.append(Moved(gate.label, None, _text(gate), "added", f"Gate {gate.label} is new."))
            continue
        left.remove(known)
        if known != gate:
            found.append(_moved(known, gate))
    found += [Moved(g.label, _text(g), None, "removed", f"Gate {g.label} was removed.") for g in left]
    order = {"loosened": 0, "removed": 1, "changed": 2, "tightened": 3, "added": 4}
    return sorted(found, key=lambda m: order[m.bend])


def _counterpart(gate: Gate, among: Sequence[Gate]) -> Gate | None:
    """The same gate before: the very same, else of the same name, else of one metric, slice and kind of line."""
    tests: list[Callable[[Gate], bool]] = [
        lambda g: g == gate,
        lambda g: g.name is not None and g.name == gate.name and g.metric == gate.metric,
        lambda g: _key(g) == _key(gate) and g.allowed == gate.allowed and _lines(g) == _lines(gate),
        lambda g: _key(g) == _key(gate),
    ]
    return next((g for test in tests for g in among if test(g)), None)


def _key(gate: Gate) -> tuple[Any, ...]:
    where = tuple(sorted((gate.slice or {}).items()))
    return gate.metric, where, gate.at_least is not None, gate.at_most is not None, gate.versus


def _lines(gate: Gate) -> tuple[float | None, float | None]:
    return gate.at_least, gate.at_most


def _moved(before: Gate, after: Gate) -> Moved:
    steps = list(_steps(before, after))
    ways = {step.way for step in steps}
    way: Way = "loosened" if "loosened" in ways else "tightened" if ways == {"tightened"} else "changed"
    said = f"Gate {_label(before, after)} was {way} {'; '.join(step.said for step in steps)}."
    return Moved(after.label, _text(before), _text(after), way, said)


def _label(before: Gate, after: Gate) -> str:
    """The gate's name, or its metric: its usual label holds the line that moved."""
    where = f" where {', '.join(f'{k} = {v}' for k, v in after.slice.items())}" if after.slice else ""
    return after.name or before.name or f"{after.metric}{where}"


def _steps(before: Gate, after: Gate) -> Iterator[_Step]:
    yield from _line(before, after)
    yield from _margin(before, after)
    yield from _strictness(before, after)
    if before.name != after.name:
        yield _Step("changed", f"(name: {before.name or 'none'} to {after.name or 'none'})")


def _line(before: Gate, after: Gate) -> Iterator[_Step]:
    if before.at_least is not None and after.at_least is not None and before.at_least != after.at_least:
        way: Way = "loosened" if after.at_least < before.at_least else "tightened"
        yield _Step(way, f"from at least {before.at_least:g} to at least {after.at_least:g}")
    elif before.at_most is not None and after.at_most is not None and before.at_most != after.at_most:
        way = "loosened" if after.at_most > before.at_most else "tightened"
        yield _Step(way, f"from at most {before.at_most:g} to at most {after.at_most:g}")
    elif (before.at_least is None, before.at_most is None, before.versus) != (
        after.at_least is None,
        after.at_most is None,
        after.versus,
    ):
        yield _Step("changed", f"from {_text(before)} to {_text(after)}")


def _margin(before: Gate, after: Gate) -> Iterator[_Step]:
    if before.versus is None or after.versus is None:
        return
    if before.superior != after.superior:
        way: Way = "tightened" if after.superior else "loosened"
        yield _Step(way, f"from {_rule(before)} to {_rule(after)}")
    elif before.relative != after.relative:
        yield _Step("changed", f"from {_rule(before)} to {_rule(after)}")
    elif before.allowed != after.allowed:
        way = "loosened" if after.allowed > before.allowed else "tightened"
        yield _Step(way, f"from {_rule(before)} to {_rule(after)}")


def _strictness(before: Gate, after: Gate) -> Iterator[_Step]:
    yield from _ranked("role", before.role, after.role, _ROLES)
    yield from _ranked("on_inconclusive", before.on_inconclusive, after.on_inconclusive, _BLOCKS)
    yield from _ranked("unscored", before.unscored, after.unscored, {"missing_at_random": 0, "bounds": 1})
    yield from _ranked("basis", before.basis, after.basis, {"census": 0, "sample": 1})
    yield from _ranked(
        "judge", before.judge or "certified", after.judge or "certified", {"advisory": 0, "certified": 1}
    )
    if before.min_n != after.min_n:
        way: Way = "loosened" if (after.min_n or 0) < (before.min_n or 0) else "tightened"
        yield _Step(way, f"(min_n: {_or_none(before.min_n)} to {_or_none(after.min_n)})")
    if before.max_unscored != after.max_unscored:
        limits = [float("inf") if g.max_unscored is None else g.max_unscored for g in (before, after)]
        units = {limit < 1 for limit in limits if limit != float("inf")}
        way = "changed" if len(units) > 1 else "loosened" if limits[1] > limits[0] else "tightened"
        yield _Step(way, f"(max_unscored: {_or_none(before.max_unscored)} to {_or_none(after.max_unscored)})")


def _ranked(name: str, before: str, after: str, strictness: dict[str, int]) -> Iterator[_Step]:
    if before != after:
        change = strictness[after] - strictness[before]
        way: Way = "loosened" if change < 0 else "tightened" if change > 0 else "changed"
        yield _Step(way, f"({name}: {before} to {after})")


def _or_none(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _rule(gate: Gate) -> str:
    margin = gate.margin if isinstance(gate.margin, str) else f"{gate.allowed:g}"
    return "must be superior" if gate.superior else f"margin {margin}"


def _text(gate: Gate) -> str:
    """The gate in one line: its line, and what is not as usual."""
    line = f"at least {gate.at_least:g}" if gate.at_least is not None else f"at most {gate.at_most or 0:g}"
    words = [f"against the baseline, {_rule(gate)}" if gate.versus else line]
    usual = Gate(metric=gate.metric, at_least=0)
    names = ("role", "basis", "min_n", "max_unscored", "unscored", "judge", "on_inconclusive")
    words += [f"{name} {getattr(gate, name)}" for name in names if getattr(gate, name) != getattr(usual, name)]
    return ", ".join(words)
