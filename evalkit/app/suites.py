"""Suites by path, by mapping, or as a record keeps them; and what a record keeps of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.app.catalog import metric_names, metric_parameters
from evalkit.core.nouns import Record, SuiteInfo
from evalkit.engine.suite import LoadedSuite, read_suite

SuiteLike = str | Path | Mapping[str, Any]
"""A suite file or its folder, or a mapping of the same shape."""


def load_suite(suite: SuiteLike, timeout: float | None = None) -> LoadedSuite:
    """Read and check a suite file (or a mapping of the same shape).

    Raises:
        InputError: what is wrong, with file, line, value and remedy.
    """
    source = Path(suite) if isinstance(suite, str | Path) else suite
    loaded = _read(source, Path() if isinstance(source, Mapping) else source if source.is_dir() else source.parent)
    if timeout is None:
        return loaded
    # In the source too: who scores the record again, does it under the limit that its answers had.
    suite_now = loaded.suite.model_copy(update={"timeout": timeout})
    return loaded._replace(suite=suite_now, source={**loaded.source, "timeout": timeout})


def _read(source: Path | Mapping[str, Any], base: Path) -> LoadedSuite:
    known = partial(metric_parameters, base=base)
    return read_suite(source, known_metrics=known, metric_names=metric_names(), base=base)


def stored_suite(record: Record) -> LoadedSuite:
    """The suite as the record keeps it; paths are looked up where the file was, or in the current folder."""
    base = Path(record.suite.path).parent if record.suite.path else Path()
    return _read(record.suite.source, base if base.is_dir() else Path())


def suite_info(loaded: LoadedSuite) -> SuiteInfo:
    """What of the suite the record keeps."""
    suite = loaded.suite
    file = Path(loaded.file) if loaded.file else loaded.base / "suite.yaml"  # of a stored suite the folder is known
    return SuiteInfo(
        name=suite.name,
        version=suite.version,
        source=dict(loaded.source),
        path=_from_here(file) if loaded.file or loaded.base != Path() else None,
        repeats=suite.repeats,
        seed=suite.seed,
    )


def _from_here(file: Path) -> str:
    """A path relative to the current folder where it lies inside: reports are sent to others, whose folders differ."""
    here = Path.cwd()
    file = file.resolve()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)
