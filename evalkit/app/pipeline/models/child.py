"""The process that a model answers in: `main(FOLDER)`.

The folder holds the artifact, the sources of an own predictor, and `model.json`, which says what of them is trusted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.pipeline.train.artifact import Manifest, loaded
from evalkit.pipeline.train.rows import answers, faults_of, rows_of
from evalkit.predictors._child import Wire, serve_in_turn
from evalkit.predictors.loading import Loaded, LoadError, load
from evalkit.predictors.marks import DEFAULT_BATCH, MARK, Reply

__all__ = ["asking", "main"]

_BATCH = 256


def main(folder: str) -> None:
    """Load, greet, and answer until evalkit is gone."""
    wire = Wire()
    given = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
    try:
        found = asking(Path(folder), given)
    except Exception as error:  # noqa: BLE001 - loading runs the code of packages, and of an own predictor
        wire.send({"fatal": f"model:{given['label']} cannot be loaded: {error}"})
        return
    wire.send({"mode": found.mode, "size": found.size})
    serve_in_turn(wire, found)


def asking(here: Path, given: dict[str, Any]) -> Loaded:
    """The model as a function that is asked.

    Raises:
        ValueError: it cannot be loaded safely; the message is a sentence.
    """
    model = loaded((here / "artifact").read_bytes(), lambda m: _class_of(m, here / "code", given), given["trusted"])
    if model.manifest.kind == "own":
        predict = model.model.predict
        size = getattr(predict, MARK, None)
        return Loaded(predict, "sync", 1) if size is None else Loaded(predict, "batch", size or DEFAULT_BATCH)
    return Loaded(_batches(model.model, model.manifest, given["probability"]), "batch", _BATCH)


def _batches(model: Any, manifest: Manifest, probability: bool) -> Callable[[list[Any]], list[Any]]:
    """The estimator as a batch function: inputs that it cannot be asked are left out of what it is asked."""

    def ask(inputs: list[Any]) -> list[Any]:
        try:
            rows = rows_of(inputs, manifest)
        except ValueError:
            faults = faults_of(inputs, manifest)
            if not any(faults):
                raise
            good = [one for one, fault in zip(inputs, faults, strict=True) if fault is None]
            found = iter(ask(good) if good else [])
            return [next(found) if fault is None else fault for fault in faults]
        return said(rows)

    def said(rows: Any) -> list[Any]:
        return [Reply(one.output, confidence=one.confidence) for one in answers(model, rows, probability)]

    return ask


def _class_of(manifest: Manifest, source: Path, given: dict[str, Any]) -> type:
    """The class of an own predictor, out of the sources that the log says it was trained with; no others are run."""
    if given["code"] is None or manifest.code != given["code"] or manifest.target is None:
        raise ValueError("it is an own predictor, and this workspace has no training of it: its code is not trusted")
    where, _, name = manifest.target.rpartition(":")
    sys.path.insert(0, str(source))
    if where in given["sources"]:
        try:
            found: Any = load(f"{source / where}:{name}").function
        except LoadError as error:
            raise ValueError(str(error)) from None
    else:
        found = import_module(where)
        for part in name.split("."):
            found = getattr(found, part)
    if not isinstance(found, type):
        raise ValueError(f"{manifest.target} is no class")
    return found
