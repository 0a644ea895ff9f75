"""Text of strangers, made harmless to the eye: what is invisible is named, what is endless is clipped."""

from __future__ import annotations

import re

__all__ = ["clip", "count", "listing", "plural", "visible", "when"]

# C0 and C1 controls (but tab and newline), bidi marks and overrides, zero-width space, line separators, byte-order
# mark, interlinear marks, lone surrogates, tag characters. U+200C and U+200D stay: scripts and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with every invisible or direction-changing character shown as a sign, such as U+2400 or `⟨U+202E⟩`."""
    return _HIDDEN.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; an ellipsis in the last place says that there was more."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def count(n: int) -> str:
    """1234567 -> `1,234,567`."""
    return f"{n:,}"


def plural(n: int, noun: str, many: str | None = None) -> str:
    """`1 case`, `2,000 cases`."""
    return f"{count(n)} {noun if n == 1 else many or noun + 's'}"


def listing(words: list[str], limit: int = 3) -> str:
    """`a, b and c`; beyond `limit`: `a, b, c and 4 more`."""
    shown, rest = words[:limit], len(words) - limit
    if rest > 0:
        return ", ".join(shown) + f" and {count(rest)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1] if shown else ""]))


_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)\S*)?")


def when(at: str | None) -> str:
    """`2026-11-23 12:00` of an ISO time; another text clipped; `not said` for None."""
    if not at:
        return "not said"
    found = _TIME.fullmatch(at)
    return " ".join(filter(None, found.groups())) if found else clip(at, 60)
