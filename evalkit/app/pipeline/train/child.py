"""The process that a recipe runs in: `main(FOLDER)` reads `job.json` there and writes `result.json`, and the artifact.

It knows of its parent only what stands in the job: no variables of its environment, no open files, no modules.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.absent import absent
from evalkit.app.pipeline.ended import end_with_parent
from evalkit.core.errors import EvalkitError

ARTIFACT, JOB, RESULT, PREDICTIONS = "artifact", "job.json", "result.json", "predictions.json"
_TRIED = 32  # rows that a model is asked before it is taken
_DAY = 86_400.0
_WORDS = 2_000


class Bad(Exception):
    """What a recipe did cannot be used. `kind`: input, raised, refused."""

    def __init__(self, kind: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.kind, self.remedy = kind, remedy


def main(folder: str) -> None:
    """Train, and say how it went; what cannot be used is a result too."""
    here = Path(folder)
    end_with_parent()
    job = json.loads((here / JOB).read_text(encoding="utf-8"))
    try:
        result = _trained(job, here)
    except Bad as bad:
        result = {"failed": {"kind": bad.kind, "message": str(bad)[:_WORDS], "remedy": bad.remedy}}
    except EvalkitError as error:  # a package that is not installed
        result = {"failed": {"kind": "input", "message": str(error)[:_WORDS]}}
    except BaseException as error:  # noqa: BLE001 - what a recipe returned may do anything when it is looked at
        result = {"failed": {"kind": "refused", "message": f"the model cannot be kept: {_words(error)}"[:_WORDS]}}
    text = json.dumps(result, allow_nan=False)
    (here / RESULT).write_text(text, encoding="utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the recipe left behind do not hold the result up


def _trained(job: dict[str, Any], here: Path) -> dict[str, Any]:
    from evalkit.pipeline.train.fitted import as_fitted

    data = _tables(job["data"])
    _start_from(job["seed"], job["days"])
    function, module = _function(job, here)
    config = _config(function, job["config"])
    logged = _dumped(config)  # before the recipe may change it
    start = time.perf_counter()
    try:
        returned = function(data, config, job["seed"])
    except BaseException as error:  # noqa: BLE001 - whatever the recipe raises is its result
        _refuse_absent(error)
        raise Bad("raised", _words(error)) from None
    seconds = time.perf_counter() - start
    try:
        fitted = as_fitted(returned)
        metrics = _metrics(fitted.metrics)
        artifact, kind = _artifact(fitted, job, data, module)
    except (TypeError, ValueError) as error:
        raise Bad("refused", str(error)) from None
    if job["predict"]:
        said = _predictions(artifact, job, data, lambda _: type(fitted.model), None)
        (here / PREDICTIONS).write_text(json.dumps(said), encoding="utf-8")
    (here / ARTIFACT).write_bytes(artifact)
    return {
        "seconds": seconds,
        "metrics": metrics,
        "features": fitted.definitions,
        "config": logged,
        "kind": kind,
    }


def _tables(paths: Mapping[str, str]) -> dict[str, Any]:
    if not paths:
        return {}
    import pyarrow as pa

    return {role: pa.ipc.open_file(pa.memory_map(path)).read_all() for role, path in paths.items()}


def _start_from(seed: int, days: float) -> None:
    """Chance and time as the job has them: a recipe that asks either gets the same, or another day, on purpose.

    `time.time` is also what `date.today()` asks; `datetime.now()` cannot be moved, and the source is searched for it.
    """
    random.seed(seed)
    if "numpy" in sys.modules or _has_numpy():
        import numpy as np

        np.random.seed(seed % 2**32)
    if days:
        true, ahead = time.time, days * _DAY
        time.time = lambda: true() + ahead


def _has_numpy() -> bool:
    from importlib.util import find_spec

    return find_spec("numpy") is not None


def _function(job: dict[str, Any], here: Path) -> tuple[Callable[..., Any], str]:
    from evalkit.predictors.loading import LoadError, load

    where, _, name = job["entry"].rpartition(":")
    source = here / "code"
    sys.path[:0] = [str(source)]
    os.chdir(source)  # where modules are found first; the recipe itself then stands in an empty folder
    target = f"{source / where}:{name}" if where.endswith(".py") else job["entry"]
    try:
        found = load(target)
    except LoadError as error:
        _refuse_absent(error.__context__)
        message = str(error).replace(f"{source}{os.sep}", "").removeprefix(f"python:{job['entry']}: ")
        raise Bad("input", message) from None
    except BaseException as error:  # noqa: BLE001 - such as KeyboardInterrupt, which the loader lets pass
        raise Bad("input", f"importing {where} failed: {_words(error)}") from None
    os.chdir(here / "empty")
    return found.function, where


def _refuse_absent(error: BaseException | None) -> None:
    if (found := absent(error, "the recipe")) is not None:
        raise Bad("input", *found)


def _config(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """The config as the recipe's second parameter is annotated: a pydantic model, a dataclass, else a dict."""
    import inspect
    from typing import get_type_hints

    try:
        inspect.signature(function).bind({}, {}, 0)
        names = list(inspect.signature(function).parameters)
        kind = get_type_hints(function).get(names[1]) if len(names) > 1 else None
    except TypeError as error:
        raise Bad(
            "input", f"a recipe is called as recipe(data, config, seed), and this one cannot be: {error}"
        ) from None
    except (NameError, ValueError):  # an annotation that cannot be found out
        kind = None
    if not isinstance(kind, type) or kind in (dict, object) or issubclass(kind, Mapping):
        return given
    from pydantic import TypeAdapter, ValidationError

    from evalkit.pipeline.train.typed_config import fields_of, unknown_fields

    try:
        found = TypeAdapter(kind).validate_python(given)
        said = [f"{place}: there is no such field" for place in unknown_fields(kind, given)]
    except ValidationError as error:
        said = [f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors()[:5]]
    if not said:
        return found
    takes = ", ".join(fields_of(kind))
    known = f". It takes: {takes}" if takes else ""
    raise Bad("input", f"the config is not what the recipe takes: {'; '.join(said[:5])}{known}")


def _dumped(config: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(config, inf_nan_mode="strings")


def _metrics(given: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in given.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"the metric {name!r} is {value!r:.80}, no number") from None
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(f"the metric {name!r} is {number}: leave out what could not be measured")
        found[str(name)] = number
    return found


def _artifact(fitted: Any, job: dict[str, Any], data: dict[str, Any], module: str) -> tuple[bytes, str]:
    """The bytes of the model, once it is shown that they can be loaded and answer."""
    from evalkit.pipeline.train.artifact import manifest_of, written
    from evalkit.pipeline.train.nans import nan_parameters

    if names := nan_parameters(fitted.model):
        raise ValueError(
            f"the model has parameters that are NaN: {', '.join(names[:5])}. Look at the data and the config"
        )
    artifact = written(fitted, _types(data), _target(fitted.model, job, module), job["code"])
    _predictions(artifact, job, data, lambda _: type(fitted.model), _TRIED)
    return artifact, manifest_of(artifact).kind


def _target(model: Any, job: dict[str, Any], module: str) -> str | None:
    """Where the class of an own predictor is found again: within the sources, or in an installed package."""
    kind = type(model)
    if "<locals>" in kind.__qualname__:
        raise ValueError(f"the class {kind.__qualname__} stands within a function: move it to the top of its file")
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    source = Path(job["folder"]).resolve() / "code"
    if file and Path(file).resolve().is_relative_to(source):
        return f"{Path(file).resolve().relative_to(source).as_posix()}:{kind.__qualname__}"
    return f"{kind.__module__}:{kind.__qualname__}"


def _types(data: Mapping[str, Any]) -> dict[str, str]:
    from evalkit.core.table_digest import columns_of

    found: dict[str, str] = {}
    for role in sorted(data, key=lambda role: role != "train"):
        found = {**columns_of(data[role].schema), **found}
    return found


def _predictions(
    artifact: bytes, job: dict[str, Any], data: Mapping[str, Any], class_of: Callable[[Any], type], most: int | None
) -> dict[str, list[Any]]:
    """What the model, loaded from its bytes, says of the data that has its features, by role.

    Raises:
        ValueError: it cannot be loaded, or says NaN.
    """
    from evalkit.pipeline.train.artifact import loaded
    from evalkit.pipeline.train.rows import answers, rows_of
    from evalkit.pipeline.train.skops_file import MADE_HERE

    found = loaded(artifact, class_of, MADE_HERE)
    said: dict[str, list[Any]] = {}
    for role, table in data.items():
        names = found.manifest.features
        if found.manifest.kind == "own":
            said |= _own_predictions(found.model, role, table, most)
            continue
        if not names or not set(names) <= set(table.column_names) or not table.num_rows:
            continue
        inputs = table.select(names).slice(0, most).to_pylist()
        try:
            whole = answers(found.model, rows_of(inputs, found.manifest), block=len(inputs))  # always the same rows
            said[role] = [list(one) for one in whole]
        except Exception as error:  # noqa: BLE001 - the model's own code
            raise ValueError(f"the model cannot be asked about the rows of {role!r}: {_words(error)}") from None
    answered = [one for each in said.values() for one in each]
    if answered and all(isinstance(one, float) and one != one for one in answered):  # of an own predictor
        raise ValueError("the model answers NaN about every row of its data. Look at the data and the config")
    return said


def _own_predictions(model: Any, role: str, table: Any, most: int | None) -> dict[str, list[Any]]:
    """The same of an own predictor, whose inputs may be other than rows: where it does not take them, nothing."""
    rows = json.loads(json.dumps(table.slice(0, most or 1_000).to_pylist(), default=str))
    try:
        return {role: json.loads(json.dumps([model.predict(row) for row in rows], default=_plain))}
    except Exception:  # noqa: BLE001 - the model's own code
        return {}


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return vars(value) if hasattr(value, "__dict__") else str(value)


def _words(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    own = [frame for frame in frames if f"{os.sep}code{os.sep}" in frame.filename] or frames
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot even be printed
        words = "(its message cannot be printed)"
    return f"{type(error).__name__}{': ' if words else ''}{words}{place}"
