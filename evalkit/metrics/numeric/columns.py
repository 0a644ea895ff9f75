"""Many values at once: a column of numbers and number texts as arrays; only unusual notation is parsed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.metrics.numeric.num import Num, Reading
from evalkit.metrics.numeric.reading import PLAIN, read

__all__ = ["Nums", "read_many"]


@dataclass(frozen=True)
class Nums:
    """n numbers as (n,) arrays; where `readable` is False the row holds nothing but its reason.

    Attributes:
        source: the n values as given.
        readings: of the rows that were parsed one by one.
        value: nearest float; `blurred` where it stands for more than one decimal (over 15 digits).
        exp, sig_figs, percent, plain, identifier, currency ("" for none): as in `Num`.
        bare_exp: `exp` once the trailing zeros of amounts of money are dropped.
    """

    source: Sequence[Any]
    readings: dict[int, Reading]
    readable: np.ndarray
    value: np.ndarray
    blurred: np.ndarray
    exp: np.ndarray
    bare_exp: np.ndarray
    sig_figs: np.ndarray
    percent: np.ndarray
    plain: np.ndarray
    identifier: np.ndarray
    currency: np.ndarray

    def num(self, row: int) -> Num | None:
        """The exact number of one row."""
        return self.reading(row).num

    def reading(self, row: int) -> Reading:
        """The number of one row, or why there is none."""
        found = self.readings.get(row)
        return found if found is not None else read(self.source[row])

    def take(self, rows: np.ndarray) -> Nums:
        """The numbers of these rows."""
        source = [self.source[row] for row in rows.tolist()]
        readings = {new: self.readings[row] for new, row in enumerate(rows.tolist()) if row in self.readings}
        return Nums(source, readings, *(getattr(self, name)[rows] for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Nums))[2:]


def read_many(values: Sequence[Any]) -> Nums:
    """Read n values: plain numbers in bulk, everything but numbers and texts (MISSING, too) as unreadable."""
    nums = _blank(values)
    slow: list[int] = []
    present = set(map(type, values))
    kinds = np.zeros(len(values), np.int8)
    if len(present) > 1:
        kinds = np.fromiter(map(_KIND.get, map(type, values), repeat(0)), np.int8, len(values))
    for kind, fill in ((int, _fill_integers), (float, _fill_floats), (str, _fill_texts)):
        if present == {kind}:
            slow += fill(nums, np.arange(len(values)), values)
        elif kind in present:
            rows = np.flatnonzero(kinds == _KIND[kind])
            slow += fill(nums, rows, [values[row] for row in rows.tolist()])
    _fill_slowly(nums, [*np.flatnonzero(kinds == 0).tolist(), *slow] if present - _KIND.keys() else slow)
    return nums


def _blank(values: Sequence[Any]) -> Nums:
    n = len(values)
    return Nums(
        source=values,
        readings={},
        readable=np.zeros(n, bool),
        value=np.zeros(n),
        blurred=np.zeros(n, bool),
        exp=np.zeros(n, np.int64),
        bare_exp=np.zeros(n, np.int64),
        sig_figs=np.zeros(n, np.int64),
        percent=np.zeros(n, bool),
        plain=np.zeros(n, bool),
        identifier=np.zeros(n, bool),
        currency=np.full(n, "", "U3"),
    )


_KIND = {int: 1, float: 2, str: 3}


def _fill_integers(nums: Nums, rows: np.ndarray, values: Sequence[int]) -> list[int]:
    """Integers that a float holds exactly; gives the rows that are left."""
    try:
        whole = np.array(values, np.int64)
    except OverflowError:
        return _listed(rows)
    small = np.abs(whole) < 10**15
    rows_in, size = rows[small], np.abs(whole[small])
    nums.readable[rows_in] = nums.plain[rows_in] = True
    nums.value[rows_in] = whole[small]
    nums.sig_figs[rows_in] = np.searchsorted(_POWERS, size, side="right") + 1
    return _listed(rows[~small])


_POWERS = 10 ** np.arange(1, 16, dtype=np.int64)


def _fill_floats(nums: Nums, rows: np.ndarray, values: Sequence[float]) -> list[int]:
    """Floats with a fraction and no exponent in their shortest digits; gives the rows that are left."""
    floats = np.asarray(values, float)
    texts = pa.array(floats).cast(pa.large_string())
    odd = [pc.match_substring(texts, "e"), pc.match_substring(texts, "n"), pc.equal(pc.find_substring(texts, "."), -1)]
    usual = ~np.logical_or.reduce([np.asarray(mask) for mask in odd])  # not 1e-07, nan, 14.0
    rows_in = rows[usual]
    nums.value[rows_in] = floats[usual]
    _fill_digits(nums, rows_in, texts if usual.all() else texts.filter(pa.array(usual)))
    return _listed(rows[~usual])


def _fill_texts(nums: Nums, rows: np.ndarray, values: Sequence[str]) -> list[int]:
    """Texts in the commonest notation; gives the rows that are left."""
    texts = pa.array(values, pa.large_string())
    usual = np.asarray(pc.match_substring_regex(texts, PLAIN))
    rows_in = rows[usual]
    if len(rows_in):
        digits = pc.replace_substring_regex(texts.filter(pa.array(usual)), r"[\s,%]", "")
        nums.percent[rows_in] = np.asarray(pc.match_substring(texts.filter(pa.array(usual)), "%"))
        nums.value[rows_in] = np.asarray(digits.cast(pa.float64()))
        _fill_digits(nums, rows_in, digits)
        whole = ~nums.percent[rows_in] & np.asarray(pc.equal(pc.find_substring(digits, "."), -1))
        nums.plain[rows_in] = whole
        padded = np.asarray(pc.match_substring_regex(digits, "^-?0[0-9]"))
        nums.identifier[rows_in] = whole & padded  # more than 15 digits are not the commonest notation
        nums.blurred[rows_in] = nums.sig_figs[rows_in] > 15
    return _listed(rows[~usual])


def _listed(rows: np.ndarray) -> list[int]:
    found: list[int] = rows.tolist()
    return found


def _fill_digits(nums: Nums, rows: np.ndarray, digits: pa.Array) -> None:
    """Last place and significant digits of texts like -12.50."""
    point, length = np.asarray(pc.find_substring(digits, ".")), np.asarray(pc.utf8_length(digits))
    nums.readable[rows] = True
    nums.exp[rows] = nums.bare_exp[rows] = np.where(point < 0, 0, point + 1 - length)
    bare = pc.utf8_ltrim(pc.replace_substring(digits, ".", ""), characters="-0")
    nums.sig_figs[rows] = np.maximum(np.asarray(pc.utf8_length(bare)), 1)


def _fill_slowly(nums: Nums, rows: Sequence[int]) -> None:
    """Read these rows one by one, equal texts once."""
    known: dict[str, Reading] = {}
    for row in rows:
        value = nums.source[row]
        reading = known.get(value) if isinstance(value, str) else None
        if reading is None:
            reading = read(value)
            if isinstance(value, str):
                known[value] = reading
        nums.readings[row] = reading
        if reading.num is not None:
            _fill_one(nums, row, reading.num)


def _fill_one(nums: Nums, row: int, num: Num) -> None:
    nums.readable[row] = True
    nums.value[row] = float(num.value)
    nums.blurred[row] = len(num.value.as_tuple().digits) > 15 or abs(num.value.adjusted()) > 290
    nums.exp[row], nums.sig_figs[row] = num.exp, num.sig_figs
    nums.bare_exp[row] = num.without_currency_zeros().exp
    nums.percent[row] = num.kind == "percent"
    nums.plain[row], nums.identifier[row] = num.plain, num.identifier
    nums.currency[row] = num.currency or ""
