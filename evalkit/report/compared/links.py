"""Where in the page's explorer a reader is led: to a metric, a system, and the one that it is held against."""

from __future__ import annotations

import json
from urllib.parse import quote

from evalkit.core.comparison import PairFlips

__all__ = ["flipped"]

_LOST, _WON = ("wrong", "right"), ("right", "wrong")


def flipped(row: PairFlips) -> dict[str, str]:
    """Links to a pair's cases in the explorer of the same page, by kind; of a metric that is not binary all cases."""
    sides = {"regressions": _LOST, "fixes": _WON, "both wrong": ("wrong", "wrong"), "unscored": None}
    return {kind: _link(row, how) for kind, how in sides.items()}


def _link(row: PairFlips, how: tuple[str, str] | None) -> str:
    said = [("metric", row.metric), ("system", row.a), ("against", row.b)]
    if how is not None and row.binary:
        pairs = zip((row.a, row.b), how, strict=True)
        said += [("score", json.dumps([row.metric, name, fate, None, None])) for name, fate in pairs]
    return "#cases?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in said)
