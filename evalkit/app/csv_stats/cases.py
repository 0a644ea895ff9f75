"""Rows of a file -> cases: repeats averaged inside each case, what is unscored between its worst and best value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.app.columns import Columns
from evalkit.core.errors import InputError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Which row belongs to which case, and which case to which group.

    Attributes:
        rows: (r,) index of each row's case in [0, n), in the order in which cases appear; None: each row is a case.
        n: number of cases.
        groups: (n,) ids of the cases' groups, or None.
    """

    rows: npt.NDArray[np.intp] | None
    n: int
    groups: npt.NDArray[np.str_] | None

    def means(self, values: Array) -> Array:
        """(n,) means of (r,) values inside cases; NaN for a case with any NaN."""
        if self.rows is None:
            return values
        found: Array = np.bincount(self.rows, values, self.n) / np.bincount(self.rows, minlength=self.n)
        return found


def layout(columns: Columns, case: str | None, group: str | None) -> Layout:
    """From the names of the columns of cases and groups.

    Raises:
        InputError: no such column, an empty id, or a case in two groups.
    """
    groups = None if group is None else np.array(columns.texts(group, empty=False))
    if case is None:
        return Layout(None, len(columns), groups)
    names = columns.texts(case, empty=False)
    _, first, codes = np.unique(np.array(names), return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    rows = order[codes].astype(np.intp)
    starts = np.sort(first)
    if groups is not None:
        strays = np.flatnonzero(groups != groups[starts][rows])
        if len(strays):
            row = int(strays[0])
            home = groups[starts[rows[row]]]
            what = f"case {names[row]!r:.60} is in group {str(groups[row])!r:.60} here and in {str(home)!r:.60} above"
            raise InputError(what, f"{columns.path}:{columns.lines[row]}", "A case belongs to one group: correct it")
    return Layout(rows, len(starts), None if groups is None else groups[starts])


@dataclass(frozen=True)
class Measured:
    """One column by case.

    Attributes:
        name: of the column.
        values: (n,) means over repeats; NaN where a repeat is unscored.
        low, high: (n,) with the unscored repeats at either end of the range; NaN where there is no known range.
        binary: every scored cell is 0 or 1.
    """

    name: str
    values: Array
    low: Array
    high: Array
    binary: bool


Range = tuple[float, float]


def known_range(columns: Columns, names: list[str], declared: Range | None) -> Range | None:
    """The range of the values: as declared, else [0, 1] where all lie in it, else unknown.

    Raises:
        InputError: the declared range is empty, or a value lies beyond it.
    """
    low, high = declared or (0.0, 1.0)
    if not (low < high and np.isfinite(high - low)):
        raise InputError(f"the range {low:g} to {high:g} is empty", "--range", "Give the lower end first: --range 0 1")
    for name in names:
        values = columns.numbers(name)
        beyond = np.flatnonzero((values < low) | (values > high))
        if len(beyond) and declared is None:
            return None
        if len(beyond):
            row = int(beyond[0])
            what = f"{name!r} is {values[row]:g}, beyond the declared range {low:g} to {high:g}"
            raise InputError(what, f"{columns.path}:{columns.lines[row]}", "Correct the value or --range")
    return low, high


def measured(columns: Columns, name: str, cases: Layout, span: Range | None) -> Measured:
    """One column by case.

    Raises:
        InputError: no such column, or a cell that is no number.
    """
    cells = columns.numbers(name)
    open_ = np.isnan(cells)
    low, high = span or (np.nan, np.nan)
    scored = cells[~open_]
    return Measured(
        name,
        cases.means(cells),
        cases.means(np.where(open_, low, cells)),
        cases.means(np.where(open_, high, cells)),
        bool(((scored == 0) | (scored == 1)).all()),
    )
