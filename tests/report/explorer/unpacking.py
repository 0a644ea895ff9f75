"""The packed cases of a page, read in Python as the page's script reads them."""

from __future__ import annotations

import bz2
import json
import re
from typing import Any

import numpy as np

from evalkit.report.explorer.encoding import ALPHABET


def decode(line: str) -> bytes:
    """The bytes that `encoding.encode` was given."""
    digits = np.array([ALPHABET.index(c) for c in line])
    values = digits[0::2] * 91 + digits[1::2]
    bits = (values[:, None] >> np.arange(12, -1, -1)) & 1
    return bz2.BZ2Decompressor().decompress(np.packbits(bits.astype(np.uint8).ravel()).tobytes())


def unpacked(page: str) -> dict[str, Any]:
    """The head, and under `body` the columns of all blocks put together."""
    text = re.search(r'id="x-data">(.*?)</script>', page, re.S)
    assert text is not None
    head, *blocks = [json.loads(decode(line)) for line in text.group(1).split("\n")]
    blocks = [_spread(block, [_spelled(column) for column in block.pop("columns")]) for block in blocks]
    sizes = np.diff([*head["starts"], len(head["ids"])]).tolist()
    assert len(blocks) == len(sizes)
    return {**head, "body": _joined(blocks, sizes)}


def _spelled(column: Any) -> Any:
    if not isinstance(column, dict):
        return column
    return [column["values"][ord(letter) - 93] for letter in column["codes"]]


def _spread(body: Any, columns: list[Any]) -> Any:
    if isinstance(body, dict):
        return {name: _spread(part, columns) for name, part in body.items()}
    return None if body is None else columns[body]


def _joined(parts: list[Any], sizes: list[int]) -> Any:
    names = dict.fromkeys(name for part in parts if isinstance(part, dict) for name in part)
    if names:
        return {name: _joined([(part or {}).get(name) for part in parts], sizes) for name in names}
    return [x for part, n in zip(parts, sizes, strict=True) for x in (part or [None] * n)]
