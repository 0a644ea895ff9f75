"""Which judges of a run may gate: their certificates, the models that answered, and what their sentinels found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evalkit.core.nouns import Certificate, Gate, SentinelInfo
from evalkit.core.protocols import Journal
from evalkit.engine.certify import Certifying, Standing, models_of
from evalkit.engine.gate_words import advises
from evalkit.engine.judge import Bench, Judgement
from evalkit.engine.sentinel import Frozen, Watch, chosen, watch
from evalkit.engine.state import BoundMetric

__all__ = ["Vouched", "unvouched", "vouched"]


class Vouched(NamedTuple):
    """How each judge of a run stands, by its digest.

    Attributes:
        standings: its certificate, and why it may not gate.
        sentinels: what was asked again, of judges that gate.
        journals: open until the record is written.
        cost: US dollars of the sentinels' calls; None: there was none, or it is unknown.
    """

    standings: dict[str, Standing]
    sentinels: dict[str, SentinelInfo]
    journals: tuple[Journal, ...]
    cost: float | None

    def close(self, *, done: bool) -> None:
        """Release the journals; with `done` they are removed."""
        for journal in self.journals:
            journal.close(done=done)


def vouched(
    held: tuple[Mapping[str, Certificate], Certifying, str],
    gates: Sequence[Gate],
    bound: Mapping[str, BoundMetric],
    verdicts: Sequence[Judgement],
    bench: Bench,
) -> Vouched:
    """How the judges stand; those that gate are asked some of their verdicts again.

    Args:
        held: certificates by judge, what else is known of them, and when the run is made.
        gates: of the suite. bound: its metrics.
        verdicts: what the judges said in this run.
        bench: how they are asked.

    Raises:
        InputError: no call of a sentinel can succeed. RunBroke: the judge cannot be asked any further.
    """
    certificates, certifying, now = held
    gating = {b.judge for g in gates if not advises(g) and (b := bound.get(g.metric)) is not None}
    standings: dict[str, Standing] = {}
    sentinels: dict[str, SentinelInfo] = {}
    journals: tuple[Journal, ...] = ()
    costs: list[float] = []
    for judge in dict.fromkeys(b.judge for b in bound.values() if b.judge is not None):
        models = models_of(verdicts, judge)
        stands = certifying.standing(certificates, judge, now, models)
        if judge in gating and stands.why is None and judge in certifying.sentinel:
            metrics = {b.spec.id for b in bound.values() if b.judge == judge and b.of is None}
            found = _watched(judge, certificates[judge], certifying, metrics, verdicts, bench)
            journals += found.journals
            costs += [found.cost] if found.cost is not None else []
            sentinels[judge] = _info(found)
            stands = certifying.standing(certificates, judge, now, models | found.models, found.drift)
        standings[judge] = stands
    return Vouched(standings, sentinels, journals, sum(costs) if costs else None)


def unvouched(
    held: tuple[Mapping[str, Certificate], Certifying, str], gates: Sequence[Gate], bound: Mapping[str, BoundMetric]
) -> list[str]:
    """What can be said before a judge is asked: gates that stay inconclusive whatever it will say, as sentences."""
    certificates, certifying, now = held
    said = []
    for judge in dict.fromkeys(b.judge for b in bound.values() if b.judge is not None):
        mine = [g.label for g in gates if not advises(g) and g.metric in bound and bound[g.metric].judge == judge]
        why = certifying.standing(certificates, judge, now, ()).why if mine else None
        if why is not None:
            which = f"the gate {mine[0]!r}" if len(mine) == 1 else f"{len(mine)} gates ({', '.join(mine[:3])})"
            said.append(f"{which} will stay inconclusive, whatever the judge says. {why}")
    return said


def _watched(
    judge: str,
    certificate: Certificate,
    certifying: Certifying,
    metrics: set[str],
    verdicts: Sequence[Judgement],
    bench: Bench,
) -> Watch:
    n = certifying.sentinel[judge]
    if not n:
        return Watch(judge, said="No sentinel: the suite says `sentinel: 0`, so a drift of the judge is not seen.")
    if bench.calls.replay:
        return Watch(judge, said="No sentinel: calls are forbidden (--replay), so a drift of the judge is not seen.")
    items = chosen(certifying.slices.get(judge, ()), n) or chosen(_recorded(metrics, verdicts), n)
    if not items:
        words = "the labelled items are not at hand, and no verdict came from the cache"
        return Watch(judge, said=f"No sentinel: {words}; nothing was there to ask again.")
    name = next(name for name in bench.judges if name in metrics)
    return watch(judge, bench.judges[name], certificate, items, (bench.calls, bench.store, bench.progress))


def _recorded(metrics: set[str], verdicts: Sequence[Judgement]) -> list[Frozen]:
    """Verdicts of this run, of judgements most of whose calls were answered in an earlier run."""
    found = []
    for one in verdicts:
        mine = one.questions is not None and one.info is not None and one.info.metric in metrics
        if not mine or one.questions is None or 2 * one.n_reused < len(one.table):
            continue
        asked = one.questions
        for i, verdict in enumerate(one.said):
            label = verdict.get("label") if isinstance(verdict, dict) else None
            found.append(Frozen(asked.ids[i], asked.repeats[i], asked.inputs[i], asked.digests[i], label))
    return found


def _info(found: Watch) -> SentinelInfo:
    changed, twice = found.noise or (None, None)
    return SentinelInfo(
        n=found.n,
        flips=found.flips,
        noise_flips=changed,
        noise_n=twice,
        p=found.p,
        drifted=found.drift is not None,
        said=found.said,
        cost=found.cost,
    )
