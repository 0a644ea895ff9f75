"""The metric `sql`: an answer is right if it returns what gold returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, Share, absent_rule, broken_gold, over_one, require_gold, wrong_parameter
from evalkit.metrics.sql.clock import is_moment
from evalkit.metrics.sql.decide import Bench, Verdict, Way
from evalkit.metrics.sql.gold import WANTED, Gold, read_gold
from evalkit.metrics.sql.lex import Dialect
from evalkit.metrics.sql.pairing import Closeness
from evalkit.metrics.sql.result import Limits, Session, Source
from evalkit.metrics.sql.sources import named_sources, sources_of

__all__ = ["Sql"]

Order = Literal["auto", True, False]


@dataclass(frozen=True)
class Sql(PerCase):
    """Share of answers that return the rows that gold returns, when both are run on the same data (execution match).

    Rows are compared as multisets: how often a row stands counts, NULL equals only NULL, 1 equals 1.0 but not '1'.
    Their order matters where gold has an ORDER BY at the top level, and there only as far as its sort keys fix it.
    Names of columns are ignored, their places are not.

    Gold is a query, a list of acceptable queries, or an object: `sql` (either of these), `rows` (the result itself: a
    list of lists, or of objects by column; bytes as {hex: ...}), `order` (true or false, for this case), `db` (which of
    several databases), `setup` (a script for a database of the case's own). Gold that cannot be run leaves the row
    unscored. The answer is a text; a code fence, a label like "SQL:" and prose around the query are taken off. Only one
    SELECT, WITH or VALUES is run: several statements, writing, ATTACH, PRAGMA, random() and the clock are wrong answers
    with a rule of their own. Two results without any value (no rows, or only NULL) agree as `weak_match`, which the
    view `strong` does not count; the view `executed` is the share of answers that ran at all.

    The databases are read when scoring begins, and never written to. A file enters the suite's digest by its content.

    Attributes:
        database: an SQLite (or DuckDB) file, relative to the suite file; a list of them, on each of which answer and
            gold have to agree; or an object with either of these by name, of which each case picks one with `db`.
        setup: instead of `database`, a script that makes the data in memory, or the path of one (ending in .sql).
        engine: sqlite, or duckdb (extra `duckdb`).
        order: "auto": as said above; true: the order of rows always matters; false: never.
        columns: position; any_order (some order of the answer's columns fits); names (found by name, any order).
        rel: two numbers of which one is a float agree where they differ by at most so much of the larger; the default
            only forgives the last digits of a sum. Whole numbers have to be equal.
        abs: or by at most so much.
        steps: instructions of SQLite's machine that a query may use; an answer that needs more is wrong (`timeout`).
            It does not depend on the speed of the machine.
        timeout: seconds that a query may take. On SQLite it only guards the machine, and leaves the row unscored;
            DuckDB counts no steps, so there an answer that takes longer is wrong.
        max_rows: rows that a result may have; an answer with more is wrong, gold with more leaves the row unscored.
        now: the moment (ISO 8601) that 'now' and CURRENT_DATE mean on SQLite; without it they are refused.
    """

    database: Any = None
    setup: str | list[str] | None = None
    engine: Dialect = "sqlite"
    order: Order = "auto"
    columns: Literal["position", "any_order", "names"] = "position"
    rel: float = 1e-9
    abs: float = 1e-12
    steps: int = 50_000_000
    timeout: float = 30.0
    max_rows: int = 20_000
    now: str | None = None

    name: ClassVar[str] = "sql"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_choices(self)
        _check_numbers(self)
        if self.now is not None and not (isinstance(self.now, str) and is_moment(self.now)):
            raise wrong_parameter(self.name, "now", self.now, "a moment like 2026-01-31 12:00:00")
        if self.database is not None and self.setup is not None:
            raise InputError("database and setup are both given", f"metric {self.name}", "Leave one of them out")
        named_sources(self.database, self.setup)  # what is no source is told before anything is scored

    @staticmethod
    def examples() -> list[Example]:
        """A database made by a script; a list of acceptable queries; rows that are given."""
        setup = "CREATE TABLE team(name TEXT, city TEXT, wins INT); INSERT INTO team VALUES ('Lions', 'Oslo', 3), "
        setup += "('Bears', 'Bergen', 5), ('Foxes', 'Oslo', 5);"
        wrong = ["SELECT name FROM team WHERE wins > 100", "DROP TABLE team", "SELECT nothing", "Oslo", "", 5, None]
        count = "SELECT city, count(*) FROM team GROUP BY city"
        return [
            Example(
                {"setup": setup},
                [
                    (count, "```sql\nSELECT t.city, COUNT(t.name) AS n FROM team t GROUP BY 1 ORDER BY n;\n```"),
                    ("SELECT name FROM team ORDER BY wins DESC", "SELECT name FROM team ORDER BY wins DESC, name"),
                ],
                wrong,
            ),
            Example(
                {"setup": setup, "columns": "any_order"},
                [
                    ({"sql": [count, count + " LIMIT 1"]}, "SELECT count(*), city FROM team GROUP BY city"),
                    ({"rows": [["Oslo", 8], ["Bergen", 5]]}, "SELECT city, sum(wins) FROM team GROUP BY city"),
                ],
                wrong,
            ),
        ]

    @property
    def views(self) -> Mapping[str, Metric]:
        """`strong`: right, and shown by at least one value; `executed`: the answer ran."""
        return {"strong": Share("strong"), "executed": Share("executed")}

    @cached_property
    def _way(self) -> Way:
        order = None if self.order == "auto" else bool(self.order)
        limits = Limits(int(self.steps), float(self.timeout), int(self.max_rows), self.now)
        return Way(self.engine, order, self.columns, Closeness(float(self.rel), float(self.abs)), limits)

    def bind(self, gold: Column, ids: pa.Array) -> Sql:
        """Every gold has a shape and a database; every database can be opened.

        Raises:
            InputError: names the case, or the file, for which that does not hold.
        """
        values = require_gold(self.name, gold, ids, self.field)
        for row, (value, whole) in enumerate(zip(values, gold.values(), strict=True)):
            found = read_gold(value, whole if self.field is not None else None)
            if isinstance(found, str):
                raise broken_gold(self.name, str(ids[row]), self.field, value, f"{WANTED}; it {found}")
            sources = sources_of(self.database, self.setup, found)
            if isinstance(sources, str):
                raise InputError(sources, f"case {ids[row]}", "Give the metric `database` or `setup`, or the case `db`")
        for source in {s: None for group in named_sources(self.database, self.setup).values() for s in group}:
            self._check(source)
        return self

    def score(self, batch: Batch) -> Scores:
        """1 with rule same_result or weak_match; 0 with what differs or went wrong; unscored where gold cannot run."""
        golds, wholes = batch.gold.values(self.field), batch.gold.values()
        verdicts = []
        with Bench(self._way, self._connect) as bench:
            for row, answer in enumerate(batch.output.values(self.field)):
                gold = _usable(golds[row], wholes[row] if self.field is not None else None)
                if isinstance(gold, Verdict):
                    verdicts.append(gold)
                elif answer is MISSING:
                    verdicts.append(Verdict(False, absent_rule(bool(batch.failed[row]))))
                else:
                    verdicts.append(self._decided(bench, gold, answer))
        return _scores(verdicts)

    def _decided(self, bench: Bench, gold: Gold, answer: Any) -> Verdict:
        sources = sources_of(self.database, self.setup, gold)
        if isinstance(sources, str):
            return Verdict(None, "no_database", sources)
        return bench.decide(gold, answer, sources)

    def _connect(self, source: Source, limits: Limits) -> Session:
        if self.engine == "duckdb":
            from evalkit.metrics.sql.duck import DuckSession

            return DuckSession(source, limits)
        from evalkit.metrics.sql.sqlite import SqliteSession

        return SqliteSession(source, limits)

    def _check(self, source: Source) -> None:
        if self.engine == "duckdb":
            self._connect(source, self._way.limits).close()
        else:
            from evalkit.metrics.sql.sqlite import check_source

            check_source(source)


_RAN: Final = frozenset(
    {
        "same_result",
        "weak_match",
        "different_columns",
        "different_order",
        "extra_rows",
        "missing_rows",
        "different_rows",
    }
)


def _usable(value: Any, whole: Any) -> Gold | Verdict:
    if value is MISSING:
        return Verdict(None, "no_gold", "no gold to compare with")
    found = read_gold(value, whole)
    return found if isinstance(found, Gold) else Verdict(None, "no_gold", f"gold {found}; it has to be {WANTED}")


def _scores(verdicts: list[Verdict]) -> Scores:
    why = [verdict.why or verdict.rule if verdict.ok is None else None for verdict in verdicts]
    detail = {"rule": [None if verdict.ok is None else verdict.rule for verdict in verdicts]}
    shown: dict[str, list[Any]] = {
        "message": [verdict.why or None for verdict in verdicts],
        **{
            name: [getattr(verdict, name) for verdict in verdicts]
            for name in ("rows_gold", "rows_prediction", "missing", "extra", "database")
        },
        "flags": [list(verdict.flags) or None for verdict in verdicts],
    }
    kept = {name: values for name, values in shown.items() if any(value is not None for value in values)}
    found = Scores.build(over_one([bool(verdict.ok) for verdict in verdicts]), why, {**detail, **kept})
    scored = found.why < 0
    views = {
        "strong": over_one([verdict.rule == "same_result" for verdict in verdicts], scored),
        "executed": over_one([verdict.rule in _RAN for verdict in verdicts], scored),
    }
    return Scores(found.parts, found.why, found.reasons, found.detail, views)


def _check_choices(metric: Sql) -> None:
    choices: dict[str, tuple[Any, ...]] = {
        "engine": ("sqlite", "duckdb"),
        "columns": ("position", "any_order", "names"),
        "order": ("auto", True, False),
    }
    for name, known in choices.items():
        value = getattr(metric, name)
        if not any(value is choice or (isinstance(value, str) and value == choice) for choice in known):
            raise wrong_parameter(metric.name, name, value, ", ".join(str(c).lower() for c in known))


def _check_numbers(metric: Sql) -> None:
    bounds = {"rel": (0, 0.5), "abs": (0, 1e15), "steps": (1_000, 10**12), "timeout": (0.01, 86_400)}
    for name, (low, high) in {**bounds, "max_rows": (1, 10**7)}.items():
        value = getattr(metric, name)
        whole = name in ("steps", "max_rows")
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
            raise wrong_parameter(metric.name, name, value, f"a number from {low:g} to {high:g}")
