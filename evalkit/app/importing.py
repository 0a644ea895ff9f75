"""Logs of other tools -> ordinary records: the tool's own scores as metrics `recorded`, or the scores of a suite."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from evalkit.adapters.logs import deepeval, inspect_ai, lm_eval, mlflow, promptfoo, table
from evalkit.adapters.logs.clean import plain, printable, storable
from evalkit.adapters.logs.gather import Gathered, gather, refuse_scores
from evalkit.adapters.logs.nouns import Asked as Wanted
from evalkit.adapters.logs.nouns import Log
from evalkit.adapters.logs.shards import together
from evalkit.adapters.logs.sniff import check_format
from evalkit.app.asked import Asked
from evalkit.app.environment import command_line
from evalkit.app.imported_suite import layers_of
from evalkit.app.jobs import job_of, silent
from evalkit.app.options import Options
from evalkit.app.suites import SuiteLike, load_suite
from evalkit.core.digest import digest_file, digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.engine.calls import Calls
from evalkit.engine.run import run as run_job
from evalkit.engine.state import Variant

READERS: dict[str, Callable[[Path, Wanted], Log]] = {
    "inspect": inspect_ai.read,
    "promptfoo": promptfoo.read,
    "deepeval": deepeval.read,
    "lm-eval": lm_eval.read,
    "mlflow": mlflow.read,
    "csv": table.read,
}

_COLUMNS = {"mlflow": {"id", "input", "output", "expected"}}  # roles that may be named; csv: all


@dataclass(frozen=True)
class Imported:
    """The answers of one system of a log; a predictor that has answered already.

    Attributes:
        rows: schema PREDICTIONS.
        about: tool, version, task, model, file and its digest.
        warnings: what there is to say of the log, for the record.
    """

    rows: pa.Table
    about: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """What the record says of the system."""
        return {"predictor": "imported", **self.about}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The file's bytes."""
        return {"predictor": "imported", "sha256": self.about["sha256"]}

    def table(self) -> pa.Table:
        """The answers."""
        return self.rows


@dataclass(frozen=True)
class Import:
    """One log, read.

    Attributes:
        log, found: as the readers left them.
        sha256: of the file (of several shards: of their digests).
    """

    log: Log
    found: Gathered
    sha256: str

    def systems(self, name: str | None, notes: Sequence[str] = ()) -> dict[str, Imported]:
        """Name -> system; `notes` go with the first. A single one is called `name`, by default `candidate`."""
        about = {
            "tool": self.log.tool,
            "version": self.log.version,
            "task": self.log.task,
            "file": Path(self.log.file).name,
            "sha256": self.sha256,
            **{key: value for key, value in storable(self.log.about).items() if value is not None},
        }
        several = len(self.found.systems) > 1
        if several and name:
            what = f"the log has {len(self.found.systems)} systems ({', '.join(self.found.systems)[:200]}) and one name"
            raise InputError(what, self.log.file, "Leave --system out: they keep the names of the log.")
        found: dict[str, Imported] = {}
        for key, rows in self.found.systems.items():
            label = _free(printable(plain(key)).strip()[:100], found) if several else name or "candidate"
            found[label] = Imported(rows, about, () if found else tuple(notes))
        return found


def _free(name: str, taken: Container[str]) -> str:
    """The name, or with a number: names that differ only in what is cut off are those of two systems."""
    numbered = (f"{name or 'system'}{f'-{n}' if n > 1 else ''}" for n in itertools.count(1))
    return next(one for one in numbered if one not in taken)


def read_logs(format_: str, files: Sequence[Path], wanted: Wanted, shards: bool = False) -> list[Import]:
    """Each file as a log, or all of them as shards of one.

    Raises:
        InputError: an unknown format, or a file that cannot be used.
    """
    if format_ not in READERS:
        raise InputError(f"{format_!r:.80} is no format", remedy=f"Formats: {', '.join(READERS)}.")
    _check_columns(format_, wanted)
    files = _without_results(files) if format_ == "lm-eval" else list(files)
    if not shards or len(files) < 2:
        return [_read(format_, file, wanted) for file in files]
    found = [_read(format_, file, replace(wanted, partial=True)) for file in files]
    log, gathered = together([one.log for one in found], [one.found for one in found])
    _refuse_absent(log, gathered, wanted)
    return [Import(log, gathered, digest_of([one.sha256 for one in found]))]


def _check_columns(format_: str, wanted: Wanted) -> None:
    """Columns are of tables; of the other logs only the id may be taken from another place.

    Raises:
        InputError: a column that means nothing there.
    """
    known = _COLUMNS.get(format_, {"id"})
    odd = next((role for role in wanted.columns if format_ != "csv" and role not in known), None)
    if odd is not None:
        what = f"--{odd} names a column, and a log of {format_} says by itself where its {odd} stands"
        raise InputError(what, f"--{odd}", "Leave it out.")


def _refuse_absent(log: Log, whole: Gathered, wanted: Wanted) -> None:
    """What was asked for is in some part.

    Raises:
        InputError: in none.
    """
    refuse_scores(wanted.scores, whole.spans, log.scorers, log.file)
    if wanted.group and whole.cases.group is None:
        raise InputError(f"no case of any file has a plain value of {wanted.group!r:.80}", "--group")
    for key in wanted.slices or ():
        if whole.cases.tags[key].null_count == len(whole.cases):
            raise InputError(f"no case of any file has a plain value of {key!r:.80}", "--slice")


def _without_results(files: Sequence[Path]) -> list[Path]:
    """The samples of lm-evaluation-harness; results are read beside them, and stand for them where they stand alone."""
    samples = [file for file in files if not lm_eval.is_results(file)]
    if samples:
        return samples
    return [one for file in files for one in lm_eval.companions(file)]


def _read(format_: str, file: Path, wanted: Wanted) -> Import:
    check_format(file, format_)
    log = READERS[format_](file, wanted)
    return Import(log, gather(log, wanted), digest_file(file))


def import_logs(
    format_: str,
    *files: str | Path,
    workspace: str | Path | Store | None = None,
    suite: SuiteLike | None = None,
    baseline: str | None = None,
    system: str | None = None,
    shards: bool = False,
    options: Options | None = None,
    **asked: Any,
) -> list[Record]:
    """Logs of another tool as runs, one a file.

    Args:
        format_: inspect, promptfoo, deepeval, lm-eval, mlflow or csv.
        files: the logs.
        workspace: folder (default $EVALKIT_HOME or .evalkit), or a Store.
        suite: score the answers by it instead, and decide its gates.
        baseline: with a suite, as `run` takes it.
        system: name of the system.
        shards: the files are parts of one run.
        options: name and tags of the runs.
        asked: scores (name -> Declared), group, slices, columns: see `Asked`.

    Raises:
        InputError: a file or option that cannot be used; then nothing is stored.
    """
    from evalkit.app.api import open_store

    wanted = Wanted(**asked)
    logs = read_logs(format_, [Path(file) for file in files], wanted, shards)
    store = open_store(workspace) if workspace is None or isinstance(workspace, str | Path) else workspace
    if suite is None:
        return [import_log(one, wanted, store, system=system, options=options) for one in logs]
    return [score_log(one, suite, store, system=system, baseline=baseline, options=options) for one in logs]


def import_log(
    one: Import,
    wanted: Wanted,
    store: Store,
    *,
    system: str | None = None,
    options: Options | None = None,
) -> Record:
    """Store a log as a run, scored by the tool's own scores.

    Raises:
        InputError: the log has neither a score nor an answer that can be kept.
    """
    options = options or Options()
    layers, notes = layers_of(one.log, one.found, wanted)
    source = {
        "suite": printable(plain(one.log.task)).strip()[:200] or one.log.tool,
        "description": f"imported from {one.log.tool} {one.log.version or ''}".strip(),
        "cases": printable(plain(Path(one.log.file).name))[:4096],
        "repeats": one.found.repeats,
        "layers": layers,
    }
    loaded = load_suite(source)
    cases = one.found.cases
    systems = one.systems(system, [*one.found.notes, *notes])
    variants = [Variant(name, "candidate", given, warnings=given.warnings) for name, given in systems.items()]
    created = datetime.now(UTC)
    labels = {
        "run_id": f"{created:%Y%m%d-%H%M%S}-{digest_of([created.isoformat(), source, one.sha256])[:8]}",
        "created": created.isoformat(timespec="seconds"),
        "name": options.name,
        "labels": list(options.tags),
        "command": command_line(),
    }
    job = job_of(Asked(loaded, cases, cases), variants, Calls(replay=True), labels)
    return run_job(job, store, silent, time.monotonic)


def score_log(
    one: Import,
    suite: SuiteLike,
    store: Store,
    *,
    system: str | None = None,
    baseline: str | None = None,
    options: Options | None = None,
) -> Record:
    """Score the answers of a log by a suite instead, and decide its gates.

    Answers are taken by the ids of the suite's cases, or, where no id is known to the suite, by their inputs.

    Raises:
        InputError: no answer belongs to a case of the suite.
    """
    from evalkit.app.api import run
    from evalkit.app.imported_match import matched

    fitted, notes = matched(load_suite(suite), one.found)
    systems = Import(one.log, fitted, one.sha256).systems(system, [*one.found.notes, *notes])
    return run(suite, candidate=systems, baseline=baseline, workspace=store, options=options or Options())
