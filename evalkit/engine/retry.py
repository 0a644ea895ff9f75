"""How long to wait before trying again."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.protocols import CallError, Request
from evalkit.core.seeds import seed_from


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff with jitter.

    Attributes:
        base: seconds before the first retry; each further one waits twice as long.
        cap: the longest such wait, in seconds.
        jitter: share of the wait that is drawn, in [0, 1].
        patience: the longest `Retry-After` that is waited for, in seconds; a longer one ends the call.
    """

    base: float = 0.5
    cap: float = 30.0
    jitter: float = 0.5
    patience: float = 120.0

    def delay(self, request: Request, attempt: int, error: CallError) -> float | None:
        """Seconds before retry number `attempt` (0 is the first); None when the other side asks for too long a wait.

        The jitter is drawn from the request and the attempt, so that a run waits the same way each time. A wait that
        the other side asked for is never shortened, only spread.
        """
        draw = seed_from("backoff", request.case_id, request.repeat, attempt) / 2**63
        if error.retry_after is not None:
            if error.retry_after > self.patience:
                return None
            return max(0.0, error.retry_after) + self.jitter * draw * self.base
        wait = min(self.cap, self.base * 2.0 ** min(attempt, 60))
        return wait * (1.0 - self.jitter * draw)
