"""Numbers of a judge, corrected for its known errors: PPI++ from labels, Rogan-Gladen from a calibration."""

from evalkit.stats.correction.choose import Choice, Means, choose, corrected, human_only, judged
from evalkit.stats.correction.ppi import Corrected, ppi, ppi_plus_plus, too_few
from evalkit.stats.correction.rogan_gladen import (
    Errors,
    clear,
    effective_n,
    rogan_gladen,
    rogan_gladen_difference,
    rogan_gladen_mixed,
)
from evalkit.stats.correction.sample import FEWEST, UNLIKE, Sample, sample, unlike
from evalkit.stats.correction.spend import cost_per_effective_label, neyman

__all__ = [
    "FEWEST",
    "UNLIKE",
    "Choice",
    "Corrected",
    "Errors",
    "Means",
    "Sample",
    "choose",
    "clear",
    "corrected",
    "cost_per_effective_label",
    "effective_n",
    "human_only",
    "judged",
    "neyman",
    "ppi",
    "ppi_plus_plus",
    "rogan_gladen",
    "rogan_gladen_difference",
    "rogan_gladen_mixed",
    "sample",
    "too_few",
    "unlike",
]
