"""What a judge is worth: its verdicts beside people's labels, as the JSON of `evalkit calibrate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        reasons: why not, as sentences.
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
    from evalkit.engine.calibrating.whole import calibrated

    return calibrated(ratings, positive, epsilon, alpha, delta, seed)
