"""One request on its way through its attempts: what failed so far, and whether it is tried again."""

from __future__ import annotations

from evalkit.core.nouns import Failure
from evalkit.core.protocols import CallError, Request
from evalkit.engine.limits import CallPolicy

_MAX_COLLATERAL = 5  # free retries of a call that lost its process through no fault of its own
_MAX_TIMEOUTS = 2  # retries of a call that hung
_AWAY = 4  # times as many retries where the endpoint says "later" to some calls while it answers others


class Turn:
    """A request and its attempts.

    Attributes:
        request: what is asked.
        born: successes of the run when it was first asked.
        n: attempts begun.
        ready: the moment (monotonic seconds) before which it may not be tried again.
        begun: the moment at which it was first asked; None: not yet.
        hung: an attempt ran into its timeout.
        paid: US dollars that failed attempts named.
    """

    __slots__ = ("_collateral", "_counts", "begun", "born", "hung", "n", "paid", "ready", "request")

    def __init__(self, request: Request, born: int) -> None:
        self.request, self.born = request, born
        self.n, self.ready, self.hung, self.paid = 0, 0.0, False, 0.0
        self.begun: float | None = None
        self._collateral = 0
        self._counts: dict[str, int] | None = None

    def failed(self, error: CallError, policy: CallPolicy, now: float, n_successes: int) -> Failure | None:
        """An attempt failed: a failure when that is the end, or None, and `ready` says when to try again.

        `n_successes` of the run so far: an endpoint that answers nobody is not asked longer than a broken one.
        """
        self.paid += error.cost or 0.0
        if error.reason == "collateral" and self._collateral < _MAX_COLLATERAL:
            self._collateral += 1
            self.ready = now
            return None
        failure = Failure(kind="harness", reason=error.reason, message=error.message)
        if not error.retry:
            return failure
        counts = self._counts = self._counts or {}
        kind = error.reason if error.reason in ("rate_limited", "timeout") else "other"
        before, done = counts.get(kind, 0), sum(counts.values())
        counts[kind] = before + 1
        if before >= _most(kind, policy.retries, n_successes > self.born):
            return failure.model_copy(update={"message": f"{error.message} ({done + 1} attempts)"})
        self.hung = self.hung or kind == "timeout"
        delay = 0.0 if kind == "timeout" else policy.backoff.delay(self.request, before, error)
        if delay is None:
            note = f"{error.message}; it asks for a wait of {error.retry_after:,.0f} s, which is too long"
            return failure.model_copy(update={"message": note})
        self.ready = now + delay
        return None


def _most(kind: str, retries: int, others_answered: bool) -> int:
    """Retries by what went wrong."""
    if kind == "rate_limited" and others_answered:
        return _AWAY * retries
    return min(retries, _MAX_TIMEOUTS) if kind == "timeout" else retries
