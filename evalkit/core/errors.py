"""Errors are sentences: what is wrong, where, with which value, and the remedy."""

from __future__ import annotations

from typing import Any

EXIT_PASS, EXIT_FAIL, EXIT_INPUT, EXIT_INCONCLUSIVE, EXIT_BROKE, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


class EvalkitError(Exception):
    """What a person is told when evalkit cannot go on.

    Args:
        what: one sentence: what is wrong, with the value and the bound it broke.
        where: file and line, case, field or metric; empty when there is no such place.
        remedy: what to do about it; empty only where nothing can be done.
    """

    exit_code = EXIT_BROKE

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)  # all three, so that it survives pickling
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head.rstrip('.')}. {self.remedy}".rstrip() if self.remedy else head

    def to_json(self) -> dict[str, Any]:
        """What a command says of it with `--json`."""
        said = {"what": self.what, "where": self.where, "remedy": self.remedy}
        return {"outcome": "error", "exit_code": self.exit_code, "error": said}


class InputError(EvalkitError):
    """The suite, the cases, the predictions or the command line cannot be used as given (exit 2)."""

    exit_code = EXIT_INPUT


class MissingExtra(InputError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, needed_by: str) -> None:
        super().__init__(
            f"{needed_by} needs the package {package!r}, which is not installed",
            remedy=f'Run: pip install "evalkit-harness[{extra}]"',
        )
        self.args = (package, extra, needed_by)


class RunBroke(EvalkitError):
    """The run could not be completed for a reason of ours or of the machine (exit 4)."""


class StoreError(RunBroke):
    """The workspace cannot be read or written: full disk, read-only, newer schema.

    Attributes:
        unsaved: the record and its tables (name -> Arrow), when all was computed and only writing it failed.
    """

    unsaved: tuple[Any, dict[str, Any]] | None = None
