"""A pipeline, or the history of a thing, as a page: what `pipeline graph --html` and `lineage --html` write."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.app.pipeline.stages.history import Found
from evalkit.app.pipeline.stages.keys import Standing
from evalkit.core.digest import canonical_json
from evalkit.core.evidence import Edge as Made
from evalkit.core.evidence import Node as Known
from evalkit.pipeline.stages import draw
from evalkit.pipeline.stages.graph import order
from evalkit.pipeline.stages.nouns import Pipeline, Stage, Thing
from evalkit.report.charts.graph import Edge, Graph, Node
from evalkit.report.charts.spec import Table
from evalkit.report.charts.theme import Tone
from evalkit.report.graph_page import Listed, Page
from evalkit.report.text import clip, listing, plural, when

__all__ = ["lineage_page", "pipeline_page"]

_NAME, _LONG = 80, 600
_TONES: dict[str, Tone] = {"fresh": "pass", "failed": "fail", "stale": "inconclusive", "model": "candidate"}
_TONES |= {"run": "pass"}


def pipeline_page(pipeline: Pipeline, standings: Sequence[Standing], file: Path) -> Page:
    """What each stage takes and gives, and how it stands.

    Args:
        pipeline: the file.
        standings: of its stages, in order.
        file: its name, for the command that makes the page again.
    """
    states: Counter[str] = Counter(one.state for one in standings)
    headline = f"{plural(len(standings), 'stage')}: " + ", ".join(
        f"{states[state]} {word}" for state, word in _STATES.items() if states[state]
    )
    stages = pipeline.stages
    config = [[n, k, clip(canonical_json(v), _LONG)] for n in order(pipeline) for k, v in stages[n].config.items()]
    return Page(
        pipeline.name,
        headline,
        _graph(pipeline, standings),
        facts=[f"version {pipeline.version}"],
        sentences=[clip(pipeline.description, _LONG)] * bool(pipeline.description),
        again=shlex.join(["evalkit", "pipeline", "graph", "--html", "--file", clip(file.name, _NAME)]),
        tables=[
            Listed(
                "stages", "Stages", Table(_STAGE, [_row(one, stages[one.stage]) for one in standings]), _ORDER, _WORDS
            ),
            Listed("takes", "Inputs and outputs", Table(_FLOW, list(_flows(pipeline, standings))), _DIGESTS, _WORDS),
            Listed("config", "Config", Table(["Stage", "Name", "Value"], config), "", _WORDS),
        ],
    )


_STATES = {"fresh": "fresh", "stale": "stale", "failed": "failed", "never": "never ran"}
_ORDER = "In the order in which they run."
_DIGESTS = "Of digests the first twelve digits, as evalkit lineage takes them; what is printed as JSON has them whole."
_WORDS = ("What it is for", "Verdict", "Why", "Value", "From, or kept as", "Function", "Thing", "Note", "Made from")
_STAGE = ["Stage", "State", "Function", "What it is for", "Ran", "Seconds", "Verdict", "Why", "Key"]
_FLOW = ["Name", "Stage", "Takes or gives", "Kind", "From, or kept as", "Size", "Digest"]


def _graph(pipeline: Pipeline, standings: Sequence[Standing]) -> Graph:
    """Stages first: where there are too many boxes, things from outside are left out of the picture."""
    arrows = draw.arrows(pipeline)
    outside = dict.fromkeys(arrow.source for arrow in arrows if arrow.source not in pipeline.stages)
    boxes = [_box(one, pipeline.stages[one.stage]) for one in standings]
    boxes += [Node(f"from:{name}", clip(name, _NAME), "from outside") for name in outside]
    words: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        source = f"stage:{arrow.source}" if arrow.source in pipeline.stages else f"from:{arrow.source}"
        words.setdefault((source, f"stage:{arrow.target}"), []).append(arrow.output or arrow.input)
    edges = tuple(Edge(*pair, ", ".join(dict.fromkeys(names))) for pair, names in words.items())
    return Graph("What is made of what", tuple(boxes), edges, _ABOUT)


_ABOUT = "Boxes are stages with their state, and things from outside; lines lead to the stages that take them."


def _box(one: Standing, stage: Stage) -> Node:
    words = f"stage {one.stage}, {_STATES[one.state]}: {stage.uses}"
    return Node(f"stage:{one.stage}", one.stage, _STATES[one.state], "", _TONES.get(one.state, "baseline"), words)


def _row(one: Standing, stage: Stage) -> list[str]:
    past = one.past
    made = past.ran.made if past is not None and one.state == "fresh" else None
    verdict = f"{made.outcome}: {made.said}".rstrip(": ") if made is not None and made.outcome else ""
    return [
        one.stage,
        _STATES[one.state],
        stage.uses,
        clip(stage.description, _LONG),
        when(past.at) if past is not None else "",
        f"{past.ran.seconds:.1f}" if past is not None else "",
        clip(verdict, _LONG),
        clip("; ".join(_why(one)), _LONG),
        (one.key or "")[:12],
    ]


def _why(one: Standing) -> Iterator[str]:
    if one.failed is not None:
        yield f"failed: {one.failed.said}"
    if one.fault:
        yield one.fault
    yield from (change.said for change in one.why)
    if one.waits:
        yield f"after {listing(list(one.waits), 8)}"


def _flows(pipeline: Pipeline, standings: Sequence[Standing]) -> Iterator[list[str]]:
    """Inputs and outputs as declared; digests are of the last time that the stage ran."""
    for one in standings:
        stage, past = pipeline.stages[one.stage], one.past
        inputs = past.ran.parts.inputs if past is not None else {}
        outputs = past.ran.made.outputs if past is not None else {}
        for name, source in stage.inputs.items():
            yield [name, one.stage, "takes", source.kind, clip(source.ref, _LONG), *_content(inputs.get(name))]
        for name, spec in stage.outputs.items():
            yield [name, one.stage, "gives", spec.kind, clip(spec.name, _LONG), *_content(outputs.get(name))]


def _content(thing: Thing | None) -> list[str]:
    if thing is None:
        return ["", ""]
    size = plural(thing.rows, "row") if thing.rows is not None else plural(thing.size, "byte") if thing.size else ""
    return [size, (thing.record or thing.digest)[:12]]


def lineage_page(found: Found, asked: str) -> Page:
    """What a thing was made of, back to what came from outside."""
    names = {node.id: f"{node.kind} {clip(node.name, _NAME)}" for node in found.nodes}
    first = found.things[0]
    whole = "The chains that say so are whole." if not found.faults else "A chain that says so is broken."
    graph = Graph("What it was made of", _nodes(found.nodes), _edges(found.edges), _THINGS)
    rows = [[clip(n.name, _LONG), n.kind, clip(n.note, _LONG), _from(found.edges, n.id, names), (n.digest or "")[:12]]
            for n in found.nodes]  # fmt: skip
    return Page(
        f"Lineage of {first.kind} {clip(first.name, _NAME)}",
        f"{first.kind} {clip(first.name, _NAME)} comes of {plural(len(found.nodes) - len(found.things), 'thing')}",
        graph,
        facts=[(first.digest or "")[:12]],
        sentences=[whole, *(clip(fault, _LONG) for fault in found.faults)],
        again=shlex.join(["evalkit", "lineage", clip(asked, _NAME), "--html"]),
        tables=[Listed("things", "Things", Table(["Thing", "Kind", "Note", "Made from", "Digest"], rows), "", _WORDS)],
    )


_THINGS = "Boxes are things with their digests, lines lead from what something was made of to what was made."


def _nodes(nodes: Sequence[Known]) -> tuple[Node, ...]:
    return tuple(
        Node(n.id, clip(n.name, _NAME), n.kind, (n.digest or "")[:8], _TONES.get(n.kind, "baseline")) for n in nodes
    )


def _edges(edges: Sequence[Made]) -> tuple[Edge, ...]:
    return tuple(Edge(edge.of, edge.made, clip(edge.by, _NAME)) for edge in edges)


def _from(edges: Sequence[Made], made: str, names: dict[str, str]) -> str:
    return ", ".join(f"{names[e.of]}{f' ({e.by})' if e.by else ''}" for e in edges if e.made == made)
