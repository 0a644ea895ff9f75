"""From raw data to the record: the lineage that others attached, joined to what the record knows of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Lineage
from evalkit.core.evidence import Node as Known
from evalkit.core.nouns import Record
from evalkit.report.charts.graph import Edge, Graph, Node
from evalkit.report.charts.spec import Table
from evalkit.report.charts.theme import Tone
from evalkit.report.figures import draw
from evalkit.report.findings import Findings
from evalkit.report.release.told import evidence_of, short
from evalkit.report.text import clip, listing, plural

__all__ = ["build"]

_MOST = 60
_TONES: dict[str, Tone] = {"model": "candidate", "run": "pass", "judge": "third", "system": "candidate"}


class _Thing(NamedTuple):
    """A node before it is drawn."""

    ident: str
    name: str
    kind: str
    digest: str | None
    note: str = ""


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """The graph, and the same as a table with whole digests."""
    found = evidence_of(dossier, Lineage)
    own, own_edges = _own(dossier.record, findings)
    others, edges = _given(found[-1:], own)
    left = len(others) - _MOST
    things = [*others[:_MOST], *own]
    known = {t.ident for t in things}
    kept = [e for e in [*edges, *own_edges] if e.source in known and e.target in known]
    graph = Graph(
        _title([t for t in others if t.ident not in {e.target for e in kept}], things),
        tuple(_node(t) for t in things),
        tuple(kept),
        about="Boxes are things with their digests, lines lead from what something was made of to what was made.",
    )
    names = _names(things)
    rows = [[t.name, t.kind, t.digest or "no digest", t.note or "–", _from(kept, t.ident, names)] for t in things]
    return {
        "figure": draw(graph, "lineage"),
        "table": Table(["Thing", "Kind", "Digest", "Note", "Made from"], rows),
        "given": bool(found),
        "left": plural(left, "more node") if left > 0 else "",
        "said": listing([clip(one.made_by, 120) for one in found if one.made_by]),
    }


def _title(first: list[_Thing], things: list[_Thing]) -> str:
    sources = [t.name for t in first if t.kind in ("source", "raw", "dataset")]
    if first:
        return f"From {listing(sources)} to this record" if sources else "From data to this record"
    return f"What the record itself knows: {plural(len(things), 'thing')}"


def _node(thing: _Thing) -> Node:
    sub = short(thing.digest)[:8] if thing.digest else clip(thing.note, 20)
    words = f"{thing.kind} {thing.name}, digest {thing.digest or 'not known'}{f', {thing.note}' if thing.note else ''}"
    return Node(thing.ident, thing.name, thing.kind, sub, _TONES.get(thing.kind, "baseline"), words)


def _from(edges: list[Edge], ident: str, names: dict[str, str]) -> str:
    made = [names[e.source] + (f" ({e.words})" if e.words else "") for e in edges if e.target == ident]
    return ", ".join(made) or "–"


def _names(things: list[_Thing]) -> dict[str, str]:
    """By what a thing is called beside others: its name, with the beginning of its digest where several have it."""
    often = Counter(t.name for t in things)
    return {t.ident: f"{t.name} {short(t.digest)[:8]}" if often[t.name] > 1 and t.digest else t.name for t in things}


def _own(record: Record, findings: Findings) -> tuple[list[_Thing], list[Edge]]:
    """Suite, cases, scoring, judges, systems, answers and the run."""
    things = [
        _Thing(
            "own:suite", clip(record.suite.name, 60), "suite", record.digests.policy, f"version {record.suite.version}"
        ),
        _Thing("own:cases", plural(record.n_cases, "case"), "cases", record.digests.cases),
        _Thing(
            "own:scoring",
            plural(len([m for m in record.metrics if m.of is None]), "metric"),
            "scoring",
            record.digests.scoring,
        ),
    ]
    edges = [Edge("own:cases", "own:run", "asked"), Edge("own:scoring", "own:run", "scored")]
    edges.append(Edge("own:suite", "own:scoring"))
    for i, variant in enumerate(findings.systems):
        name = clip(variant.name, 60)
        things.append(_Thing(f"own:system{i}", name, "system", variant.digest, variant.role))
        things.append(
            _Thing(
                f"own:answers{i}",
                f"answers of {name}",
                "answers",
                variant.answers,
                plural(variant.n_predictions, "answer"),
            )
        )
        edges += [Edge(f"own:system{i}", f"own:answers{i}"), Edge(f"own:answers{i}", "own:run")]
        edges.append(Edge("own:cases", f"own:answers{i}"))
    for judge, edge in _judges(record):
        things.append(judge)
        edges.append(edge)
    things.append(_Thing("own:run", record.run_id, "run", record.digest, record.outcome))
    return things, edges


def _judges(record: Record) -> Iterator[tuple[_Thing, Edge]]:
    seen: set[str] = set()
    for info in record.judges:
        if info.judge not in seen:
            seen.add(info.judge)
            held = record.certificates.get(info.judge)
            note = f"certificate {held.digest[:12]}" if held else "no certificate"
            thing = _Thing(f"own:judge{len(seen)}", clip(info.name or info.metric, 60), "judge", info.judge, note)
            yield thing, Edge(thing.ident, "own:run", "judged")
            if held is not None and held.rubric is not None:
                name = clip(held.rubric_id or "rubric", 60)
                rubric = _Thing(f"own:rubric{len(seen)}", name, "rubric", held.rubric)
                yield rubric, Edge(rubric.ident, thing.ident, "read by")


def _given(found: list[Lineage], own: list[_Thing]) -> tuple[list[_Thing], list[Edge]]:
    """The nodes of the evidence; one with the digest of a thing of the record is that thing."""
    things: list[_Thing] = []
    edges: list[Edge] = []
    for one in found:
        same = {node.id: _place(node, own) for node in one.nodes}
        for node in one.nodes:
            if same[node.id] == f"given:{node.id}":
                note = clip(node.note, 80)
                things.append(_Thing(same[node.id], clip(node.name, 80), node.kind, node.digest, note))
        edges += [Edge(same[e.of], same[e.made], clip(e.by, 80)) for e in one.edges if e.of in same and e.made in same]
        edges += _joined(one, same)
    return things, [e for e in dict.fromkeys(edges) if e.source != e.target]


def _place(node: Known, own: list[_Thing]) -> str:
    by_digest = {t.digest: t.ident for t in own if t.digest}
    if node.digest in by_digest:
        return by_digest[node.digest]
    if node.kind == "run" and node.name == own[-1].name:
        return own[-1].ident
    return f"given:{node.id}"


def _joined(found: Lineage, same: dict[str, str]) -> Iterator[Edge]:
    """A model that nothing is made of and that is no thing of the record is what the candidate runs."""
    ended = {e.of for e in found.edges}
    for node in found.nodes:
        if node.kind == "model" and node.id not in ended and same[node.id].startswith("given:"):
            yield Edge(same[node.id], "own:system0", "evaluated as")
