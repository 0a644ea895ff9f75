"""Files of several judges' verdicts beside people's labels, for `judge fit-panel` and `judge fit-cascade`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evalkit.app.label_files import human_of, item_digest
from evalkit.app.matching.rows import json_rows
from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.errors import InputError
from evalkit.engine.opinions import Opinions

SHAPE = (
    'A row is {"item", "system"?, "group"?, "human": label or {annotator: label} or null, "judges": {name: label, a '
    'probability of the positive label (a number with a point), or {"label", "probability"}}}'
)
POSITIVE = ("correct", "right", "pass", "yes", "true", "good", "1")
_KEYS = {"item", "group", "human", "judges", "judge", "probability", "system", "input", "expected", "output", "tags"}
_SIDES = ("1", "tie", "2")


class OpinionFile(NamedTuple):
    """What a file says, and the digests by which a certificate on the same labels is refused."""

    opinions: Opinions
    digest: str
    tuned_on: list[str]


class _Row(NamedTuple):
    where: str
    item: str
    system: str | None
    group: str
    human: str | None
    labelled: bool
    judges: dict[str, tuple[str | None, float | None]]  # label (None with a probability: of the positive one)


def read_opinions(source: str, positive: str | None = None) -> OpinionFile:
    """Read and check every row.

    Args:
        source: a JSON Lines file, or "-" for stdin.
        positive: the label that a bare number is the probability of; None: the usual name among the labels.

    Raises:
        InputError: the file cannot be read, a row cannot be used (names its line), or an item stands there twice.
    """
    rows = [_row(row, where) for where, row in json_rows(source)]
    if not rows:
        raise InputError("there are no rows", "stdin" if source == "-" else source, SHAPE)
    _check_unique(rows)
    names = tuple(sorted({name for row in rows for name in row.judges}))
    if not names:
        raise InputError("no row holds a judge's verdict", rows[0].where, SHAPE)
    menu = _menu(rows)
    means = _positive(rows, menu, positive)
    opinions = _columns(rows, names, menu, means)
    content = sorted(canonical_json([row.item, row.system, row.group, row.human, row.judges]) for row in rows)
    tuned = {item_digest(name) for row in rows if row.labelled for name in (row.item, row.group)}
    return OpinionFile(opinions, digest_of(content), sorted(tuned))


def _row(row: dict[str, Any], where: str) -> _Row:
    unknown = next((key for key in row if key not in _KEYS), None)
    if unknown is not None:
        raise InputError(f"there is no key {unknown!r:.60} in a row of verdicts", where, SHAPE)
    item = row.get("item")
    if isinstance(item, bool) or not isinstance(item, str | int) or item == "":
        raise InputError(f"item is {_shown(item)}, and not a case id", where, SHAPE)
    given = row.get("judges")
    if given is None and "judge" in row:
        given = {"judge": {"label": row["judge"], "probability": row.get("probability")}}
    if not isinstance(given, Mapping):
        raise InputError(f"judges is {_shown(given)}, and not an object", where, SHAPE)
    human = row.get("human")
    labels = list(human.values()) if isinstance(human, Mapping) else [human]
    for label in labels:
        _check_label(label, "human", where)
    labelled = any(label not in (None, "") for label in labels)
    group = item if row.get("group") is None else row["group"]
    judges = {str(name): _verdict(value, name, where) for name, value in given.items()}
    system = None if row.get("system") is None else str(row["system"])
    return _Row(where, str(item), system, str(group), human_of(row), labelled, judges)


def _verdict(value: Any, name: str, where: str) -> tuple[str | None, float | None]:
    if value is None or value == "":
        return None, None
    if isinstance(value, float):
        return None, _probability(value, name, where)
    if isinstance(value, Mapping):
        label, chance = value.get("label"), value.get("probability")
        _check_label(label, f"the label of judge {name!r:.60}", where)
        if label in (None, ""):
            return None, None
        return str(label), None if chance is None else _probability(chance, name, where)
    _check_label(value, f"judge {name!r:.60}", where)
    return str(value), None


def _probability(value: Any, name: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"the probability of judge {name!r:.60} is {_shown(value)}", where, "It lies from 0 to 1")
    return float(value)


def _check_label(value: Any, what: str, where: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise InputError(f"{what} is {_shown(value)}, and not a label", where, "A label is a text")


def _check_unique(rows: list[_Row]) -> None:
    seen: dict[tuple[str, str | None], str] = {}
    for row in rows:
        key = (row.item, row.system)
        if key in seen:
            what = f"item {row.item!r:.80} stands there already, at {seen[key]}"
            remedy = 'Keep one row an answer; answers of several systems to one item name theirs: "system"'
            raise InputError(what, row.where, remedy)
        seen[key] = row.where


def _menu(rows: list[_Row]) -> tuple[str, ...]:
    human = {row.human for row in rows if row.human is not None}
    if human and human <= set(_SIDES) and human & {"tie", "2"}:
        return tuple(side for side in _SIDES if side in human | {"1", "2"})
    return tuple(sorted(human))


def _positive(rows: list[_Row], menu: tuple[str, ...], given: str | None) -> str | None:
    """The label that bare numbers are the probability of; None where there are none."""
    bare = next((row for row in rows if any(label is None and p is not None for label, p in row.judges.values())), None)
    if not menu:
        what = "no item has a label that most people agree on"
        raise InputError(what, rows[0].where, "Label some: `evalkit labels sample`")
    if given is not None and given not in menu:
        remedy = f"People's labels are {', '.join(map(repr, menu)) or 'none'}"
        raise InputError(f"{given!r:.60} is no label of people", "--positive", remedy)
    if bare is None:
        return given
    found = given or next((label for name in POSITIVE for label in menu if label.casefold() == name), None)
    if found is None or len(menu) != 2:
        what = f"a bare probability needs two labels, one of them the positive one; people's are {', '.join(menu)}"
        raise InputError(what, bare.where, 'Name it with --positive LABEL, or write {"label", "probability"}')
    return found


def _columns(rows: list[_Row], names: tuple[str, ...], menu: tuple[str, ...], positive: str | None) -> Opinions:
    place = {label: at for at, label in enumerate(menu)}
    said = np.full((len(rows), len(names)), -1)
    confidence = np.full((len(rows), len(names)), np.nan)
    for at, row in enumerate(rows):
        for column, name in enumerate(names):
            label, chance = row.judges.get(name, (None, None))
            if label is None and chance is not None and positive is not None:
                other = next(one for one in menu if one != positive)
                label, chance = (positive, chance) if chance >= 0.5 else (other, 1 - chance)
            # A label that no person gave is on no menu known here: kept as an error of the judge, by the code K.
            said[at, column] = -1 if label is None else place.get(label, len(menu))
            confidence[at, column] = np.nan if label is None or chance is None else chance
    return Opinions(
        [row.item for row in rows],
        [row.group for row in rows],
        menu,
        bool(menu) and set(menu) <= set(_SIDES) and "2" in menu,
        np.array([place.get(row.human, -1) if row.human is not None else -1 for row in rows]),
        names,
        said,
        confidence,
        sum(row.labelled and row.human is None for row in rows),
        tuple(dict.fromkeys(name for row in rows for name in row.judges)),
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]
