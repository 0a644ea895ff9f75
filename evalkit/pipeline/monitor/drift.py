"""Reference and current, column by column: Holm over all tests, and one outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.evidence import Column
from evalkit.pipeline.monitor.column import ColumnProfile
from evalkit.pipeline.monitor.compare import Found, compared
from evalkit.pipeline.monitor.profile import Profile
from evalkit.stats.drift.dealing import FIRST
from evalkit.stats.drift.verdict import FEWEST, Drifted, verdict, worst
from evalkit.stats.multiplicity import holm

__all__ = ["ALPHA", "MIN_EFFECT", "Drift", "Row", "drift"]

MIN_EFFECT = 0.1
ALPHA = 0.05
_DEALS = 20_000


class Row(NamedTuple):
    """A column (or its share of nulls) with what was found, and what it comes to."""

    found: Found
    p_holm: float | None
    outcome: Drifted

    @property
    def column(self) -> Column:
        """As evidence, and as `evalkit monitor drift --json` prints it."""
        effect = self.found.effect
        return Column(
            name=self.found.name,
            kind=self.found.kind,
            effect=None if effect is None else effect.point,
            effect_lo=None if effect is None else effect.lo,
            effect_hi=None if effect is None else effect.hi,
            p_holm=self.p_holm,
            outcome=self.outcome,
        )


class Drift(NamedTuple):
    """What a comparison of two tables came to.

    Attributes:
        outcome: the worst of its rows that the reference has values of; see `stats.drift.verdict.worst`.
        rows: one a column of the reference, in order, then columns that only current has; after a column its nulls,
            where they say more than its values do.
        remarks: sentences: columns that are missing on one side, types that changed.
        min_effect: what counts as drift.
    """

    outcome: Drifted
    rows: list[Row]
    remarks: list[str]
    min_effect: float

    @property
    def columns(self) -> list[Column]:
        """As evidence."""
        return [row.column for row in self.rows]


def drift(reference: Profile, current: Profile, *, min_effect: float = MIN_EFFECT, alpha: float = ALPHA) -> Drift:
    """Hold current against the reference.

    P(any row is `drift` or `shifted` though nothing changed) is at most alpha, whichever columns depend on which and
    whichever others changed (Holm 1979 over values and nulls of all columns).

    Args:
        reference, current: profiles; both may be sketches.
        min_effect: the smallest distance that matters, in (0, 1].
        alpha: as said; the intervals of effects hold at 1 - alpha each.

    Raises:
        InputError: `min_effect` or `alpha` beyond its range.
    """
    if not 0 < min_effect <= 1:
        raise InputError(f"min_effect is {min_effect:g}; a distance that matters lies in (0, 1]", "--min-effect")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha:g}; it lies between 0 and 1", "alpha")
    names = list(dict.fromkeys([*reference.columns, *current.columns]))
    deals = _deals(len(names), alpha)
    found = [one for name in names for one in _column(name, reference, current, alpha, deals)]
    tested = [one.p for one in found if one.p is not None and min(one.n, one.m) >= FEWEST]
    adjusted = iter(holm(tested).tolist() if tested else [])
    rows = []
    for one in found:
        p = next(adjusted) if one.p is not None and min(one.n, one.m) >= FEWEST else None
        rows.append(Row(one, p, _outcome(one, p, min_effect, alpha)))
    rows = _told(rows)
    compared = [row.outcome for row in rows if row.found.n]  # what the reference has nothing of cannot have drifted
    return Drift(worst(compared), rows, list(_remarks(reference, current, rows)), min_effect)


def _deals(columns: int, alpha: float) -> int:
    """Enough for evidence after Holm over columns and their nulls; the fewest where even the most are not enough."""
    most = max(_DEALS, 100 * columns)
    return most if most * alpha >= 2 * columns else FIRST


def _column(name: str, reference: Profile, current: Profile, alpha: float, deals: int) -> Iterator[Found]:
    a, b = reference.columns.get(name), current.columns.get(name)
    if a is None:  # there is nothing that it could have drifted from
        m = 0 if b is None else b.values
        yield Found(name, name, "empty" if b is None else b.kind, 0, m, None, None)
        return
    yield from compared(name, a, b or ColumnProfile("empty", current.rows, current.rows), alpha, deals)


def _outcome(found: Found, p: float | None, min_effect: float, alpha: float) -> Drifted:
    if p is None or found.effect is None:
        return "insufficient_data"
    return verdict(p, found.effect, found.n, found.m, min_effect=min_effect, alpha=alpha)


def _told(rows: list[Row]) -> list[Row]:
    """Without the nulls of columns whose values say as much or worse."""
    values = {row.found.of: row.outcome for row in rows if row.found.kind != "nulls"}

    def more(row: Row) -> bool:
        own = values[row.found.of]
        return row.outcome != own and worst([row.outcome, own]) == row.outcome

    return [row for row in rows if row.found.kind != "nulls" or more(row)]


def _remarks(reference: Profile, current: Profile, rows: list[Row]) -> Iterator[str]:
    for name in reference.columns:
        if name not in current.columns:
            yield f"the column {name!r:.80} is missing in current: all of its rows count as null"
    for name in current.columns:
        if name not in reference.columns:
            yield f"the column {name!r:.80} is new: the reference has none to hold it against"
    for row in rows:
        if " -> " in row.found.kind:
            before, _, after = row.found.kind.partition(" -> ")
            yield f"the column {row.found.name!r:.80} was {before} in the reference and is {after} now"
