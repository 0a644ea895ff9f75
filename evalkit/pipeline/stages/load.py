"""A pipeline file, as plain values with their lines, into a `Pipeline`: every fault is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.core.yaml12 import YamlDocument
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.suite_check import Problem, check, raise_all
from evalkit.engine.suite_check import Source as Lines
from evalkit.engine.suite_keys import Key, object_schema
from evalkit.pipeline.stages.graph import misfits
from evalkit.pipeline.stages.keys import KINDS, NAME, PIPELINE_KEYS, STAGE_KEYS
from evalkit.pipeline.stages.nouns import OutputSpec, Pipeline, Source, Stage

__all__ = ["pipeline_of"]

_NAME = re.compile(NAME)
_OUTPUT = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,63})\.([A-Za-z][A-Za-z0-9_-]{0,63})")
_DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_RULES = "Use letters, digits, '_' and '-', and begin with a letter"
_STAGE_NAME = {"name": Key("Name of the stage.", {"type": "string", "minLength": 1}, required=True)}


def pipeline_of(document: YamlDocument, where: str) -> Pipeline:
    """The pipeline that a document declares.

    Args:
        document: values and lines.
        where: the file's name, for sentences.

    Raises:
        InputError: all that is wrong, each with its line: unknown keys, names, inputs that nothing makes, circles.
    """
    lines, value = Lines(where, document.lines), document.value
    raise_all(_words(check(value, object_schema(PIPELINE_KEYS), ())), lines)
    given = dict(_named(value["stages"]))
    raise_all(_repeated(value["stages"]), lines)
    raise_all(
        _words([p for path, stage in given.values() for p in check(stage, object_schema(_keys(path)), path)]), lines
    )
    raise_all(_bad_names(value, given), lines)
    stages = {name: _stage(name, stage, given, value.get("seed", 0)) for name, (_, stage) in given.items()}
    paths = {name: path for name, (path, _) in given.items()}
    raise_all((Problem((*paths[m.stage], *m.at), m.what, m.remedy) for m in misfits(stages)), lines)
    return Pipeline(
        name=value["pipeline"],
        version=value.get("version", 1),
        description=value.get("description", ""),
        stages=stages,
    )


def _keys(path: KeyPath) -> Mapping[str, Key]:
    return {**_STAGE_NAME, **STAGE_KEYS} if isinstance(path[-1], int) else STAGE_KEYS


def _words(problems: list[Problem]) -> list[Problem]:
    return [Problem(p.path, p.what.replace("the suite", "the pipeline"), p.remedy) for p in problems]


def _named(stages: Any) -> Iterator[tuple[str, tuple[KeyPath, Any]]]:
    if isinstance(stages, dict):
        yield from ((name, (("stages", name), stage)) for name, stage in stages.items())
        return
    for place, stage in enumerate(stages):
        name = stage.get("name") if isinstance(stage, dict) else None
        yield name if isinstance(name, str) else f"stage {place + 1}", (("stages", place), stage)


def _repeated(stages: Any) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, (path, _) in _named(stages):
        if name in seen:
            yield Problem(path, f"two stages are called {name!r:.80}", "Give each a name of its own")
        seen.add(name)


def _bad_names(value: Any, given: Mapping[str, tuple[KeyPath, Any]]) -> Iterator[Problem]:
    if not _NAME.fullmatch(value["pipeline"]):
        yield Problem(("pipeline",), f"a pipeline cannot be called {value['pipeline']!r:.80}", _RULES)
    for name, (path, stage) in given.items():
        if not _NAME.fullmatch(name):
            yield Problem(path, f"a stage cannot be called {name!r:.80}", _RULES)
        if ":" not in stage["uses"] or not all(stage["uses"].rpartition(":")[::2]):
            remedy = "Write path/file.py:function, or package.module:function"
            yield Problem((*path, "uses"), f"{stage['uses']!r:.120} names no function", remedy)
        for part in ("inputs", "outputs"):
            for key in stage.get(part, {}):
                if not _NAME.fullmatch(key):
                    yield Problem((*path, part, key), f"an {part[:-1]} cannot be called {key!r:.80}", _RULES)
        for key, text in stage["outputs"].items():
            yield from _bad_kind(text, (*path, "outputs", key))


def _bad_kind(text: str, path: KeyPath) -> Iterator[Problem]:
    kind, colon, name = text.partition(":")
    if kind not in KINDS:
        yield Problem(path, f"{kind!r:.80} is no kind of output", did_you_mean(kind, KINDS, "kinds"))
    elif colon and kind == "dataset" and not _DATASET.fullmatch(name):
        yield Problem(path, f"{name!r:.80} cannot be the name of a dataset", "Use letters, digits, '.', '_' and '-'")
    elif colon and (kind not in ("dataset", "file") or not name):
        remedy = "Write dataset:NAME or file:PATH, or the kind alone"
        yield Problem(path, f"{text!r:.80} is no kind of output", remedy)


def _stage(name: str, given: Any, stages: Mapping[str, Any], seed: int) -> Stage:
    return Stage(
        name=name,
        uses=given["uses"],
        description=given.get("description", ""),
        inputs={key: _source(text, stages) for key, text in given.get("inputs", {}).items()},
        outputs={key: _output(text) for key, text in given["outputs"].items()},
        config=given.get("with", {}),
        seed=given.get("seed", seed),
        timeout=given.get("timeout"),
        version=given.get("version", 1),
    )


def _source(text: str, stages: Mapping[str, Any]) -> Source:
    """`dataset:REF`; STAGE.OUTPUT where there is such a stage; else a path."""
    if text.startswith("dataset:"):
        return Source(kind="dataset", ref=text.removeprefix("dataset:"))
    found = _OUTPUT.fullmatch(text)
    if found is not None and found[1] in stages:
        return Source(kind="output", ref=text)
    return Source(kind="path", ref=text.removeprefix("file:"))


def _output(text: str) -> OutputSpec:
    kind, _, name = text.partition(":")
    return OutputSpec(kind=kind, name=name)  # type: ignore[arg-type]
