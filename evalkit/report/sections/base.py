"""What a section is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings

__all__ = ["Section"]


class Section(NamedTuple):
    """One part of the page.

    Attributes:
        ident: anchor in the page and name of the template `sections/<ident>.html`.
        title: heading.
        build: (dossier, findings) -> the template's variables, or None to leave the section out.
    """

    ident: str
    title: str
    build: Callable[[Dossier, Findings], dict[str, Any] | None]
