"""Which correction: a rule that is fixed before the corrected number is looked at."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from evalkit.stats.clusters import Array, zero_one
from evalkit.stats.correction.fit import correlation, with_pseudo
from evalkit.stats.correction.ppi import Corrected, ppi, ppi_plus_plus, too_few
from evalkit.stats.correction.sample import FEWEST, Sample
from evalkit.stats.inference import Inference, Summary, no_interval
from evalkit.stats.one_sample import EXACT_BELOW, mean
from evalkit.stats.paired import difference

Means = Literal["ppi++", "ppi", "human-only"]
WORTH = 0.93
"""Width of PPI++ over that of labels alone, as predicted, from which on few labels of a rare outcome stand alone."""


class Choice(NamedTuple):
    """A method and the reason why it was taken, as words."""

    method: Means
    because: str


def choose(found: Sample) -> Choice:
    """PPI++, or labels alone where the judge adds nothing, by counts and a correlation that pseudo-labels hold down.

    The rule reads neither the estimate nor its standard error, so choosing does not pick the interval that happens to
    be the narrower one.
    """
    n, rest = found.n_labels, len(found.judge) - found.n_labels
    if rest == 0:
        return Choice("human-only", "every judged item has a label, so the judge adds nothing")
    if rest < FEWEST:
        return Choice("human-only", f"only {rest} judged items have no label, so the judge adds next to nothing")
    ratio = _predicted(found)
    rare = _rare(found)
    if rare and ratio > WORTH:
        said = f"{n:,} labels hold too few of the rarer outcome for the judge to narrow the interval"
        return Choice("human-only", f"{said} (a judge like this would leave {ratio:.0%} of its width)")
    if not (found.bounds == (0.0, 1.0) and zero_one(found.human[found.labelled])) and _with_pseudo(found) * ratio > 1:
        return Choice("human-only", f"the judge follows people too loosely to narrow what {n:,} labels say")
    return Choice("ppi++", f"{n:,} labels on these very items tell how far the judge's {rest:,} other verdicts go")


def corrected(found: Sample, method: Means, seed: int) -> Corrected:
    """The number by a named method; in words where there are too few labels for any."""
    few = too_few(found)
    if few is not None and method != "human-only":
        return Corrected(no_interval(Summary(None, len(found.judge), found.clusters.n_clusters), few), None, None)
    if method == "human-only":
        alone = human_only(found)
        return Corrected(alone, None, _value(found, alone))
    return ppi(found) if method == "ppi" else ppi_plus_plus(found, seed)


def human_only(found: Sample) -> Inference:
    """People alone, on the labelled items: the interval that a gate would use for their labels."""
    return _plain(found, found.labelled, found.human)


def judged(found: Sample) -> Inference:
    """What the judge said of all items, uncorrected."""
    return _plain(found, np.ones(len(found.judge), bool), found.judge)


def _plain(found: Sample, rows: np.ndarray, values: Array) -> Inference:
    codes = found.clusters.codes
    groups = (
        np.flatnonzero(rows) if codes is None and found.clusters.declared else None if codes is None else codes[rows]
    )
    weights = found.mass[rows] if found.weighted else None
    kept = values[rows]
    if found.bounds == (0.0, 1.0):
        return mean(kept, groups, weights, bounds=found.bounds)
    return difference(np.maximum(kept, 0.0), np.maximum(-kept, 0.0), groups, weights, bounds=(0.0, 1.0))


def _predicted(found: Sample) -> float:
    """sqrt(1 - rho^2 / (1 + n/N)): what a judge of this correlation leaves of the standard error at the best lam."""
    n = found.n_labels
    return math.sqrt(1 - correlation(found) ** 2 / (1 + n / (len(found.judge) - n)))


def _rare(found: Sample) -> bool:
    """Whether labels of a rate are all 0 or 1, and few enough are the rarer one for the exact interval."""
    labels = found.human[found.labelled]
    if found.bounds != (0.0, 1.0) or not zero_one(labels):
        return False
    rarer = min(float(labels.sum()), len(labels) - float(labels.sum()))
    return rarer * (len(labels) - rarer) < EXACT_BELOW * len(labels)


def _with_pseudo(found: Sample) -> float:
    """Standard error with pseudo-labels over that without; infinite where labels are all alike."""
    labels = found.human[found.labelled]
    y, _, _ = with_pseudo(found, found.labelled, 1.0)
    plain = float(labels.var()) / len(labels)
    return math.sqrt(float(y.var()) / len(y) / plain) if plain > 0 else math.inf


def _value(found: Sample, alone: Inference) -> float | None:
    """Independent labels that clustered or weighted ones are worth."""
    return None if alone.interval is None else alone.n_eff if alone.n_eff is not None else float(alone.n)
