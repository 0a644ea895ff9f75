"""docs/reference/comparison.md, from the nouns of a comparison."""

from __future__ import annotations

from docs.make_reference.docstrings import NOTE
from docs.make_reference.models import section
from evalkit.core import comparison
from evalkit.core.nouns import Noun

MODELS: list[type[Noun]] = [
    comparison.Comparison,
    comparison.ComparedSystem,
    comparison.MetricComparison,
    comparison.Standing,
    comparison.Difference,
    comparison.Pareto,
    comparison.Operation,
    comparison.Figure,
    comparison.Front,
    comparison.Dominated,
    comparison.SliceDifference,
    comparison.PairFlips,
    comparison.PairAgreement,
]

COMMON = {
    "name": "of the system",
    "metric": "id of the metric",
    "better": "direction of the metric",
    "unit": "of the metric",
    "value_range": "what values can be",
    "a": "system",
    "b": "the one that it is held against",
    "n_unscored": "cases without a score, counted and bounded",
    "point": "the estimate; null where there is none",
    "lo": "lower end of its interval",
    "hi": "upper end",
    "level": "of the interval",
    "method": "of the interval",
    "reason": "why there is no value or no interval",
    "sentence": "what was found, in words",
}

INTRO = """\
`evalkit.compare_many` gives a `Comparison`, and `evalkit compare --json` prints it under the key `comparison`, beside
the [record](record.md) of all systems under one scoring. As there, keys are never left out: what is not known is
`null`, with a reason beside it. A difference is a - b in the metric's own units; its sign is never turned, also where
lower is better. [Comparing systems](../guides/comparing.md) reads one."""


def comparison_page() -> str:
    """The page."""
    lines = ["# The comparison", "", NOTE, "", INTRO, ""]
    for model in MODELS:
        lines += section(model, COMMON, {"Correction": "record.md"})
    return "\n".join(lines).rstrip() + "\n"
