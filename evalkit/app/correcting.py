"""`evalkit correct`: a judge's values beside people's, as JSON Lines -> numbers corrected for the judge's errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.app.rated_rows import Row, read_rated
from evalkit.core.errors import InputError
from evalkit.core.seeds import seed_from
from evalkit.engine.correcting.rows import Method, Rows, errors_of, errors_refused, fold_seed, refusal, three_rows
from evalkit.stats.correction import Sample, neyman, rogan_gladen_difference, sample
from evalkit.stats.inference import Inference
from evalkit.stats.judging.homogeneity import homogeneity
from evalkit.stats.paired import difference

LEVEL = 0.95
NEXT = 100  # labels whose best use is said


def correct(source: str, method: Method = "auto", versus: tuple[str, str] | None = None) -> dict[str, Any]:
    """Three rows for a file of ratings, for each system in it, or for the paired difference of two of them.

    Args:
        source: a path, or "-" for stdin.
        method: how to correct.
        versus: systems A and B: A - B over the items that both answered.

    Raises:
        InputError: a row that cannot be used (names its line), or labels that cannot correct these verdicts.
    """
    rows = read_rated(source)
    name = "stdin" if source == "-" else source
    systems = sorted({row.system for row in rows if row.system is not None})
    if versus is not None:
        return _versus(rows, versus, method, name)
    if not systems:
        found = _sample(rows)
        if (why := refusal(found, method)) is not None:
            raise _refused(why, name, _instead(found, method))
        return _plain(three_rows(found, method, _folds(rows)), found)
    if lost := next((row for row in rows if row.system is None), None):
        raise InputError(f"item {lost.item!r:.60} names no system, and others do", name, "Name a system on every row.")
    of = {system: [row for row in rows if row.system == system] for system in systems}
    parts = {system: _one_of_many(theirs, method) for system, theirs in of.items()}
    if all("reason" in part for part in parts.values()):
        raise _refused(f"{systems[0]}: {parts[systems[0]]['reason']}", name)
    test = _homogeneity(rows)
    return {"systems": parts} | ({"homogeneity": test} if test else {})


def _one_of_many(rows: Sequence[Row], method: Method) -> dict[str, Any]:
    """One system's rows; what cannot be corrected keeps its judged row, and says why there is no other."""
    found = _sample(rows)
    why = refusal(found, method)
    made = _plain(three_rows(found, method, _folds(rows)), found)
    if why is None:
        return made
    return {**made, "corrected": None, "lambda": None, "label_value": None, "reason": why}


def _versus(rows: Sequence[Row], pair: tuple[str, str], method: Method, name: str) -> dict[str, Any]:
    a, b = ({row.item: row for row in rows if row.system == system} for system in pair)
    known = ", ".join(sorted({str(row.system) for row in rows if row.system is not None})[:20]) or "none"
    for system, theirs in zip(pair, (a, b), strict=True):
        if not theirs:
            raise InputError(f"no row is of the system {system!r:.60}", name, f"Systems in it: {known}.")
    if pair[0] == pair[1]:
        raise InputError(f"{pair[0]!r:.60} is compared with itself", "--versus", f"Systems in it: {known}.")
    items = sorted(a.keys() & b.keys())
    if len(items) < 2:
        what = f"{pair[0]!r:.60} and {pair[1]!r:.60} share {len(items)} items, and a paired difference takes two"
        raise InputError(what, name, "Give both systems' rows the same item ids.")
    found = _pairs([a[i] for i in items], [b[i] for i in items], name)
    both = [row for i in items for row in (a[i], b[i])]
    if method == "rogan-gladen":
        made = _difference_by_errors(both, items, found, a, b, name)
    else:
        if (why := refusal(found, method)) is not None:
            remedy = "Label both systems' answers to the same items, drawn at random."
            raise _refused(why, name, _instead(found, method) or remedy)
        made = three_rows(found, method, _folds([a[i] for i in items], [b[i] for i in items]))
    test, plain = _homogeneity(both), _plain(made, found)
    plain["notes"] += _left_out(pair, a, b)
    return {"versus": list(pair), **plain} | ({"homogeneity": test} if test else {})


def _left_out(pair: tuple[str, str], a: Mapping[str, Row], b: Mapping[str, Row]) -> list[str]:
    """What a difference by item cannot use, counted."""
    said = []
    for system, theirs, others in ((pair[0], a, b), (pair[1], b, a)):
        if alone := len(theirs.keys() - others.keys()):
            items = "1 item" if alone == 1 else f"{alone:,} items"
            said.append(f"{items} that only {system!r:.60} answered {'is' if alone == 1 else 'are'} left out")
    if half := sum((a[i].human is None) != (b[i].human is None) for i in a.keys() & b.keys()):
        some = "1 label is" if half == 1 else f"{half:,} labels are"
        said.append(
            f"{some} on one answer of a pair only, and {'tells' if half == 1 else 'tell'} nothing of the difference"
        )
    return said


def _difference_by_errors(
    both: Sequence[Row], items: Sequence[str], found: Sample, a: Mapping[str, Row], b: Mapping[str, Row], name: str
) -> Rows:
    """(p_A - p_B)/J over items with no label on either side; errors from all labels of the two."""
    pool = _sample(both)
    if (why := errors_refused(pool)) is not None:
        raise _refused(why[:1].upper() + why[1:] + ".", name)
    rest = [i for i in items if a[i].human is None and b[i].human is None]
    if len(rest) < 2:
        raise _refused("There are no items without labels to correct.", name)
    groups = None if all(a[i].group is None for i in rest) else [a[i].group or i for i in rest]
    seen = difference([a[i].judge for i in rest], [b[i].judge for i in rest], groups, [a[i].weight for i in rest])
    made = three_rows(found, "human-only", 0)
    return made._replace(
        method="rogan-gladen",
        because="It was asked for by name (rogan-gladen).",
        assumes="The judge's errors on the labelled items carry over to the others, and are the same for both systems.",
        corrected=rogan_gladen_difference(seen, errors_of(pool)),
        lam=None,
        label_value=None,
    )


def _instead(found: Sample, method: Method) -> str | None:
    """What to do where more labels are not what is missing."""
    if found.n_labels and found.n_labels >= len(found.judge) - 1:
        return "Or add judged items that nobody labelled."
    if method == "rogan-gladen" and not np.isin(found.judge, (0.0, 1.0)).all():
        return "Use --method ppi++."
    return None


def _refused(why: str, name: str, remedy: str | None = None) -> InputError:
    return InputError(
        why.rstrip("."),
        name,
        remedy or "Label more items, drawn at random among the judged ones, or give their weights.",
    )


def _sample(rows: Sequence[Row]) -> Sample:
    human = [math.nan if row.human is None else row.human for row in rows]
    return sample(human, [row.judge for row in rows], _groups(rows), [row.weight for row in rows])


def _pairs(a: Sequence[Row], b: Sequence[Row], name: str) -> Sample:
    """A - B; labelled where both are. A pair has one weight and one group.

    Raises:
        InputError: the rows of a pair say different things of it.
    """
    for one, other in zip(a, b, strict=True):
        if one.weight != other.weight:
            what = f"item {one.item!r:.60} weighs {one.weight:g} for one system and {other.weight:g} for the other"
            raise InputError(what, name, "Give both rows of an item the same weight.")
        if one.group != other.group and None not in (one.group, other.group):
            what = f"item {one.item!r:.60} is in group {one.group!r:.60} and in group {other.group!r:.60}"
            raise InputError(what, name, "Give both rows of an item the same group.")
    a = [one if one.group is not None else one._replace(group=other.group) for one, other in zip(a, b, strict=True)]
    human = [
        math.nan if one.human is None or other.human is None else one.human - other.human
        for one, other in zip(a, b, strict=True)
    ]
    verdicts = [one.judge - other.judge for one, other in zip(a, b, strict=True)]
    return sample(human, verdicts, _groups(a), [row.weight for row in a], bounds=(-1.0, 1.0))


def _groups(rows: Sequence[Row]) -> list[str] | None:
    """A row without a group is one of its own, where others have groups."""
    if all(row.group is None for row in rows):
        return None
    return [f"item {row.item}" if row.group is None else f"group {row.group}" for row in rows]


def _folds(*sides: Sequence[Row]) -> int:
    """Seed of the folds, of the items with a label on every side; in a run it is the same."""
    pairs = zip(*sides, strict=True)
    return fold_seed([pair[0].item for pair in pairs if all(row.human is not None for row in pair)])


def _seed(rows: Sequence[Row]) -> int:
    return seed_from("correct", [list(row) for row in rows])


def _homogeneity(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Whether the judge's errors depend on who answered, where labels of several systems tell."""
    labelled = [row for row in rows if row.human is not None]
    if len({row.system for row in labelled}) < 2 or any(
        value not in (0.0, 1.0) for row in labelled for value in (row.judge, row.human)
    ):
        return None
    wrong = np.array([row.human != row.judge for row in labelled])
    human, who = np.array([row.human for row in labelled]), np.array([row.system for row in labelled])
    groups = np.array([row.group or row.item for row in labelled])
    found = homogeneity(wrong, who, human, groups, seed=_seed(labelled))
    return {"p": found.p} | ({"reason": found.reason} if found.reason else {})


def _plain(found: Rows, of: Sample) -> dict[str, Any]:
    """As JSON values."""
    notes = [*found.corrected.warnings]
    if found.corrected.reason:
        notes.append(found.corrected.reason)
    return {
        "judged": _figure(found.judged),
        "corrected": _figure(found.corrected),
        "human_only": _figure(found.human_only) if found.n_labels else None,
        "lambda": _lone(found.lam),
        "label_value": _lone(found.label_value),
        "method": found.method,
        "because": found.because,
        "assumes": found.assumes,
        "next_labels": _next(found, of),
        "n": len(of.judge),
        "n_labels": found.n_labels,
        "n_groups": of.clusters.n_clusters,
        "level": LEVEL,
        "notes": notes,
    }


def _next(found: Rows, of: Sample) -> dict[str, int] | None:
    """How the next 100 labels are best drawn, by what the judge said (Neyman); None where it says no two things."""
    if found.lam is None or not np.isin(of.judge, (0.0, 1.0)).all() or of.judge.min() == of.judge.max():
        return None
    spent = neyman(of._replace(strata=of.judge.astype(np.intp)), NEXT, found.lam)
    return {f"judge {verdict}": n for verdict, n in spent.items()}


def _figure(of: Inference) -> dict[str, float | None]:
    lo, hi = (None, None) if of.interval is None else of.interval(LEVEL)
    return {"point": of.point, "lo": lo, "hi": hi}


def _lone(value: float | None) -> dict[str, float | None] | None:
    """A number without an interval."""
    return None if value is None else {"point": value, "lo": None, "hi": None}
