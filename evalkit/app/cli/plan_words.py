"""A plan as lines for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from evalkit.app.cli.console import printable
from evalkit.app.planning import Plan
from evalkit.engine.preflight_found import GatePlan

_WIDTH = 100
_UNKNOWN = "unknown"


def lines(plan: Plan) -> Iterator[str]:
    """Run, gates, all gates together, and what to buy."""
    yield from _run(plan)
    if plan.found.gates:
        yield ""
        yield from _table(plan)
        yield from _together(plan)
    for sentence in plan.found.advice:
        yield from _wrapped(sentence)


def _run(plan: Plan) -> Iterator[str]:
    groups = "" if plan.clusters is None else f" in {plan.clusters:,} groups"
    answers = "" if plan.repeats == 1 else f", {plan.repeats} answers to each"
    yield printable(f"{plan.suite}: {plan.cases:,} cases{groups}{answers}")
    new = plan.total.calls - plan.total.reused
    reused = f" ({plan.total.reused:,} more are answered already)" if plan.total.reused else ""
    yield f"  calls  {new:,} new{reused}"
    for judge in plan.judges:
        said = (
            f"judge  {judge.calls:,} calls of {judge.judge} for {judge.metric} of {judge.name}: {judge.answers:,} of "
        )
        yield from _wrapped(f"{said}{judge.of:,} answers ({judge.basis})", "         ")
    yield f"  cost   {_money(plan.cost)}"
    yield f"  time   {_time(plan.seconds)} at concurrency {plan.concurrency}"
    if plan.baseline:
        yield from _wrapped(f"known  {plan.baseline}", "         ")


def _table(plan: Plan) -> Iterator[str]:
    gates = plan.found.gates
    label = min(max(len(gate.gate) for gate in gates), 44)
    yield f"  {'gate':<{label}}  {'n':>7}  {'s.e.':>8}  {'power':>6}  {'n for':>8}  {'shown from':>10}  {'unscored':>8}"
    want = f"{plan.power:.0%}"
    yield f"  {'':<{label}}  {'':>7}  {'':>8}  {'':>6}  {want:>8}  {'line by':>10}  {'at most':>8}"
    for gate in gates:
        name = printable(gate.gate)
        name = name if len(name) <= label else name[: label - 1] + "…"
        yield (
            f"  {name:<{label}}  {gate.n:>7,}  {_number(gate.se):>8}  {_power(gate):>6}"
            f"  {_count(gate.needed_n):>8}  {_number(gate.min_detectable):>10}  {_count(gate.tolerated_unscored):>8}"
        )
    for gate in gates:
        yield from _said(gate)
    yield from _left_open(gates)


def _said(gate: GatePlan) -> Iterator[str]:
    """What stands below the table for one gate."""
    if gate.needed_value is not None:
        yield from _wrapped(f"{gate.gate}: the true value would have to be {gate.needed_value:.4g} to pass as wanted.")
    if gate.note and not gate.cannot_pass:
        yield from _wrapped(f"{gate.gate}: {gate.note}")


def _left_open(gates: Sequence[GatePlan]) -> Iterator[str]:
    """What the baseline could not be scored on is likely to be unscored again: said once for all gates."""
    most = max((gate.unscored for gate in gates), default=0)
    if not most:
        return
    cases = "1 case" if most == 1 else f"up to {most:,} cases"
    said = f"The baseline left {cases} unscored, not counted here."
    hurt = [
        gate.gate for gate in gates if gate.tolerated_unscored is not None and gate.unscored > gate.tolerated_unscored
    ]
    if hurt:
        who = f"{hurt[0]!r} passes" if len(hurt) == 1 else f"{hurt[0]!r} and {len(hurt) - 1} more pass"
        said += f" With as many in the run {who} less than half of the time: score them, or retry (--retry-failed)."
    yield from _wrapped(said)


def _hurt(gate: GatePlan) -> bool:
    """Whether a gate that would mostly pass would not with as many cases unscored as the baseline had."""
    most = gate.tolerated_unscored
    return (gate.power or 0.0) >= 0.5 and most is not None and gate.unscored > most


def _together(plan: Plan) -> Iterator[str]:
    found = plan.found
    if found.joint_power is None:
        return
    yield ""
    alone = "" if found.joint_power_independent is None else f" ({found.joint_power_independent:.0%} if independent)"
    yield f"  all gates together, nothing changed: {found.joint_power:.0%}{alone}"
    for premise in dict.fromkeys(gate.assumption for gate in found.gates if gate.assumption):
        yield from _wrapped(premise)
    if found.discordance:
        row = "   ".join(f"{one['discordance']:.0%}: {one['joint_power']:.0%}" for one in found.discordance)
        yield f"  joint power by discordance:  {row}"


def _wrapped(sentence: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(printable(sentence), _WIDTH, initial_indent="  ", subsequent_indent=indent)


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.3g}"


def _share(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.0%}"


def _power(gate: GatePlan) -> str:
    return "cannot" if gate.cannot_pass else _share(gate.power)


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _money(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,.2f} USD" if value == 0 or value >= 0.01 else f"{value:.2g} USD"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return _UNKNOWN
    if seconds < 1:
        return "under a second" if seconds > 0 else "0 s"
    if seconds < 120:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 7200 else f"about {seconds / 3600:.1f} h"
