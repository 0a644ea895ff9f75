"""The parts of a rubric: labels, criteria, examples, limits. All are plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["single", "pair"]
PAIR_VALUES: Mapping[str, float] = {"1": 1.0, "2": 0.0, "tie": 0.5}
"""What a pair's label is worth for output 1."""


class Part(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Criterion(Part):
    """One thing that is judged by itself.

    Attributes:
        id: in verdicts, and in the metric's views (`ID.criterion`).
        text: what is judged, as the judge reads it.
        values: label -> value in [0, 1], in the order of the menu; a scale's labels are its points as texts.
        anchors: label -> what it means.
        weight: in the mean of the criteria, > 0.
        veto: at its worst label the whole verdict is worth 0.
        numeric: the labels are whole numbers.
    """

    id: str
    text: str = ""
    values: dict[str, float]
    anchors: dict[str, str] = {}
    weight: float = 1.0
    veto: bool = False
    numeric: bool = False

    @property
    def menu(self) -> tuple[str, ...]:
        """The labels."""
        return tuple(self.values)


class Example(Part):
    """A case with its verdict, shown to the judge before the question.

    Attributes:
        case: input, expected, output (or output_1 and output_2), tags: as a template reads them.
        label: the right label, or None where the criteria have theirs.
        criteria: criterion -> label.
        rationale: why, in a sentence or two.
    """

    case: dict[str, Any]
    label: str | None = None
    criteria: dict[str, str] = {}
    rationale: str = ""


class Limits(Part):
    """What a judge by this rubric has to show, and how it is asked. In no digest.

    Attributes:
        min_agreement: raw agreement with people, in [0, 1], with which it may gate: the lower end of its 95 % interval
            has to reach it.
        min_items: labelled items that a certificate takes.
        expires_days: how long a certificate holds.
        reasks: how often a reply without a usable verdict is asked for again.
        max_tokens: of a reply.
        subsets: names of what it was calibrated on (`language=en`).
    """

    min_agreement: float | None = None
    min_items: int | None = None
    expires_days: int | None = None
    reasks: int | None = None
    max_tokens: int | None = None
    subsets: tuple[str, ...] = ()
