"""A pipeline as text, as Mermaid (GitHub shows it) and as DOT (Graphviz)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from evalkit.pipeline.stages.graph import order
from evalkit.pipeline.stages.nouns import Pipeline, Source

__all__ = ["Arrow", "arrows", "as_dot", "as_json", "as_mermaid", "as_text"]


class Arrow(NamedTuple):
    """What a stage takes: from a stage, or from outside."""

    source: str  # stage, or what comes from outside
    target: str  # stage
    output: str  # of the source stage; empty from outside
    input: str  # name at the target


def arrows(pipeline: Pipeline) -> list[Arrow]:
    """All inputs of all stages, in the order in which they run."""
    return [
        Arrow(source.stage or _outside(source), name, source.output if source.stage else "", key)
        for name in order(pipeline)
        for key, source in pipeline.stages[name].inputs.items()
    ]


def _outside(source: Source) -> str:
    return f"dataset:{source.ref}" if source.kind == "dataset" else source.ref


def as_json(pipeline: Pipeline) -> dict[str, object]:
    """`{pipeline, order, stages, edges}`."""
    return {
        "pipeline": pipeline.name,
        "order": order(pipeline),
        "stages": {name: stage.model_dump(mode="json", exclude={"name"}) for name, stage in pipeline.stages.items()},
        "edges": [arrow._asdict() for arrow in arrows(pipeline)],
    }


def as_text(pipeline: Pipeline) -> str:
    """A paragraph a stage, in order: what it takes and what it gives."""
    return "\n".join(_told(pipeline))


def _told(pipeline: Pipeline) -> Iterator[str]:
    for place, name in enumerate(order(pipeline), 1):
        stage = pipeline.stages[name]
        yield f"{place}. {name}  ({stage.uses})"
        for key, source in stage.inputs.items():
            yield f"     <- {key}: {source.ref if source.stage else _outside(source)}"
        for key, output in stage.outputs.items():
            yield f"     -> {key}: {output.kind}{f' {output.name}' if output.name else ''}"


def as_mermaid(pipeline: Pipeline) -> str:
    """A flowchart; names of people stand in quotes, so that none of them is syntax."""
    ids = _ids(pipeline)
    lines = ["flowchart LR"]
    lines += [
        f'  {ids[name]}["{_entity(name)}"]' if name in pipeline.stages else f'  {ids[name]}[("{_entity(name)}")]'
        for name in ids
    ]
    for a in arrows(pipeline):
        words = f'|"{_entity(a.output)}"|' if a.output else ""
        lines.append(f"  {ids[a.source]} -->{words} {ids[a.target]}")
    return "\n".join(lines)


def as_dot(pipeline: Pipeline) -> str:
    """A digraph of Graphviz."""
    ids = _ids(pipeline)
    lines = [f"digraph {_quoted(pipeline.name)} {{", "  rankdir=LR;"]
    lines += [
        f"  {ids[name]} [label={_quoted(name)}, shape={'box' if name in pipeline.stages else 'cylinder'}];"
        for name in ids
    ]
    lines += [f"  {ids[a.source]} -> {ids[a.target]} [label={_quoted(a.output)}];" for a in arrows(pipeline)]
    return "\n".join([*lines, "}"])


def _ids(pipeline: Pipeline) -> dict[str, str]:
    names = [*order(pipeline), *(a.source for a in arrows(pipeline))]
    return {name: f"n{place}" for place, name in enumerate(dict.fromkeys(names))}


def _entity(text: str) -> str:
    """Mermaid reads `#quot;` and the like within quotes; a bare quote would end them."""
    kept = (ch if ch.isprintable() else " " for ch in text)
    return "".join({'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;"}.get(ch, ch) for ch in kept)


def _quoted(text: str) -> str:
    return json.dumps("".join(ch if ch.isprintable() else " " for ch in text), ensure_ascii=False)
