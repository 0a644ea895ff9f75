"""Reads a suite file (or the same as a mapping) into the noun `Suite`; tells all that is wrong at once, with lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.nouns import Suite
from evalkit.core.protocols import JUDGE_LIMITS
from evalkit.engine.files import need_file
from evalkit.engine.nearest import listed
from evalkit.engine.plain import plain_values
from evalkit.engine.suite_against_cases import check_against_cases
from evalkit.engine.suite_check import Problem, Source, check, dotted, raise_all, shown
from evalkit.engine.suite_gates import read_gates
from evalkit.engine.suite_keys import SUITE_KEYS, object_schema
from evalkit.engine.suite_layers import KnownMetrics, LayerReader
from evalkit.engine.suite_loaded import LoadedSuite
from evalkit.engine.yaml12 import KeyPath, read_yaml

__all__ = [
    "KnownMetrics",
    "LoadedSuite",
    "check_against_cases",
    "find_suite",
    "policy_source",
    "read_suite",
    "scoring_source",
]

_NAMES = ("suite.yaml", "suite.yml")
_SCHEMA = object_schema(SUITE_KEYS)


def find_suite(path: Path) -> Path:
    """The suite file that `path` names: the file itself, or `suite.yaml` / `suite.yml` in the folder.

    Raises:
        InputError: there is none, or both.
    """
    if not path.is_dir():
        return need_file(path, "suite")
    found = [path / name for name in _NAMES if (path / name).is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError("the folder holds both suite.yaml and suite.yml", str(path), "Remove one, or name the file")
    others = sorted(entry.name for entry in path.iterdir() if entry.suffix in (".yaml", ".yml"))
    remedy = f"Name the file: {listed(others)}" if others else "Create it with `evalkit init`"
    raise InputError("the folder holds no suite.yaml", str(path), remedy)


def read_suite(
    path: Path | Mapping[str, Any],
    *,
    known_metrics: KnownMetrics | None = None,
    metric_names: Iterable[str] = (),
    base: Path | None = None,
) -> LoadedSuite:
    """Read a suite.

    Args:
        path: a suite file, a folder with a `suite.yaml`, or a mapping of the same keys.
        known_metrics: metric name -> its parameter names, None when unknown; None leaves metrics unchecked.
        metric_names: all metric names, for the suggestion when one is unknown.
        base: folder for the relative paths of a mapping (default: the current one).

    Raises:
        InputError: with every problem found, at most ten.
    """
    if isinstance(path, Mapping):
        raw, source, folder = plain_values(path), Source(None, {}), base or Path()
    else:
        file = find_suite(path)
        document = read_yaml(file)
        raw, source, folder = document.value, Source(str(file), document.lines), file.parent
    suite = _read(raw, source, LayerReader(source, known_metrics, metric_names))
    return LoadedSuite(suite, folder, raw, source.lines, source.file)


def scoring_source(suite: Suite, versions: Mapping[str, int]) -> dict[str, Any]:
    """All that can change a score, as plain JSON, for the digest `scoring`.

    Args:
        suite: the suite.
        versions: metric id -> version of its metric.
    """
    metrics = [
        {**spec.model_dump(mode="json", exclude={"layer"}), "version": versions[spec.id]} for spec in suite.metrics
    ]
    own = ("on_failure", "timeout", "max_output_bytes", "repeats", "seed", "judges", "rubrics")
    kept = suite.model_dump(mode="json", include=set(own))
    kept["judges"] = {name: _without_limits(given) for name, given in kept["judges"].items()}
    return {"metrics": sorted(metrics, key=lambda m: str(m["id"])), **kept}


def _without_limits(judge: Any) -> Any:
    """A judge as far as it can change a verdict: without limits of its calls, and without its certificate."""
    if isinstance(judge, Mapping) and isinstance(given := judge.get("given"), Mapping):
        return {"given": {key: value for key, value in given.items() if key in ("spec", "identity")}}
    if isinstance(judge, Mapping):
        kept = {key: value for key, value in judge.items() if key not in JUDGE_LIMITS}
        return {**kept, "model": _without_limits(kept["model"])} if "model" in kept else kept
    if not isinstance(judge, str) or "?" not in judge:
        return judge
    head, _, options = judge.partition("?")
    left = [option for option in options.split("&") if option.partition("=")[0] not in JUDGE_LIMITS]
    return f"{head}?{'&'.join(left)}" if left else head


def policy_source(suite: Suite) -> dict[str, Any]:
    """The gates and the policy as plain JSON, in an order that does not depend on the file's, for the digest `policy`.

    What was added after the first version is there only where it is used, so that old digests stay what they were.
    """
    own: dict[str, Any] = {
        key: value for key, value in (("policy", suite.policy), ("looks", suite.looks)) if value not in ("release", 1)
    }
    # A judge whose verdicts are asked again may be found to have drifted: that decides, and scores nothing.
    asked_again = {name: given["sentinel"] for name, given in suite.judges.items() if _names_sentinel(given)}
    if asked_again:
        own["sentinel"] = asked_again
    return {"gates": sorted((gate.model_dump(mode="json") for gate in suite.gates), key=canonical_json), **own}


def _names_sentinel(given: Any) -> bool:
    return isinstance(given, Mapping) and given.get("sentinel") is not None


def _read(raw: Any, source: Source, layers: LayerReader) -> Suite:
    problems = check(raw, _SCHEMA, ())
    fields: dict[str, Any] = {}
    if isinstance(raw, dict):
        fields = {"name" if key == "suite" else key: value for key, value in raw.items()}
        fields["layers"] = layers.read(raw.get("layers"))
        problems += layers.problems
        whole = layers.paths and not any(problem.path[:1] == ("layers",) for problem in problems)
        fields["gates"], found = read_gates(raw.get("gates"), set(layers.paths) if whole else None, source)
        problems += found
    raise_all(problems, source)
    try:
        return Suite(**fields)
    except ValidationError as error:  # the table of keys is stricter than the noun, so this is a table out of date
        found = [Problem(tuple(e["loc"]), _misfit(e["loc"], e["input"]), "Correct it") for e in error.errors()]
        raise_all(found, source)
        raise


def _misfit(path: KeyPath, value: Any) -> str:
    return f"{dotted(path)} is {shown(value)}, which cannot be used here"
