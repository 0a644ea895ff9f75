"""The two systems under test, as evalkit calls them: `python:suites/flights/model.py:baseline` and `:candidate`.

Takes inputs as the cases hold them, a few hundred at a time, and gives for each whether the flight will be late, how
probable that is, and how many minutes late it will be.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import evalkit

DATA = Path(__file__).parent / "data"


@evalkit.batch(size=500)
def baseline(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Logistic regression."""
    return _answers("baseline", inputs)


@evalkit.batch(size=500)
def candidate(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Histogram gradient boosting."""
    return _answers("candidate", inputs)


@cache
def _load(name: str) -> dict[str, Any]:
    import joblib  # type: ignore[import-untyped]

    path = DATA / f"{name}.joblib"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there. Run: python -m suites.flights.make")
    fitted: dict[str, Any] = joblib.load(path)
    return fitted


def _answers(name: str, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    import pandas as pd
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    fitted = _load(name)
    features = pd.DataFrame(inputs, columns=list(fitted["dtypes"])).astype(fitted["dtypes"])
    with threadpool_limits(1):  # hundreds of rows: threads would only wait for each other
        p = fitted["classifier"].predict_proba(features)[:, 1].tolist()
        minutes = fitted["regressor"].predict(features).tolist()
    return [
        {"late": a > fitted["threshold"], "p_late": round(a, 6), "minutes": round(b, 1)}
        for a, b in zip(p, minutes, strict=True)
    ]
