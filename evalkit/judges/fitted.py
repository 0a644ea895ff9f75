"""The files that `evalkit judge fit-panel` and `fit-cascade` write, as a panel and a cascade read them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.core.errors import InputError


@dataclass(frozen=True)
class PanelWeights:
    """What `evalkit judge fit-panel` found.

    Attributes:
        menu: the labels that the weights know.
        weights: member -> weight.
        reads: member -> "label" or "probability".
        intercepts: label -> log odds before anybody speaks.
        tuned_on: digests of the labelled items that the weights were fitted on.
    """

    menu: tuple[str, ...]
    weights: Mapping[str, float]
    reads: Mapping[str, str]
    intercepts: Mapping[str, float]
    tuned_on: tuple[str, ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """All that can change a verdict."""
        members = {name: [weight, self.reads[name]] for name, weight in self.weights.items()}
        return {"menu": list(self.menu), "members": members, "intercepts": dict(self.intercepts)}


@dataclass(frozen=True)
class Thresholds:
    """What `evalkit judge fit-cascade` found.

    Attributes:
        stages: stage -> probability from which on its verdict stands; None: none is certified, it decides nothing.
        alpha, delta: the disagreement allowed, and the probability allowed of allowing more.
        tuned_on: digests of the labelled items that they were fitted on.
    """

    stages: Mapping[str, float | None]
    alpha: float
    delta: float
    tuned_on: tuple[str, ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """All that can change a verdict."""
        return {"stages": dict(self.stages)}


def read_weights(path: Path) -> PanelWeights:
    """The weights of a panel.

    Raises:
        InputError: the file cannot be read, or `evalkit judge fit-panel` did not write it.
    """
    given = _object(path, "panel", "fit-panel")
    try:
        members = {str(name): dict(one) for name, one in given["members"].items()}
        found = PanelWeights(
            tuple(map(str, given["menu"])),
            {name: _number(one["weight"]) for name, one in members.items()},
            {name: str(one["reads"]) for name, one in members.items()},
            {str(label): _number(value) for label, value in given["intercepts"].items()},
            tuple(map(str, given.get("tuned_on", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _odd(path, "fit-panel", error) from error
    if len(found.menu) < 2 or not set(found.reads.values()) <= {"label", "probability"}:
        raise _odd(path, "fit-panel", "menu or reads")
    return found


def read_thresholds(path: Path) -> Thresholds:
    """The thresholds of a cascade.

    Raises:
        InputError: the file cannot be read, or `evalkit judge fit-cascade` did not write it.
    """
    given = _object(path, "cascade", "fit-cascade")
    try:
        stages = {str(one["name"]): one["threshold"] for one in given["stages"]}
        known = {name: None if value is None else _number(value) for name, value in stages.items()}
        tuned = tuple(map(str, given.get("tuned_on", ())))
        return Thresholds(known, _number(given["alpha"]), _number(given["delta"]), tuned)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _odd(path, "fit-cascade", error) from error


def _object(path: Path, kind: str, command: str) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"the {kind}'s file cannot be read: {error.strerror}"
        raise InputError(what, str(path), f"Write it with `evalkit judge {command}`.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the {kind}'s file is not JSON: {error}", str(path)) from error
    if not isinstance(given, dict) or given.get("kind") != kind or given.get("version") != 1:
        raise _odd(path, command, "kind or version")
    return given


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _odd(path: Path, command: str, what: object) -> InputError:
    return InputError(f"this is not what `evalkit judge {command}` writes ({what})", str(path), "Fit it again.")
