"""What calls may cost: a ceiling that holds, with failed attempts counted."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.core.protocols import Answer, CallError


class Budget:
    """A ceiling that holds: a call starts only if it fits even at the price of the dearest call seen so far.

    Until one call has named its cost, calls go one at a time. Attempts that may have been worked on but named no cost
    (a timeout, a server error, the slower one of two) are counted at the dearest price seen.
    """

    _MAY_HAVE_COST = frozenset({"timeout", "server_error", "collateral", "bad_response", "overtaken"})

    def __init__(self, ceiling: float | None, within: Budget | None = None) -> None:
        """`within`: a wider budget, of which this one is a part."""
        self.ceiling, self.within, self.spent = ceiling, within, 0.0
        self._dearest: float | None = None

    def begin(self) -> None:
        """Another system is asked next: what is spent stays spent, but its prices are not known yet."""
        self._dearest = None
        if self.within is not None:
            self.within.begin()

    def already(self, costs: Iterable[float]) -> None:
        """What earlier attempts at this run have cost."""
        for cost in costs:
            self._spend(cost)

    def room(self) -> int:
        """How many calls may be in flight now."""
        wider = self.within.room() if self.within is not None else 1 << 30
        if self.ceiling is None or self._dearest == 0:
            return wider
        if self._dearest is None:
            return min(wider, 1 if self.ceiling > self.spent else 0)
        # A hundredth of a cent of slack: sums of prices are not exact.
        return min(wider, int((self.ceiling - self.spent + 1e-9) / self._dearest))

    def full(self) -> Budget:
        """The ceiling that leaves no room: this one's, or the wider one's."""
        return self.within.full() if self.within is not None and self.within.room() <= 0 else self

    def charge(self, outcome: Answer | CallError) -> None:
        """Count one attempt, whatever came of it."""
        if outcome.cost is not None:
            self._spend(outcome.cost)
        elif self._reason(outcome) in self._MAY_HAVE_COST:
            self._spend_unknown()

    def unpriced(self, answer: Answer) -> bool:
        """Whether this answer makes a ceiling impossible to keep."""
        if answer.failure is not None or answer.cost is not None:
            return False
        return self.ceiling is not None or (self.within is not None and self.within.unpriced(answer))

    def _spend(self, cost: float) -> None:
        self.spent += cost
        self._dearest = max(cost, self._dearest or 0.0)
        if self.within is not None:
            self.within._spend(cost)

    def _spend_unknown(self) -> None:
        self.spent += self._dearest or 0.0
        if self.within is not None:
            self.within._spend_unknown()

    @staticmethod
    def _reason(outcome: Answer | CallError) -> str | None:
        if isinstance(outcome, CallError):
            return outcome.reason
        return outcome.failure.reason if outcome.failure else None
