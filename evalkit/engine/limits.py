"""What bounds the calls of a run: how many at once, how long, how often, how dear, and when to give up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from evalkit.engine.endpoints import Endpoints
from evalkit.engine.limits_given import LIMITS, read_limits
from evalkit.engine.retry import Backoff

__all__ = ["JUDGE_TIMEOUT", "LIMITS", "CallPolicy"]

JUDGE_TIMEOUT = 30.0
"""Seconds that one call of a judge may take, unless the judge says otherwise."""


@dataclass(frozen=True)
class CallPolicy:
    """The limits of one run's calls.

    Attributes:
        concurrency: most calls in flight (>= 1); fewer while an endpoint says that it is too many.
        timeout: seconds that one attempt may take; None is no limit.
        retries: further attempts after a harness error that may pass (>= 0).
        backoff: how long to wait before each of them.
        max_output_bytes: a longer output (as UTF-8 JSON) is the system failure `too_large`.
        budget: US dollars that this run's calls may cost; None is no limit.
        max_failures: stop after this many harness failures in a row.
        max_outage: stop after this many seconds of nothing but failed attempts.
        same_failures: stop when each of the first so many calls failed in the very same way.
        requests_per_minute: most attempts begun in any 60 s; None is no limit.
        tokens_per_minute: most tokens in a minute, in and out, foreseen from the calls before; None is no limit.
        hedge: seconds after which a call that still runs is asked a second time, the first answer winning; "auto":
            what 95 % of the calls so far took; None: never.
        max_cost: US dollars that the calls of this one judge may cost, beside `budget`; None is no limit.
        endpoint: who is asked, for the limiter that all calls to one endpoint share; None: as the system's spec says.
        judging: the calls are a judge's. Its timeouts are failures of ours: tried again, and never an answer.
        endpoints: what the calls of the run have learned about each endpoint; policies made of this one share it.
    """

    concurrency: int = 8
    timeout: float | None = 60.0
    retries: int = 4
    backoff: Backoff = field(default_factory=Backoff)
    max_output_bytes: int = 10_000_000
    budget: float | None = None
    max_failures: int = 20
    max_outage: float = 30.0
    same_failures: int = 50
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    hedge: float | Literal["auto"] | None = None
    max_cost: float | None = None
    endpoint: str | None = None
    judging: bool = False
    endpoints: Endpoints = field(default_factory=Endpoints, compare=False, repr=False)

    def limited(self, limits: Mapping[str, Any] | None, where: str = "") -> CallPolicy:
        """This policy for the calls of a judge, with the bounds that the judge names.

        Args:
            limits: any of LIMITS, as numbers or texts of numbers; what is missing or None keeps its default (a timeout
                of JUDGE_TIMEOUT, the rest as it is here).
            where: whose limits they are, for the sentence.

        Raises:
            InputError: a limit that there is not, or a value that it cannot have.
        """
        return replace(self, **{"timeout": JUDGE_TIMEOUT, "judging": True} | read_limits(limits or {}, where))
