"""Which cases a page keeps: all of them up to a limit; beyond it every flip and unscored case first, then a sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.dossier import Dossier
from evalkit.core.seeds import rng_from
from evalkit.report.text import count

__all__ = ["LIMIT", "Selection", "select"]

LIMIT = 10_000
"""Cases in one page at most."""


class Selection(NamedTuple):
    """Row numbers of the kept cases, rising, and a sentence that says which they are (empty when all are kept)."""

    rows: np.ndarray
    statement: str


def select(dossier: Dossier, limit: int = LIMIT) -> Selection:
    """Choose the cases; the sample is seeded from the cases digest, so that two reports of one run are the same bytes.

    Priority: flipped, unscored, failed, the rest; within the class that does not fit, a uniform sample.
    """
    n = len(dossier.cases)
    if n <= limit:
        return Selection(np.arange(n), "")
    rank = np.full(n, 3)
    rank[_failed(dossier)] = 2
    rank[_unscored(dossier)] = 1
    for flips in dossier.flips:
        rank[flips.broke] = 0
        rank[flips.fixed] = 0
    shuffled = rng_from("report", dossier.record.digests.cases).permutation(n)
    rows = np.sort(shuffled[np.argsort(rank[shuffled], kind="stable")][:limit])
    return Selection(rows, _statement(rank, rows, dossier.cases_file))


def _statement(rank: np.ndarray, rows: np.ndarray, file: str) -> str:
    kept, total = np.bincount(rank[rows], minlength=4), np.bincount(rank, minlength=4)
    names = ("flipped", "unscored", "failed", "other")
    said = ", ".join(
        f"{count(int(k))} of {count(int(t))} {name}" for k, t, name in zip(kept, total, names, strict=True) if t
    )
    cut = "" if kept[0] == total[0] and kept[1] == total[1] else " There are more of these than a page holds."
    whole = f"{file} beside this page holds" if file else f"{_TABLES} in the folder of the run hold"
    return (
        f"This page keeps {count(len(rows))} of {count(len(rank))} cases: every flipped and unscored one that fits, "
        f"then failed ones, then others ({said}); where a kind does not fit, a sample of it, seeded by the cases "
        f"digest.{cut} {whole} every case."
    )


_TABLES = "cases.parquet, predictions.parquet and scores.parquet"


def _unscored(dossier: Dossier) -> np.ndarray:
    scores = dossier.scores
    return rows_of(dossier.cases.ids, scores["case_id"].filter(pc.is_valid(scores["why"])))


def _failed(dossier: Dossier) -> np.ndarray:
    predictions = dossier.predictions
    return rows_of(dossier.cases.ids, predictions["case_id"].filter(pc.is_valid(predictions["failure_kind"])))


def rows_of(ids: pa.Array, wanted: pa.ChunkedArray) -> np.ndarray:
    """Row numbers of these case ids, unknown ones left out."""
    found = pc.index_in(wanted, value_set=ids.cast(wanted.type)).drop_null()
    return np.asarray(found, dtype=np.int64)
