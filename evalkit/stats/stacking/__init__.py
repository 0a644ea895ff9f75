"""Stacking of judges: one weight each, learnt from human labels, so that shared errors are not counted twice."""

from evalkit.stats.stacking.fit import Fit, fit, probabilities
from evalkit.stats.stacking.folds import folds
from evalkit.stats.stacking.stack import RIDGES, Stacked, error_correlation, stack

__all__ = ["RIDGES", "Fit", "Stacked", "error_correlation", "fit", "folds", "probabilities", "stack"]
