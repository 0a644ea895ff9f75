"""Rules of the whole table: keys, rules across columns, freshness, volume."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.pipeline.contract.ages import seconds_in
from evalkit.pipeline.contract.check_columns import Columns, about_rows
from evalkit.pipeline.contract.column_rules import codes_of, repeated
from evalkit.pipeline.contract.expression import Expression
from evalkit.pipeline.contract.finding import Finding
from evalkit.pipeline.contract.given import Given
from evalkit.pipeline.contract.nouns import Contract
from evalkit.pipeline.contract.usual import FEWEST, usual
from evalkit.pipeline.contract.verdict import beyond

__all__ = ["freshness_finding", "key_findings", "rule_findings", "volume_findings"]

_NONE = np.array([], np.int64)


def key_findings(contract: Contract, columns: Columns, given: Given) -> Iterator[Finding]:
    """Keys: no part is missing, and no key is there twice (the first row of a key is right, the later ones are not)."""
    for key in contract.keys:
        rule = f"key ({', '.join(key)}) is there and unique"
        parts = [columns.of[name].values for name in key if name in columns.of]
        if len(parts) < len(key):
            yield about_rows(None, f"{rule} (a column is missing)", 0, _NONE, lambda row: None, "error")
            continue
        codes = codes_of(parts)
        broken = columns.positions(repeated(codes) | (codes < 0))
        yield about_rows(None, rule, columns.readable, broken, _values_of(key, columns), "error")


def rule_findings(contract: Contract, columns: Columns, given: Given) -> Iterator[Finding]:
    """Rules across columns; what they say nothing of (a value is missing) is not broken."""
    for rule in contract.rules:
        expression = Expression(rule.rule)
        names = sorted(expression.columns)
        words = f"{rule.name}: {rule.rule}" if rule.name else rule.rule
        if not expression.columns <= set(columns.of):
            yield about_rows(None, f"{words} (a column is missing)", 0, _NONE, lambda row: None, rule.severity)
            continue
        try:
            kept = expression.evaluate({name: columns.of[name].values for name in names})
        except ValueError as error:
            yield about_rows(None, f"{words} ({error})", 0, _NONE, lambda row: None, rule.severity)
            continue
        speaks_of = columns.readable if rule.mostly is None else len(kept) - kept.null_count
        value = _values_of(names, columns)
        yield about_rows(None, words, speaks_of, columns.positions(pc.invert(kept)), value, rule.severity, rule.mostly)


def freshness_finding(contract: Contract, columns: Columns, given: Given) -> Iterator[Finding]:
    """The age of the newest row that is not of the future."""
    if (fresh := contract.freshness) is None:
        return
    rule = f"newest at most {fresh.max_age} old"
    column = columns.of.get(fresh.column)
    limit = seconds_in(fresh.max_age)
    age = None
    if given.now is None:
        rule += " (the time is not known)"
    elif column is not None:
        age, rule = _age(column.values, given.now, rule)
    decision = beyond(rule, age, columns.readable, at_most=limit)
    yield Finding(fresh.column, rule, fresh.severity, decision, columns.readable, _NONE, _count(decision), _nothing)


def volume_findings(contract: Contract, rows: int, given: Given) -> Iterator[Finding]:
    """How many rows there are: against bounds, and against earlier versions."""
    if (volume := contract.volume) is None:
        return
    bounds = (("at least", {"at_least": volume.min}), ("at most", {"at_most": volume.max}))
    for words, line in bounds:
        if (bound := next(iter(line.values()))) is not None:
            rule = f"{words} {bound:,} rows"
            decision = beyond(rule, float(rows), 1, **line)
            yield Finding(None, rule, volume.severity, decision, rows, _NONE, _count(decision), _nothing)
    if volume.within is not None:
        rule = f"number of rows within {volume.within:g} robust standard deviations of earlier versions"
        away, why = _away(rows, given)
        decision = beyond(rule, away, 1, at_most=volume.within)
        yield Finding(None, f"{rule}{why}", volume.severity, decision, rows, _NONE, _count(decision), _nothing)


def _away(rows: int, given: Given) -> tuple[float | None, str]:
    """How many robust standard deviations the log of a number of rows is from those before; and why it has none.

    Earlier versions of nearly one size have nearly no spread; 1 % is the least, so that one row more is no anomaly.
    """
    if len(given.rows) < FEWEST:
        return None, f" ({len(given.rows)} of them; {FEWEST} are needed)"
    logs = np.log1p(np.array(given.rows, float))
    found = usual(logs)
    spread = max(found.spread if found else 0.0, 0.01)
    return abs(math.log1p(rows) - float(np.median(logs))) / spread, ""


def _age(values: Any, now: float, rule: str) -> tuple[float | None, str]:
    """Seconds between the newest value that is not after now, and now; a row of the future makes nothing fresh."""
    moments = values.cast(pa.timestamp("s") if pa.types.is_date(values.type) else values.type)
    if not pa.types.is_timestamp(moments.type):
        return None, f"{rule} (the column holds no times)"
    ticks = moments.cast(pa.timestamp("us", moments.type.tz), safe=False).cast(pa.int64())
    past = pc.filter(ticks, pc.less_equal(ticks, pa.scalar(int(now * 1e6))))
    newest = pc.max(past).as_py()
    if newest is None:
        return None, f"{rule} (no row is of the past)"
    return now - newest / 1e6, rule


def _count(decision: Any) -> int:
    """A table breaks a rule once."""
    return int(decision.outcome == "fail")


def _nothing(row: int) -> None:
    return None


def _values_of(names: list[str], columns: Columns) -> Any:
    return lambda row: {name: columns.of[name].values[row].as_py() for name in names}
