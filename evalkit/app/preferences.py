"""`evalkit rank`: a file of preferences -> a ranking that says how far it can be trusted."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

import numpy as np

from evalkit.app.matching.rows import json_rows
from evalkit.core.errors import InputError
from evalkit.stats.preference import Comparisons, Ranking, bradley_terry

_OUTCOMES = {"a": 1, "b": -1, "tie": 0}
_SHAPE = 'A row is {"a": NAME, "b": NAME, "winner": "a", "b" or "tie"}, with "item", "len_a" and "len_b" if known'


class Preferences(NamedTuple):
    """What a file of preferences says.

    Attributes:
        comparisons: of the systems, with the standardised difference in length where every row has lengths.
        names: of the systems, sorted.
        warnings: what was not used, and why.
    """

    comparisons: Comparisons
    names: list[str]
    warnings: list[str]


def rank(source: str, level: float = 0.95) -> dict[str, Any]:
    """The ranking as plain JSON values, systems from strongest to weakest. None marks what the data leave open.

    Args:
        source: a JSON Lines file, or "-" for stdin.
        level: of the intervals, and of all ranks together.

    Raises:
        InputError: a row cannot be used (names its line), the level is not in (0, 1), or no chain of comparisons links
            all systems.
    """
    given = read_preferences(source)
    try:
        found = bradley_terry(given.comparisons, given.names, level=level)
    except ValueError as error:
        remedy = "Add comparisons across the groups, or rank each on its own" if "chain" in str(error) else ""
        raise InputError(str(error), source if remedy else "--level", remedy) from error
    return _plain(found, given, level)


def read_preferences(source: str) -> Preferences:
    """Read and check every row.

    Raises:
        InputError: the file cannot be read or holds no row, or a row cannot be used (names its line).
    """
    rows = [_row(row, where) for where, row in json_rows(source)]
    if not rows:
        raise InputError("there are no rows", "stdin" if source == "-" else source, _SHAPE)
    names = sorted({name for row in rows for name in (row.a, row.b)})
    number = {name: at for at, name in enumerate(names)}
    first, second = (np.array([number[name] for name in side]) for side in ([r.a for r in rows], [r.b for r in rows]))
    outcome = np.array([row.outcome for row in rows], np.int8)
    warnings: list[str] = []
    item, covariate = _items(rows, warnings), _lengths(rows, warnings)
    return Preferences(Comparisons(first, second, outcome, len(names), item, covariate), names, warnings)


class _Row(NamedTuple):
    a: str
    b: str
    outcome: int
    item: str | None
    lengths: tuple[float, float] | None


def _row(row: dict[str, Any], where: str) -> _Row:
    missing = [key for key in ("a", "b", "winner") if row.get(key) is None]
    if missing:
        raise InputError(f"there is no {' and no '.join(missing)} (keys: {', '.join(row) or 'none'})", where, _SHAPE)
    for key in ("a", "b"):
        if not isinstance(row[key], str) or not row[key].strip():
            raise InputError(f"{key} is {_shown(row[key])}, and not the name of a system", where, "Write a text")
    if row["a"] == row["b"]:
        raise InputError(f"{_shown(row['a'])} is compared with itself", where, "a and b are two systems")
    winner = row["winner"]
    if not isinstance(winner, str) or winner not in _OUTCOMES:
        remedy = 'Write "a", "b" or "tie"'
        if winner in (row["a"], row["b"]):
            remedy = f'Write "{"a" if winner == row["a"] else "b"}": the side, not the name of the system'
        raise InputError(f'winner is {_shown(winner)}, and not "a", "b" or "tie"', where, remedy)
    item = row.get("item")
    if item is not None and (isinstance(item, bool) or not isinstance(item, str | int)):
        raise InputError(f"item is {_shown(item)}", where, "Name the item by a text or a whole number")
    ends = [_length(row, key, where) for key in ("len_a", "len_b")]
    known = (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None else None
    return _Row(row["a"], row["b"], _OUTCOMES[winner], None if item is None else json.dumps(item), known)


def _length(row: dict[str, Any], key: str, where: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e15:
        remedy = "Write how long the answer is (characters, tokens or words) as a number from 0 up, or leave it out"
        raise InputError(f"{key} is {_shown(value)}", where, remedy)
    return float(value)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]


def _items(rows: list[_Row], warnings: list[str]) -> np.ndarray | None:
    """Item of each row; a row without one is on its own where others have one."""
    without = sum(row.item is None for row in rows)
    if without == len(rows):
        return None
    if without:
        warnings.append(f"{without:,} of {len(rows):,} rows name no item: each counts as an item of its own")
    return np.array([f"row {at}" if row.item is None else f"item {row.item}" for at, row in enumerate(rows)])


def _lengths(rows: list[_Row], warnings: list[str]) -> np.ndarray | None:
    """(len_a - len_b)/(len_a + len_b) over its root mean square, so that swapping a and b only turns the sign."""
    known = [row.lengths for row in rows if row.lengths is not None]
    if len(known) < len(rows):
        if known:
            missing = len(rows) - len(known)
            warnings.append(f"{missing:,} of {len(rows):,} rows lack a length: length is left out of the model")
        return None
    a, b = np.array(known).T
    share = np.divide(a - b, a + b, out=np.zeros(len(a)), where=a + b > 0)
    size = float(np.sqrt(np.mean(share**2)))
    if size == 0:
        warnings.append("the two answers are equally long in every row: length is left out of the model")
        return None
    found: np.ndarray = share / size
    return found


def _plain(found: Ranking, given: Preferences, level: float) -> dict[str, Any]:
    order = np.argsort(-found.strengths, kind="stable")
    comparisons = given.comparisons
    plain: dict[str, Any] = {
        "systems": [_system(found, given.names, int(i)) for i in order],
        "tie_parameter": _finite(found.tie_parameter),
    }
    if found.slope is not None:
        plain["length_coefficient"] = {key: _finite(getattr(found.slope, key)) for key in ("point", "lo", "hi")}
        if found.slope.reason is not None:
            plain["length_coefficient"]["reason"] = found.slope.reason.replace("the covariate", "length")
    return plain | {
        "n": len(comparisons.first),
        "n_ties": int((comparisons.outcome == 0).sum()),
        "n_items": None if comparisons.item is None else found.n_clusters,
        "level": level,
        "method": found.method,
        "decisive": found.decisive,
        "verdict": _verdict(found, given.names, order),
        "intransitive": {"triples": found.triples, "cyclic": found.cyclic},
        "log_likelihood": _finite(found.loglik),
        "reason": found.reason,
        "warnings": [*given.warnings, *(said.replace("the covariate", "length") for said in found.warnings)],
    }


def _system(found: Ranking, names: list[str], i: int) -> dict[str, Any]:
    return {
        "name": names[i],
        "strength": float(found.strengths[i]),
        "lo": _finite(found.lo[i]),
        "hi": _finite(found.hi[i]),
        "rank_lo": int(found.ranks[i, 0]),
        "rank_hi": int(found.ranks[i, 1]),
        "win_rate": float(found.win_rate[i]),
        "n": int(found.compared[i]),
        "group": found.letters[i],
        "best": float(found.best[i]),
    }


def _verdict(found: Ranking, names: list[str], order: np.ndarray) -> str:
    """Whether the order is decided, in words."""
    if found.decisive:
        return "The ranking is decisive: every system is shown stronger than the next."
    leading = [names[i] for i in order if found.ranks[i, 0] == 1]
    if len(leading) == 1:
        return f"The ranking is not decisive: {leading[0]} is shown first, and what follows is not in a shown order."
    some = ", ".join(leading[:-1]) + f" and {leading[-1]}"
    return f"The ranking is not decisive: {some} may each be first; what shares a letter is not shown different."


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
