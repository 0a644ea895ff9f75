"""One variant's scores: rules first, then each judged metric about what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evalkit.engine.judge import Bench, Judgement, judge
from evalkit.engine.judging.layers import settle, without_score
from evalkit.engine.judging.told import judge_info
from evalkit.engine.score import score
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock


def scored(
    plan: Plan,
    bound: Mapping[str, BoundMetric],
    variant: str,
    found: Predictions,
    bench: Bench,
    verdicts: list[Judgement],
) -> dict[tuple[str, str], ScoreBlock]:
    """Rules first; then each judged metric, whose judge is asked only about what the layer before it left open.

    What each judge said is added to `verdicts` before anything is made of it.
    """
    rules = [b for b in bound.values() if b.judge is None]
    blocks = score(plan, found.table, rules, bench.on_failure)
    for b in (b for b in bound.values() if b.judge is not None and b.of is None):
        earlier = _earlier(b, bound, blocks)
        judgement = judge(plan, b, variant, found, earlier, bench)
        verdicts.append(judgement)
        whole = [b, *(v for v in bound.values() if v.of == b.spec.id)]
        mine = score(plan, found.table, whole, bench.on_failure, judgement.verdicts)
        blocks |= _narrowed(plan, b, mine, earlier, judgement)
        if judgement.about is not None and not judgement.about.any():
            continue  # a baseline is not held against itself
        verdicts[-1] = judgement._replace(
            info=judge_info(plan, b, variant, judgement, blocks[b.spec.id], bench.judges[b.spec.id])
        )
    return {(metric, variant): blocks[metric] for metric in bound}


def _earlier(b: BoundMetric, bound: Mapping[str, BoundMetric], blocks: Mapping[str, ScoreBlock]) -> ScoreBlock | None:
    """The scores of the layer that decides first, with the cases that it is about (its own `when`)."""
    name = str(b.spec.params.get("after"))
    return replace(blocks[name], about=np.asarray(bound[name].applies)) if name in blocks else None


def _narrowed(
    plan: Plan, b: BoundMetric, mine: dict[str, ScoreBlock], earlier: ScoreBlock | None, judgement: Judgement
) -> dict[str, ScoreBlock]:
    """The metric filled with what was decided before, and its own views on what the judge saw."""
    found = {name: replace(block, about=judgement.about) for name, block in mine.items()}
    found[b.spec.id] = settle(plan, found[b.spec.id], earlier, judgement.asked)
    if earlier is not None:
        seen = np.asarray((judgement.asked | without_score(plan, earlier)).reshape(-1, plan.repeats).all(axis=1))
        for name, block in found.items():
            if name != b.spec.id and not block.borrowed:
                found[name] = replace(block, about=seen)
    return found
