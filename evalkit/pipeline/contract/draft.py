"""The draft of a contract as YAML, with the evidence for each column as a comment."""

from __future__ import annotations

import json
import keyword
import re
from typing import Any

from evalkit.pipeline.contract.infer import Draft, Inferred

__all__ = ["draft_text"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_NARROW = 100


def draft_text(name: str, draft: Draft, rows: int, source: str) -> str:
    """The file.

    Args:
        name: of the contract. draft: of its columns. rows: that were read. source: where from, for the comment.
    """
    lines = [
        f"# A draft, from {rows:,} rows of {quoted(source)}. Above each column stands what was seen in them.",
        f"contract: {quoted(name)}",
        "extra: error  # a column that is not named here: error, warn or allow",
    ]
    if draft.missing:
        lines.append(f"missing: [{', '.join(map(quoted, ['', *draft.missing]))}]  # cells that are no value")
    lines.append("columns:")
    for column in draft.columns:
        lines += _column(column)
    lines += ["volume:", "  min: 1"] if rows else []
    return "\n".join([*lines, *_more(draft), ""])


def _more(draft: Draft) -> list[str]:
    """What the rows do not show, or keep by chance: as comments, with columns of this file."""
    times = [one.name for one in draft.columns if one.rules["type"] in ("timestamp", "date")]
    found = ["# freshness:", f"#   column: {quoted(times[0])}", "#   max_age: 2 days"] if times else []
    if draft.pairs.key is not None:
        found += ["# keys:  # in these rows no two have both the same", f"#   - [{_value([*draft.pairs.key])[1:-1]}]"]
    if draft.pairs.order is not None and "`" not in "".join(draft.pairs.order):
        found += ["# rules:  # in these rows", f"#   - {_ordered(*draft.pairs.order)}"]
    return ["# More that cannot be seen in one file, for you to switch on:", *found] if found else []


def _ordered(before: str, after: str) -> str:
    rule = f"{_term(before)} <= {_term(after)}"
    return quoted(rule) if "`" in rule else rule


def _term(name: str) -> str:
    """A column in a rule: a plain word, else in backquotes."""
    plain = _PLAIN.fullmatch(name) and not keyword.iskeyword(name) and name.lower() not in _WORDS
    return name if plain else f"`{name}`"


def _column(draft: Inferred) -> list[str]:
    given = [f"{key}: {_value(value)}" for key, value in draft.rules.items()]
    line = f"  {quoted(draft.name)}: {{{', '.join(given)}}}"
    if len(line) <= _NARROW:
        return [f"  # {draft.evidence}", line]
    return [f"  # {draft.evidence}", f"  {quoted(draft.name)}:", *(f"    {one}" for one in given)]


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def quoted(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, else in double quotes on one line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    marked = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in marked)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
