"""What a judge is worth: its verdicts beside people's labels, as the JSON of `evalkit calibrate`.

Shares, means and coefficients are estimates, {point, lo, hi} at 95 % with n and method (and a reason where a number is
missing); counts, p-values, thresholds and what was asked for are plain. A part without data is null, and `why_null`
says why. People's label is their strict majority; an item without one is dropped from all but what is about people one
by one (`human_human`, `alt_test`, `scores`). `agreement`, the rates, `probability` and `selective` are about `judge`,
the verdict with output 1 shown first; `length.judge` is a mean over the orders that were asked, a tie being no
preference for the longer output. `order.first_share` is over all conflicts; its p is of those without a tie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import InputError
from evalkit.engine.calibrating.agreeing import agreeing, annotators, other_in_swapped, other_vocabulary
from evalkit.engine.calibrating.columns import Columns
from evalkit.engine.calibrating.confidence import probability_part, selective_part
from evalkit.engine.calibrating.earned import cautions, reasons
from evalkit.engine.calibrating.numbers import scores_part
from evalkit.engine.calibrating.pairs import length_part, order_part
from evalkit.engine.calibrating.rates import Positive, by_system, plain, positive_label, rates
from evalkit.engine.calibrating.standing_in import alt_test_part
from evalkit.engine.ratings import Ratings

__all__ = ["Calibration", "Ratings", "calibration"]


@dataclass(frozen=True)
class Calibration:
    """What was found.

    Attributes:
        n: items with a label (a strict majority of people) and a verdict.
        n_dropped: items without a strict majority. n_unparsed: labelled items without a verdict.
        menu: labels that occur or were offered.
        positive: the label that sensitivity is about; None: none.
        confusion: {"tp", "fp", "tn", "fn"} of the positive label, or None without one.
        findings: agreement, sensitivity, ... in the JSON form.
        by_system: error rates by who answered, and the test of homogeneity; empty where nobody is known.
        usable: whether these ratings would earn the judge a vote.
        reasons: why not, as sentences. cautions: what does not bar a vote.
        digest: of the ratings. labels, verdicts: of their two halves.
    """

    n: int
    n_dropped: int
    n_unparsed: int
    menu: tuple[str, ...]
    positive: str | None
    confusion: dict[str, int] | None
    findings: dict[str, Any]
    by_system: dict[str, Any]
    usable: bool
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    digest: str
    labels: str
    verdicts: str

    def to_json(self) -> dict[str, Any]:
        """The JSON of `evalkit calibrate --json`."""
        return {
            "n": self.n,
            "n_dropped": self.n_dropped,
            "n_unparsed": self.n_unparsed,
            "menu": list(self.menu),
            "positive": self.positive,
            "confusion": self.confusion,
            **self.findings,
            "by_system": self.by_system or None,
            "certificate": {
                "digest": self.digest,
                "usable": self.usable,
                "reasons": list(self.reasons),
                "cautions": list(self.cautions),
                "labels": self.labels,
                "judge": self.verdicts,
            },
        }


def calibration(
    ratings: Ratings,
    *,
    positive: str | None = None,
    epsilon: float = 0.15,
    alpha: float = 0.2,
    delta: float = 0.1,
    seed: int = 0,
) -> Calibration:
    """Everything that the ratings can say of the judge.

    Args:
        ratings: verdicts beside labels.
        positive: label that counts as positive; None: a label that is named like one (correct, yes, 1, true, pass).
        epsilon: what an annotator costs more than the judge, for the alternative-annotator test.
        alpha, delta: error allowed among verdicts that the judge keeps, and the probability allowed of allowing more.
        seed: of resampling; it is mixed with the content of the ratings.

    Raises:
        InputError: there are no items, or an option cannot be.
    """
    _check(epsilon, alpha, delta)
    of = Columns(ratings, seed)
    if not of.rows or not any(ratings.human):
        raise InputError("nobody labelled any item", "the ratings", 'Give "human": label, or {annotator: label}')
    named = positive_label(of, positive)
    if (
        named.label is not None and (why := other_vocabulary(of)) is not None
    ):  # a label of the same name is not the same label
        named = Positive(None, why)
    findings, confusion = _findings(of, named, epsilon, alpha, delta)
    shown = by_system(of, named)
    against = reasons(of, findings)
    return Calibration(
        n=int(of.used.sum()),
        n_dropped=int((of.human < 0).sum()),
        n_unparsed=int(((of.human >= 0) & (of.judge < 0)).sum()),
        menu=of.vocabulary,
        positive=named.label,
        confusion=confusion,
        findings=findings,
        by_system=shown,
        usable=not against,
        reasons=tuple(against),
        cautions=tuple(cautions(findings, shown)),
        digest=of.digest,
        labels=of.labels_digest,
        verdicts=of.verdicts_digest,
    )


def _findings(
    of: Columns, named: Positive, epsilon: float, alpha: float, delta: float
) -> tuple[dict[str, Any], dict[str, int] | None]:
    """Every part in the order of the JSON, and the confusion counts."""
    found = None if named.label is None or not of.used.any() else rates(of, named.label)
    counts = None if found is None else {"tp": found.tp, "fp": found.fp, "tn": found.tn, "fn": found.fn}
    findings = {
        "agreement": agreeing(of),
        "sensitivity": None if found is None else plain(found.sensitivity),
        "specificity": None if found is None else plain(found.specificity),
        "order": order_part(of),
        "length": length_part(of),
        "alt_test": alt_test_part(of, epsilon),
        "probability": probability_part(of),
        "selective": selective_part(of, alpha, delta),
        "scores": scores_part(of),
        "n_groups": None if of.groups is None else len(set(of.groups.tolist())),
        "annotators": annotators(of),
    }
    return findings | {"why_null": _why_null(of, findings, named)}, counts


def _why_null(of: Columns, findings: dict[str, Any], named: Positive) -> dict[str, str]:
    """key -> why it is null."""
    pairs = "no item has a verdict in both orders (judge and judge_swapped)"
    lengths = "no labelled item has a verdict that names an output, and lengths (length_1, length_2) that differ"
    unsure = "no labelled verdict has a probability"
    said = {
        "sensitivity": named.reason or f"people call no item {named.label!r:.60}",
        "specificity": named.reason or f"people call every item {named.label!r:.60}",
        "order": other_in_swapped(of) or pairs,
        "length": lengths,
        "probability": unsure,
        "selective": unsure,
        "human_human": "no item was labelled by two annotators",
        "scores": "the labels are not three or more numbers",
    }
    if not of.used.any():
        said |= dict.fromkeys(("sensitivity", "specificity"), "no item has both a label and a verdict")
    null = {name for name, value in findings.items() if value is None}
    if findings["agreement"]["human_human"] is None:
        null.add("human_human")
    return {name: why for name, why in said.items() if name in null}


def _check(epsilon: float, alpha: float, delta: float) -> None:
    """Refuse options that cannot be."""
    if not 0 <= epsilon < 1:
        raise InputError(
            f"epsilon is {epsilon:g}, and lies from 0 up to below 1", "--epsilon", "0.15 is usual for skilled people"
        )
    for name, value in (("alpha", alpha), ("delta", delta)):
        if not 0 < value < 1:
            usual = {"alpha": 0.2, "delta": 0.1}[name]
            raise InputError(f"{name} is {value:g}, and lies between 0 and 1", f"--{name}", f"{usual} is usual")
