"""`recorded:FILE`: answers that exist already, as JSON Lines, Parquet or CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from evalkit.core.bulk import bulk
from evalkit.core.digest import digest_file
from evalkit.core.errors import InputError
from evalkit.core.options import check_options, text
from evalkit.predictors.recorded_columns import refuse_duplicates
from evalkit.predictors.recorded_jsonl import read_jsonl
from evalkit.predictors.recorded_table import read_csv, read_parquet

_READERS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
}


@dataclass(frozen=True)
class Recorded:
    """Stored answers.

    Rows have `case_id` (a text or a whole number) and `output`, and may have `repeat`, `failure`, `seconds`, `cost`,
    `confidence`, `tokens_in`, `tokens_out`, `model` and `trace`. Without an output and a failure a row is the system
    failure `empty`. Other keys are ignored and named in `unknown_keys`. A `predictions.parquet` of a run is read too.

    Attributes:
        path: the file.
        variant: which variant of a run's `predictions.parquet`; needed where it holds several.
    """

    path: Path
    variant: str | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> Recorded:
        """From what stands behind `recorded:`.

        Raises:
            InputError: there is no such file, or its name does not say what it is.
        """
        check_options("recorded", options, {"variant"})
        path = Path(rest)
        if not path.is_file():
            what = "is a folder, not a file" if path.is_dir() else "there is no such file"
            raise InputError(f"recorded predictions: {what}", rest or "recorded:")
        if path.suffix.lower() not in _READERS:
            raise InputError(f"recorded predictions end in {', '.join(_READERS)}; this is {path.suffix!r}", rest)
        return cls(path, text("recorded", options, "variant"))

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for."""
        chosen = {} if self.variant is None else {"variant": self.variant}
        return {"predictor": "recorded", "file": str(self.path), **chosen}

    @cached_property
    def identity(self) -> dict[str, Any] | None:
        """The digest of the file's bytes."""
        chosen = {} if self.variant is None else {"variant": self.variant}
        return {"predictor": "recorded", "sha256": digest_file(self.path), **chosen}

    @property
    def unknown_keys(self) -> list[str]:
        """Keys of the file that mean nothing here, for a warning."""
        return self._read[1]

    def table(self) -> pa.Table:
        """All rows, in file order; schema `tables.PREDICTIONS`.

        Raises:
            InputError: naming file, line, key and value.
        """
        return self._read[0]

    @cached_property
    @bulk()
    def _read(self) -> tuple[pa.Table, list[str]]:
        reader = _READERS[self.path.suffix.lower()]
        try:
            if reader == "jsonl":
                table, unknown, place = read_jsonl(self.path)
            elif reader == "csv":
                table, unknown, place = read_csv(self.path)
            else:
                table, unknown, place = read_parquet(self.path, self.variant)
        except OSError as error:
            raise InputError(
                f"recorded predictions cannot be read: {error.strerror or error}", str(self.path)
            ) from None
        refuse_duplicates(table, place)
        return table, sorted(unknown)
