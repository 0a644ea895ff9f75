"""One sample of judged items -> three rows: what the judge said, the corrected number, and people only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from evalkit.core.seeds import seed_from
from evalkit.stats.clusters import Array, zero_one
from evalkit.stats.correction import (
    FEWEST,
    UNLIKE,
    Corrected,
    Errors,
    Sample,
    choose,
    corrected,
    effective_n,
    human_only,
    judged,
    rogan_gladen,
    too_few,
    unlike,
)
from evalkit.stats.inference import Inference, Summary, no_interval
from evalkit.stats.one_sample import mean

Method = Literal["auto", "ppi++", "ppi", "rogan-gladen", "human-only"]
METHODS: tuple[Method, ...] = get_args(Method)
ASSUMES = {
    "ppi++": "the labelled items are a random sample of the judged ones, or carry their weights",
    "rogan-gladen": "the judge's errors on the labelled items carry over to the others",
}
NOT_RANDOM = (
    "The labelled items are no random sample of the judged ones: the judge's mean is {ours:.3g} on them and {rest:.3g} "
    "on the others (p = {p:.1g}), so what people said of the one does not carry over to the other"
)


class Rows(NamedTuple):
    """The three rows, and how the middle one was made.

    Attributes:
        method: that was used.
        because: why, as a sentence.
        assumes: what has to hold beside that, as a sentence.
        judged, corrected, human_only: the rows.
        lam: weight of the judge; None where the method has none.
        label_value: independent labels that would say as much without the judge; None: not known.
        n_labels: labelled items.
    """

    method: str
    because: str
    assumes: str
    judged: Inference
    corrected: Inference
    human_only: Inference
    lam: float | None
    label_value: float | None
    n_labels: int


def three_rows(found: Sample, method: Method, seed: int) -> Rows:
    """The rows by one method, "auto" resolved; the corrected one says in words why it has no number.

    Args:
        found: judged items, some with labels.
        method: as asked.
        seed: made of the content.
    """
    alone = human_only(found) if found.n_labels else no_interval(Summary(None, 0), "nobody labelled an item")
    choice = choose(found) if method == "auto" and found.n_labels >= FEWEST else None
    used = choice.method if choice else "ppi++" if method == "auto" else method
    why = choice.because if choice else f"it was asked for by name ({used})"
    made = _made(found, used, seed)
    return Rows(
        used,
        _sentence(why),
        _sentence(ASSUMES.get(used, ASSUMES["ppi++"])),
        judged(found),
        made.inference,
        alone,
        made.lam,
        made.label_value,
        found.n_labels,
    )


def fold_seed(items: Sequence[str]) -> int:
    """Of the folds: made of the labelled items, sorted, so that another item, judged or not, moves none of them.

    A file of ratings and a run with the same labels have the same folds, and so the same numbers.
    """
    return seed_from("folds", list(items))


def refusal(found: Sample, method: Method = "auto") -> str | None:
    """Why these labels cannot correct these verdicts, as a sentence; None: they can."""
    everywhere = found.n_labels == len(found.judge)
    if method == "rogan-gladen":
        why = errors_refused(found)
    elif method == "human-only":
        why = None if found.n_labels else "nobody labelled an item"
    else:
        why = too_few(found)
    if why is None and method in ("ppi", "ppi++") and found.n_labels == len(found.judge) - 1:
        why = "one judged item has no label, and one does not tell how far another could lie: use human-only"
    if why is None and everywhere and method in ("ppi", "ppi++", "rogan-gladen"):
        why = "every judged item has a label, so there are no others to correct: use human-only"
    if why is None and method != "rogan-gladen":
        return not_random(found)
    return None if why is None else _sentence(why)


def not_random(found: Sample) -> str | None:
    """That labels are no random sample, as a sentence; None: nothing speaks against it, or they carry weights."""
    p = None if found.weighted else unlike(found)
    if p is None or p >= UNLIKE:
        return None
    labelled = found.labelled
    ours, rest = float(found.judge[labelled].mean()), float(found.judge[~labelled].mean())
    return NOT_RANDOM.format(ours=ours, rest=rest, p=p) + "."


def errors_of(found: Sample) -> Errors:
    """Sensitivity and specificity on the labelled items, by their weights; in groups, on as many as those are worth.

    Raises:
        ValueError: the labels are of one class.
    """
    rows = found.labelled
    yes, said, mass = found.human[rows] == 1, found.judge[rows] == 1, found.mass[rows]
    tp, fp, tn, fn = (float(mass[at].sum()) for at in (yes & said, ~yes & said, ~yes & ~said, yes & ~said))
    made = Errors.of_counts(tp, fp, tn, fn)
    if found.clusters.codes is None:
        return made
    codes, right = found.clusters.codes[rows], (yes == said).astype(float)
    m0, m1 = (_worth(right[of], codes[of], m) for of, m in ((~yes, made.m0), (yes, made.m1)))
    return made._replace(m0=m0, m1=m1)


def _worth(right: Array, groups: np.ndarray, m: float) -> float:
    """Independent items that so many in groups are worth; one group is one item."""
    seen = mean(right, groups)
    if seen.interval is None or seen.point is None:
        return 1.0
    lo, hi = seen.interval(0.95)
    return effective_n(seen.point, hi - lo, m) if seen.method == "korn-graubard" else m


def errors_refused(found: Sample) -> str | None:
    """Why sensitivity and specificity cannot be had from these labels, as words; None: they can."""
    labels = found.human[found.labelled]
    if len(labels) < FEWEST:
        return f"only {len(labels)} of the judged items carry a label, and a correction takes at least {FEWEST}"
    if not zero_one(labels) or not zero_one(found.judge):
        return "rogan-gladen is for values of 0 and 1 only; ppi++ takes any"
    if labels.min() == labels.max():
        return f"all {len(labels)} labels are {labels[0]:g}, so the judge's errors on the other class are not known"
    return None


def _made(found: Sample, used: str, seed: int) -> Corrected:
    if used == "rogan-gladen":
        return Corrected(_by_errors(found), None, None)
    return corrected(found, used, seed)  # type: ignore[arg-type]


def _by_errors(found: Sample) -> Inference:
    """Rogan and Gladen on the rate of the items that nobody labelled."""
    if (why := errors_refused(found)) is not None:
        return no_interval(Summary(None, len(found.judge)), why)
    rest = np.flatnonzero(~found.labelled)
    return rate_by_errors(_part(found, rest), errors_of(found))


def rate_by_errors(found: Sample, errors: Errors) -> Inference:
    """Rogan and Gladen on all items of a sample: their rate, on as many independent items as clusters leave.

    Args:
        found: judged items, of values 0 and 1.
        errors: of the judge, from other items.
    """
    seen = judged(found)
    if seen.point is None:
        return seen
    worth = seen.n_eff or float(seen.n)
    if found.clusters.codes is not None:
        worth = min(worth, float(seen.n))
    made = rogan_gladen(seen.point, worth, errors, seen.n)
    return made._replace(n_clusters=seen.n_clusters, warnings=seen.warnings)


def _part(found: Sample, rows: np.ndarray) -> Sample:
    """Some of the items."""
    from evalkit.stats.correction import sample

    codes = found.clusters.codes
    groups = rows if codes is None and found.clusters.declared else None if codes is None else codes[rows]
    weights = found.mass[rows] if found.weighted else None
    return sample(found.human[rows], found.judge[rows], groups, weights, found.strata[rows], found.bounds)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(". ") + "."
