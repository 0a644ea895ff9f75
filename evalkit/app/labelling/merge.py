"""Files of labels of several people -> one, with each person's label under a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.app.label_files import UNNAMED, Label, read_labels
from evalkit.app.labelling.write import row_of
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING

_SHOWN = ("input", "expected", "group", "weight")


def merge(files: Sequence[Path], menu: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """One row for each answer to each item, in the order in which they first stand.

    Labels without a name get that of their file.

    Raises:
        InputError: fewer than two files, one that cannot be read, two of one name, one annotator who gave two labels
            to one answer, or rows of one answer that differ in what was shown.
    """
    if len(files) < 2:
        raise InputError("there is nothing to merge with", remedy="Name two files or more")
    stems = [file.stem for file in files]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise InputError(
            f"two files are called {twice!r}, and labels without a name get the file's", remedy="Rename one"
        )
    rows: dict[str, Label] = {}
    for file in files:
        for row in read_labels(file, menu):
            named = {name or file.stem: label for name, label in row.humans.items()}
            rows[row.digest] = _joined(rows.get(row.digest), row._replace(humans=named))
    kinds = {row.pair for row in rows.values()}
    if len(kinds) > 1:
        raise InputError("some files have one answer a row and some two", remedy="Merge them apart")
    return [row_of(row) for row in rows.values()]


def _joined(first: Label | None, second: Label) -> Label:
    if first is None:
        return second
    for name, label in second.humans.items():
        if name != UNNAMED and first.humans.get(name, label) != label:
            what = f"{name!r:.60} says {label!r:.40} here and {first.humans[name]!r:.40} at {first.where}"
            raise InputError(what, second.where, "Keep one of the two labels")
    for key in _SHOWN:
        one, two = getattr(first, key), getattr(second, key)
        if one != two and MISSING not in (one, two):
            raise InputError(f"{key} is not as at {first.where}", second.where, "Merge files of the same sample")
    return first._replace(humans={**first.humans, **second.humans})
