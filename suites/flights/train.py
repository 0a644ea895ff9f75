"""Fits the two systems on January to March; nothing here has seen April.

The threshold above which a flight is called late is the one with the best F1 on those three months, each predicted by
a model that was fitted on the other two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from suites.flights.features import CATEGORIES

SEED = 7
BOOSTING: dict[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 200,
    "l2_regularization": 10,
    "categorical_features": list(range(len(CATEGORIES))),
    "early_stopping": False,
    "random_state": SEED,
}


class Training(NamedTuple):
    """Flights of the training months that arrived: features (n, k), late (n,), minutes (n,) and month (n,)."""

    features: pd.DataFrame
    late: np.ndarray
    minutes: np.ndarray
    month: np.ndarray


class Fitted(NamedTuple):
    """A system: whether, how many minutes, and from which probability on a flight is called late."""

    classifier: Pipeline
    regressor: Pipeline
    threshold: float
    f1: float  # on the training months, out of fold


def baseline(data: Training) -> Fitted:
    """Logistic regression, and ridge regression for the minutes."""

    def linear(model: Any) -> Pipeline:
        categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=100)
        numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
        return make_pipeline(_columns(data.features, categories, numbers), model)

    return _fit(lambda: linear(LogisticRegression(solver="newton-cholesky", tol=1e-8)), linear(Ridge()), data)


def candidate(data: Training) -> Fitted:
    """Histogram gradient boosting; for the minutes it aims at the median, since delays have a long tail."""

    def boosted(model: Any) -> Pipeline:
        categories = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=50)
        return make_pipeline(_columns(data.features, categories, "passthrough"), model)

    regressor = boosted(HistGradientBoostingRegressor(loss="absolute_error", **BOOSTING))
    return _fit(lambda: boosted(HistGradientBoostingClassifier(**BOOSTING)), regressor, data)


def _columns(features: pd.DataFrame, categories: Any, numbers: Any) -> ColumnTransformer:
    others = [name for name in features.columns if name not in CATEGORIES]
    return ColumnTransformer([("categories", categories, CATEGORIES), ("numbers", numbers, others)])


def _fit(make: Callable[[], Pipeline], regressor: Pipeline, data: Training) -> Fitted:
    threshold, f1 = best_threshold(out_of_fold(make, data), data.late)
    classifier = make().fit(data.features, data.late)
    return Fitted(classifier, regressor.fit(data.features, data.minutes), threshold, f1)


def out_of_fold(make: Callable[[], Pipeline], data: Training) -> np.ndarray:
    """(n,) probabilities of being late; each month by a model fitted on the others."""
    p = np.empty(len(data.late))
    for month in np.unique(data.month):
        held = data.month == month
        p[held] = make().fit(data.features[~held], data.late[~held]).predict_proba(data.features[held])[:, 1]
    return p


def best_threshold(p: np.ndarray, late: np.ndarray) -> tuple[float, float]:
    """The hundredth with the best F1, and that F1."""
    grid = [hundredth / 100 for hundredth in range(5, 95)]
    scores = [float(f1_score(late, p > threshold)) for threshold in grid]
    best = int(np.argmax(scores))
    return grid[best], scores[best]
