"""Keys: read from the environment when connections open, and taken out of everything that is told or recorded."""

from __future__ import annotations

import os
import re

from evalkit.core.protocols import CallError

_KEY_LIKE = re.compile(r"\b(sk|key|pk|gsk|xai)-[\w*-]{6,}|Bearer\s+\S+", re.IGNORECASE)
_SECRET = 16  # characters; shorter ones are placeholders of local servers ("EMPTY", "ollama")


def read_key(name: str, variable: str, *, needed: bool) -> str | None:
    """The key in an environment variable; None: there is none.

    Args:
        name: who wants it, for sentences.
        variable: the environment variable.
        needed: whether nothing can succeed without one.

    Raises:
        CallError: `auth`, fatal; it is missing though needed, or no key can look like that.
    """
    key = os.environ.get(variable) or None
    if key is None and needed:
        raise CallError("auth", f"{name} needs a key: the environment variable {variable} is not set", fatal=True)
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        message = f"{name}: {variable} holds characters that no key has (a space, a line end?)"
        raise CallError("auth", message, fatal=True)
    return key


def scrub(text: str, key: str | None) -> str:
    """The text without the key, or anything that looks like one."""
    if key:
        text = text.replace(key, "[key]")
    return _KEY_LIKE.sub("[key]", text)


def scrubbed(error: CallError, key: str | None) -> CallError:
    """The same error, its sentence without keys."""
    error.message = scrub(error.message, key)
    error.args = (error.message,)
    return error


def without(data: bytes, key: str | None) -> bytes:
    """A response without the key that was sent: an endpoint that echoes it must not bring it into a record."""
    if key is None or len(key) < _SECRET:
        return data
    return data.replace(key.encode(), b"[key]")
