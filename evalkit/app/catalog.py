"""Name -> class: the one place that knows concrete classes. Plugins enter through entry points or import paths."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from evalkit.app.models import is_model_path, load_model
from evalkit.app.user_code import load_user, source_digest
from evalkit.core.errors import InputError
from evalkit.core.nouns import MetricSpec, Suite
from evalkit.core.protocols import Metric
from evalkit.metrics.builtin import BUILTIN

PREDICTORS = {
    "recorded": "evalkit.predictors.recorded:Recorded",
    "python": "evalkit.predictors.python:PythonPredictor",
    "command": "evalkit.predictors.command:CommandPredictor",
    "http": "evalkit.predictors.http:HttpPredictor",
    "openai": "evalkit.predictors.openai.predictor:OpenAIPredictor",
    "fake": "evalkit.predictors.fake:FakePredictor",
    "model": "evalkit.app.pipeline.models.predictor:ModelPredictor",
}


JUDGES = {
    "baseline": "evalkit.judges.baselines:BaselineJudge",
    "cascade": "evalkit.judges.cascade:Cascade",
    "fake": "evalkit.judges.fake:FakeJudge",
    "human": "evalkit.app.human_labels:People",
    "openai": "evalkit.judges.model:ModelJudge",
    "panel": "evalkit.judges.panel:Panel",
    "python": "evalkit.app.judge_code:PythonJudge",
    "recorded": "evalkit.judges.recorded:RecordedJudge",
}
"""Kinds of judges: a class with `from_spec(rest, options, base)`. Of a panel or a cascade ({panel: [a, b]}) `rest` is a
mapping of its members' names to the judges that they are."""

MODEL_JUDGES = frozenset({"openai"})
"""Kinds that read by a rubric, and have a default one where a metric names none."""


def load(path: str) -> Any:
    """The object at `package.module:name`.

    Raises:
        InputError: no such module or name.
    """
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{path!r} cannot be imported: {error}") from error


def names(group: str, builtin: Mapping[str, str]) -> dict[str, str]:
    """Every known name of a kind: built-ins, then installed plugins (which cannot replace a built-in)."""
    return {**_installed(group, *sys.path), **builtin}


@functools.cache
def _installed(group: str, *path: str) -> dict[str, str]:
    """Installed plugins, looked up once: a session of evals asks hundreds of times. `path` is where they are found."""
    return {entry.name: entry.value for entry in metadata.entry_points(group=group)}


def metric_parameters(name: str, base: Path) -> frozenset[str] | None:
    """The parameters that a metric takes in a suite file; None when there is no such metric.

    Raises:
        InputError: an import path that cannot be imported.
    """
    factory = _metric_factory(name, base)
    if factory is None:
        return None
    return frozenset(f.name for f in dataclasses.fields(factory) if f.init and not f.name.startswith("_"))


def metric_names() -> list[str]:
    """Every metric that a suite file may name."""
    return sorted(names("evalkit.metrics", BUILTIN))


def metric_schemas() -> dict[str, dict[str, Any]]:
    """Each metric's parameters as a JSON Schema, for editors."""
    return {name: _parameter_schema(load(path)) for name, path in names("evalkit.metrics", BUILTIN).items()}


def _parameter_schema(factory: Any) -> dict[str, Any]:
    hints = get_type_hints(factory)
    fields = [f for f in dataclasses.fields(factory) if f.init and not f.name.startswith("_")]
    return {
        "type": "object",
        "description": (factory.__doc__ or "").strip().splitlines()[0],
        "properties": {f.name: TypeAdapter(hints[f.name]).json_schema() for f in fields},
        "required": [f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING],
    }


def make_metrics(suite: Suite, base: Path) -> dict[str, tuple[MetricSpec, Metric]]:
    """Build every metric of a suite; what a parameter refers to (a schema file) is read and enters the digest.

    Raises:
        InputError: an unknown metric, or a parameter that it refuses.
    """
    found = {}
    for spec in suite.metrics:
        factory = metric_class(spec.name, base)
        params = resolved(spec.params, base)
        source = {"source": source_digest(spec.name, base)} if ":" in spec.name else {}
        if is_model_path(model := spec.params.get("schema")):
            source |= {"schema": model, "schema_source": source_digest(model, base)}
        metric = _with_asked(make_metric(spec.name, factory, params), spec.id, suite)
        if getattr(factory, "rubric_kind", None) is not None:
            from evalkit.app.graders import read_by

            metric, digest = read_by(metric, spec, suite, base)
            source |= digest
        found[spec.id] = (spec.model_copy(update={"params": {**params, **source}}), metric)
    return found


def _with_asked(metric: Metric, metric_id: str, suite: Suite) -> Metric:
    """The metric with the views that gates name, where it makes views on request only (`asked_for`)."""
    start = f"{metric_id}."
    ids = {spec.id for spec in suite.metrics}
    names = [g.metric.removeprefix(start) for g in suite.gates if g.metric.startswith(start) and g.metric not in ids]
    if not names or not hasattr(metric, "asked_for"):
        return metric
    found: Metric = metric.asked_for(names)
    return found


def metric_class(name: str, base: Path) -> Any:
    """The class of a metric, by its name or import path.

    Raises:
        InputError: there is none.
    """
    factory = _metric_factory(name, base)
    if factory is None:
        raise InputError(f"there is no metric {name!r}", remedy=_nearest(name))
    return factory


def make_metric(name: str, factory: Any, params: Mapping[str, Any]) -> Metric:
    """A metric with its parameters.

    Raises:
        InputError: a parameter is missing, unknown or refused.
    """
    try:
        metric: Metric = factory(**params)
    except TypeError as error:
        raise InputError(f"metric {name!r} cannot be built: {error}") from error
    return metric


def resolved(params: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Parameters in which what is named (a schema file) stands itself.

    Raises:
        InputError: the file cannot be read, or is no JSON.
    """
    return {key: _resolved(key, value, base) for key, value in params.items()}


def _nearest(name: str) -> str:
    known = metric_names()
    close = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(known)}; or give an import path like my_module:my_metric."


def _resolved(key: str, value: Any, base: Path) -> Any:
    """A `schema` (or model), a `setup` script or a `database` given as a path is read: its content is what counts."""
    if key in ("database", "setup"):
        from evalkit.metrics.sql.sources import database_files, setup_scripts

        return database_files(value, base) if key == "database" else setup_scripts(value, base)
    if key not in ("schema", "tools") or not isinstance(value, str):
        return value
    if key == "schema" and is_model_path(value):
        return load_model(value, base)
    import json

    path = base / value
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the {key} file {value!r} cannot be read: {error.strerror}", str(path)) from error
    except ValueError as error:
        raise InputError(f"the {key} file {value!r} is not JSON: {error}", str(path)) from error


def _metric_factory(name: str, base: Path) -> Any | None:
    if ":" in name:
        found = load_user(name, base)
        return getattr(found, "metric_class", found)
    path = names("evalkit.metrics", BUILTIN).get(name)
    return None if path is None else load(path)
