"""What rollouts are called: an id by the time of the start or of the caller's choice, its beginning, or `latest`."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from evalkit.core.chain import Chains
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.pipeline.rollout.nouns import Plan

__all__ = ["CHAIN", "STARTED", "find", "ident_of", "listed"]

CHAIN: Final = "rollout/"
STARTED: Final = "started"  # the pointer to the time of the start, in seconds since 1970
_LATEST: Final = "latest"
_IDENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TIME: Final = "%Y%m%d-%H%M%S"


def ident_of(plan: Plan, now: float, chosen: str | None) -> str:
    """The id of a new rollout; one that nobody chose begins with the time.

    Raises:
        InputError: what was chosen cannot be one.
    """
    if chosen is None:
        return (
            f"{datetime.fromtimestamp(now, UTC).strftime(_TIME)}-{digest_of([plan.model_dump(mode='json'), now])[:8]}"
        )
    if not _IDENT.fullmatch(chosen) or chosen == _LATEST:
        raise InputError(
            f"{chosen!r:.80} cannot be the id of a rollout",
            "rollout start",
            "Take 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or digit, and not `latest`",
        )
    return chosen


def listed(chains: Chains) -> list[str]:
    """Ids of all rollouts, oldest first."""
    idents = [name.removeprefix(CHAIN) for name in chains.chains(CHAIN)]
    return sorted(idents, key=lambda ident: (_started(chains, ident), ident))


def _started(chains: Chains, ident: str) -> float:
    pointer = chains.pointers(CHAIN + ident).get(STARTED)
    if pointer is not None:
        return float(pointer)
    with suppress(ValueError):  # of before the pointer: those ids all begin with the time
        return datetime.strptime(ident[:15], _TIME).replace(tzinfo=UTC).timestamp()
    return 0.0


def find(chains: Chains, ref: str) -> str:
    """The id that `latest`, an id, or its beginning means.

    Raises:
        InputError: none or several.
    """
    if ref == _LATEST:
        found = listed(chains)[-1:]
    else:
        known = [name.removeprefix(CHAIN) for name in chains.chains(CHAIN)]
        found = [ref] if ref in known else [ident for ident in known if ref and ident.startswith(ref)]
    if len(found) != 1:
        many = f"{len(found)} rollouts begin with" if found else "there is no rollout"
        raise InputError(f"{many} {ref!r:.80}", remedy="See: evalkit rollout status")
    return found[0]
