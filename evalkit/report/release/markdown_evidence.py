"""What is known of a release beside its record, as Markdown: a part a kind of evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import (
    AB,
    Approval,
    Limits,
    Lineage,
    Measured,
    Monitor,
    Move,
    Registry,
    Rollout,
    Series,
    Shadow,
    Validation,
)
from evalkit.core.nouns import Outcome
from evalkit.report import numbers, sentences
from evalkit.report.inert import code, escape, table
from evalkit.report.release import approvals as signatures
from evalkit.report.release import told
from evalkit.report.release.told import estimate_of, evidence_of, short
from evalkit.report.text import count, plural

__all__ = ["approvals", "bullets", "evidence", "limits", "lineage"]

_MOST = 30


def evidence(dossier: Dossier) -> Iterator[str]:
    """Validation, registry, shadow, A/B, rollout and monitor, each where there is any."""
    yield from chain.from_iterable(map(_validation, evidence_of(dossier, Validation)))
    yield from lineage(dossier)
    yield from chain.from_iterable(map(_registry, evidence_of(dossier, Registry)))
    yield from chain.from_iterable(map(_shadow, evidence_of(dossier, Shadow)))
    yield from chain.from_iterable(map(_ab, evidence_of(dossier, AB)))
    yield from chain.from_iterable(map(_rollout, evidence_of(dossier, Rollout)))
    yield from chain.from_iterable(map(_monitor, evidence_of(dossier, Monitor)))


def bullets(lines: Iterable[str]) -> str:
    """A list; the lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def _when(at: str | None) -> str:
    """A time, or whatever text its makers put in its place."""
    return escape(told.when(at))


def _between(since: str | None, until: str | None) -> str:
    return escape(told.between(since, until))


def _outcome(outcome: Outcome | None) -> str:
    if outcome is None:
        return "recorded"
    word = sentences.word(outcome)
    return f"{word.mark} {word.text}"


def _validation(one: Validation) -> Iterator[str]:
    yield f"## Data validation: {escape(one.dataset)}"
    apart = f", {count(one.quarantined)} set apart" if one.quarantined else ""
    yield f"{_outcome(one.outcome)}: {plural(one.rows, 'row')}{apart}, checked {_when(one.created)}. " + _digests(
        [("data", one.data), ("contract", one.contract)]
    )
    rows = [
        [_outcome(c.outcome), escape(c.column or "the table"), escape(c.rule), _n(c.n), count(c.failing)]
        for c in sorted(one.checks, key=lambda c: ("fail", "inconclusive", "pass").index(c.outcome))[:_MOST]
    ]
    if rows:
        yield table(["Outcome", "Column", "Rule", "Rows", "Break it"], rows, frozenset({3, 4}))
    yield from _left(len(one.checks), "check")


def _digests(found: list[tuple[str, str | None]]) -> str:
    said = [f"{name} {code(short(digest))}" for name, digest in found if digest]
    return f"Digests: {', '.join(said)}." if said else ""


def _left(n: int, noun: str) -> Iterator[str]:
    if n > _MOST:
        yield f"{plural(n - _MOST, f'more {noun}')} in the HTML report."


def _n(n: int | None) -> str:
    return "–" if n is None else count(n)


def lineage(dossier: Dossier) -> Iterator[str]:
    """From raw data to the model: what was made from what."""
    for one in evidence_of(dossier, Lineage):
        yield "## Lineage"
        names = {node.id: node.name for node in one.nodes}
        made = {node.id: [edge for edge in one.edges if edge.made == node.id] for node in one.nodes}
        rows = []
        for node in one.nodes[:_MOST]:
            parents = ", ".join(escape(names.get(edge.of, edge.of)) for edge in made[node.id])
            by = ", ".join(dict.fromkeys(escape(edge.by) for edge in made[node.id] if edge.by))
            rows.append([node.kind, escape(node.name), parents, by, code(short(node.digest)), escape(node.note)])
        if rows:
            yield table(["Kind", "Name", "Made from", "By", "Digest", "Note"], rows)
        yield from _left(len(one.nodes), "node")


def _registry(one: Registry) -> Iterator[str]:
    yield "## Registry"
    alias = f", known as {', '.join(map(escape, one.aliases))}" if one.aliases else ""
    yield f"{escape(one.model)}, version {escape(one.version)}{alias}. " + _digests([("artifact", one.artifact)])
    rows = [[_when(m.at), *map(escape, _move(m))] for m in one.moves[-_MOST:]]
    if rows:
        yield table(["When", "What", "Alias", "From", "To", "Who", "Note"], rows)
    yield from _left(len(one.moves), "move")


def _move(m: Move) -> list[str]:
    return [m.what, m.alias or "", m.before or "", m.after or "", m.who, m.note]


def _shadow(one: Shadow) -> Iterator[str]:
    yield "## Shadow"
    span = _between(one.since, one.until)
    yield (
        f"{_outcome(one.outcome)}: {escape(one.challenger)} beside {escape(one.champion)} {span}: "
        f"{plural(one.n, 'request')} that both answered, {count(one.failed)} that it failed to answer, "
        f"{count(one.dropped)} that it was not asked."
    )
    yield from _measured(one.measured, "Challenger − champion")


def _ab(one: AB) -> Iterator[str]:
    yield "## A/B test"
    yield f"{_outcome(one.outcome)}: against {escape(one.control)}, {_between(one.since, one.until)}".rstrip(", ") + "."
    rows = [
        [escape(name), count(n), f"{one.split[name]:g}" if name in one.split else "–"] for name, n in one.units.items()
    ]
    if rows:
        yield table(["Variant", "Units", "Share meant"], rows, frozenset({1, 2}))
    if one.srm_ok is False:
        p = escape(numbers.p_is(one.srm_p))
        yield f"**The split is not the one that was meant ({p}): nothing can be said of the difference.**"
    yield from _measured(one.measured, "Treatment − control")


def _rollout(one: Rollout) -> Iterator[str]:
    yield "## Rollout"
    yield f"{_outcome(one.outcome)}: {one.strategy}."
    rows = [
        [_when(s.at), escape(s.state), "–" if s.weight is None else f"{100 * s.weight:g} %", _n(s.n), escape(s.said)]
        for s in one.stages[-_MOST:]
    ]
    if rows:
        yield table(["When", "State", "Traffic", "Requests", "Why"], rows, frozenset({2, 3}))
    yield from _left(len(one.stages), "stage")
    yield from _measured(one.measured, "Candidate − champion")


def _measured(found: list[Measured], what: str) -> Iterator[str]:
    rows = []
    for one in found[:_MOST]:
        held = estimate_of(one)
        p = one.p if one.e_value is None else None
        said = f"e = {one.e_value:.3g}" if one.e_value is not None else escape(numbers.p_value(p))
        span = escape(numbers.interval(held)) or "none"
        name = escape(f"{one.metric} {one.variant}".strip())
        rows.append([name, numbers.point(held, signed=True), span, count(held.n), said, escape(one.said)])
    if rows:
        yield table(
            [f"Metric ({what})", "Difference", "Interval", "n", "Evidence", "In a word"], rows, frozenset({1, 2, 3, 4})
        )


def _monitor(one: Monitor) -> Iterator[str]:
    yield "## In use"
    yield f"{_outcome(one.outcome)}: {plural(one.n, 'request')} {_between(one.since, one.until)}".rstrip() + "."
    if one.said:
        yield bullets(escape(said) for said in one.said[:_MOST])
    rows = [_series(series) for series in one.series[:_MOST]]
    if rows:
        yield table(["Metric", "Last", "Interval", "n", "Looks", "Alarms"], rows, frozenset({1, 2, 3, 4}))
    drift = [
        [escape(c.name), c.outcome.replace("_", " "), _effect(c.effect), escape(numbers.p_value(c.p_holm))]
        for c in one.drift[:_MOST]
    ]
    if drift:
        yield table(["Column", "Drift", "Effect", "p (Holm)"], drift, frozenset({2, 3}))
    yield from _left(len(one.drift), "column")


def _effect(size: float | None) -> str:
    return "–" if size is None else f"{size:.3f}"


def _series(series: Series) -> list[str]:
    name = escape(f"{series.metric} {series.variant}".strip())
    alarms = ", ".join(_when(at) for at in series.alarms[:3]) or "none"
    if not series.moments:
        return [name, "–", "none", "0", "0", alarms]
    held = estimate_of(series.moments[-1], series)
    span = escape(numbers.interval(held)) or "none"
    return [name, numbers.point(held), span, count(held.n), count(len(series.moments)), alarms]


def limits(dossier: Dossier) -> list[str]:
    """What the release is not for, as its makers say."""
    return [escape(said) for one in evidence_of(dossier, Limits) for said in one.sentences]


def approvals(dossier: Dossier) -> Iterator[str]:
    """Who signed which record when; one of another record is told apart."""
    found = evidence_of(dossier, Approval)
    if not found:
        yield "Nobody has approved this record yet."
        return
    yield f"**{escape(signatures.state(dossier).said)}**"
    ours = dossier.release.record_digest if dossier.release else dossier.record.digest
    rows = [
        [
            _when(one.created),
            "✓ Approved" if one.approved else "✗ Rejected",
            escape(one.who),
            escape(one.role),
            _signed(one, ours, signatures.stands(one, dossier)),
            escape(one.note),
        ]
        for one in found
    ]
    yield table(["When", "What", "Who", "Role", "Of", "Note"], rows)


def _signed(one: Approval, ours: str, stands: bool) -> str:
    """Of which record a signature is, and whether it still counts."""
    if one.record != ours:
        return f"**another record** ({code(short(one.record))})"
    return "this record" if stands else "this record, **withdrawn** by a later word of the same person"
