"""Numbers as people read them: as many digits as the interval carries, a true minus sign, units, "unknown" for None."""

from __future__ import annotations

import math

from evalkit.core.nouns import Estimate

__all__ = ["decimals", "dollars", "duration", "interval", "level", "number", "p_value", "point", "unit_label"]

_UNITS = {"": "", "share": "", "s": " s", "USD": " USD", "relative": " %"}


def number(x: float | None, digits: int, *, signed: bool = False) -> str:
    """`x` with `digits` decimals and a true minus (U+2212); an en dash for None."""
    if x is None:
        return "–"
    text = f"{abs(x):,.{digits}f}"
    if not text.strip("0.,"):
        return text
    return ("\u2212" if x < 0 else "+" if signed else "") + text


def decimals(estimate: Estimate) -> int:
    """Decimals that show two significant digits of the interval's half-width; without one, four digits of the point."""
    if estimate.lo is not None and estimate.hi is not None and estimate.hi > estimate.lo:
        return _places((estimate.hi - estimate.lo) / 2, 2)
    return _places(abs(estimate.point), 4) if estimate.point else 3


def _scaled(estimate: Estimate) -> Estimate:
    """The estimate as it is written: a relative change in percent."""
    if estimate.unit != "relative":
        return estimate
    parts = {name: getattr(estimate, name) for name in ("point", "lo", "hi")}
    return estimate.model_copy(update={name: None if x is None else 100 * x for name, x in parts.items()})


def _places(size: float, significant: int) -> int:
    return min(max(significant - 1 - math.floor(math.log10(size)), 0), 6)


def point(estimate: Estimate, *, signed: bool = False) -> str:
    """The point estimate with its unit, or an en dash."""
    estimate = _scaled(estimate)
    if estimate.point is None:
        return "–"
    return number(estimate.point, decimals(estimate), signed=signed) + unit_suffix(estimate.unit)


def interval(estimate: Estimate) -> str:
    """`[0.41, 0.47]`, or the empty text where there is none."""
    estimate = _scaled(estimate)
    if estimate.lo is None or estimate.hi is None:
        return ""
    digits = decimals(estimate)
    return f"[{number(estimate.lo, digits)}, {number(estimate.hi, digits)}]"


def unit_suffix(unit: str) -> str:
    """What stands behind a number of this unit."""
    return _UNITS.get(unit, f" {unit}")


def unit_label(unit: str) -> str:
    """What an axis says of its unit: `(share)`, `(s)`, or nothing."""
    return f" ({unit})" if unit else ""


def level(share: float) -> str:
    """0.95 -> `95 %` (with a no-break space)."""
    return f"{100 * share:g}\u00a0%"


def p_value(p: float | None) -> str:
    """`< 0.001`, three decimals below 0.1, two above; an en dash for None."""
    if p is None:
        return "–"
    if p < 0.001:
        return "<\u00a00.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_is(p: float | None) -> str:
    """`p = 0.36`, `p < 0.001`, on one line."""
    shown = p_value(p)
    return f"p\u00a0{shown}" if shown.startswith("<") else f"p\u00a0=\u00a0{shown}"


def duration(seconds: float | None) -> str:
    """`0.41 s`, `12 s`, `3 min 20 s`, `2 h 5 min`; `unknown` for None."""
    if seconds is None:
        return "unknown"
    if seconds < 10:
        return f"{seconds:.2g} s" if seconds else "0 s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def dollars(cost: float | None) -> str:
    """`0.0021 USD`; `unknown`, never 0, for None."""
    if cost is None:
        return "unknown"
    return f"{cost:,.2f} USD" if cost >= 1 or cost == 0 else f"{cost:.2g} USD"
