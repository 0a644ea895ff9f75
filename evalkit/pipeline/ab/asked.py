"""What is asked of an experiment: the split that was meant, and the metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better
from evalkit.engine.nearest import did_you_mean

__all__ = ["Asked", "Kind", "Method", "Wanted", "equal_split", "parse_metric", "parse_split"]

Kind = Literal["proportion", "mean", "sum", "ratio", "rows"]
Method = Literal["anytime", "fixed"]

Wanted = tuple[str, Kind | None, Better | None]
"""Name, kind and direction of a metric as typed; None: not said."""

_SLACK = 0.005  # .333,.333,.333 is meant as thirds
_FORM = "NAME:KIND, KIND one of proportion, mean, sum, ratio, rows, such as converted:proportion or seconds:mean:lower"


@dataclass(frozen=True)
class Asked:
    """One metric.

    Attributes:
        name: as its rows have it; of a ratio NUMERATOR/DENOMINATOR, two such names.
        kind: proportion (any row of the unit is not 0), mean (of the unit's rows), sum (of them), ratio (of the sums of
            two metrics over all units), rows (mean of all rows, each weighs alike, units as their clusters).
        better: which way is up.
    """

    name: str
    kind: Kind
    better: Better = "higher"

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the rows that it is made of."""
        return tuple(self.name.split("/", 1)) if self.kind == "ratio" else (self.name,)


def parse_metric(text: str) -> Wanted:
    """`NAME[:KIND][:higher|lower]`; what is not said is None: it is seen from the outcomes.

    Raises:
        InputError: it is not of that form.
    """
    parts = text.split(":")
    better: Better | None = None
    if len(parts) > 1 and parts[-1] in get_args(Better):
        better = "lower" if parts.pop() == "lower" else "higher"
    if len(parts) == 1 and parts[0]:
        return parts[0], None, better
    name, kind = ":".join(parts[:-1]), parts[-1]
    found: Kind | None = next((one for one in get_args(Kind) if one == kind), None)
    if found is None or not name:
        what = f"{kind!r:.60} is no kind of metric" if name else "a metric has no name"
        raise InputError(what, f"--metric {text:.80}", f"Write {_FORM}")
    if found == "ratio" and not re.fullmatch(r"[^/]+/[^/]+", name):
        raise InputError("a ratio has two names", f"--metric {text:.80}", "Write NUMERATOR/DENOMINATOR:ratio")
    return name, found, better


def equal_split(arms: Sequence[str]) -> dict[str, float]:
    """The same share for each arm."""
    return {arm: 1 / len(arms) for arm in arms}


def parse_split(text: str) -> dict[str, float]:
    """`a=.5,b=.5` -> {"a": 0.5, "b": 0.5}; percents (a=50,b=50) do too.

    Raises:
        InputError: a part is no NAME=SHARE, a name is there twice, a share is none, or they sum to neither 1 nor 100.
    """
    where, shares = f"--split {text:.80}", dict[str, float]()
    for part in filter(str.strip, text.split(",")):
        name, equals, number = (piece.strip() for piece in part.rpartition("="))
        share = _share(number)
        if not equals or not name or share is None:
            raise InputError(f"{part.strip()!r:.60} is no NAME=SHARE", where, "Write such as --split a=.5,b=.5")
        if name in shares:
            raise InputError(f"{name!r:.60} is there twice", where, "Give each variant one share")
        shares[name] = share
    whole = sum(shares.values())
    scale = next((one for one in (1, 100) if abs(whole - one) <= _SLACK * one), None)
    if scale is None:
        raise InputError(f"the shares sum to {whole:.6g}, not to 1", where, "Write such as --split a=.5,b=.5")
    return {name: share / whole for name, share in shares.items()}


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 <= share < math.inf else None


def check_control(control: str, arms: Sequence[str], split: dict[str, float], where: str) -> None:
    """Refuse a control that no unit saw, or that has no share.

    Raises:
        InputError: so.
    """
    if control not in arms:
        remedy = did_you_mean(control, arms, "variants")
        raise InputError(f"no unit was exposed to the control {control!r:.60}", where, remedy)
    if not split.get(control, 0) > 0:
        raise InputError(f"the control {control!r:.60} has no share of the split", "--split", "Give it one")
