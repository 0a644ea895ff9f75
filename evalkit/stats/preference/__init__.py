"""Rankings from pairwise preferences: Bradley-Terry strengths with ties and a covariate."""

from evalkit.stats.preference.comparisons import Comparisons
from evalkit.stats.preference.ranking import Ranking, bradley_terry

__all__ = ["Comparisons", "Ranking", "bradley_terry"]
