"""What stands against a certificate beside the statistics (labels that were used before), and what it is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evalkit.app.calibrating.items import Items
from evalkit.app.label_files import item_digest
from evalkit.core.digest import canonical_json
from evalkit.core.protocols import Judge

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["about", "left_out", "missing", "reasons_of", "shown_already", "tuned"]


def tuned(judge: Judge, items: Items) -> list[str]:
    """Labels that weights or thresholds were fitted on say nothing of the judge."""
    tuned = set(judge.spec.get("tuned_on") or ())
    both = sum(item_digest(row.item) in tuned for row in items.rows)
    if not both:
        return []
    return [f"the judge was tuned on {both:,} of the {len(items.rows):,} labelled items: label others"]


def shown_already(rubric: Rubric, items: Items) -> list[str]:
    """Items that the rubric shows the judge as examples, with their labels."""
    names = ("input", "output", "output_1", "output_2")
    shown = {canonical_json({n: one.case[n] for n in names if n in one.case}) for one in rubric.examples}
    given = [canonical_json({n: v for n in names if isinstance(v := getattr(row, n), str)}) for row in items.rows]
    both = sum(text in shown for text in given)
    if not both:
        return []
    return [f"the rubric shows {both:,} of the {len(items.rows):,} labelled items as examples: label others"]


def reasons_of(verdicts: Sequence[Any]) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for verdict in verdicts:
        if not isinstance(verdict, dict):
            reasons["no verdict"] += 1
        elif "failure" in verdict:
            reasons[f"call failed: {verdict['failure']}"] += 1
        elif verdict.get("label") is None:
            detail = f": {verdict['detail']}" if verdict.get("why") == "template" and verdict.get("detail") else ""
            reasons[f"{verdict.get('why') or 'no verdict'}{detail}"[:200]] += 1
    return dict(reasons.most_common())


def missing(unparsed: Mapping[str, int], n: int) -> list[str]:
    """Why items have no verdict, where that stands in the way."""
    total = sum(unparsed.values())
    if 10 * total <= n:
        return []
    return [
        f"{total:,} of {n:,} items got no verdict: {'; '.join(f'{k} ({v:,})' for k, v in list(unparsed.items())[:4])}"
    ]


def left_out(items: Items) -> list[str]:
    waiting = items.labelled.n_waiting
    return [f"{waiting:,} rows without any label were left out."] if waiting else []


def about(items: Items) -> dict[str, Any]:
    """What the judge was calibrated on."""
    systems = sorted({row.system for row in items.rows if row.system})
    tags: dict[str, dict[str, int]] = {}
    for row in items.rows:
        for name, value in row.tags.items():
            tags.setdefault(name, {})[value] = tags.setdefault(name, {}).get(value, 0) + 1
    few = {name: values for name, values in tags.items() if len(values) <= 20}
    found: dict[str, Any] = {"source": items.source}
    return found | ({"systems": systems[:50]} if systems else {}) | ({"tags": few} if few else {})
