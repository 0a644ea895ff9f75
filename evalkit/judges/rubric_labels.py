"""Labels, points and criteria of a rubric file: what can be said, and what each is worth in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evalkit.core.yaml_build import KeyPath
from evalkit.judges.rubric_parts import PAIR_VALUES, Criterion
from evalkit.judges.rubric_problems import Problems, is_kind

MOST_POINTS, MOST_LABELS = 100, 101
_CRITERION = ("id", "text", "scale", "points", "labels", "anchors", "weight", "veto")


def read_labels(given: Any, path: KeyPath, problems: Problems) -> tuple[dict[str, float], dict[str, str]]:
    """`{correct: 1, incorrect: {value: 0, text: ...}}` -> label -> value, and label -> text."""
    values: dict[str, float] = {}
    texts: dict[str, str] = {}
    if not isinstance(given, dict):
        problems.add(path, f"labels is {given!r:.60}; expected a mapping", "Write `label: value` lines below it.")
        return values, texts
    for label, entry in given.items():
        here = (*path, label)
        value = entry
        if isinstance(entry, dict):
            problems.keys(entry, ("value", "text"), here)
            value = entry.get("value")
            texts[label] = problems.get(entry, "text", "a text", here, "")
        if not is_kind(value, "a number") or not 0 <= value <= 1:
            shown = "no value" if value is None else f"the value {value!r:.40}"
            problems.add(here, f"label {label[:60]!r} has {shown}; a value is in [0, 1]", "1 is best, 0 worst.")
            continue
        values[label] = float(value)
    if len(values) == len(given):
        _check_menu(values, path, problems)
    return values, {label: text for label, text in texts.items() if text}


def _check_menu(values: Mapping[str, float], path: KeyPath, problems: Problems) -> None:
    if len(values) < 2:
        names = ", ".join(map(repr, values)) or "none"
        problems.add(path, f"a menu of one label decides nothing (its labels: {names})", "Give two labels or more.")
        return
    if len(values) > MOST_LABELS:
        problems.add(path, f"the menu has {len(values)} labels, more than {MOST_LABELS}", "Use a scale.")
    folded: dict[str, str] = {}
    for label in values:
        if not label.strip() or label != label.strip() or not label.isprintable():
            what = f"label {label[:60]!r} starts or ends with a space, or holds what is not printed"
            problems.add((*path, label), what, "A label is a word or a few, in one line.")
        if (first := folded.setdefault(label.strip().casefold(), label)) != label:
            what = f"labels {first!r} and {label!r} differ only in case"
            problems.add((*path, label), what, "A verdict in another case could mean either: rename one.")
    for worth, name in ((1.0, "best"), (0.0, "worst")):
        if worth not in values.values():
            what = f"no label has the value {worth:g}: the {name} value can't be reached"
            problems.add(path, what, "Give the best label 1 and the worst 0.")


def pair_labels(given: Any, ties: bool, path: KeyPath, problems: Problems) -> tuple[dict[str, float], dict[str, str]]:
    """A pair's labels are "1", "2" and "tie"; the file may say in words what they mean."""
    values = {label: value for label, value in PAIR_VALUES.items() if ties or label != "tie"}
    texts = {}
    if given is not None and not isinstance(given, dict):
        problems.add(path, f"labels is {given!r:.60}; expected a mapping", "Write `label: text` lines below it.")
    for label, entry in given.items() if isinstance(given, dict) else ():
        text = entry.get("text") if isinstance(entry, dict) else entry
        if label not in values:
            what = f"label {label[:60]!r} is none of a pair's"
            problems.add((*path, label), what, f"They are {', '.join(values)}: the winning output, or a tie.")
        elif not isinstance(text, str):
            problems.add((*path, label), f"label {label!r} has no text", "A pair's values are fixed: give a text.")
        else:
            texts[label] = text
    return values, texts


def read_criteria(given: Any, path: KeyPath, problems: Problems) -> list[Criterion]:
    """The criteria, each with its menu."""
    if not isinstance(given, list) or not given:
        problems.add(path, "criteria is no list with entries", "Start each entry with `- id:`.")
        return []
    found: list[Criterion] = []
    first: dict[str, KeyPath] = {}
    for i, entry in enumerate(given):
        here = (*path, i)
        if not isinstance(entry, dict):
            problems.add(here, f"criterion {i + 1} is no mapping", "Write `id:`, `text:` and `scale:` below it.")
            continue
        problems.keys(entry, _CRITERION, here)
        name = problems.get(entry, "id", "a text", here)
        if not name or "." in name or not name.isprintable():
            problems.add(here, f"criterion {i + 1} has no usable id", "Give `id:` a name without dots.")
            continue
        if name in first:
            line = problems.lines.get((*first[name], "id"), "?")
            what = f"the criterion {name!r} is there twice (first on line {line})"
            problems.add((*here, "id"), what, "Remove one of them, or rename it.")
            continue
        first[name] = here
        criterion = _criterion(name, entry, here, problems)
        if criterion is not None:
            found.append(criterion)
    return found


def _criterion(name: str, entry: dict[str, Any], here: KeyPath, problems: Problems) -> Criterion | None:
    kinds = [key for key in ("scale", "points", "labels") if key in entry]
    if len(kinds) != 1:
        what = f"criterion {name!r} has {' and '.join(kinds) or 'no scale'}; it takes exactly one"
        problems.add(here, what, "Give `scale: [1, 5]`, `points: 3` or `labels: {yes: 1, no: 0}`.")
        return None
    kind = kinds[0]
    texts: dict[str, str] = {}
    if kind == "labels":
        values, texts = read_labels(entry["labels"], (*here, "labels"), problems)
    else:
        values = _points(name, kind, entry[kind], (*here, kind), problems)
    if not values:
        return None
    anchors = _anchors(name, entry.get("anchors"), values, (*here, "anchors"), problems)
    default = float(max(map(int, values))) if kind == "points" else 1.0
    weight = problems.get(entry, "weight", "a number", here, default)
    if not weight > 0 or not math.isfinite(weight):
        what = f"criterion {name!r} has the weight {weight}: its points can't be reached"
        problems.add((*here, "weight"), what, "A weight is above 0; leave the criterion out where it does not count.")
        weight = 1.0
    return Criterion(
        id=name,
        text=problems.get(entry, "text", "a text", here, ""),
        values=values,
        anchors={**texts, **anchors},
        weight=float(weight),
        veto=problems.get(entry, "veto", "true or false", here, False),
        numeric=kind != "labels",
    )


def _points(name: str, kind: str, given: Any, here: KeyPath, problems: Problems) -> dict[str, float]:
    """`scale: [1, 5]`, `points: 3` (0 to 3) or `points: [0, 1, 3]` -> point -> value in [0, 1]."""
    whole = isinstance(given, list) and all(is_kind(p, "a whole number") for p in given)
    points: list[int] = []
    if kind == "scale":
        if whole and len(given) == 2 and given[0] < given[1]:
            points = list(range(given[0], min(given[1], given[0] + MOST_POINTS + 1) + 1))
        else:
            what = f"criterion {name!r} has the scale {given!r:.60}: its points can't be reached"
            problems.add(here, what, "Give the lowest and the highest point: [1, 5].")
    elif whole and len(given) > 1 and given == sorted(set(given)) and given[0] == 0:
        points = given
    elif is_kind(given, "a whole number") and given >= 1:
        points = list(range(min(given, MOST_POINTS + 1) + 1))
    else:
        what = f"criterion {name!r} has the points {given!r:.60}, which can't be reached"
        problems.add(here, what, "Give the most points (3 means 0 to 3), or a rising list that starts with 0.")
    if len(points) > MOST_LABELS:
        problems.add(here, f"criterion {name!r} has more than {MOST_LABELS} points", "Use fewer: people cannot either.")
        return {}
    return {str(p): (p - points[0]) / (points[-1] - points[0]) for p in points}


def _anchors(name: str, given: Any, values: Mapping[str, float], here: KeyPath, problems: Problems) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        problems.add(here, f"anchors of {name!r} is no mapping", "Write `point: text` lines below it.")
        return {}
    found = {}
    for label, text in given.items():
        if label not in values:
            menu = list(values)
            shown = ", ".join(menu) if len(menu) <= 12 else f"{menu[0]} to {menu[-1]}"
            what = f"criterion {name!r} has an anchor at {label[:40]!r}, which can't be reached"
            problems.add((*here, label), what, f"Its points: {shown}.")
        elif not isinstance(text, str):
            problems.add((*here, label), f"the anchor at {label!r} is no text", "Say what it takes to get it.")
        else:
            found[label] = text
    return found
