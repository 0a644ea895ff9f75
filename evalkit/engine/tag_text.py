"""How a tag or group is spelt: one text for one value, whichever file format it came from."""

from __future__ import annotations

from typing import Any

from evalkit.core.digest import canonical_json


def tag_text(value: Any) -> str:
    """The text of a tag or group value: texts as they are, `true`, `7`, `0.5`; 7.0 is `7` (pandas makes it so).

    Raises:
        ValueError: the value is a list, an object, null, NaN or infinite.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, bool | int | float):
        raise ValueError("a tag or group is a text, a number, true or false")
    return canonical_json(value)
