"""Computes one feature in a process of its own, and prints the digest of its values: see `same_again`."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from typing import Any

import pyarrow as pa

from evalkit.pipeline.features.define import Feature
from evalkit.pipeline.features.feature_set import FeatureSet
from evalkit.pipeline.features.same_again import digest_of_values


def main() -> None:
    """Read the job on stdin: module, file, name, params, rows, path."""
    job = json.loads(sys.stdin.read())
    sys.path[:] = job["path"]
    found = _feature(_module(job), job["name"])
    with pa.memory_map(job["rows"]) as file:
        table = pa.ipc.open_file(file).read_all()
        values = pa.table(found.with_params(**job["params"]).compute(table))
        print(digest_of_values(values))


def _module(job: dict[str, Any]) -> Any:
    if job["module"] != "__main__":
        try:
            found = importlib.import_module(job["module"])
            if getattr(found, "__file__", None) == job["file"]:
                return found
        except ImportError:
            pass
    spec = importlib.util.spec_from_file_location("features_in_a_file", job["file"])
    if spec is None or spec.loader is None:
        raise SystemExit(f"{job['file']} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _feature(module: Any, name: str) -> Feature:
    for value in vars(module).values():
        for each in value.features if isinstance(value, FeatureSet) else (value,):
            if isinstance(each, Feature) and each.name == name:
                return each
    raise SystemExit(f"{module.__file__} has no feature {name!r} at its top level")


if __name__ == "__main__":
    main()
