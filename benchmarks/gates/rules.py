"""Ways to decide about a candidate from the same comparison: True flags it, False lets it pass, None is undecided."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable

import numpy as np

from benchmarks.gates.world import Pair
from evalkit.core.nouns import Estimate, Gate
from evalkit.engine.gate import decide
from evalkit.engine.hull import Found, gate_line
from evalkit.stats.paired import difference, mcnemar_midp

Rule = Callable[[Pair], bool | None]
_SLACK = 1e-9


def any_flip(pair: Pair) -> bool:
    """Flag when an item that the baseline has right is now wrong."""
    return pair.broke > 0


def fell_a_point(pair: Pair) -> bool:
    """Flag when the mean fell by a percentage point or more."""
    return pair.candidate - pair.baseline <= -0.01 + _SLACK


def unpaired_z(pair: Pair) -> bool:
    """lm-evaluation-harness, scripts/model_comparator.py: z of the two standard errors, two-sided, .05; and lower."""
    shares = pair.candidate, pair.baseline
    variance = sum(p * (1 - p) / (pair.n - 1) for p in shares)
    if variance == 0:
        return False
    z = (shares[0] - shares[1]) / math.sqrt(variance)
    return z < 0 and math.erfc(abs(z) / math.sqrt(2)) < 0.05


def paired_test(pair: Pair) -> bool:
    """Flag when the paired test (McNemar's mid-p, two-sided, .05) shows it lower."""
    return pair.broke > pair.fixed and mcnemar_midp(pair.fixed, pair.broke) < 0.05


def mlflow_rule() -> Rule:
    """`mlflow.validate_evaluation_results`, called with its mildest comparison: at least the baseline's value."""
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.models import EvaluationResult, MetricThreshold

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    thresholds = {"accuracy": MetricThreshold(min_relative_change=0.0, greater_is_better=True)}

    @functools.cache
    def flags(candidate: float, baseline: float) -> bool:
        results = [EvaluationResult({"accuracy": value}, {}) for value in (candidate, baseline)]
        try:
            mlflow.validate_evaluation_results(thresholds, *results)
        except MlflowException:
            return True
        return False

    return lambda pair: flags(pair.candidate, pair.baseline)


def evalkit_gate(margin: float) -> Rule:
    """The gate `versus: baseline` with this margin, through `engine.gate.decide`."""
    gate = Gate(metric="accuracy", versus="baseline", margin=margin)

    @functools.cache
    def flags(n: int, fixed: int, broke: int) -> bool | None:
        rest = n - fixed - broke
        candidate = np.repeat([1.0, 0.0, 1.0], [fixed, broke, rest])
        baseline = np.repeat([0.0, 1.0, 1.0], [fixed, broke, rest])
        found = Found(difference(candidate, baseline), [difference(candidate, baseline)], 0)
        # Simulated systems that agree on every item have not been seen to give the same answers.
        tail = found.tail(gate_line(gate, "higher"), census=False)
        estimate = Estimate(metric="accuracy", variant="a - b", n=n, point=found.views[0].point, tail=tail)
        return {"fail": True, "pass": False, "inconclusive": None}[decide(gate, estimate).outcome]

    return lambda pair: flags(pair.n, pair.fixed, pair.broke)
