"""`human:FILE`: people's labels from a file, as a judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.app.label_files import Label, Labelled, read_labels
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING
from evalkit.engine.majority import majority
from evalkit.judges.human import HumanJudge, Said, answer_key
from evalkit.judges.members import refuse_options

_ANSWERS = ("output", "output_1", "output_2")


@dataclass(frozen=True)
class People(HumanJudge):
    """Labels of a file; bound to a rubric, labels that it does not have are refused.

    Attributes:
        rows: as read, for the place of a label.
    """

    rows: tuple[Label, ...] = ()

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], base: Path) -> People:
        """`human:FILE.jsonl` (or .csv), relative to `base`; `human` alone has no label yet.

        Raises:
            InputError: the file cannot be read, or a row of it cannot be used.
        """
        refuse_options(options, (), "human judge")
        return people(read_labels(base / rest), rest) if rest else cls(name="")

    def bound(self, rubric: Any) -> HumanJudge:
        """The same labels with the rubric's values.

        Raises:
            InputError: a label that is not on the rubric's menu (names its line).
        """
        for row in self.rows:
            odd = next((label for label in row.humans.values() if label not in rubric.menu), None)
            if odd is not None:
                what = f"the label {odd!r:.60} is not on the menu of the rubric {rubric.id!r}"
                raise InputError(what, row.where, f"Its labels: {', '.join(rubric.menu)}.")
        return super().bound(rubric)


def people(labelled: Labelled, name: str) -> People:
    """The judge that a file of labels is; what several systems answered alike is labelled by all who saw it."""
    votes: dict[str, list[str]] = {}
    for row in labelled:
        shown = {key: getattr(row, key) for key in _ANSWERS if getattr(row, key) is not MISSING}
        votes.setdefault(answer_key(row.item, shown), []).extend(row.humans.values())
    said = {key: Said(majority(labels), Counter(labels)) for key, labels in votes.items()}
    items = frozenset(row.item for row in labelled if row.humans)
    return People(said, items, labelled.digest, name, None, labelled.rows)
