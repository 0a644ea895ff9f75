"""evalkit: evaluation-first release gates. `import evalkit` is cheap: everything is imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.app.api import compare, compare_many, frame, load_run, rescore, run
    from evalkit.app.calibrating.python import calibrate
    from evalkit.app.importing import import_logs
    from evalkit.core.comparison import Comparison
    from evalkit.core.nouns import Record
    from evalkit.core.protocols import Judge
    from evalkit.judges.code import judge
    from evalkit.metrics.case import case_metric
    from evalkit.pipeline.contract.nouns import Contract
    from evalkit.pipeline.features.asof import asof_join
    from evalkit.pipeline.features.define import feature
    from evalkit.pipeline.features.feature_set import FeatureSet
    from evalkit.pipeline.train.fitted import Fitted
    from evalkit.predictors.marks import batch

__version__ = "0.1.0"

_HOMES = {
    "run": "evalkit.app.api",
    "compare": "evalkit.app.api",
    "compare_many": "evalkit.app.api",
    "rescore": "evalkit.app.api",
    "calibrate": "evalkit.app.calibrating.python",
    "load_run": "evalkit.app.api",
    "frame": "evalkit.app.api",
    "import_logs": "evalkit.app.importing",
    "Comparison": "evalkit.core.comparison",
    "Record": "evalkit.core.nouns",
    "Judge": "evalkit.core.protocols",
    "judge": "evalkit.judges.code",
    "case_metric": "evalkit.metrics.case",
    "Contract": "evalkit.pipeline.contract.nouns",
    "asof_join": "evalkit.pipeline.features.asof",
    "feature": "evalkit.pipeline.features.define",
    "FeatureSet": "evalkit.pipeline.features.feature_set",
    "Fitted": "evalkit.pipeline.train.fitted",
    "batch": "evalkit.predictors.marks",
}

__all__ = [
    "Comparison",
    "Contract",
    "FeatureSet",
    "Fitted",
    "Judge",
    "Record",
    "__version__",
    "asof_join",
    "batch",
    "calibrate",
    "case_metric",
    "compare",
    "compare_many",
    "feature",
    "frame",
    "import_logs",
    "judge",
    "load_run",
    "rescore",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evalkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
