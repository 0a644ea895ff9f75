"""Files of human labels: one format for calibration, correction, human judges, queues and rubrics' own examples.

A row: {"item", "input", "expected"?, "output" | "output_1", "output_2", "human": label or {annotator: label},
"group"?, "system"?, "weight"?, "tags"?}. A row whose `human` is empty waits for a label. CSV has the same columns, a
column `human.NAME` for each annotator and `tags.NAME` for each tag; `output.json` holds JSON where `output` is text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.columns import read_columns
from evalkit.app.label_cells import row_of_cells
from evalkit.app.matching.rows import json_rows
from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING
from evalkit.engine.files import need_file
from evalkit.engine.majority import majority
from evalkit.engine.nearest import listed, nearest

__all__ = ["Label", "Labelled", "human_of", "item_digest", "read_labels"]

KEYS = ("item", "input", "expected", "output", "output_1", "output_2", "human", "group", "system", "weight", "tags")
_SHAPE = 'A row is {"item", "input", "output" or "output_1" and "output_2", "human": label or {annotator: label}}'
UNNAMED = ""
"""The annotator of a label that stands alone."""


class Label(NamedTuple):
    """One row.

    Attributes:
        where: file:line.
        item: case id.
        input, expected, output, output_1, output_2: JSON values, MISSING where the row has none.
        humans: annotator -> label, without those who gave none; the annotator of a lone label is "".
        human: their strict majority, or None: no label yet, or no majority.
        group, system: as given.
        weight: 1 where none is given.
        tags: name -> text.
        digest: of what was labelled (item, system and answers), whatever the labels.
    """

    where: str
    item: str
    input: Any
    expected: Any
    output: Any
    output_1: Any
    output_2: Any
    humans: dict[str, str]
    human: str | None
    group: str | None
    system: str | None
    weight: float
    tags: dict[str, str]
    digest: str

    @property
    def pair(self) -> bool:
        """Whether two answers were compared."""
        return self.output_1 is not MISSING or self.output_2 is not MISSING


@dataclass(frozen=True)
class Labelled:
    """A file of labels: rows in file order, and columns of them.

    Attributes:
        source: the file, for sentences.
        rows: every row, labelled or not.
    """

    source: str
    rows: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.rows)

    @cached_property
    def items(self) -> list[str]:
        """(n,) case ids."""
        return [row.item for row in self.rows]

    @cached_property
    def human(self) -> list[str | None]:
        """(n,) strict majorities."""
        return [row.human for row in self.rows]

    @cached_property
    def groups(self) -> list[str] | None:
        """(n,) groups, the item's id where a row names none; None where no row names one."""
        if all(row.group is None for row in self.rows):
            return None
        return [row.item if row.group is None else row.group for row in self.rows]

    @cached_property
    def weighted(self) -> bool:
        """Whether the rows weigh differently."""
        return len({row.weight for row in self.rows}) > 1

    @cached_property
    def pair(self) -> bool:
        """Whether each row compares two answers."""
        return self.rows[0].pair

    @cached_property
    def annotators(self) -> list[str]:
        """Names of those who labelled anything, sorted; "" stands for labels without a name."""
        return sorted({name for row in self.rows for name in row.humans})

    @cached_property
    def n_waiting(self) -> int:
        """Rows that nobody has labelled."""
        return sum(not row.humans for row in self.rows)

    @cached_property
    def n_split(self) -> int:
        """Rows with labels and without a strict majority."""
        return sum(bool(row.humans) and row.human is None for row in self.rows)

    @cached_property
    def digest(self) -> str:
        """Of all that the file says, whatever the order of its rows."""
        return digest_of(sorted(_content(row) for row in self.rows))

    @cached_property
    def item_digests(self) -> list[str]:
        """`item_digest` of every labelled item, sorted: what a tuned judge names, to be refused labels of its own."""
        return sorted({item_digest(row.item) for row in self.rows if row.humans})


def item_digest(item: str) -> str:
    """Short identity of a labelled item (16 hex digits), as in `spec["tuned_on"]` of a panel or cascade."""
    return digest_of(["labelled item", item])[:16]


def human_of(row: Mapping[str, Any]) -> str | None:
    """The strict majority of a raw row's `human`: a label, or {annotator: label}; None where there is none."""
    given = row.get("human")
    labels = given.values() if isinstance(given, Mapping) else [given]
    return majority([str(label) for label in labels if label not in (None, "")])


def read_labels(path: str | Path, menu: Sequence[str] | None = None) -> Labelled:
    """Read and check every row of a .jsonl or .csv file.

    Args:
        path: of the file.
        menu: the labels that there are; None: any text.

    Raises:
        InputError: no such file, no row, a row that cannot be used, a label outside the menu, or the same answer twice;
            names the line.
    """
    file = need_file(Path(path), "labels")
    rows = [_label(row, where, menu) for where, row in _raw(file)]
    if not rows:
        raise InputError("there are no rows", str(path), _SHAPE)
    seen: dict[str, str] = {}
    for row in rows:
        if row.digest in seen:
            what = f"item {row.item!r:.80} with the same answer stands there already, at {seen[row.digest]}"
            remedy = (
                "Keep one row an answer; several people go into one row: {annotator: label} (`evalkit labels merge`)"
            )
            raise InputError(what, row.where, remedy)
        seen[row.digest] = row.where
    odd = next((row for row in rows if row.pair != rows[0].pair), None)
    if odd is not None:
        raise InputError("some rows have one answer and some have two", odd.where, "Keep them in two files")
    return Labelled(str(path), tuple(rows))


def _raw(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if file.suffix.lower() != ".csv":
        yield from json_rows(str(file))
        return
    columns = read_columns(file)
    for cells, line in zip(columns.rows, columns.lines, strict=True):
        where = f"{file}:{line}"
        yield where, row_of_cells(dict(zip(columns.names, cells, strict=True)), where)


def _label(row: dict[str, Any], where: str, menu: Sequence[str] | None) -> Label:
    unknown = [key for key in row if key not in KEYS]
    if unknown:
        close = nearest(unknown[0], KEYS)
        hint = f"Did you mean {close!r}? " if close else ""
        raise InputError(f"there is no key {unknown[0]!r:.60} in a row of labels", where, f"{hint}{_SHAPE}")
    item = row.get("item")
    if isinstance(item, bool) or not isinstance(item, str | int) or item == "":
        raise InputError(f"item is {_shown(item)}, and not a case id", where, _SHAPE)
    answers = {key: row.get(key, MISSING) for key in ("input", "expected", "output", "output_1", "output_2")}
    _check_answers(answers, where)
    humans = _humans(row.get("human"), where, menu)
    system = _text(row, "system", where)
    shown = [None if answers[key] is MISSING else answers[key] for key in ("output", "output_1", "output_2")]
    return Label(
        where=where,
        item=str(item),
        **answers,
        humans=humans,
        human=majority(list(humans.values())),
        group=_text(row, "group", where),
        system=system,
        weight=_weight(row.get("weight"), where),
        tags=_tags(row.get("tags"), where),
        digest=digest_of([str(item), system, *shown]),
    )


def _check_answers(answers: Mapping[str, Any], where: str) -> None:
    one, first, second = (answers[key] is not MISSING for key in ("output", "output_1", "output_2"))
    if first != second:
        raise InputError(f"there is no output_{1 if second else 2}", where, "A pair has output_1 and output_2")
    if one and first:
        raise InputError(
            "there is an output and a pair of outputs", where, "A row has output, or output_1 and output_2"
        )


def _humans(given: Any, where: str, menu: Sequence[str] | None) -> dict[str, str]:
    if isinstance(given, Mapping):
        named = {name: _one(label, where, menu, f" of annotator {name!r:.60}") for name, label in given.items()}
    else:
        named = {UNNAMED: _one(given, where, menu, "")}
    return {name: label for name, label in named.items() if label is not None}


def _one(label: Any, where: str, menu: Sequence[str] | None, whose: str) -> str | None:
    if label is None or label == "":
        return None
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise InputError(f"the label{whose} is {_shown(label)}, and not a text", where, 'Write "human": "label"')
    text = str(label)
    if menu is not None and text not in menu:
        close = nearest(text, menu)
        hint = f"Did you mean {close!r}? " if close else ""
        what = f"the label{whose} is {_shown(text)}, which is not on the menu"
        raise InputError(what, where, f"{hint}Its labels: {listed(list(menu), 20)}")
    return text


def _text(row: Mapping[str, Any], key: str, where: str) -> str | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"{key} is {_shown(value)}, and not a text", where, "Write a text, or leave it out")
    return str(value)


def _weight(value: Any, where: str) -> float:
    if value is None or value == "":
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e15 or math.isnan(value):
        raise InputError(f"weight is {_shown(value)}", where, "A weight is a number above 0")
    return float(value)


def _tags(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(v, str | int | float | None) for v in value.values()):
        raise InputError(f"tags is {_shown(value)}", where, "Tags are an object of texts: {name: text}")
    return {str(name): str(tag) for name, tag in value.items() if tag is not None}


def _content(row: Label) -> str:
    values = {key: value for key, value in row._asdict().items() if key not in ("where", "digest", "human")}
    return canonical_json({key: value for key, value in values.items() if value is not MISSING})


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]
