"""What the sections of a comparison read: the findings of its record, and the comparison itself."""

from __future__ import annotations

from evalkit.core.comparison import Comparison, Difference, MetricComparison
from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings

__all__ = ["MANY", "Told"]

MANY = 6
"""Systems beyond which pairs are told in a square, and columns are numbered."""


class Told(Findings):
    """The findings of a comparison's record; the leading metric is the comparison's.

    Attributes:
        comparison: what was found.
        under: the comparison under the leading metric; None: there is none.
    """

    def __init__(self, dossier: Dossier, comparison: Comparison) -> None:
        super().__init__(dossier.record)
        self.comparison = comparison
        self.under: MetricComparison | None = self.of(comparison.lead)

    def of(self, metric: str | None) -> MetricComparison | None:
        """The comparison under one metric."""
        return next((m for m in self.comparison.metrics if m.metric == metric), None)

    def lead_metric(self) -> str | None:
        """The metric that the page is about."""
        return self.comparison.lead or super().lead_metric()

    @property
    def two(self) -> bool:
        """Whether two systems are compared."""
        return len(self.comparison.systems) == 2

    @property
    def many(self) -> bool:
        """Whether there are more systems than names have room for."""
        return len(self.comparison.systems) > MANY

    @property
    def order(self) -> list[str]:
        """The systems, the best under the leading metric first."""
        return [s.name for s in self.under.systems] if self.under else [s.name for s in self.comparison.systems]

    def pair(self) -> tuple[str, str] | None:
        """The two systems that are held against each other first: of many the best two."""
        if self.two and self.under and self.under.differences:
            return self.under.differences[0].a, self.under.differences[0].b
        return (self.order[0], self.order[1]) if len(self.order) > 1 else None

    def difference(self, metric: str, a: str, b: str) -> Difference | None:
        """a - b as it was compared, in either order."""
        under = self.of(metric)
        return next((d for d in under.differences if {d.a, d.b} == {a, b}), None) if under else None
