"""The page around the sections: templates, one style sheet, one script, and the policy that admits only these two."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evalkit.report.text import visible

__all__ = ["content_security_policy", "environment", "json_for_script", "script", "style"]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("tokens.css", "page.css", "charts.css", "explorer.css", "print.css")
_SCRIPTS = ("text.js", "data.js", "list.js", "detail.js", "explorer.js")


@cache
def environment() -> Environment:
    """Templates that escape everything, refuse unknown names, and show hidden characters as signs."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        auto_reload=False,
    )


def _finalize(value: Any) -> Any:
    """Every text that is not markup of ours is made visible before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def style() -> Markup:
    """The style sheet, all files in order."""
    return _joined("css", _STYLES)


@cache
def script() -> Markup:
    """The script: every file is a part of one function, so that nothing becomes global."""
    return Markup('"use strict";\n(() => {\n') + _joined("js", _SCRIPTS) + Markup("})();\n")


def _joined(folder: str, names: tuple[str, ...]) -> Markup:
    return Markup("".join((_TEMPLATES / folder / name).read_text(encoding="utf-8") for name in names))


def content_security_policy() -> str:
    """Nothing may be loaded, and only the script and the style sheet with these hashes may run."""
    return (
        f"default-src 'none'; script-src '{_hash(script())}'; style-src '{_hash(style())}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def json_for_script(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in: `<`, `>`, `&`, U+2028 and U+2029 are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)
