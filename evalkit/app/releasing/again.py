"""The command that makes a release report again: in full, whatever was typed."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["again"]


def again(run_id: str, since: str | None, form: str, redact: Sequence[str]) -> tuple[str, ...]:
    """The words of the command; `latest` and names become the id that they stood for."""
    words = ["evalkit", "report", "release", f"run:{run_id}"]
    words += ["--since", since] if since else []
    words += ["--format", form] if form != "html" else []
    for name in redact:
        words += ["--redact", name]
    return tuple(words)
