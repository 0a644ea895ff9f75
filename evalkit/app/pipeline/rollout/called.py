"""What a system is called in a log: its spec, or the NAME of `NAME=SCHEME:REST`."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["called"]

_NAMED: Final = re.compile(r"([A-Za-z_][\w.-]*)=.+", re.DOTALL)


def called(spec: str) -> tuple[str, ...]:
    """All names by which a log may know the system of a spec."""
    found = _NAMED.fullmatch(spec)
    return (spec,) if found is None else (spec, found[1])
