"""The page around the sections: templates, one style sheet, one script, and the policy that admits only these two."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from evalkit.report.text import visible

__all__ = ["coded", "content_security_policy", "environment", "json_for_script", "script", "style"]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("tokens.css", "page.css", "charts.css", "explorer.css", "site.css", "release.css", "print.css")


@cache
def environment() -> Environment:
    """Templates that escape everything, refuse unknown names, and show hidden characters as signs."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        auto_reload=False,
    )
    made.filters["coded"] = coded
    return made


def _finalize(value: Any) -> Any:
    """Every text that is not markup of ours is made visible before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def coded(text: str) -> Markup:
    """A sentence whose parts between backticks are code."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def style(running: str = "") -> Markup:
    """The style sheet, all files in order; `running` stands at the head of every printed page."""
    if not running:
        return _sheet()
    words = "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in visible(running))
    return _sheet() + Markup(_RUNNING.replace("WORDS", words))


_RUNNING = '@page { @top-left { content: "WORDS"; font: 7.5pt sans-serif; color: #666; } }\n'


@cache
def _sheet() -> Markup:
    return _joined("css", _STYLES)


@cache
def script(names: tuple[str, ...]) -> Markup:
    """These scripts as one: every file is a part of one function, so that nothing becomes global."""
    return Markup('"use strict";\n(() => {\n') + _joined("js", names) + Markup("})();\n")


def _joined(folder: str, names: tuple[str, ...]) -> Markup:
    return Markup("".join((_TEMPLATES / folder / name).read_text(encoding="utf-8") for name in names))


def content_security_policy(script: Markup | None = None, sheet: Markup | None = None) -> str:
    """Nothing may be loaded, and only this script and this style sheet, by their hashes, may run."""
    scripts = f"script-src '{_hash(script)}'; " if script else ""
    styles = _hash(style() if sheet is None else sheet)
    return f"default-src 'none'; {scripts}style-src '{styles}'; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def json_for_script(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in: `<`, `>`, `&`, U+2028 and U+2029 are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)
