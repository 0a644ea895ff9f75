"""Where a rubric is: named by the suite, a file beside it, or one of those that come with evalkit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

_SUFFIXES = (".yaml", ".yml")


def read_rubric(given: str, base: Path, named: Mapping[str, Any] | None = None) -> Rubric:
    """The rubric that is meant by a name or a path.

    Args:
        given: a name of the suite's `rubrics`, a path relative to `base`, or the name of one that comes with evalkit
            (`correctness`, `rubrics/correctness.yaml`).
        base: the suite's folder.
        named: the suite's `rubrics`.

    Raises:
        InputError: there is no such rubric, or it cannot be used.
    """
    from evalkit.judges.rubric import Rubric

    return Rubric.read(find_rubric(given, base, named))


def find_rubric(given: str, base: Path, named: Mapping[str, Any] | None = None) -> Path:
    """The file of a rubric; see `read_rubric`.

    Raises:
        InputError: there is none.
    """
    if named and given in named:
        file = named[given]
        if isinstance(file, Mapping):
            file = file.get("file")
        if not isinstance(file, str) or not file:
            what = f"rubrics.{given} is {named[given]!r:.80}, which names no file"
            raise InputError(what, remedy=f"Write `{given}: rubrics/{given}.yaml`.")
        given = file
    if not given.strip() or "\0" in given:
        raise InputError(f"{given!r:.80} names no rubric", remedy=f"Shipped: {', '.join(shipped_rubrics())}.")
    own = base / given
    if own.is_file():
        return own
    shipped = _shipped(given)
    if shipped is not None:
        return shipped
    choices = [*(named or {}), *shipped_rubrics()]
    what = f"there is no rubric {given!r:.200}: no file {str(own)!r:.200}, and none of that name comes with evalkit"
    raise InputError(what, remedy=did_you_mean(given, choices, "rubrics"))


def shipped_rubrics() -> list[str]:
    """Names of the rubrics that come with evalkit."""
    return sorted(file.stem for file in _folder().glob("*.y*ml") if file.suffix in _SUFFIXES)


def _shipped(given: str) -> Path | None:
    """`correctness`, `correctness.yaml` or `rubrics/correctness.yaml`."""
    place = PurePosixPath(given)
    if str(place.parent) not in (".", "rubrics"):
        return None
    names = [place.name] if place.suffix in _SUFFIXES else [place.name + suffix for suffix in _SUFFIXES]
    return next((file for name in names if (file := _folder() / name).is_file()), None)


def _folder() -> Path:
    """In the wheel they are inside the package; in a checkout beside it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "rubrics"
    return inside if inside.is_dir() else package.parent / "rubrics"
