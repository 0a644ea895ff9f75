"""How models are made: a logistic regression, and histogram gradient boosting. Both state probabilities."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from evalkit import Fitted

CATEGORIES = ["carrier", "origin", "destination"]
TARGET = "late"


class Trees(BaseModel):
    """Settings of the boosting, chosen on January to March alone (see suites/flights)."""

    model_config = ConfigDict(extra="forbid")
    trees: int = 100
    leaves: int = 15
    rate: float = 0.05


def linear(data: Any, config: dict[str, Any], seed: int) -> Fitted:
    """Logistic regression on standardised numbers and one-hot categories."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=100)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    return _fitted(data, categories, numbers, LogisticRegression(solver="newton-cholesky", tol=1e-6))


def boosted(data: Any, config: Trees, seed: int) -> Fitted:
    """Histogram gradient boosting; missing numbers are left to it."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.preprocessing import OrdinalEncoder

    categories = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=50)
    model = HistGradientBoostingClassifier(
        max_iter=config.trees,
        max_leaf_nodes=config.leaves,
        learning_rate=config.rate,
        min_samples_leaf=200,
        l2_regularization=10,
        categorical_features=list(range(len(CATEGORIES))),
        early_stopping=False,
        random_state=seed,
    )
    return _fitted(data, categories, "passthrough", model)


def _fitted(data: Any, categories: Any, numbers: Any, model: Any) -> Fitted:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline

    rows = data["train"].to_pandas()
    features = rows.drop(columns=TARGET)
    others = [name for name in features.columns if name not in CATEGORIES]
    columns = ColumnTransformer([("categories", categories, CATEGORIES), ("numbers", numbers, others)])
    fitted = make_pipeline(columns, model).fit(features, rows[TARGET])
    return Fitted(fitted, metrics={"rows": len(rows), "late": float((rows[TARGET] == "late").mean())})
