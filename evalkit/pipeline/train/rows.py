"""Inputs of cases -> what an estimator is given -> answers with confidence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.pipeline.train.artifact import Manifest

__all__ = ["Said", "answers", "faults_of", "rows_of"]

BLOCK: Final = 128
"""Rows that an estimator is asked about at once. Fewer would cost batches more calls, more would cost a single row."""


class Said(NamedTuple):
    """One answer.

    Attributes:
        output: the label, number or list of them; with probabilities `{"label", "probability": {class: share}}`.
        confidence: probability that the model gives to its label; None where it gives none.
    """

    output: Any
    confidence: float | None


def rows_of(inputs: Sequence[Any], manifest: Manifest) -> Any:
    """Inputs as what the estimator was fitted on: a DataFrame, an array (n, k), or a list of n values.

    Raises:
        ValueError: an input lacks a feature, or holds another type than the data had; the message names it.
    """
    if manifest.single:
        (name,) = manifest.features or [""]
        return [one[name] if isinstance(one, Mapping) and name in one else one for one in inputs]
    columns = _columns(inputs, manifest)
    if manifest.frame:
        return pa.table(columns).to_pandas()
    arrays = [column.to_numpy(zero_copy_only=False) for column in columns.values()]
    return np.column_stack(arrays) if arrays else np.empty((len(inputs), 0))


def faults_of(inputs: Sequence[Any], manifest: Manifest) -> list[ValueError | None]:
    """What is wrong with each input by itself, as `rows_of` says it; None: nothing."""
    return [_fault(one, manifest) for one in inputs]


def answers(model: Any, rows: Any, probabilities: bool = False, block: int = BLOCK) -> list[Said]:
    """What a model says of n rows; of each the same, whichever others it came with.

    A sum of products ends in other last digits when the matrix has another shape, since other kernels of BLAS take its
    edges. So a model is asked about blocks of one shape, of which the last is filled up with its last row. For sums of
    64-bit floats that is enough (checked for 1 to 257 features and 1 to 100 columns of weights, in both orders); an
    estimator that computes in 32 bits may still differ in the last one.

    Args:
        model: a fitted estimator.
        rows: see `rows_of`.
        probabilities: state those of all classes beside the label.
        block: rows that it is asked about at once, 1 or more.

    Raises:
        ValueError: it gave NaN or no n predictions; or it has no probabilities and was asked for them.
    """
    blocks = [_block(rows, start, block) for start in range(0, len(rows), block)]
    if not blocks:
        return []
    n = len(rows)
    labels = _whole([_labels(model, part) for part in blocks], n)
    classes = _classes(model)
    parts = [_shares(model, part, len(classes)) for part in blocks]
    shares = None if any(one is None for one in parts) else _whole([one for one in parts if one is not None], n)
    if probabilities and shares is None:
        raise ValueError("the model gives no probabilities (it has no predict_proba)")
    outputs = [_plain(label) for label in labels]
    if shares is None:
        return [Said(output, None) for output in outputs]
    place = {_key(name): k for k, name in enumerate(classes)}
    at = [place.get(_key(output)) for output in outputs]
    sure = [None if k is None else float(row[k]) for k, row in zip(at, shares, strict=True)]
    if not probabilities:
        return [Said(*pair) for pair in zip(outputs, sure, strict=True)]
    names = [str(name) for name in classes]
    stated = [dict(zip(names, row, strict=True)) for row in shares.tolist()]
    whole = [{"label": output, "probability": said} for output, said in zip(outputs, stated, strict=True)]
    return [Said(*pair) for pair in zip(whole, sure, strict=True)]


def _block(rows: Any, start: int, size: int) -> Any:
    """`size` rows from `start` on; behind the last one it comes again."""
    if isinstance(rows, list):
        part = rows[start : start + size]
        return part + part[-1:] * (size - len(part))
    places = np.minimum(np.arange(start, start + size), len(rows) - 1)
    return rows.iloc[places] if hasattr(rows, "iloc") else rows[places]


def _whole(parts: list[np.ndarray], n: int) -> np.ndarray:
    return np.concatenate(parts)[:n]


def _labels(model: Any, rows: Any) -> np.ndarray:
    labels = np.asarray(model.predict(rows))
    if labels.ndim == 0 or len(labels) != len(rows):
        raise ValueError(f"the model gave {labels.size} predictions for {len(rows)} rows")
    return labels


def _classes(model: Any) -> list[Any]:
    """Those that it has probabilities of; none where it says of none, or has several outputs."""
    classes = getattr(model, "classes_", None)
    return [] if classes is None or isinstance(classes, list) else [_plain(name) for name in classes]


def _shares(model: Any, rows: Any, k: int) -> np.ndarray | None:
    """(n, k) probabilities of the k classes; None where the model has none, or several outputs."""
    ask = getattr(model, "predict_proba", None)  # scikit-learn's own `available_if` hides it where there is none
    if ask is None or not k:
        return None
    shares = np.asarray(ask(rows), float)
    if shares.ndim != 2 or shares.shape[1] != k:
        return None
    if not np.isfinite(shares).all():
        raise ValueError("the model gave a probability that is NaN or infinite")
    clipped: np.ndarray = np.clip(shares, 0.0, 1.0)
    return clipped


def _columns(inputs: Sequence[Any], manifest: Manifest) -> dict[str, Any]:
    return {n: _column(n, [_value(one, n) for one in inputs], manifest.types) for n in manifest.features or []}


def _fault(one: Any, manifest: Manifest) -> ValueError | None:
    try:
        if not manifest.single:
            _columns([one], manifest)
    except ValueError as error:
        return error.with_traceback(None)
    return None


def _value(given: Any, name: str) -> Any:
    if not isinstance(given, Mapping):
        raise ValueError(f"the input is a {type(given).__name__}, and the model takes an object with its features")
    if name not in given:
        raise ValueError(f"the input has no {name!r}, which the model needs (null says that it is not known)")
    return given[name]


def _column(name: str, values: list[Any], types: Mapping[str, str]) -> Any:
    kind = _type_of(types.get(name, ""))
    try:
        found = pa.array(values, from_pandas=False)
        if kind is None or found.type == kind:
            return found
        if not _alike(found.type, kind):
            raise pa.ArrowTypeError(f"{next(v for v in values if v is not None)!r:.80} is of another type")
        return found.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        wanted = f"{types[name]}, as in training" if kind is not None else "one type"
        raise ValueError(f"{name!r} cannot be taken as {wanted}: {error!s:.200}") from None


def _alike(given: Any, wanted: Any) -> bool:
    """Whether values may be taken as another type: no text as a number, no number as a text."""
    if pa.types.is_null(given):
        return True
    if pa.types.is_string(given):
        return bool(pa.types.is_temporal(wanted))
    return bool(_is_number(given) and _is_number(wanted))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")


def _type_of(name: str) -> Any | None:
    """The Arrow type of a name that Arrow wrote; None where it is not a simple one."""
    if zoned := _ZONED.fullmatch(name):
        return pa.timestamp(zoned[1], zoned[2])
    try:
        return pa.type_for_alias(name)
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    """A prediction as JSON.

    Raises:
        ValueError: it is NaN or infinite.
    """
    found = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, float) and not math.isfinite(one):
            raise ValueError(f"the model gave {one}")
    return found


def _key(value: Any) -> tuple[str, Any]:
    return type(value).__name__, value if isinstance(value, str | int | float | bool) else str(value)
