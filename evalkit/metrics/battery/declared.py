"""What a metric declares, and how it refuses gold: checks that need no rows."""

from __future__ import annotations

import pickle
from typing import Any, Final

import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Metric
from evalkit.core.tables import Column
from evalkit.metrics.battery.checks import Broken
from evalkit.metrics.battery.rows import Row
from evalkit.metrics.battery.uses import Use

__all__ = ["absent_gold", "check_refusal", "declares", "frozen"]

_NEEDS: Final = {"gold", "output", "input", "seconds", "cost", "confidence", "verdict", "trace"}


def declares(use: Use) -> None:
    """The members of the protocol, with values that mean something; the same of each view."""
    metric: Any = use.metric()
    if not isinstance(metric, Metric):
        missing = [name for name in dir(Metric) if not name.startswith("_") and not hasattr(metric, name)]
        raise Broken("declares", f"{type(metric).__name__} has no {', '.join(sorted(missing))}", expected="all of them")
    if metric.needs == frozenset() or not metric.needs <= _NEEDS:
        raise Broken("declares", f"needs is {sorted(metric.needs)}", expected=f"some of {', '.join(sorted(_NEEDS))}")
    _members(use.home() or metric, "")
    for name, view in (getattr(use.home() or metric, "views", None) or {}).items():
        _members(view, f" of the view {name}")


def _members(metric: Metric, whose: str) -> None:
    wrong = {
        "version": not (isinstance(metric.version, int) and metric.version >= 1),
        "better": metric.better not in ("higher", "lower"),
        "kind": metric.kind not in ("mean", "ratio", "general"),
        "name": not (isinstance(metric.name, str) and metric.name),
        "unit": not isinstance(metric.unit, str),
        "parts": len(set(metric.parts)) < len(metric.parts) or not metric.parts,
        "value_range": not _is_range(metric.value_range),
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        raise Broken(
            "declares", f"{name}{whose} is {getattr(metric, name)!r:.100}", expected="see core.protocols.Metric"
        )


def _is_range(limits: Any) -> bool:
    if not isinstance(limits, tuple) or len(limits) != 2:
        return False
    low, high = limits
    return low is None or high is None or low < high


def frozen(use: Use) -> None:
    """Frozen, and equal to what comes out of a pickle; bound too."""
    for metric in filter(None, (use.metric(), use.home())):
        name = type(metric).__name__
        parameters: Any = getattr(metric, "__dataclass_params__", None)
        if parameters is None or not parameters.frozen:
            raise Broken("frozen", f"{name} is no frozen dataclass", expected="@dataclass(frozen=True)")
        try:
            same = pickle.loads(pickle.dumps(metric)) == metric
        except Exception as error:
            raise Broken("frozen", f"{name} does not pickle: {error!s:.200}", expected="a pickle") from error
        if not same:
            raise Broken("frozen", f"{name} is not equal to itself after pickling", expected="equal")


def absent_gold(use: Use) -> None:
    """No case has gold."""
    metric = use.metric()
    if "gold" not in metric.needs:
        return
    try:
        metric.bind(Column(pa.array([None, None], pa.large_string())), pa.array(["c0", "c1"]))
    except InputError as error:
        _words("absent_gold", error)
    except Exception as error:
        raise Broken(
            "absent_gold", f"bind raised {type(error).__name__}: {error!s:.200}", expected="InputError"
        ) from error
    else:
        raise Broken("absent_gold", "bind took cases that have no gold", expected="InputError: no case has gold")


def check_refusal(error: Exception, rows: list[Row]) -> None:
    """Gold was refused as it should be: an InputError that names the case or the metric.

    Raises:
        Broken: anything else.
    """
    if not isinstance(error, InputError):
        raise Broken("bind", f"bind raised {type(error).__name__}: {error!s:.200}", expected="InputError") from error
    _words("bind", error)
    if not error.where.startswith(("case ", "metric ")):
        raise Broken("bind", f"the error names {error.where or 'no place'!r}", expected="case ID, or metric NAME")
    name = error.where.removeprefix("case ").partition(":")[0]
    if error.where.startswith("case ") and name not in {f"c{i}" for i in range(len(rows))}:
        raise Broken(
            "bind", f"the error names {error.where!r}, which is none of the cases", expected="the id of a case"
        )


def _words(check: str, error: InputError) -> None:
    if len(error.what.split()) < 3:
        raise Broken(check, f"the error says only {error.what!r}", expected="a sentence")
