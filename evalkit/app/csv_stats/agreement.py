"""`evalkit stats agreement`: ratings in long form -> every coefficient of agreement with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evalkit.app.columns import Columns, read_columns
from evalkit.core.errors import InputError
from evalkit.core.seeds import seed_from
from evalkit.stats.agreement import Agreement, Coefficient, Scale, agreement

PREVALENT = 0.8


class Named(NamedTuple):
    """The columns that hold what was rated, by whom, and how; an empty value is no rating."""

    item: str
    rater: str
    value: str


def agreed(
    path: Path, named: Named, scale: Scale = "nominal", *, order: str = "", level: float = 0.95
) -> dict[str, Any]:
    """Coefficients over a CSV file with a rating a row, as plain JSON values.

    Args:
        path: of the file.
        named: its columns.
        scale: of the values: numbers if interval; numbers, or words in the given order, if ordinal.
        order: words of an ordinal scale from lowest to highest, separated by commas.
        level: two-sided confidence.

    Raises:
        InputError: the file, a column, a cell or an option cannot be used, or a rater rated an item twice.
    """
    columns = read_columns(path)
    names, codes = _coded(columns, named.value, scale, order)
    items, raters = (columns.texts(name, empty=False) for name in (named.item, named.rater))
    table = _table(columns, items, raters, codes)
    seed = seed_from("agreement", scale, sorted(zip(items, raters, codes.tolist(), strict=True)))
    try:
        found = agreement(table, names, scale, seed=seed, level=level)
    except ValueError as error:
        raise InputError(str(error), str(path)) from error
    return _plain(found, names, scale, level)


def _coded(columns: Columns, value: str, scale: Scale, order: str) -> tuple[np.ndarray, np.ndarray]:
    """The values that occur, ascending, and (n,) index of each row's; -1 where there is none."""
    cells = columns.texts(value)
    if order and scale != "ordinal":
        raise InputError(f"an order is for an ordinal scale, and this one is {scale}", "--order")
    if order:
        words = [word.strip() for word in order.split(",")]
        unknown = next((at for at, cell in enumerate(cells) if cell and cell not in words), None)
        if len(set(words)) < len(words) or unknown is not None:
            what = "names a value twice" if unknown is None else f"lacks the value {cells[unknown]!r:.60}"
            where = str(columns.path) if unknown is None else f"{columns.path}:{columns.lines[unknown]}"
            raise InputError(f"--order {what}", where, "Name each value once, from lowest to highest")
        used = [word for word in words if word in set(cells)]
        place = {word: at for at, word in enumerate(used)}
        return np.array(used), np.array([place.get(cell, -1) for cell in cells])
    try:
        numbers = columns.numbers(value)
    except InputError as error:
        if scale != "nominal":
            what = error.what + (": an ordinal scale of words needs their order" if scale == "ordinal" else "")
            remedy = "Give --order low,medium,high, or numbers" if scale == "ordinal" else error.remedy
            raise InputError(what, error.where, remedy) from error
        words_used = np.array(sorted({cell for cell in cells if cell}))
        found = {str(word): at for at, word in enumerate(words_used)}
        return words_used, np.array([found.get(cell, -1) for cell in cells])
    given = ~np.isnan(numbers)
    values = np.unique(numbers[given])
    codes = np.full(len(numbers), -1)
    codes[given] = np.searchsorted(values, numbers[given])
    return values, codes


def _table(columns: Columns, items: list[str], raters: list[str], codes: np.ndarray) -> np.ndarray:
    """(items, raters) codes, -1 where there is no rating."""
    rows = {name: at for at, name in enumerate(sorted(set(items)))}
    places = {name: at for at, name in enumerate(sorted(set(raters)))}
    table = np.full((len(rows), len(places)), -1)
    seen: dict[tuple[str, str], int] = {}
    for at, key in enumerate(zip(items, raters, strict=True)):
        if key in seen:
            what = f"rater {key[1]!r:.60} rated item {key[0]!r:.60} before, on line {columns.lines[seen[key]]}"
            raise InputError(what, f"{columns.path}:{columns.lines[at]}", "Keep one of the two ratings")
        seen[key] = at
        table[rows[key[0]], places[key[1]]] = codes[at]
    if len(places) < 2:
        what = f"there is one rater, {raters[0]!r:.60}"
        raise InputError(what, str(columns.path), "Agreement takes two: a row for each rating, with its rater")
    return table


def _plain(found: Agreement, names: np.ndarray, scale: Scale, level: float) -> dict[str, Any]:
    shown = [name if isinstance(name, str) else f"{name:.15g}" for name in names.tolist()]
    balance = {name: float(share) for name, share in zip(shown, found.balance, strict=True)}
    warnings = []
    top = max(balance, key=lambda name: balance[name], default="")
    if balance and 1 > balance[top] > PREVALENT:
        warnings.append(
            f"{100 * balance[top]:.0f} % of the ratings are {top!r}: kappa and alpha are low there however well raters "
            "agree; read them beside raw agreement and AC1"
        )
    if found.n_single:
        some = "1 item has" if found.n_single == 1 else f"{found.n_single:,} items have"
        warnings.append(f"{some} one rating, which tells nothing of agreement")
    return {
        "raw": _figure(found.raw),
        "kappa": _figure(found.kappa),
        "ac1": _figure(found.ac),
        "alpha": _figure(found.alpha),
        "scale": scale,
        "weights": {"nominal": "none", "ordinal": "linear", "interval": "quadratic"}[scale],
        "level": level,
        "n_items": found.n_items,
        "n_single": found.n_single,
        "n_raters": found.n_raters,
        "n_ratings": found.n_ratings,
        "balance": balance if len(balance) <= 50 else None,
        "warnings": warnings,
    }


def _figure(of: Coefficient) -> dict[str, Any]:
    plain: dict[str, Any] = {"point": of.point, "lo": of.lo, "hi": of.hi, "method": of.method}
    return plain if of.reason is None else plain | {"reason": of.reason}
