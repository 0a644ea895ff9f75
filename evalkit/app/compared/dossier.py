"""What a comparison's page and its exports read: its record, tables, and what flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.app.comparing import Compared
from evalkit.app.dossier import assemble
from evalkit.app.redaction import redacted
from evalkit.core.comparison import Comparison, MetricComparison
from evalkit.core.dossier import Dossier, Flips

__all__ = ["dossier_of"]


def dossier_of(found: Compared, redact: Sequence[str] = ()) -> Dossier:
    """The dossier of a comparison.

    Args:
        found: the comparison with its record and tables.
        redact: fields that no page and no file may show (see `redaction`).

    Raises:
        InputError: a field that is not known.
    """
    whole = replace(assemble(found.record, found.tables), comparison=found.comparison)
    whole = replace(whole, flips=_flips(whole, found.comparison))
    return redacted(whole, redact) if redact else whole


def _flips(dossier: Dossier, found: Comparison) -> list[Flips]:
    """Under the metrics that are told case by case: of two the first against the second, of more each against the best.

    The best is held against the next.
    """
    made = []
    for metric in dict.fromkeys(row.metric for row in found.flips):
        under = found.metric(metric)
        for a, b in _pairs(found, under):
            ours, theirs = dossier.values.get((metric, a)), dossier.values.get((metric, b))
            if ours is not None and theirs is not None:
                made.append(_flip(metric, (a, b), (ours, theirs), higher=under.better == "higher"))
    return made


def _pairs(found: Comparison, under: MetricComparison) -> list[tuple[str, str]]:
    names = [system.name for system in found.systems]
    if len(names) == 2:
        return [(names[0], names[1])]
    best, second = (row.name for row in under.systems[:2])
    return [(name, second if name == best else best) for name in names]


def _flip(metric: str, pair: tuple[str, str], values: tuple[np.ndarray, np.ndarray], *, higher: bool) -> Flips:
    change = (values[0] - values[1]) * (1 if higher else -1)
    return Flips(
        metric=metric,
        candidate=pair[0],
        baseline=pair[1],
        broke=np.flatnonzero(change < 0),
        fixed=np.flatnonzero(change > 0),
        n_same=int((change == 0).sum()),
        n_unscored=int(np.isnan(change).sum()),
    )
