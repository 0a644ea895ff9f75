"""Suites by path, by mapping, or as a record keeps them; and what a record keeps of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.app.catalog import metric_names, metric_parameters
from evalkit.core.errors import InputError
from evalkit.core.nouns import Policy, Record, SuiteInfo
from evalkit.core.protocols import Judge
from evalkit.engine.suite import LoadedSuite, read_suite

SuiteLike = str | Path | Mapping[str, Any] | LoadedSuite
"""A suite file or its folder, a mapping of the same shape, or a suite that was read already."""


def load_suite(suite: SuiteLike, timeout: float | None = None, policy: Policy | None = None) -> LoadedSuite:
    """Read and check a suite file (or a mapping of the same shape); `timeout` and `policy` stand for its own.

    Raises:
        InputError: what is wrong, with file, line, value and remedy.
    """
    if isinstance(suite, LoadedSuite):
        loaded = suite
    else:
        objects: dict[str, Judge] = {}
        if isinstance(suite, Mapping):
            suite, objects = _without_objects(suite)
        source = Path(suite) if isinstance(suite, str | Path) else suite
        loaded = _read(source, Path() if isinstance(source, Mapping) else source if source.is_dir() else source.parent)
        loaded = loaded._replace(judges=objects)
    own = {"timeout": timeout, "policy": policy}
    given = {key: value for key, value in own.items() if value is not None}
    if not given:
        return loaded
    # In the source too: who scores the record again, does it under the limit and the policy that its answers had.
    return loaded._replace(suite=loaded.suite.model_copy(update=given), source={**loaded.source, **given})


def _without_objects(suite: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Judge]]:
    """A suite's mapping in which judges that are objects or functions are named by what they are; and those judges."""
    judges = suite.get("judges")
    if not isinstance(judges, Mapping):
        return suite, {}
    objects: dict[str, Judge] = {}
    for name, one in judges.items():
        if isinstance(one, Judge):
            objects[name] = one
        elif callable(one):
            from evalkit.judges.code import CodeJudge

            objects[name] = CodeJudge(one)
    told = {name: {"given": {"spec": one.spec, "identity": one.identity}} for name, one in objects.items()}
    return ({**suite, "judges": {**judges, **told}} if told else suite), objects


def _read(source: Path | Mapping[str, Any], base: Path) -> LoadedSuite:
    known = partial(metric_parameters, base=base)
    return read_suite(source, known_metrics=known, metric_names=metric_names(), base=base)


def stored_suite(record: Record) -> LoadedSuite:
    """The suite as the record keeps it; paths are looked up where the file was, or in the current folder."""
    base = Path(record.suite.path).parent if record.suite.path else Path()
    return _read(_with_digests(record), base if base.is_dir() else Path())


@contextmanager
def beside(record: Record) -> Iterator[None]:
    """Around what reads the files that a stored suite names: who stands in another folder is told where they are.

    Raises:
        InputError: as inside, and where the suite's file is not there, that its folder is another.
    """
    try:
        yield
    except InputError as error:
        path = record.suite.path
        if path is None or Path(path).is_file():
            raise
        here = f"The suite of run {record.run_id} is {path}, which is not in this folder: do this where it is, or name"
        raise InputError(error.what, error.where, f"{here} the suite with --suite.") from error


def _with_digests(record: Record) -> dict[str, Any]:
    """The source, in which judges that were given as objects have the digests under which their verdicts are kept."""
    judges: dict[str, Any] = record.suite.source.get("judges") or {}
    given = [name for name, one in judges.items() if isinstance(one, dict) and "given" in one]
    if not given:
        return record.suite.source
    digests = {name: {info.metric: info.judge for info in record.judges if info.name == name} for name in given}
    told = {name: {"given": {**judges[name]["given"], "digests": digests[name]}} for name in given}
    return {**record.suite.source, "judges": {**judges, **told}}


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
