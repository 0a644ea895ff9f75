"""A self-test as lines for the terminal, and as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from evalkit.app.cli.console import printable
from evalkit.app.selftesting import Tested
from evalkit.engine.selftest_found import GateTest, Rate
from evalkit.report.charts.curve import Curves, Line, Point
from evalkit.report.charts.spec import Range, Series, Table
from evalkit.report.selftest import Chart, Page

_BARS = " ▁▂▃▄▅▆▇█"
_HEADER = ["", "false fail", "not passed", "fails at 80 % if worse by"]


def headline(tested: Tested) -> str:
    """The verdict of the self-test in one sentence."""
    found = tested.found
    if found.false_fail is None:
        return "False alarms cannot be estimated from these runs."
    share = _rate(found.false_fail)
    if tested.found.alarming:
        return f"Where nothing changed, some gate fails {share} of the time: more than the 5 % that it is meant to."
    return f"Where nothing changed, some gate fails {share} of the time; at most 5 % is meant."


def lines(tested: Tested) -> Iterator[str]:
    """Rates, then the power curves as bars."""
    found = tested.found
    groups = "" if tested.clusters is None else f" in {tested.clusters:,} groups"
    yield printable(
        f"{tested.suite}: {tested.cases:,} cases{groups}, {tested.design} {found.replicates:,} times ("
        f"{', '.join(tested.runs)})"
    )
    yield from textwrap.wrap(headline(tested), 100)
    if found.false_block is not None:
        yield f"A release is not passed {_rate(found.false_block)} of the time" + _own(tested)
    yield ""
    width = min(max(len(gate.gate) for gate in found.gates), 44)
    rates = f"{'false fail':>11}  {'inconclusive':>12}  {'pass':>6}  {'80 % from':>9}"
    yield f"  {'gate':<{width}}  {rates}  fails if worse by"
    for gate in found.gates:
        yield _row(gate, width)
    for gate in found.gates:
        if gate.reason:
            yield from textwrap.wrap(printable(f"{gate.gate}: {gate.reason}"), 100, subsequent_indent="  ")


def _own(tested: Tested) -> str:
    blocked = tested.found.blocked
    if tested.policy == "release" or blocked is None:
        return "."
    return f"; under the suite's policy {tested.policy} {blocked.share:.1%}."


def _row(gate: GateTest, width: int) -> str:
    name = printable(gate.gate)
    name = name if len(name) <= width else name[: width - 1] + "…"
    if gate.false_fail is None or gate.inconclusive is None or gate.passed is None:
        return f"  {name:<{width}}  {'unknown':>11}"
    bars = "".join(_BARS[round(p.fail.share * (len(_BARS) - 1))] for p in gate.curve)
    span = f"{gate.curve[0].drop:g} to {gate.curve[-1].drop:.3g}"
    return (
        f"  {name:<{width}}  {gate.false_fail.share:>11.1%}  {gate.inconclusive.share:>12.1%}  "
        f"{gate.passed.share:>6.1%}  {_detects(gate):>9}  |{bars}| {span}"
    )


def _detects(gate: GateTest) -> str:
    if gate.detects is not None:
        return f"{gate.detects:.3g}"
    return f"> {gate.curve[-1].drop:.3g}" if gate.curve else "unknown"


def _rate(rate: Rate) -> str:
    return f"{rate.share:.1%} ({rate.lo:.1%} to {rate.hi:.1%})"


def page_of(tested: Tested) -> Page:
    """What the HTML page shows."""
    found = tested.found
    rates = [
        [gate.gate, "unknown", "unknown", "unknown"]
        if gate.false_fail is None or gate.passed is None
        else [
            gate.gate,
            _rate(gate.false_fail),
            f"{1 - gate.passed.share:.1%}",
            _detects(gate),
        ]
        for gate in found.gates
    ]
    if found.false_fail is not None and found.false_block is not None:
        rates.append(["the release, all gates", _rate(found.false_fail), _rate(found.false_block), ""])
    facts = [f"{tested.cases:,} cases", f"{tested.design} {found.replicates:,} times", *tested.runs]
    said = [
        "The intervals in brackets are the error of the simulation, exact at 95 %.",
        *(f"{warning[:1].upper()}{warning[1:]}." for warning in (*tested.warnings, *found.warnings)),
    ]
    charts = [Chart(gate.gate, _curve(gate), gate.reason or "") for gate in found.gates]
    return Page(tested.suite, headline(tested), facts, said, Table(_HEADER, rates), charts)


def _curve(gate: GateTest) -> Curves | None:
    if not gate.curve:
        return None
    points = [
        Point(i, p.drop, rate.share, Range(rate.lo, rate.hi))
        for i, rates in enumerate(zip(*((p.fail, p.passed) for p in gate.curve), strict=True))
        for p, rate in zip(gate.curve, rates, strict=True)
    ]
    unit = f" ({gate.unit})" if gate.unit else ""
    return Curves(
        f"{gate.gate}: what it says of a true change for the worse",
        f"{gate.metric}: worse by{unit}",
        tuple(points),
        (Series("fails", "fail"), Series("passes", "pass", hollow=True)),
        across=(Line(0.05, "5 %"), Line(0.8, "80 %")),
        upright=() if not gate.margin else (Line(gate.margin, "margin"),),
        about="Shares of simulated runs in which the gate fails and passes, by the worsening that was put in.",
    )
