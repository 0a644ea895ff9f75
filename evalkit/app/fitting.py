"""`evalkit judge fit-panel` and `fit-cascade`: a file of verdicts beside labels -> a file of weights or thresholds."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.app.opinions import OpinionFile, read_opinions
from evalkit.app.whole import whole
from evalkit.core.errors import InputError, StoreError
from evalkit.core.seeds import seed_from
from evalkit.engine.cascade_fit import cascade_fit
from evalkit.engine.opinions import Opinions
from evalkit.engine.panel_fit import panel_fit

ALIKE = 0.5
"""Correlation of errors from which on two members are said to err together."""


def fit_panel(source: str, positive: str | None = None) -> dict[str, Any]:
    """The weights of a panel as plain JSON values, with what they are worth.

    Args:
        source: JSON Lines of {"item", "human", "judges"}, or "-" for stdin.
        positive: label that a bare number is the probability of.

    Raises:
        InputError: the file cannot be used, or its labels are too few or of one class.
    """
    given = read_opinions(source, positive)
    found = panel_fit(given.opinions, seed_from("panel", given.digest))
    warnings = _left_out(given.opinions)
    for one, others in (correlations := found.correlations()).items():
        for two, r in others.items():
            if one < two and r is not None and r >= ALIKE:
                warnings.append(
                    f"{one} and {two} err together (correlation {r:.2f}): a vote of both is little more than one"
                )
    warnings += [
        f"{name} has a negative weight: where it says a label, people rather say another"
        for name, member in found.weights()["members"].items()
        if member["weight"] < 0
    ]
    return {
        **found.weights(),
        "error_correlation": correlations,
        "labels": given.digest,
        "tuned_on": given.tuned_on,
        "warnings": warnings,
    }


def fit_cascade(
    source: str, stages: Sequence[str] = (), alpha: float = 0.2, delta: float = 0.1, positive: str | None = None
) -> dict[str, Any]:
    """The thresholds of a cascade as plain JSON values, with what they promise.

    Args:
        source: JSON Lines of {"item", "human", "judges"}, or "-" for stdin; a row without a label tells how many items
            a stage would keep.
        stages: names of the judges, cheapest first; empty: in the order of the first row.
        alpha: disagreement with people allowed on what is kept.
        delta: probability allowed of allowing more.
        positive: label that a bare number is the probability of.

    Raises:
        InputError: the file or an option cannot be used.
    """
    for name, value in (("--alpha", alpha), ("--delta", delta)):
        if not (math.isfinite(value) and 0 < value < 1):
            raise InputError(f"{name} is {value:g}, and lies between 0 and 1", name, "Usual are 0.2 and 0.1")
    given = read_opinions(source, positive)
    order = list(stages) or list(given.opinions.order)
    if len(set(order)) < len(order):
        raise InputError("a stage is named twice", "--stages", "Name each judge once, cheapest first")
    found = cascade_fit(given.opinions, order, alpha, delta, seed_from("cascade", given.digest, order))
    return {
        **found.thresholds(),
        "labels": given.digest,
        "tuned_on": given.tuned_on,
        "warnings": _left_out(given.opinions) + _silent(found.thresholds()["stages"]),
    }


def write_fit(found: dict[str, Any], file: Path) -> None:
    """Write weights or thresholds, whole or not at all.

    Raises:
        StoreError: the disk is full or the place is read-only.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as place:
            place.write_text(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"it cannot be written: {error.strerror}", str(file), "Name another file with -o.") from error


def _left_out(given: Opinions) -> list[str]:
    found = []
    if given.n_split:
        found.append(f"{given.n_split:,} items are left out: people are split on them")
    waiting = len(given.items) - int(given.labelled.sum()) - given.n_split
    if waiting:
        found.append(f"{waiting:,} of {len(given.items):,} items have no label")
    for column, name in enumerate(given.names):
        off = int((given.said[:, column] == len(given.menu)).sum())
        if off:
            found.append(f"{name} gave {off:,} labels that no person gave: they count as wrong")
    return found


def _silent(stages: list[dict[str, Any]]) -> list[str]:
    return [
        f"{stage['name']} gave no verdict with a probability on {stage['n_silent']:,} items: they go on"
        for stage in stages
        if stage["n_silent"]
    ]


__all__ = ["OpinionFile", "fit_cascade", "fit_panel", "write_fit"]
