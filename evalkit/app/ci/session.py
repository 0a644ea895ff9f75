"""One pass over all suites: each is run or skipped, and what breaks one does not end the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from evalkit.app import api
from evalkit.app.baselines import set_baseline
from evalkit.app.broke import told as told_flips
from evalkit.app.ci.choose import ARCHIVES, baseline_of, candidate_of, without_versus
from evalkit.app.ci.git import Changes, changes_since, is_new, top
from evalkit.app.ci.goalposts import moved_goalposts
from evalkit.app.ci.inputs import changed_everywhere, closure_of, removed_suites
from evalkit.app.dossier import assemble
from evalkit.app.options import Options
from evalkit.app.refs import is_run_ref
from evalkit.app.suites import load_suite
from evalkit.core.checks import Checks, Said, SuiteCheck
from evalkit.core.dossier import Dossier
from evalkit.core.errors import EXIT_BROKE, EvalkitError, InputError
from evalkit.core.nouns import Policy, Record
from evalkit.core.protocols import Store
from evalkit.engine.run import Progress
from evalkit.engine.suite import LoadedSuite


@dataclass(frozen=True)
class Asked:
    """What a pass was asked.

    Attributes:
        suites: the files.
        candidates, baselines: as given on the command line; baselines in order of preference.
        policy: None: the suite's own where it writes one, else pull_request.
        since: ref for `--changed-since`; None: every suite is run.
        record_as: the baseline that moves to what passed.
        options: of every run.
    """

    suites: Sequence[Path]
    candidates: Sequence[str] = ()
    baselines: Sequence[str] = ()
    policy: Policy | None = None
    since: str | None = None
    record_as: str | None = None
    options: Options = field(default_factory=Options)


Told = Callable[[SuiteCheck, Dossier | None], None]
"""Called with each suite when it is done, with all that a report may read, where there is a record."""


def check_all(asked: Asked, store: Store, progress: Progress, told: Told) -> Checks:
    """Run every suite that has to be run.

    Raises:
        InputError: what changed cannot be known.
    """
    changes = None if asked.since is None else changes_since(asked.since, Path.cwd())
    one_pass = _Pass(asked, store, progress, changes, changes is not None and bool(changed_everywhere(changes)))
    root = changes.root if changes is not None else top(Path.cwd())
    found: list[SuiteCheck] = []
    for file in asked.suites:
        started = time.monotonic()
        check, dossier = one_pass.checked(file)
        named = replace(check, file=_from_top(file, root), seconds=time.monotonic() - started)
        told(named, dossier)
        found.append(named)
    for gone in [] if changes is None else removed_suites(changes, [check.file for check in found]):
        why = f"it was removed since {asked.since}, so its gates judge nothing any more"
        check = SuiteCheck(gone, PurePosixPath(gone).parent.name or gone, "skipped", why=why, removed=True)
        told(check, None)
        found.append(check)
    return Checks(found, asked.policy or "pull_request", asked.since or "")


@dataclass(frozen=True)
class _Pass:
    """What every suite of a pass is checked with.

    Attributes:
        changes: what changed; None: that was not asked.
        whole: something changed that every suite depends on.
        seen: name of each suite so far -> its file.
    """

    asked: Asked
    store: Store
    progress: Progress
    changes: Changes | None
    whole: bool
    seen: dict[str, Path] = field(default_factory=dict)

    def checked(self, file: Path) -> tuple[SuiteCheck, Dossier | None]:
        """One suite; whatever goes wrong with it is told of it."""
        name = file.parent.name or file.name
        try:
            loaded = load_suite(file, self.asked.options.timeout)
            name = loaded.suite.name
            self._once(name, file)
            if self.changes is not None and not self.whole and not self._affected(file, loaded, self.changes):
                why = f"none of its inputs changed since {self.asked.since}"
                return SuiteCheck(str(file), name, "skipped", why=why), None
            new = self.changes is not None and is_new(self.changes, _from_top(file, self.changes.root))
            return _run(file, loaded, self.asked, self.store, self.progress, new)
        except EvalkitError as error:
            said = Said(error.what, error.where, error.remedy, error.exit_code)
        except MemoryError:
            said = Said("the machine ran out of memory", name, "Run on fewer cases (--limit).", EXIT_BROKE)
        except Exception as error:  # noqa: BLE001 - one suite must not end the others; it is told as broken, and exits 4
            what = f"evalkit itself failed ({type(error).__name__}: {error})"
            said = Said(what, name, f"Run `evalkit --debug run {file}` and report what it shows.", EXIT_BROKE)
        return SuiteCheck(str(file), name, "error", error=said), None

    def _once(self, name: str, file: Path) -> None:
        """A baseline, and a list of runs, knows a suite by its name."""
        other = self.seen.setdefault(name, file)
        if other != file:
            raise InputError(f"the suite {name!r} is also in {other}", str(file), "Give each suite a name of its own.")

    def _affected(self, file: Path, loaded: LoadedSuite, changes: Changes) -> str:
        """What changed of the suite's inputs; empty: nothing."""
        compared = [b for b in self.asked.baselines if not is_run_ref(b) and not b.endswith(ARCHIVES)]
        specs = [*self.asked.candidates, *compared, self.asked.options.predictor]
        return closure_of(file, loaded.source, specs, changes).changed(changes)


def _run(
    file: Path, loaded: LoadedSuite, asked: Asked, store: Store, progress: Progress, new: bool
) -> tuple[SuiteCheck, Dossier]:
    candidate = candidate_of(loaded, asked.candidates, asked.options.replay)
    baseline = baseline_of(loaded, asked.baselines, store, asked.record_as, new=new)
    judged = loaded if baseline.system is not None else without_versus(loaded)
    policy = asked.policy or (None if "policy" in loaded.source else "pull_request")
    record = api.run(
        judged,
        candidate=candidate.system,
        baseline=baseline.system,
        workspace=store,
        progress=progress,
        options=replace(asked.options, policy=policy),
    )
    notes = [
        *candidate.notes,
        *baseline.notes,
        *moved_goalposts(store, record, loaded, whole=asked.options.limit is None),
    ]
    if asked.record_as is not None:
        notes.append(_recorded(store, record, asked.record_as))
    dossier = assemble(record, store)
    check = SuiteCheck(
        file=str(file),
        name=loaded.suite.name,
        status=record.outcome,
        record=record,
        notes=tuple(notes),
        lines=_lines(loaded, record),
        flips=told_flips(dossier.flips, dossier.cases.ids),
    )
    return check, dossier


def _recorded(store: Store, record: Record, name: str) -> str:
    """Let the baseline stand on what this branch is now, passed or not: it says what others are compared with.

    A run that broke, or whose system never answered, moves nothing.
    """
    try:
        move = set_baseline(store, name, record.run_id, note=f"evalkit ci: {record.outcome}")
    except InputError as error:
        return f"the baseline {name!r} stays where it stands: {error}"
    though = "" if record.outcome in ("pass", "ungated") else f", which is {record.outcome}"
    return f"the baseline {name!r} stands on this run now{though} (before: {move.previous or 'nowhere'})"


def _lines(loaded: LoadedSuite, record: Record) -> tuple[int, ...]:
    """The line of the gate of each decision."""
    gates = loaded.suite.gates
    places: list[Any] = [gates.index(d.gate) if d.gate in gates else None for d in record.decisions]
    return tuple(1 if i is None else loaded.lines.get(("gates", i), loaded.lines.get(("gates",), 1)) for i in places)


def _from_top(file: Path, root: Path | None) -> str:
    """A suite file as a forge names it: from the top of the repository, else from here, with `/`."""
    whole = file.resolve()
    for folder in (root, Path.cwd()):
        if folder is not None and whole.is_relative_to(folder.resolve()):
            return whole.relative_to(folder.resolve()).as_posix()
    return file.as_posix()
