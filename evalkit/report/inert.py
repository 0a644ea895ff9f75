"""Text of strangers in Markdown, made inert, and tables of it."""

from __future__ import annotations

import re

from evalkit.report.text import clip, visible

__all__ = ["code", "escape", "table"]

_LONG = 400
# What Markdown, HTML, or a forge reads as more than text, wherever it stands in a line ...
_ACTIVE = re.compile(r"[\\`*\[\]|~$^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.|(?<=[A-Za-z0-9])\.(?=www)")
# ... and what it reads as a heading, a list, a quotation or a rule at the start of one.
_LEADING = re.compile(r"^(\s*)([#=>]|[+-](?=\s|[-+]|$)|\d+(?=[.)](?:\s|$)))")


def escape(text: str) -> str:
    """One line of text that renders as itself: no markup, no link, no mention, no issue reference."""
    line = clip(" ".join(visible(text).split()), _LONG)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _ACTIVE.sub(lambda match: "\\" + match.group(), line)
    line = re.sub(r"@(?=\w)|#(?=\d)", lambda match: match.group() + "\u2060", line)  # a word joiner ends the reference
    return _LEADING.sub(lambda m: f"{m[1]}\\{m[2]}" if not m[2].isdigit() else f"{m[1]}{m[2]}\u2060", line)


def code(text: str) -> str:
    """A code span that holds the text whatever backticks it has, also in a table."""
    line = clip(" ".join(visible(text).split()), _LONG).replace("|", "¦") or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def table(header: list[str], rows: list[list[str]], right: frozenset[int] = frozenset()) -> str:
    """A table; `right` are the columns that stand at the right. Cells are Markdown already."""
    rule = ["---:" if i in right else "---" for i in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])
