"""What sentinels would ask: verdicts of judges that gate, once more and past the cache, with every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from evalkit.app.asked import Asked
from evalkit.app.known_answers import Source
from evalkit.app.options import Options
from evalkit.app.planned_judging import JudgeCalls, earlier_of, price_of
from evalkit.core.asks import asks_of
from evalkit.core.nouns import Certificate
from evalkit.core.protocols import Judge, Store
from evalkit.engine.certify import Certifying
from evalkit.engine.gate_words import advises
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.sentinel import chosen
from evalkit.engine.state import BoundMetric


class Held(NamedTuple):
    """The certificates of a run's judges, what else is known of them, and when the run would be made."""

    certificates: Mapping[str, Certificate]
    certifying: Certifying
    now: str


def sentinel_calls(
    asked: Asked,
    bound: Mapping[str, BoundMetric],
    judges: Mapping[str, Judge],
    held: Held,
    known: tuple[Mapping[str, Source], Store, Options],
) -> Iterator[JudgeCalls]:
    """Of every judge that has a vote and a gate, and the items of its calibration at hand.

    Args:
        asked: suite and cases.
        bound: the metrics.
        judges: by the id of the metric.
        held: what is known of the judges.
        known: as of `judge_calls`.
    """
    suite = asked.suite.suite
    gating = {bound[g.metric].judge for g in suite.gates if not advises(g) and g.metric in bound}
    asking = {b.judge: b for b in reversed(list(bound.values())) if b.judge in gating and b.of is None}
    _, store, options = known
    earlier = list(earlier_of(store, suite.name)) if asking else []
    for digest, b in asking.items():
        if digest is None or options.replay or held.certifying.standing(held.certificates, digest, held.now, ()).why:
            continue
        n = len(chosen(held.certifying.slices.get(digest, ()), held.certifying.sentinel.get(digest, 0)))
        judge = judges[b.spec.id]
        calls = n * sum(asks_of(one) for one in getattr(judge, "stages", None) or (judge,))
        if not calls:
            continue
        cost, seconds, basis = price_of(make_plan(suite, asked.cases), b, judge, earlier)
        yield JudgeCalls(
            b.spec.id,
            str(b.spec.params.get("judge")),
            "the sentinel",
            n,
            n,
            calls,
            None if cost is None else cost * calls,
            None if seconds is None else seconds * calls / min(calls, options.concurrency),
            f"verdicts of its calibration are asked again, past the cache; {basis}",
        )
