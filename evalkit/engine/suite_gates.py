"""The rules that gates of one suite obey, alone and together; what breaks them is told with both lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from evalkit.core.nouns import Gate
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.suite_check import Problem, Source, check, dotted, shown
from evalkit.engine.suite_keys import GATE_KEYS, object_schema
from evalkit.engine.tag_text import tag_text
from evalkit.engine.views import metric_of

_SCHEMA = object_schema(GATE_KEYS)


def read_gates(raw: Any, ids: set[str] | None, source: Source) -> tuple[list[Gate], list[Problem]]:
    """Gates, and what is wrong with them; what is no list gives none.

    Args:
        raw: the value of `gates` in the file.
        ids: ids of the suite's metrics, or None when they could not all be read.
        source: for the lines named inside a sentence.
    """
    if not isinstance(raw, list):
        return [], []
    gates: dict[int, Gate] = {}
    problems: list[Problem] = []
    for i, entry in enumerate(raw):
        path: KeyPath = ("gates", i)
        found = check(entry, _SCHEMA, path) or _rules(entry, path)
        if not found and ids is not None and metric_of(entry["metric"], ids) is None:
            what = f"{dotted(path)} is on the metric {entry['metric']!r}, which the suite does not have"
            found = [Problem((*path, "metric"), what, did_you_mean(entry["metric"], ids, "metric ids"))]
        if not found:
            gates[i] = Gate(**{**entry, **margin_of(entry), "slice": tags(entry.get("slice"))})
        problems += found
    return list(gates.values()), problems + _together(gates, source)


def tags(raw: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The tag values of a `slice` or `when`, spelt as the cases spell theirs."""
    return None if raw is None else {name: tag_text(value) for name, value in raw.items()}


def margin_of(gate: Mapping[str, Any]) -> dict[str, Any]:
    """`margin: 2.0 %` as the noun spells it: `2%`; empty where the margin is no text."""
    given = gate.get("margin")
    return {"margin": _percent(given)} if isinstance(given, str) else {}


def _percent(text: str) -> str | None:
    """`2%`, `2.5 %` or `.5%` in one spelling; None for other texts."""
    number = re.fullmatch(r"\s*(\d{0,6})(?:\.(\d{0,12}))?\s*%\s*", text)
    if number is None or not (number[1] or number[2]):
        return None
    whole, rest = (number[1] or "0").lstrip("0") or "0", (number[2] or "").rstrip("0")
    return f"{whole}.{rest}%" if rest else f"{whole}%"


def _margin(gate: Mapping[str, Any], path: KeyPath) -> list[Problem]:
    """A margin that is a text is a percentage, without a sign."""
    given, here = gate.get("margin"), (*path, "margin")
    if not isinstance(given, str) or _percent(given) is not None:
        return []
    what = f"{dotted(here)} is {shown(given)}"
    if given.strip().startswith("-") and _percent(given.strip()[1:]) is not None:
        return [
            Problem(here, f"{what}; it must be at least 0%", "A margin is the worsening allowed: leave the sign out")
        ]
    remedy = "Write the number without quotes (0.02), or a share of the baseline's value with a percent sign (2%)"
    return [Problem(here, f"{what}; expected a number, or a percentage such as 2%", remedy)]


def _rules(gate: dict[str, Any], path: KeyPath) -> list[Problem]:
    """What the types alone do not say; each key is of its own right type here."""
    lines = [key for key in ("at_least", "at_most", "versus") if key in gate]
    here = dotted(path)
    if len(lines) != 1:
        have = "none of them" if not lines else " and ".join(lines)
        what = f"{here} needs exactly one of at_least, at_most and versus, and has {have}"
        return [Problem(path, what, "Write a second gate for a second line" if lines else "Add one of them")]
    versus, margin, superior = "versus" in gate, "margin" in gate, gate.get("superior", False)
    if versus and not margin and not superior:
        remedy = "Add `margin:` (the worsening allowed, >= 0) or `superior: true`"
        return [Problem(path, f"{here} compares with the baseline and does not say by how much", remedy)]
    if versus and margin and superior:
        return [Problem((*path, "superior"), f"{here} has both a margin and superior: true", "Keep one of them")]
    if not versus and (margin or "superior" in gate):
        key = "margin" if margin else "superior"
        what = f"{here} has {key}, which belongs to a gate with versus: baseline"
        return [Problem((*path, key), what, f"Remove {key}, or write `versus: baseline` instead of {lines[0]}")]
    if found := _margin(gate, path):
        return found
    limit = gate.get("max_unscored", 0)
    if limit > 1 and limit != int(limit):
        what = f"{dotted((*path, 'max_unscored'))} is {limit}; it is a share below 1, or a whole count from 1 up"
        return [Problem((*path, "max_unscored"), what, "Correct the value")]
    return []


def _together(gates: Mapping[int, Gate], source: Source) -> list[Problem]:
    """Gates that contradict or repeat each other."""
    problems = []
    for (i, one), (j, two) in combinations(gates.items(), 2):
        if (one.metric, one.slice) != (two.metric, two.slice):
            continue
        first = source.at(("gates", i))
        if _same_line(one, two):
            what = f"gates[{j}] repeats the gate of {first} ({two.label})"
            problems.append(Problem(("gates", j), what, "Remove one of them"))
        low, high = (one.at_least, two.at_most) if one.at_most is None else (two.at_least, one.at_most)
        if low is not None and high is not None and low > high:
            what = f"gates[{j}] contradicts the gate of {first}: no value is at least {low:g} and at most {high:g}"
            problems.append(Problem(("gates", j), what, "Correct one of the two lines"))
    return problems


def _same_line(one: Gate, two: Gate) -> bool:
    def line(gate: Gate) -> tuple[Any, ...]:
        return gate.at_least, gate.at_most, gate.versus, gate.margin, gate.superior

    return line(one) == line(two)
