"""How near is near enough: rules tied to the precision in which gold is written, or the bounds that a user sets."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final, Literal

from evalkit.core.errors import InputError
from evalkit.metrics.base import wrong_parameter

__all__ = ["NumericTolerance", "tolerance_of"]


@dataclass(frozen=True)
class NumericTolerance:
    """Which differences between gold g and answer p still count as right; d = |p - g|, u = a unit of g's last place.

    Setting any of `abs`, `rel`, `points`, `sig_figs` replaces all the default rules below them: no silent union.

    Attributes:
        abs: d <= abs, in gold's unit (percentage points where gold is a percentage).
        rel: d <= rel |g| (of gold alone, so not symmetric).
        points: d < points, in percentage points; only where gold is a percentage.
        sig_figs: d <= half a unit of g's n-th significant digit.
        rounding: d <= u/2: p rounds to g (a tie either way).
        coarser_min_sf: p is written coarser than g, rounds g correctly, with at least so many digits; 0: off.
        truncation: |p| > |g|, same sign, d < u and d <= 5 % of |g|: g may be p with its digits cut off.
        last_place: d <= so many u, and d <= `last_place_max_rel` |g|; 0: off.
        last_place_max_rel: see `last_place`.
        near_rel: d <= near_rel |g|; 0: off.
        integer_exact: "auto": last place and near do not hold for plain integers (years, counts), and for ids
            (leading zeros, more than 15 digits) nothing does but equality; True: plain integers are equal or wrong;
            False: no exception.
        gold_precision: "strip_currency_zeros" reads $303.00 as written to the dollar; "written" does not.
    """

    abs: Decimal | None = None
    rel: float | None = None
    points: Decimal | None = None
    sig_figs: int | None = None
    rounding: bool = True
    coarser_min_sf: int = 3
    truncation: bool = True
    last_place: float = 1.0
    last_place_max_rel: float = 0.01
    near_rel: float = 0.001
    integer_exact: Literal["auto", True, False] = "auto"
    gold_precision: Literal["strip_currency_zeros", "written"] = "strip_currency_zeros"

    def __post_init__(self) -> None:
        for name in ("abs", "points"):
            object.__setattr__(self, name, _decimal(name, getattr(self, name)))
        for name in ("rel", "last_place", "last_place_max_rel", "near_rel"):
            _check_share(name, getattr(self, name), optional=name == "rel")
        if self.sig_figs is not None and not _is_int(self.sig_figs, 1):
            raise wrong_parameter("numeric", "sig_figs", self.sig_figs, "a whole number from 1 up")
        if not _is_int(self.coarser_min_sf, 0):
            raise wrong_parameter("numeric", "coarser_min_sf", self.coarser_min_sf, "a whole number from 0 up")
        for name in ("rounding", "truncation"):
            if not isinstance(getattr(self, name), bool):
                raise wrong_parameter("numeric", name, getattr(self, name), "true or false")
        if not (isinstance(self.integer_exact, bool) or self.integer_exact == "auto"):
            raise wrong_parameter("numeric", "integer_exact", self.integer_exact, "auto, true or false")
        if self.gold_precision not in ("strip_currency_zeros", "written"):
            raise wrong_parameter("numeric", "gold_precision", self.gold_precision, "strip_currency_zeros or written")

    @property
    def explicit(self) -> bool:
        """Whether a user's bound replaces the default rules."""
        return any(bound is not None for bound in (self.abs, self.rel, self.points, self.sig_figs))

    @cached_property
    def decimals(self) -> Mapping[str, Decimal]:
        """The float fields as the decimals that they were written as."""
        names = ("rel", "last_place", "last_place_max_rel", "near_rel")
        return {name: Decimal(repr(float(getattr(self, name)))) for name in names if getattr(self, name) is not None}

    def overridden(self, fields: Mapping[str, Any]) -> NumericTolerance:
        """This tolerance with a case's own fields; a bound of the case replaces all bounds set here.

        Raises:
            InputError: a field that there is not, or a value that it cannot have.
        """
        unknown = sorted(set(fields) - _NAMES)
        if unknown:
            raise InputError(f"a tolerance has no field {unknown[0]!r}; it has: {', '.join(sorted(_NAMES))}")
        own = dict(fields)
        if any(own.get(name) is not None for name in _BOUNDS):
            own = dict.fromkeys(_BOUNDS) | own
        return dataclasses.replace(self, **own)


_BOUNDS: Final = ("abs", "rel", "points", "sig_figs")
_NAMES: Final = frozenset(field.name for field in dataclasses.fields(NumericTolerance))


def tolerance_of(owner: NumericTolerance) -> NumericTolerance:
    """The plain tolerance out of an object that has its fields among others."""
    return NumericTolerance(**{name: getattr(owner, name) for name in _NAMES})


def _is_int(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _decimal(name: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    wanted = "a number from 0 up"
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise wrong_parameter("numeric", name, value, wanted)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise wrong_parameter("numeric", name, value, wanted) from None
    if not number.is_finite() or number < 0 or number.adjusted() > 300:
        raise wrong_parameter("numeric", name, value, wanted)
    return number


def _check_share(name: str, value: Any, *, optional: bool) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise wrong_parameter("numeric", name, value, "a number from 0 up")
