"""The order of stages: what does not fit together, what comes before what, and the same as a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean, nearest
from evalkit.pipeline.stages.nouns import Pipeline, Stage

__all__ = ["Misfit", "after", "after_needs", "chosen", "circle", "dataset_name", "misfits", "order"]


class Misfit(NamedTuple):
    """What is wrong with a stage beside the others; `at` is the place within it."""

    stage: str
    at: KeyPath
    what: str
    remedy: str


def dataset_name(pipeline: str, stage: str, output: str, given: str = "") -> str:
    """What a dataset that a stage makes is called in the workspace."""
    return given or f"{pipeline}.{stage}.{output}"


def misfits(stages: Mapping[str, Stage]) -> list[Misfit]:
    """Inputs that no stage makes, outputs that two make, files read past their stage, a circle; [] where none."""
    found = [*_unmade(stages), *_made_twice(stages), *_read_past(stages)]
    if not found and (names := circle(stages)):
        path = " -> ".join([*names, names[0]])
        what = f"stages go in a circle: {path} (an arrow leads to a stage that is made of it)"
        found.append(Misfit(names[0], ("inputs",), what, "Take one of these inputs from elsewhere"))
    return found


def _unmade(stages: Mapping[str, Stage]) -> Iterator[Misfit]:
    for stage in stages.values():
        for name, source in stage.inputs.items():
            made = stages[source.stage].outputs if source.stage is not None else {}
            if source.stage is not None and source.output not in made:
                what = f"the stage {source.stage!r} has no output {source.output!r}"
                remedy = did_you_mean(source.output, made, f"outputs of {source.stage}")
                yield Misfit(stage.name, ("inputs", name), what, f"{remedy}. A file of that name is ./{source.ref}")


def _made_twice(stages: Mapping[str, Stage]) -> Iterator[Misfit]:
    seen: dict[tuple[str, str], str] = {}
    for stage in stages.values():
        for name, output in stage.outputs.items():
            place = (output.kind, str(PurePosixPath(output.name)) if output.kind == "file" else output.name)
            before = seen.setdefault(place, f"{stage.name}.{name}") if output.name else None
            if before is not None and before != f"{stage.name}.{name}":
                what = f"{before} and {stage.name}.{name} both write the {output.kind} {output.name!r:.120}"
                yield Misfit(stage.name, ("outputs", name), what, "Give each a name of its own")


def _read_past(stages: Mapping[str, Stage]) -> Iterator[Misfit]:
    """What one stage writes and another reads as if it came from outside would be read before it is written."""
    writes = {
        (o.kind, str(PurePosixPath(o.name))): f"{s.name}.{name}"
        for s in stages.values()
        for name, o in s.outputs.items()
        if o.name
    }
    for stage in stages.values():
        for name, source in stage.inputs.items():
            kind: Any = {"path": "file", "dataset": "dataset"}.get(source.kind, "")
            ref = source.ref.partition("@")[0] if kind == "dataset" else source.ref
            maker = writes.get((kind, str(PurePosixPath(ref)))) if "@" not in source.ref else None
            if maker is not None:
                what = f"{source.ref!r:.120} is what {maker} writes, and is read here as if it came from outside"
                yield Misfit(stage.name, ("inputs", name), what, f"Write {name}: {maker}")


def circle(stages: Mapping[str, Stage]) -> list[str]:
    """Stages that are made of one another, each before the one that takes its output; [] where there are none."""
    done: set[str] = set()
    for start in stages:
        trail: list[str] = []
        left: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            trail, left = [start], [(start, iter(stages[start].needs))]
        while left:
            name, rest = left[-1]
            needed = next(rest, None)
            if needed is None:
                done.add(name)
                trail.pop()
                left.pop()
            elif needed in trail:
                found = trail[trail.index(needed) :][::-1]
                first = min(range(len(found)), key=lambda place: list(stages).index(found[place]))
                return found[first:] + found[:first]
            elif needed not in done:
                trail.append(needed)
                left.append((needed, iter(stages[needed].needs)))
    return []


def after_needs(stages: Mapping[str, Stage], name: str, wanted: list[str]) -> bool:
    """Whether a stage that is to be run takes, over any number of steps, what `name` gives."""
    left, seen = list(wanted), set(wanted)
    while left:
        for need in stages[left.pop()].needs:
            if need == name:
                return True
            if need not in seen:
                seen.add(need)
                left.append(need)
    return False


def order(pipeline: Pipeline) -> list[str]:
    """All stages, each after what it needs; those that may go in any order stay in that of the file."""
    done: dict[str, None] = {}
    while len(done) < len(pipeline.stages):
        ready = (n for n, s in pipeline.stages.items() if n not in done and all(need in done for need in s.needs))
        done[next(ready)] = None  # there is one: circles were refused
    return list(done)


def after(pipeline: Pipeline, names: Iterable[str]) -> set[str]:
    """The stages that are made of these, however many steps away; without these."""
    found, grown = set(names), set(names)
    for name in order(pipeline):
        if found.intersection(pipeline.stages[name].needs):
            found.add(name)
    return found - grown


def chosen(pipeline: Pipeline, only: Iterable[str] = (), start: Iterable[str] = ()) -> list[str]:
    """The stages to run, in order: all; or `only` these; or these and what is made of them.

    Raises:
        InputError: there is no such stage.
    """
    only, start = list(only), list(start)
    for name in (*only, *start):
        if name not in pipeline.stages:
            close = nearest(name, pipeline.stages)
            raise InputError(
                f"the pipeline {pipeline.name} has no stage {name!r:.80}",
                remedy=f"Nearest: {close!r}. Stages: {', '.join(pipeline.stages)}"
                if close
                else f"Stages: {', '.join(pipeline.stages)}",
            )
    if not only and not start:
        return order(pipeline)
    wanted = {*only, *start, *after(pipeline, start)}
    return [name for name in order(pipeline) if name in wanted]
