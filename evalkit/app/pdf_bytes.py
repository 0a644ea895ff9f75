"""What in a PDF of Chromium is not the same twice: times, and numbers of the nodes that its structure is made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["settled"]

_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \()D:[^)]*\)")
_NODE = re.compile(rb"\((node)(\d+)\)")
_IDS = re.compile(rb"/ID\s*\[\s*<[0-9A-Fa-f]*>\s*<[0-9A-Fa-f]*>\s*\]")


def settled(data: bytes, created: str) -> bytes:
    """The same PDF with one time and with nodes counted from 1; every byte keeps its place, so that offsets hold.

    Args:
        data: as Chromium writes it: these objects are not compressed.
        created: ISO 8601; without an offset it is UTC.
    """
    moment = datetime.fromisoformat(created)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    stamp = moment.strftime("D:%Y%m%d%H%M%S+00'00'").encode()
    data = _DATE.sub(lambda m: m[1] + stamp + b")" if len(m[0]) == len(m[1]) + len(stamp) + 1 else m[0], data)
    data = _IDS.sub(lambda m: re.sub(rb"[0-9A-Fa-f](?=[0-9A-Fa-f]*>)", b"0", m[0]), data)
    found = sorted({m[2] for m in _NODE.finditer(data)}, key=lambda digits: (len(digits), digits))
    places = {digits: str(place).zfill(len(digits)).encode() for place, digits in enumerate(found, 1)}
    return _NODE.sub(lambda m: b"(" + m[1] + places[m[2]] + b")", data)
