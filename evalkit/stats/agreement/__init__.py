"""Agreement between raters: raw, Cohen's kappa, Gwet's AC1/AC2 and Krippendorff's alpha, with intervals over items."""

from evalkit.stats.agreement.all_of_them import Agreement, agreement, grouped_agreement
from evalkit.stats.agreement.intervals import Coefficient
from evalkit.stats.agreement.ratings import Scale

__all__ = ["Agreement", "Coefficient", "Scale", "agreement", "grouped_agreement"]
