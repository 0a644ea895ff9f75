"""Verdicts of one judge beside labels of people, as columns: what a calibration reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Ratings(NamedTuple):
    """One entry a judged item; an optional column is empty where nothing is known of it.

    Attributes:
        items: ids; an item occurs once for each system that answered it.
        human: annotator -> label; {"": label} where one label has no name; empty: nobody labelled it.
        judge: the verdict, for pairs the winning output (never a position), output 1 shown first; None: no verdict.
        swapped: the same with output 2 shown first; None: not asked, or no verdict.
        probability: confidence in [0, 1] that `judge` is right; None: unknown.
        length_1, length_2: of the two outputs, in any one unit; None: unknown.
        system: who answered; None: unknown.
        groups: clusters (one question, one document).
        menu: all labels that could be given; empty: those that occur.
    """

    items: tuple[str, ...]
    human: tuple[Mapping[str, str], ...]
    judge: tuple[str | None, ...]
    swapped: tuple[str | None, ...] = ()
    probability: tuple[float | None, ...] = ()
    length_1: tuple[float | None, ...] = ()
    length_2: tuple[float | None, ...] = ()
    system: tuple[str | None, ...] = ()
    groups: tuple[str, ...] = ()
    menu: tuple[str, ...] = ()
