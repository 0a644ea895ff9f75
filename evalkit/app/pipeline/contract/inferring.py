"""The draft of a contract from a file."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.errors import InputError
from evalkit.pipeline.contract.draft import draft_text
from evalkit.pipeline.contract.files import read_file
from evalkit.pipeline.contract.infer import infer
from evalkit.report.text import plural

__all__ = ["inferred"]


def inferred(file: Path, name: str | None = None) -> str:
    """YAML; see `pipeline.contract.infer`.

    Raises:
        InputError: the file cannot be read, or lines of it cannot.
    """
    read = read_file(file)
    if read.bad:
        row, said = next(iter(sorted(read.bad.items())))
        raise InputError(
            f"{plural(len(read.bad), 'line')} cannot be read, the first of them as row {row}: {said}",
            str(file),
            "Correct or remove them first: a contract is drafted from rows that are right",
        )
    draft = infer(read.table, read.texts, read.mixed)
    return draft_text(name or file.stem, draft, read.table.num_rows, file.name)
