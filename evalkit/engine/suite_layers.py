"""The metrics of a suite file: `layers: {task: [f1, {numeric: {field: minutes, abs: 10, as: within_10}}]}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from evalkit.core.errors import EvalkitError
from evalkit.core.nouns import MetricSpec
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.suite_check import Problem, Source, check, dotted, shown, unknown_key
from evalkit.engine.suite_gates import tags
from evalkit.engine.suite_keys import ENTRY_KEYS, object_schema

KnownMetrics = Callable[[str], frozenset[str] | None]
"""Metric name -> names of its parameters; None when there is no such metric. May raise EvalkitError with more."""

_SCHEMA = object_schema(ENTRY_KEYS)


class LayerReader:
    """Reads `layers`; what is wrong gathers in `problems`.

    Args:
        source: for the lines named inside a sentence.
        known: see `KnownMetrics`; None leaves names and parameters unchecked.
        names: names of all known metrics, for suggestions.
    """

    def __init__(self, source: Source, known: KnownMetrics | None, names: Iterable[str] = ()) -> None:
        self.source, self.known, self.names = source, known, sorted(names)
        self.problems: list[Problem] = []
        self.paths: dict[str, KeyPath] = {}  # metric id -> its entry

    def read(self, raw: Any) -> dict[str, list[MetricSpec]]:
        """Layer name -> metric specs, in the order of the file; what is no list or no metric is left out."""
        if not isinstance(raw, dict):
            return {}
        return {
            layer: [spec for i, entry in enumerate(entries) for spec in self._entry(entry, layer, ("layers", layer, i))]
            for layer, entries in raw.items()
            if isinstance(entries, list)
        }

    def _entry(self, entry: Any, layer: str, path: KeyPath) -> list[MetricSpec]:
        parts = self._name_and_params(entry, path)
        if parts is None:
            return []
        name, params, inner = parts
        own = {key: value for key, value in params.items() if key not in ENTRY_KEYS}
        common = {key: value for key, value in params.items() if key in ENTRY_KEYS}
        found = check(common, _SCHEMA, inner) + self._metric(name, own, inner)
        self.problems += found
        if any(problem.path[len(inner) :][:1] in (("as",), ("when",)) for problem in found):
            return []
        id_ = common.get("as") or name.rpartition(":")[2]
        if id_ in self.paths:
            first = self.source.at(self.paths[id_])
            what = f"two metrics have the id {id_!r}: this one and that of {first}"
            self.problems.append(Problem(path, what, "Give one of them another id with `as:`"))
            return []
        self.paths[id_] = path
        return [MetricSpec(id=id_, layer=layer, name=name, params=own, when=tags(common.get("when")))]

    def _name_and_params(self, entry: Any, path: KeyPath) -> tuple[str, dict[str, Any], KeyPath] | None:
        """The metric's name, its parameters and their path, of the two ways to write an entry."""
        if isinstance(entry, str) and entry.strip():
            return entry, {}, path
        if not isinstance(entry, dict) or len(entry) != 1:
            self.problems.append(_not_an_entry(entry, path))
            return None
        [(name, params)] = entry.items()
        if params is not None and not isinstance(params, dict):
            what = f"{dotted((*path, name))} is {shown(params)}; expected the metric's parameters"
            self.problems.append(Problem((*path, name), what, f"Write `{name}: {{parameter: value}}`"))
            return None
        return name, params or {}, (*path, name)

    def _metric(self, name: str, params: dict[str, Any], path: KeyPath) -> list[Problem]:
        if self.known is None:
            return []
        try:
            allowed = self.known(name)
        except EvalkitError as error:
            return [Problem(path, error.what, error.remedy)]
        if allowed is None:
            remedy = did_you_mean(name, self.names, "metrics") if self.names else "Check the name"
            return [Problem(path, f"unknown metric {shown(name, '')}", remedy)]
        return [unknown_key(key, allowed | ENTRY_KEYS.keys(), path) for key in params if key not in allowed]


def _not_an_entry(entry: Any, path: KeyPath) -> Problem:
    here = dotted(path)
    if isinstance(entry, dict) and len(entry) > 1:
        names = ", ".join(map(str, list(entry)[:5]))
        remedy = "Start each metric with `- `, and indent its parameters below its name"
        return Problem(path, f"{here} should be one metric, and has the keys {names}", remedy)
    what = f"{here} is {shown(entry) if entry != {} else 'an empty mapping'}; expected a metric"
    return Problem(path, what, "Write `- accuracy`, or `- accuracy: {field: name}`")
