"""What cannot change a number; each option out of range, or against another, is an error in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from evalkit.core.errors import InputError
from evalkit.core.nouns import Policy
from evalkit.stores.summary import check_name, check_tags

_LONGEST = 604_800.0  # seconds: a week, as in a suite file


@dataclass(frozen=True)
class Options:
    """What cannot change a number (but for the selection, which enters the cases' digest, and `timeout`).

    Attributes:
        limit, filters: keep only some cases.
        fresh, replay: ignore what is recorded; forbid calls.
        retry_failed: start from the good answers of the last run of the same plan and system.
        concurrency: calls at the same time.
        timeout: overrides the suite's; enters the scoring digest.
        policy: overrides the suite's: release or pull_request; enters the policy digest.
        budget: stop before spending more than this (USD).
        name, tags: for the run.
        warn: told, before the first call, what can be foreseen (a gate that cannot pass on so few cases).
        clock: what time it is, with its zone: of the record, and of the certificates that have to hold; None: now.
        predictor: defaults for `openai:` systems: prompt, base_url, temperature, ...
    """

    limit: int | None = None
    filters: Sequence[str] = ()
    fresh: bool = False
    replay: bool = False
    retry_failed: bool = False
    concurrency: int = 8
    timeout: float | None = None
    policy: Policy | None = None
    budget: float | None = None
    name: str | None = None
    tags: Sequence[str] = ()
    warn: Callable[[str], None] | None = None
    clock: Callable[[], datetime] | None = None
    predictor: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_options(self)


def check_options(options: Options) -> None:
    """Refuse what cannot be meant.

    Raises:
        InputError: naming the option, its value and its bound.
    """
    _whole("limit", options.limit)
    _whole("concurrency", options.concurrency)
    _positive("timeout", options.timeout, _LONGEST)
    _positive("budget", options.budget, math.inf)
    for name in ("filters", "tags"):
        value = getattr(options, name)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise InputError(f"{name} is {value!r}, not a list of texts", remedy=f"Write {name}=[...].")
    if options.policy is not None and options.policy not in get_args(Policy):
        raise InputError(f"policy is {options.policy!r}, not one of {' and '.join(get_args(Policy))}")
    if options.name is not None:
        check_name(options.name)
    check_tags(options.tags)
    if options.fresh and (options.replay or options.retry_failed):
        other = "replay" if options.replay else "retry_failed"
        raise InputError(f"fresh ignores what is recorded and {other} relies on it", remedy="Give one of the two.")


def _whole(name: str, value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InputError(f"{name} is {value!r}, not a whole number from 1 up")


def _positive(name: str, value: float | None, most: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most or value == math.inf:
        bound = "above 0" if most == math.inf else f"above 0, at most {most:,.0f}"
        raise InputError(f"{name} is {value!r}, not a number {bound}")
