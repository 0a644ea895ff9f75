"""A page as it is written: its elements in order, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}


@dataclass(eq=False)
class Element:
    """One element with its attributes, and what is in it: elements and texts, in order."""

    tag: str
    attrs: dict[str, str]
    parent: Element | None = field(default=None, repr=False)
    content: list[Element | str] = field(default_factory=list, repr=False)

    @property
    def children(self) -> list[Element]:
        """The elements in it, in order."""
        return [one for one in self.content if isinstance(one, Element)]

    @property
    def raw(self) -> str:
        """All text in it, as it stands there."""
        return "".join(one if isinstance(one, str) else one.raw for one in self.content)

    @property
    def text(self) -> str:
        """All text in it, on one line."""
        return " ".join(self.raw.split())

    def walk(self) -> Iterator[Element]:
        """It and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *tags: str) -> list[Element]:
        """Those below it with one of these tags, in order."""
        return [found for found in self.walk() if found.tag in tags and found is not self]

    def inside(self, *tags: str) -> bool:
        """Whether it stands in an element with one of these tags."""
        return self.parent is not None and (self.parent.tag in tags or self.parent.inside(*tags))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = self.root
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.wrong += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        made = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.content.append(made)
        if tag not in _VOID:
            self.open = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open.tag or self.open.parent is None:
            self.wrong.append(f"</{tag}> ends <{self.open.tag}>")
            return
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.content.append(data)


@cache
def read(html: str) -> tuple[Element, list[str]]:
    """The document, and what is wrong with how its tags nest."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root, reader.wrong + ([f"<{reader.open.tag}> is never closed"] if reader.open.tag else [])
