"""Several systems on the same cases: simultaneous intervals of all differences, groups, ranks, and who is best."""

from evalkit.stats.many.candidates import Candidates, compare_all
from evalkit.stats.many.letters import letters, rank_intervals
from evalkit.stats.many.omnibus import cochran_q
from evalkit.stats.many.pairs import Pairs, all_pairs
from evalkit.stats.many.replicates import replicate_values

__all__ = [
    "Candidates",
    "Pairs",
    "all_pairs",
    "cochran_q",
    "compare_all",
    "letters",
    "rank_intervals",
    "replicate_values",
]
