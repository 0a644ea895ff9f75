"""Labelled items -> questions for a judge, exactly as a gate asks them; and its verdicts -> ratings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evalkit.app.label_files import Label, Labelled, read_labels
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING
from evalkit.engine.judging.questions import Questions
from evalkit.engine.ratings import Ratings

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["Items", "as_questions", "as_ratings", "read_items", "text_of"]

_ANSWERS = {"single": ("output",), "pair": ("output_1", "output_2")}


class Items(NamedTuple):
    """Labelled items that a judge can be asked about.

    Attributes:
        labelled: all rows of the file.
        rows: those that somebody labelled.
        source: the file, as given.
    """

    labelled: Labelled
    rows: tuple[Label, ...]
    source: str


def read_items(path: str, rubric: Rubric) -> Items:
    """The labelled items of a file, all of the rubric's kind and menu.

    Raises:
        InputError: the file or a row cannot be used (its line is named), no row has a label, or the rows are of the
            other kind.
    """
    labelled = read_labels(path, rubric.menu)
    wanted = _ANSWERS[rubric.kind]
    for row in labelled:
        missing = [name for name in wanted if getattr(row, name) is MISSING]
        if missing:
            kind = "compares two answers" if rubric.kind == "pair" else "grades one answer"
            what = f"the row has no {' and no '.join(missing)}, and the rubric {rubric.id!r} {kind}"
            raise InputError(what, row.where, f"Give every row {' and '.join(wanted)}.")
    rows = tuple(row for row in labelled if row.humans)
    if not rows:
        raise InputError("no row has a label", path, 'Give "human": label, or {annotator: label}.')
    return Items(labelled, rows, path)


def as_questions(rows: Sequence[Label], changes: Sequence[Mapping[str, Any]] | None = None) -> Questions:
    """What the judge is asked of each row; several answers to one item are its repeats.

    Args:
        rows: n of them.
        changes: what stands instead in each question (an answer that a probe has changed); None: nothing.
    """
    seen: Counter[str] = Counter()
    repeats, inputs, digests = [], [], []
    for i, row in enumerate(rows):
        repeats.append(seen[row.item])
        seen[row.item] += 1
        shown = _shown(row) | dict(changes[i] if changes else {})
        digests.append(digest_of(shown))
        inputs.append({**shown, "tags": dict(row.tags)} if row.tags else shown)
    return Questions(np.arange(len(rows)), [row.item for row in rows], repeats, inputs, digests, 0)


def _shown(row: Label) -> dict[str, Any]:
    names = ("input", "expected", "output_1", "output_2") if row.pair else ("input", "expected", "output")
    return {name: None if (value := getattr(row, name)) is MISSING else value for name in names}


def as_ratings(
    rows: Sequence[Label],
    rubric: Rubric,
    verdicts: Sequence[Any],
    orders: Sequence[tuple[str | None, str | None]] | None = None,
) -> Ratings:
    """The verdicts beside the labels.

    Args:
        rows, verdicts: n of each; a verdict is {"label", ...} or {"failure": reason}.
        rubric: whose menu it is.
        orders: of pairs, the label with output 1 shown first, and with output 2 shown first: these instead of the
            verdict, for what is measured of the order; None: the verdict itself.
    """
    plain = [v if isinstance(v, dict) else {} for v in verdicts]
    pair = rubric.kind == "pair"
    return Ratings(
        items=tuple(row.item for row in rows),
        human=tuple(row.humans for row in rows),
        judge=tuple(one for one, _ in orders) if orders else tuple(v.get("label") for v in plain),
        swapped=tuple(other for _, other in orders) if orders else (),
        probability=tuple(v.get("probability") for v in plain),
        length_1=tuple(_length(row.output_1 if pair else row.output) for row in rows),
        length_2=tuple(_length(row.output_2) for row in rows) if pair else (),
        system=tuple(row.system for row in rows),
        groups=tuple(row.group or row.item for row in rows) if any(row.group for row in rows) else (),
        menu=rubric.menu,
    )


def _length(value: Any) -> float | None:
    return None if value is MISSING or value is None else float(len(text_of(value)))


def text_of(value: Any) -> str:
    """An answer as a text: its own, or its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
