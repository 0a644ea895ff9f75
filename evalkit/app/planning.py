"""`evalkit plan`: what a run would cost and take, and whether its gates can decide, before a call is made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from evalkit.app.api import open_store
from evalkit.app.asked import Asked, asked_anew
from evalkit.app.certifying import certified
from evalkit.app.jobs import job_of
from evalkit.app.known_answers import ASSUMED, Source, known_cases, source_of
from evalkit.app.options import Options
from evalkit.app.planned_calls import Calls, calls_of, in_all
from evalkit.app.planned_judging import JudgeCalls, judge_calls
from evalkit.app.planned_sentinel import Held, sentinel_calls
from evalkit.app.suites import SuiteLike, load_suite
from evalkit.app.systems import Systems
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Gate
from evalkit.core.protocols import Store
from evalkit.core.seeds import seed_from
from evalkit.engine.calls import Calls as Asking
from evalkit.engine.cases import groups_of
from evalkit.engine.hull import ALPHA
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.preflight_assumed import assumed_preflight
from evalkit.engine.preflight_feasible import contradictions, why_never
from evalkit.engine.preflight_found import Preflight, Wanted
from evalkit.engine.preflight_plan import preflight
from evalkit.engine.preflight_scored import bound_of
from evalkit.engine.preflight_tails import question
from evalkit.engine.state import BoundMetric, Variant
from evalkit.engine.vouching import unvouched


@dataclass(frozen=True)
class Aims:
    """What a preflight is asked for beside the run itself.

    Attributes:
        power: the chance to pass that is wanted, in [0.5, 1).
        discordance: share of cases whose score differs between two runs of one system; None: as seen, else 0.1.
        expected: metric -> value that the candidate is taken to have.
    """

    power: float = 0.8
    discordance: float | None = None
    expected: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.5 <= self.power < 1:
            raise InputError(f"power is {self.power:g}, not a number from 0.5 to below 1", remedy="0.8 is usual.")
        if self.discordance is not None and not 0 < self.discordance <= 1:
            what = f"discordance is {self.discordance:g}, not a share above 0, at most 1"
            raise InputError(what, remedy="0.1 says that a rerun changes the score of one case in ten.")
        for metric, value in self.expected.items():
            if not math.isfinite(value):
                raise InputError(f"the value expected of {metric!r} is {value}, not a number")


@dataclass(frozen=True)
class Plan:
    """What a run would be, and whether its gates can decide; None is unknown."""

    suite: str
    cases: int
    clusters: int | None
    repeats: int
    systems: list[Calls]
    total: Calls
    concurrency: int
    baseline: str | None
    answers: int
    power: float
    found: Preflight
    warnings: list[str]
    judges: list[JudgeCalls] = field(default_factory=list)

    @property
    def cost(self) -> float | None:
        """US dollars of systems and judges; None: unknown of one of them."""
        return _sum([self.total.cost, *(one.cost for one in self.judges)])

    @property
    def seconds(self) -> float | None:
        """Of systems and judges, one after the other; None: unknown of one of them."""
        return _sum([self.total.seconds, *(one.seconds for one in self.judges)])

    @property
    def impossible(self) -> list[str]:
        """Why gates cannot pass, a sentence each."""
        return [f"{gate.gate}: {gate.cannot_pass}" for gate in self.found.gates if gate.cannot_pass]

    def to_json(self) -> dict[str, Any]:
        """One JSON object with stable names."""
        return {
            "suite": self.suite,
            "cases": self.cases,
            "clusters": self.clusters,
            "repeats": self.repeats,
            "calls": self.total.calls,
            "reused": self.total.reused,
            "new_calls": self.total.calls - self.total.reused,
            "judge_calls": sum(one.calls for one in self.judges),
            "new_judge_calls": sum(one.calls - one.reused for one in self.judges),
            "cost": self.cost,
            "seconds": self.seconds,
            "concurrency": self.concurrency,
            "systems": [asdict(one) for one in self.systems],
            "judges": [asdict(one) for one in self.judges],
            "baseline": self.baseline,
            "baseline_answers": self.answers,
            "target_power": self.power,
            **self.found.to_json(),
            "warnings": self.warnings,
        }


def plan(
    suite: SuiteLike,
    *,
    candidate: Any,
    baseline: Any = None,
    workspace: Any = None,
    options: Options | None = None,
    aims: Aims | None = None,
) -> Plan:
    """Say what a run would cost and take, and how likely its gates are to pass when nothing changed; nothing is called.

    Args:
        suite, candidate, baseline, workspace, options: as of `evalkit.run`.
        aims: power, discordance and expected values.

    Raises:
        InputError: something given cannot be used, or gates compare with a baseline of which nothing is known.
    """
    options, aims = options or Options(), aims or Aims()
    loaded = load_suite(suite, options.timeout, options.policy)
    asked = asked_anew(loaded, options.limit, list(options.filters))
    store: Store = open_store(workspace) if workspace is None or not hasattr(workspace, "read_record") else workspace
    systems = Systems(loaded.suite, loaded.base, asked.cases, store, options.predictor)
    variants = systems.candidates(candidate)
    against = None if baseline is None else systems.baseline(baseline)
    gates = loaded.suite.gates
    if (versus := next((gate for gate in gates if gate.versus), None)) is not None and against is None:
        raise InputError(
            f"the gate {versus.label!r} compares with a baseline and none was given",
            loaded.suite.name,
            "Add --baseline run:ID: its answers say how much a candidate that did not change would differ.",
        )
    everyone = [*variants, *([against] if against else [])]
    job = job_of(asked, everyone, Asking(replay=True), {})
    bound = bound_of(job)
    _check_expected(aims.expected, bound)
    sources = _sources(store, asked, variants, against)
    source = sources.get("baseline") or (None if against is not None else sources.get(variants[0].name))
    told = [gate for gate in gates if (b := bound.get(gate.metric)) is None or b.against is None]
    found, answers, unheard = _preflight(_with_gates(asked, told), store, source, bound, aims)
    calls = calls_of(asked, everyone, sources, store, options)
    groups = groups_of(asked.cases)
    now = (datetime.now(UTC) if options.clock is None else options.clock()).isoformat(timespec="seconds")
    held = Held(*certified(loaded, job.judges, store, now), now)
    known = sources, store, options
    return Plan(
        loaded.suite.name,
        len(asked.cases),
        None if groups is None else len(np.unique(groups)),
        loaded.suite.repeats,
        calls,
        in_all(calls),
        options.concurrency,
        source.where if source else None,
        answers,
        aims.power,
        found,
        [
            *(w for v in everyone for w in v.warnings),
            *_remarks(against, source, gates),
            *_of_pairs(gates, told),
            *_of_verdicts(unheard, found),
            *unvouched(held, loaded.suite.gates, bound),
        ],
        [
            *judge_calls(asked, everyone, bound, job.judges, known),
            *sentinel_calls(asked, bound, job.judges, held, known),
        ],
    )


def _with_gates(asked: Asked, gates: Sequence[Gate]) -> Asked:
    suite = asked.suite.suite.model_copy(update={"gates": list(gates)})
    return asked._replace(suite=asked.suite._replace(suite=suite))


def _sum(numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _check_expected(expected: Mapping[str, float], bound: Mapping[str, BoundMetric]) -> None:
    """Expected values are of metrics that there are, and that they can have."""
    for metric, value in expected.items():
        if metric not in bound:
            what = f"a value is expected of {metric!r}, which the suite does not have"
            raise InputError(what, remedy=did_you_mean(metric, bound, "metric ids"))
        low, high = bound[metric].metric.value_range
        if (low is not None and value < low) or (high is not None and value > high):
            raise InputError(f"{metric!r} cannot be {value:g}: it lies between {low} and {high}")


def _sources(store: Store, asked: Asked, variants: Sequence[Variant], against: Variant | None) -> dict[str, Source]:
    """Stored answers by system; a candidate that was never run is taken to answer at the baseline's pace and price."""
    own = {v.name: source_of(store, asked, v) for v in (*variants, *([against] if against else []))}
    stands_for = own.get("baseline")
    found = {name: source or stands_for for name, source in own.items()}
    return {name: source for name, source in found.items() if source is not None}


def _preflight(
    asked: Asked, store: Store, source: Source | None, bound: Mapping[str, BoundMetric], aims: Aims
) -> tuple[Preflight, int, list[Gate]]:
    """What is found, from how many answers, and which gates are on verdicts that no judge has given yet."""
    suite = asked.suite.suite
    seed = seed_from(suite.seed, "preflight", asked.cases.digest(), digest_of([g.model_dump() for g in suite.gates]))
    alpha = ALPHA / suite.looks
    clash = contradictions(suite.gates)
    if source is None:
        share = aims.discordance or 0.1
        why = "as given" if aims.discordance else "nothing is known of the baseline yet"
        wanted = Wanted(aims.power, aims.expected, alpha, seed, ASSUMED.format(share=share, why=why), True)
        return assumed_preflight(asked.cases, bound, suite.gates, clash, share, wanted), 0, []
    known, _, assumption, assumed = known_cases(asked, source, store, suite.repeats, aims.discordance)
    wanted = Wanted(aims.power, aims.expected, alpha, seed, assumption, assumed)
    unheard = [g for g in suite.gates if bound[g.metric].judge is not None and not question(g, known).use.any()]
    if unheard and len(unheard) == len(suite.gates):
        share = aims.discordance or 0.1
        wanted = Wanted(aims.power, aims.expected, alpha, seed, assumption, assumed)
        return assumed_preflight(asked.cases, bound, suite.gates, clash, share, wanted), known.answers, unheard
    told = [(i, gate) for i, gate in enumerate(suite.gates) if gate not in unheard]
    never = [clash.get(i) or why_never(gate, known, alpha) for i, gate in told]
    return preflight(known, [gate for _, gate in told], never, wanted), known.answers, unheard


def _of_verdicts(unheard: Sequence[Gate], found: Preflight) -> list[str]:
    told = {one.gate for one in found.gates if one.power is not None}  # of a difference it can be assumed
    return [
        f"the power of the gate {gate.label!r} cannot be told before its judge has been asked: run once, and plan again"
        for gate in unheard
        if gate.label not in told
    ]


def _of_pairs(gates: Sequence[Gate], told: Sequence[Gate]) -> list[str]:
    return [
        f"the gate {gate.label!r} is on pairs of answers, whose power cannot be told before a judge has seen some"
        for gate in gates
        if gate not in told
    ]


def _remarks(against: Variant | None, source: Source | None, gates: Sequence[Gate]) -> list[str]:
    said = []
    if not gates:
        said.append("the suite has no gate, so there is nothing whose power could be told")
    if against is not None and source is None:
        said.append("nothing is known of the baseline yet: run it first, and plan again with --baseline run:ID")
    return said
