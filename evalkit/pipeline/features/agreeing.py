"""Whether what is served is what was trained on: offline values against online ones, key by key."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.features import OnlineFeatures, Served
from evalkit.pipeline.features.define import need_columns
from evalkit.pipeline.features.feature_set import FeatureSet

__all__ = ["Mismatch", "parity"]


class Mismatch(NamedTuple):
    """One difference.

    Attributes:
        key: column -> value.
        column: that differs; None: the key is on one side only.
        offline, online: the values; None where there is none.
    """

    key: dict[str, Any]
    column: str | None
    offline: Any
    online: Any


def parity(
    offline: pa.Table, online: OnlineFeatures, features: FeatureSet, *, view: str | None = None, tolerance: float = 0.0
) -> list[Mismatch]:
    """What the store serves differently from the newest offline row of each key.

    Args:
        offline: keys, event time and features, as `FeatureSet.compute` gives; of one key the newest row counts, of
            equal ones the last.
        online: what serves.
        features: the set; it has keys and an event time.
        view: what the values are called online; None: as the set.
        tolerance: relative difference of floats that is none. A missing value is NaN, and equals itself.

    Returns:
        Differences, by key: values of features, event times (as the column of that name), keys that one side does not
        have. What else is kept beside the features on either side is not compared.
    """
    if not features.keys or features.event_time is None:
        raise InputError(f"the features {features.name} have no keys or no event time", remedy="Declare both")
    need_columns(offline, [*features.keys, features.event_time, *features.outputs], "the offline table")
    wanted = _newest(offline, features, features.event_time)
    served = {_names(key): (key, _only(features, found)) for key, found in online.rows(view or features.name)}
    found: list[Mismatch] = []
    for name in sorted({*wanted, *served}):
        if name not in served:
            found.append(Mismatch(wanted[name][0], None, wanted[name][1].values, None))
        elif name not in wanted:
            found.append(Mismatch(served[name][0], None, None, served[name][1].values))
        else:
            found += _differences(*wanted[name], served[name][1], features.event_time, tolerance)
    return found


def _differences(key: dict[str, Any], one: Served, other: Served, event_time: str, tolerance: float) -> list[Mismatch]:
    found = []
    if one.event_time != other.event_time:
        found.append(Mismatch(key, event_time, one.event_time, other.event_time))
    for name in dict.fromkeys([*one.values, *other.values]):
        mine, theirs = one.values.get(name), other.values.get(name)
        if not _same(mine, theirs, tolerance):
            found.append(Mismatch(key, name, mine, theirs))
    return found


def _only(features: FeatureSet, found: Served) -> Served:
    return Served({name: found.values[name] for name in features.outputs if name in found.values}, found.event_time)


def _same(one: Any, other: Any, tolerance: float) -> bool:
    one, other = (None if isinstance(v, float) and math.isnan(v) else v for v in (one, other))
    if isinstance(one, float) and isinstance(other, float) and tolerance:
        return math.isclose(one, other, rel_tol=tolerance)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _newest(offline: pa.Table, features: FeatureSet, event_time: str) -> dict[str, tuple[dict[str, Any], Served]]:
    moments = offline.column(event_time)
    if pa.types.is_date(moments.type):
        moments = moments.cast(pa.timestamp("ms"))
    ticks = moments.cast(pa.timestamp("us", moments.type.tz), safe=False).cast(pa.int64()).to_numpy()
    order = np.argsort(ticks, kind="stable")  # later rows replace earlier ones of the same key
    rows = offline.select([*features.keys, *features.outputs]).take(pa.array(order)).to_pylist()
    newest = {}
    for row, place in zip(rows, order, strict=True):
        key = {name: row[name] for name in features.keys}
        newest[_names(key)] = key, Served({name: row[name] for name in features.outputs}, int(ticks[place]))
    return newest


def _names(key: dict[str, Any]) -> str:
    return repr([str(value) for value in key.values()])
