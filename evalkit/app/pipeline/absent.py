"""A package that somebody's code imports, and that is not installed, as a sentence."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

__all__ = ["absent"]

_EXTRAS: Final = {"sklearn": "models", "skops": "models", "pandas": "pandas"}


def absent(error: BaseException | None, whose: str) -> tuple[str, str] | None:
    """What is missing, and the remedy; None where an error does not say that a package is not there.

    Args:
        error: what importing or running the code raised. whose: code it is, such as "the recipe".
    """
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.partition(".")[0]
    if package in sys.modules or find_spec(package) is not None:  # a part of it is not there: another version
        return None
    what = f"{whose} needs the package {package!r:.80}, which is not installed"
    if package in _EXTRAS:
        return what, f'Run: pip install "evalkit-harness[{_EXTRAS[package]}]"'
    return what, "Install it where evalkit is installed; a module of your own belongs beside the file that imports it"
