"""What the versions of a dataset, and other datasets, give to a check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evalkit.core.datasets import Datasets
from evalkit.core.errors import InputError
from evalkit.core.versions import Dataset
from evalkit.pipeline.contract.check_columns import whole
from evalkit.pipeline.contract.given import Given

__all__ = ["given_by"]


def given_by(datasets: Datasets, now: float | None, history: Sequence[Dataset] = (), **more: Any) -> Given:
    """A `Given` that looks into the datasets of a workspace when a rule asks.

    Args:
        datasets: where references are found.
        now: seconds since 1970.
        history: earlier versions of what is checked, oldest first.
        more: other fields of `Given`.
    """

    def column(dataset: Dataset, name: str) -> Any:
        if name not in dataset.columns:
            there = ", ".join(dataset.columns) or "none"
            raise InputError(f"the dataset {dataset.name} has no column {name!r}", remedy=f"It has: {there}")
        return whole(datasets.table(dataset, [name]).column(name))

    def before(name: str) -> Any:
        return column(history[-1], name) if name in history[-1].columns else None

    found: Callable[[str], Any] | None = before if history else None
    return Given(
        now=now,
        rows=[version.rows for version in history],
        values=lambda ref, name: column(datasets.find(ref), name),
        history=found,
        **more,
    )
