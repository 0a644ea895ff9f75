"""The first screen, which is signed: verdict, conditions, three numbers against the last release, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import AB, Lineage, Monitor, Registry, Rollout, Shadow, Validation
from evalkit.core.nouns import Decision
from evalkit.report import numbers, sentences
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Series
from evalkit.report.document import Block
from evalkit.report.figures import Figure, axis_label, bounds_of, draw, mark
from evalkit.report.findings import Findings, slice_label
from evalkit.report.release import approvals, monitor, registry, rollout, trials, validation
from evalkit.report.release.conditions import conditions
from evalkit.report.release.since import Number, judged, number_of
from evalkit.report.release.told import badge_of, evidence_of, mark_of, release_of, when
from evalkit.report.sections import certificates
from evalkit.report.text import clip, listing, plural

__all__ = ["build", "contents"]

_KEY, _LOUD = 3, 6


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """All but the table of contents, which is made of the blocks."""
    told = conditions(dossier)
    loud = [c for c in told if c.loud]
    rows, absent = _evidence(dossier)
    return {
        "verdict": sentences.verdict(dossier.record),
        "loud": loud[:_LOUD],
        "others": len(told) - len(loud[:_LOUD]),
        "numbers": [_key(dossier, findings, d, i) for i, d in enumerate(_keys(dossier, findings))],
        "plain": [] if dossier.record.decisions else _plain(dossier, findings),
        "since": _since(dossier),
        "approvals": approvals.state(dossier),
        "evidence": rows,
        "absent": listing(absent, len(absent)),
    }


def contents(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """(anchor, numbered title) of every section."""
    return [(block.ident, block.title) for block in blocks]


def _since(dossier: Dossier) -> dict[str, Any]:
    release = release_of(dossier)
    last = release.previous
    changed = [c.what for c in release.changes if c.same is False]
    return {
        "found": release.found,
        "apart": release.apart if release.apart != release.found else "",
        "run": last.run_id if last else "",
        "at": when(last.created) if last else "",
        "changed": clip(listing(changed, 8), 300),
    }


def _keys(dossier: Dossier, findings: Findings) -> list[Decision]:
    """What the three numbers are of: gates that decided, then primary ones, guardrails, the others; a metric once."""
    record = dossier.record
    order = {"primary": 0, "guardrail": 1, "info": 2}
    deciders = sentences.decisive(record) if record.outcome != "pass" else []
    ranked = [*deciders, *sorted(record.decisions, key=lambda d: order[d.gate.role])]
    found: dict[tuple[str, str], Decision] = {}
    for decision in ranked:
        found.setdefault((decision.gate.metric, slice_label(decision.gate.slice)), decision)
    whole = [d for d in found.values() if not d.gate.slice]
    sliced = [d for d in found.values() if d.gate.slice]
    first = [d for d in sliced if d in deciders]
    return [*first[:1], *whole, *[d for d in sliced if d not in first[:1]]][:_KEY]


def _key(dossier: Dossier, findings: Findings, decision: Decision, i: int) -> dict[str, Any]:
    """One number: the value of the system now, then, and their difference; for a slice the gate's own estimate."""
    gate = decision.gate
    badge = {"outcome": decision.outcome, "word": sentences.word(decision.outcome)}
    common = {"badge": badge, "gate": sentences.gate_name(dossier.record, decision), "role": sentences.role(decision)}
    if gate.slice:
        held = decision.estimate
        signed = gate.versus is not None
        return {
            **common,
            "name": f"{gate.metric} where {slice_label(gate.slice)}",
            "value": numbers.point(held, signed=signed),
            "interval": numbers.interval(held) or held.reason or "no interval",
            "level": numbers.level(held.level),
            "direction": sentences.direction(held.better),
            "judged": judged(held),
            "then": "",
            "change": "",
            "gated": "",
            "shown": "change against the baseline of the run" if signed else "",
            "figure": None,
        }
    return {**common, **_overall(number_of(dossier, findings, gate.metric), decision, i)}


def _overall(number: Number, decision: Decision, i: int) -> dict[str, Any]:
    now, then, change = number.now or decision.estimate, number.then, number.change
    return {
        "name": number.metric,
        "value": numbers.point(now),
        "interval": numbers.interval(now) or now.reason or "no interval",
        "level": numbers.level(now.level),
        "direction": sentences.direction(now.better),
        "judged": judged(now),
        "then": f"{numbers.point(then)} {numbers.interval(then)} {judged(then)}".strip() if then else "",
        "change": f"{numbers.point(change, signed=True)} {numbers.interval(change)}".strip() if change else "",
        "shown": ", ".join(filter(None, [number.shown, judged(change)])) if change else "",
        "gated": _gated(decision) if change is None else "",
        "figure": _figure(number, decision, i),
    }


def _gated(decision: Decision) -> str:
    """The difference that the gate read: without a comparison with the last release nothing else shows it here."""
    held = decision.estimate
    return f"{numbers.point(held, signed=True)} {numbers.interval(held)}".strip() if decision.gate.versus else ""


def _figure(number: Number, decision: Decision, i: int) -> Figure | None:
    """Then and now on one axis, with the line of an absolute gate."""
    now, then = number.now, number.then
    if now is None or now.point is None:
        return None
    held = None if decision.gate.versus else decision
    value = decision.estimate if held is not None else now
    rows = [Row("now", (mark(value, 0, held),), numbers.point(value))]
    if then is not None and number.change is not None:  # on one axis only what may be compared
        rows.append(Row("then", (mark_of(then, 1),), numbers.point(then)))
    spec = Forest(
        f"{number.metric}: {_message(number)}",
        axis_label(number.metric, now.unit, now.better),
        tuple(rows),
        (Series("now", "candidate"), Series("then", "baseline", hollow=True))[: len(rows)],
        bounds=bounds_of(now),
        kind="When",
        about="Dots are values with their 95 % intervals; a dashed line is the gate's.",
    )
    return draw(spec, f"key-{i}", "small")


def _message(number: Number) -> str:
    change = number.change
    if change is None or change.point is None:
        return "now" if number.then is None else "then and now, not comparable"
    return f"{numbers.point(change, signed=True)} since, {number.shown}"


def _plain(dossier: Dossier, findings: Findings) -> list[dict[str, Any]]:
    """Without gates: the first metrics, as numbers without a verdict."""
    found = [number_of(dossier, findings, m.id) for m in findings.shown()][:_KEY]
    return [
        {
            "name": n.metric,
            "value": numbers.point(n.now),
            "interval": numbers.interval(n.now) or n.now.reason or "no interval",
            "level": numbers.level(n.now.level),
            "direction": sentences.direction(n.now.better),
            "judged": judged(n.now),
            "then": f"{numbers.point(n.then)} {numbers.interval(n.then)}".strip() if n.then else "",
            "change": f"{numbers.point(n.change, signed=True)} {numbers.interval(n.change)}".strip()
            if n.change
            else "",
            "shown": n.shown if n.change else "",
            "gated": "",
        }
        for n in found
        if n.now is not None
    ]


_KINDS: tuple[tuple[str, str, type, Any], ...] = (
    ("Data validation", "validation", Validation, validation.said),
    ("Registry", "registry", Registry, registry.said),
    ("Shadow run", "shadow", Shadow, trials.said_shadow),
    ("A/B test", "ab", AB, trials.said_ab),
    ("Rollout", "rollout", Rollout, rollout.said),
    ("Monitor", "monitor", Monitor, monitor.said),
)


def _evidence(dossier: Dossier) -> tuple[list[dict[str, Any]], list[str]]:
    """The checklist: what there is with its outcome, and the names of what there is none of."""
    record = dossier.record
    rows: list[dict[str, Any]] = [_gates(dossier)]
    none: list[str] = []
    judges = certificates.rows(record)
    if judges:
        may = sum(j["may"] == "may gate" for j in judges)
        outcome = "pass" if may == len(judges) else "inconclusive"
        rows.append(_row("Judges", "votes", outcome, f"{may} of {plural(len(judges), 'judge')} may vote"))
    for name, ident, kind, said in _KINDS:
        found: list[Any] = evidence_of(dossier, kind)
        if not found:
            none.append(name.lower() if name != "A/B test" else name)
            continue
        one = _telling(found)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        rows.append({"name": name, "ident": ident, "badge": badge_of(one.outcome), "said": said(one) + more})
    lineage = evidence_of(dossier, Lineage)
    if lineage:
        last = lineage[-1]
        rows.append(
            {
                "name": "Lineage",
                "ident": "lineage",
                "badge": badge_of(last.outcome),
                "said": plural(len(last.nodes), "thing"),
            }
        )
    else:
        none.append("lineage before the run")
    return rows, none


def _gates(dossier: Dossier) -> dict[str, Any]:
    gates = sentences.binding(dossier.record)
    passed = sum(d.outcome == "pass" for d in gates)
    said = f"{passed} of {plural(len(gates), 'gate')} passed" if gates else "no gate decides"
    return _row("Gates", "gates" if dossier.record.decisions else "conditions", dossier.record.outcome, said)


def _row(name: str, ident: str, outcome: Any, said: str) -> dict[str, Any]:
    return {"name": name, "ident": ident, "badge": {"outcome": outcome, "word": sentences.word(outcome)}, "said": said}


def _telling(found: Sequence[Any]) -> Any:
    """The newest of those with the worst verdict; the newest where none has a verdict of its own."""
    newest = list(reversed(found))
    verdicts = ("fail", "inconclusive", "pass")
    return next((one for verdict in verdicts for one in newest if one.outcome == verdict), newest[0])
