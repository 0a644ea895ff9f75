"""The outline of a page: landmarks, headings, tables' headers, titles of figures, controls. Numbers are left out.

python -m tests.report.assurance.outline     # write tests/golden/*.txt anew; read the difference before committing
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.report.assurance.pages import PAGES, made
from tests.report.assurance.reading import Element, read

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
_LANDMARKS = ("header", "nav", "main", "section", "footer", "aside")
_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")  # whose last part is a digest, of the machine too
_NUMBER = re.compile(r"[-−+]?\d[\d,.]*")
_LONG = 110


def outline(html: str) -> str:
    """One line an element that gives the page its structure, indented as it nests."""
    root, _ = read(html)
    return "\n".join(_lines(root, 0)) + "\n"


def _lines(element: Element, depth: int) -> Iterator[str]:
    for child in element.children:
        said = _said(child)
        if said:
            yield "  " * depth + said
        if child.tag not in ("svg", "thead", "tbody", "select", "script", "style"):
            yield from _lines(child, depth + bool(said))


def _said(e: Element) -> str:
    if e.tag in _LANDMARKS:
        return " ".join(
            filter(None, [e.tag, f"#{e.attrs['id']}" if "id" in e.attrs else "", e.attrs.get("aria-label", "")])
        )
    if e.tag in ("title", "h1", "h2", "h3", "h4", "figcaption", "caption", "legend"):
        return f"{e.tag} {_short(e.text)}" if not e.inside("svg") else ""
    if e.tag == "table":
        heads = [cell.text for head in e.find("thead")[:1] for cell in head.find("th", "td")]
        return f"table {_short(' | '.join(heads))}"
    if e.tag == "svg":
        return f"picture ({e.attrs.get('role', 'no role')})"
    if e.tag == "details":
        return f"details {_short(e.find('summary')[0].text) if e.find('summary') else ''}"
    if e.tag in ("button", "input", "select", "textarea"):
        return f"{e.tag} {e.attrs.get('aria-label') or e.attrs.get('id', '')}".strip()
    return ""


def _short(text: str) -> str:
    words = _NUMBER.sub("#", _RUN.sub("RUN", text))
    return words if len(words) <= _LONG else words[:_LONG] + "…"


def squeezed(text: str) -> str:
    """Lines that follow each other and say the same are one, with how often: lengths of lists are data."""
    kept: list[tuple[str, int]] = []
    for line in text.splitlines():
        if kept and kept[-1][0] == line:
            kept[-1] = (line, 2)
        else:
            kept.append((line, 1))
    return "\n".join(line + (" (several)" if n > 1 else "") for line, n in kept) + "\n"


def main() -> None:
    """Write the outline of every kind of page."""
    GOLDEN.mkdir(exist_ok=True)
    for name in PAGES:
        file = GOLDEN / f"{name}.txt"
        text = squeezed(outline(made(name)))
        changed = not file.exists() or file.read_text(encoding="utf-8") != text
        file.write_text(text, encoding="utf-8")
        print(f"{file}: {'written' if changed else 'as it was'}")


if __name__ == "__main__":
    main()
