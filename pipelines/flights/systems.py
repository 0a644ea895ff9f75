"""Two systems that are no models: the constant that a first model has to beat, and one that is broken on purpose."""

from __future__ import annotations

from typing import Any

SHARE = 0.228  # of January's to March's flights were late


def constant(flight: dict[str, Any]) -> dict[str, Any]:
    """Always the share of the winter."""
    return {"label": "on time", "probability": {"late": SHARE, "on time": 1 - SHARE}}


def broken(flight: dict[str, Any]) -> dict[str, Any]:
    """Needs to know the plane's age, and for one flight in six nobody does."""
    p = min(0.9, 0.2 + 0.001 * int(flight["plane_age"]))
    return {"label": "on time", "probability": {"late": p, "on time": 1 - p}}
