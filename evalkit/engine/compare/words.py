"""What a comparison decides, in words: a ranking is never implied that the numbers do not show."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.comparison import Difference, Standing

MOST_NAMED = 5
LONG = 40  # characters of a name in a sentence


def sentence(metric: str, standings: Sequence[Standing], rows: Sequence[Difference]) -> str:
    """One or two sentences on who is shown to be first under a metric."""
    if len(standings) == 2:
        return _two(metric, rows[0])
    if all(s.point is None for s in standings):
        return f"No case was scored under {metric}, so nothing can be compared."
    total, shown = len(rows), sum(r.shown is not None for r in rows)
    first = [s.name for s in standings if s.rank_lo == 1]
    if shown == 0:
        same = all(r.identical for r in rows)
        why = "all gave the same answers on every case" if same else f"nothing separates the {len(standings)} systems"
        if not same and all(r.lo is None for r in rows):
            why = f"no difference has an interval ({rows[0].reason or 'not stated'})"
        return f"The ranking is not decisive: {why}."
    if len(first) == 1 and decisive(standings):
        rest = "the order of all is decided" if shown == total else f"{shown} of {total} differences are shown"
        return f"{short(first[0])} is first: it is shown better than each of the other {len(standings) - 1}; {rest}."
    head = "The ranking is not decisive"
    if len(first) == 1:
        open_ = standings[0].rank_hi - 1
        beaten = len(standings) - 1 - open_
        return f"{head}: {short(first[0])} is shown better than {beaten} of the others, not than {open_}."
    others = len(standings) - len(first)
    tail = f"; the other {others} are each shown worse than one or more" if others > 1 else ""
    tail = "; the other one is shown worse than one or more" if others == 1 else tail
    return f"{head}: {named(first)} are first, and nothing separates them{tail} ({shown} of {total} differences shown)."


def decisive(standings: Sequence[Standing]) -> bool:
    """Whether one system is shown better than every other."""
    return any(s.rank_hi == 1 for s in standings)


def _two(metric: str, row: Difference) -> str:
    if row.identical:
        return f"{row.a} and {row.b} gave the same answers on every case."
    if row.point is None or row.lo is None or row.hi is None:
        return f"Nothing can be said of {row.a} and {row.b} under {metric}: {row.reason or 'there is no interval'}."
    span = f"{100 * row.level:g} % interval {row.lo:+.3g} to {row.hi:+.3g}"
    if row.shown is None:
        why = f"; {row.reason}" if row.reason else ""
        return f"Nothing separates {row.a} and {row.b}: {metric} differs by {row.point:+.3g} ({span}{why})."
    return f"{row.a} is shown {row.shown} than {row.b}: {metric} differs by {row.point:+.3g} ({span})."


def short(name: str) -> str:
    """A name as a sentence can hold it."""
    return name if len(name) <= LONG else f"{name[: LONG - 1]}…"


def named(names: Sequence[str]) -> str:
    """`a, b and c`, the rest counted."""
    shown, rest = [short(name) for name in names[:MOST_NAMED]], len(names) - MOST_NAMED
    if rest > 0:
        return ", ".join(shown) + f" and {rest} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1] if shown else ""]))
