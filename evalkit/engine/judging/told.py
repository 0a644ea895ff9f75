"""What a record says of its judges: who decided how much, what it took, and which models answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import JudgeInfo
from evalkit.core.protocols import Judge
from evalkit.engine.judge import Judgement
from evalkit.engine.judging.layers import decided
from evalkit.engine.state import BoundMetric, Plan, ScoreBlock

_MOST = 20  # reasons and models that are kept
_SHOWN = 3  # details in a sentence
_SNAPSHOT = re.compile(r"[-@:.]?v?\d[\d.-]*")  # what a provider adds to the name that was asked for: a date, a version


def judge_info(
    plan: Plan, b: BoundMetric, variant: str, judgement: Judgement, block: ScoreBlock, grader: Judge
) -> JudgeInfo:
    """One judge's line in the record; `block` holds the final scores."""
    table = judgement.table
    calls = table.filter(pc.is_valid(table["call"]))
    open_rows = judgement.asked & (block.why >= 0)
    unscored = Counter(block.reasons[code] for code in block.why[open_rows].tolist())
    return JudgeInfo(
        metric=b.spec.id,
        variant=variant,
        name=name if isinstance(name := b.spec.params.get("judge"), str) else None,
        judge=str(b.judge),
        spec=dict(grader.spec),
        after=b.spec.params.get("after"),
        n_asked=int(judgement.asked.sum()),
        decided=decided(plan, b, block, judgement.asked),
        unscored=dict(unscored.most_common(_MOST)),
        n_conflicts=_conflicts(block, judgement.asked),
        stages=_stages(table),
        n_calls=len(calls),
        n_reused=judgement.n_reused,
        models=dict(Counter(calls["model"].drop_null().to_pylist()).most_common(_MOST)),
        **{name: pc.sum(calls[name]).as_py() for name in ("tokens_in", "tokens_out", "seconds")},
        cost=_cost(calls),
    )


def _cost(calls: pa.Table) -> float | None:
    """US dollars; None: there is none, or that of a model's reply is unknown, and so is the sum."""
    unknown = pc.and_(pc.is_valid(calls["model"]), pc.is_null(calls["cost"]))
    found: float | None = None if pc.any(unknown).as_py() else pc.sum(calls["cost"]).as_py()
    return found


def _conflicts(block: ScoreBlock, asked: np.ndarray) -> int:
    found = block.detail.get("order_conflict")
    return 0 if found is None else int(sum(value is True for value in np.asarray(found, object)[asked].tolist()))


def _stages(table: pa.Table) -> list[int]:
    settled = table.filter(table["settled"])
    counts = Counter(settled["stage"].drop_null().to_pylist())
    return [counts.get(stage, 0) for stage in range(max(counts, default=-1) + 1)]


def warnings_of(infos: Sequence[JudgeInfo]) -> Iterator[str]:
    """Models in the responses that are not the one that was asked for, or that changed on the way."""
    models: dict[tuple[str, str], Counter[str]] = {}
    for info in infos:
        wanted = requested(info.spec)
        if wanted is not None:
            models.setdefault((info.name or info.metric, wanted), Counter()).update(info.models)
    for (name, wanted), found in models.items():
        counts = ", ".join(f"{model} ({n:,})" for model, n in found.most_common())
        if len(found) > 1:
            yield f"the judge {name!r} asked for the model {wanted}, and several models answered: {counts}"
        elif found and not is_model(wanted, next(iter(found))):
            yield f"the judge {name!r} asked for the model {wanted}, and another one answered: {counts}"


def unread_templates(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Rubrics that read what some cases lack: the judge was not asked about those."""
    for one in judgements:
        left = [said for said in one.said if isinstance(said, dict) and said.get("why") == "template"]
        lacking = Counter(str(said.get("detail") or "the template reads what they lack") for said in left)
        if one.info is None or not lacking:
            continue
        told = "; ".join(f"{detail:.200} ({n:,})" for detail, n in lacking.most_common(_SHOWN))
        answers = f"{len(left):,} answer{'' if len(left) == 1 else 's'} of {one.info.variant}"
        yield f"the judge {one.info.name!r} was not asked about {answers}: {told}"


def requested(spec: Mapping[str, Any]) -> str | None:
    """The model that a judge's spec asks for; None: it asks for none, or for several."""
    model = spec.get("model")
    if isinstance(model, str):
        return model
    provider = spec.get("provider")
    inner = provider.get("model") if isinstance(provider, Mapping) else None
    return inner if isinstance(inner, str) else None


def is_model(wanted: str, named: str) -> bool:
    """Whether a response's model is the one that was asked for: the same name, or a snapshot of it."""
    bare, theirs = wanted.rpartition("/")[2], named.rpartition("/")[2]
    return theirs == bare or (theirs.startswith(bare) and _SNAPSHOT.fullmatch(theirs[len(bare) :]) is not None)
