"""What a list of runs shows, and how a reference finds one of them: pure, shared by every store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import RunSummary
from evalkit.stores import baselines
from evalkit.stores.disk import SAFE_NAME
from evalkit.stores.marks import Marks
from evalkit.stores.times import seconds_of

LATEST: Final = "latest"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,99}")


def summarise(record: Record) -> RunSummary:
    """The index line of a record, without names and tags.

    Raises:
        InputError: `created` is no time.
    """
    seconds_of(record.created)
    return RunSummary(
        run_id=record.run_id,
        created=record.created,
        suite=record.suite.name,
        suite_version=str(record.suite.version),
        outcome=record.outcome,
        n_cases=record.n_cases,
        variants=tuple(variant.name for variant in record.variants),
        cites=tuple(dict.fromkeys(v.from_run for v in record.variants if v.from_run)),
        cost=record.cost,
        seconds=record.seconds,
    )


def from_json(found: Mapping[str, Any]) -> RunSummary:
    """A summary from its JSON object, whose lists become tuples."""
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}
    return RunSummary(**values)


def check_new(record: Record) -> RunSummary:
    """The summary of a record that is to be written, once its id, time, name and labels are usable.

    Raises:
        InputError: one of them is not.
    """
    check_run_id(record.run_id)
    if record.name is not None:
        check_name(record.name)
    check_tags(record.labels)
    return summarise(record)


def check_run_id(run_id: str) -> None:
    """Refuse an id that is no safe folder name.

    Raises:
        InputError: it is not.
    """
    if not SAFE_NAME.fullmatch(run_id) or run_id == LATEST:
        raise InputError(f"{run_id!r} cannot be a run id", remedy="Use letters, digits, '.', '_' and '-', at most 128")


def check_tags(tags: Iterable[str]) -> None:
    """`check_name` of every tag."""
    for tag in tags:
        check_name(tag, "tag")


def check_name(name: str, kind: str = "name") -> None:
    """Refuse what a reference could not say back.

    Raises:
        InputError: not a name or tag.
    """
    if name == LATEST or not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the {kind} of a run",
            remedy=f"Use up to 100 letters, digits, _ . / + or -, beginning with a letter or digit; not {LATEST!r}",
        )


class View(NamedTuple):
    """A workspace's runs at one moment: newest first, with their names and tags."""

    runs: list[RunSummary]
    marks: Marks

    @classmethod
    def of(cls, runs: Iterable[RunSummary], marks: Marks) -> View:
        """Sort and mark the runs, given as they were stored: of several of one second the last one is the newest."""
        ordered = sorted(runs, key=lambda run: seconds_of(run.created))[::-1]
        return cls(marks.on(ordered), marks)

    def select(self, suite: str | None, name: str | None, tag: str | None, limit: int | None) -> list[RunSummary]:
        """The runs that pass every filter given, at most `limit`."""
        found = [
            run
            for run in self.runs
            if (suite is None or run.suite == suite)
            and (name is None or name in run.names)
            and (tag is None or tag in run.tags)
        ]
        return found[:limit]

    def resolve(self, ref: str) -> str:
        """The run id of `latest`, a run id, a name, a unique beginning of an id (in this order), or `name:tag`.

        Raises:
            InputError: none or several fit; the remedy lists what is there.
        """
        if (standing := baselines.of_ref(self.runs, self.marks, ref)) is not None:
            return standing
        wanted = ref.removeprefix("run:")
        head, _, tag = wanted.partition(":")
        found = self._tagged(head, tag) if tag else self._one_word(wanted)
        if len(found) == 1:
            return found[0]
        if found:
            what = f"{wanted!r} is the beginning of {len(found)} run ids"
            raise InputError(what, f"run {ref!r}", f"Say one of: {_some(found)}")
        raise InputError("there is no such run", f"run {ref!r}", self._nearest(wanted))

    def find(self, ref: str) -> RunSummary:
        """The summary of the run that `ref` stands for.

        Raises:
            InputError: there is none, or several.
        """
        run_id = self.resolve(ref)
        return next(run for run in self.runs if run.run_id == run_id)

    def check_free(self, name: str) -> None:
        """Refuse a name that would hide a run's id.

        Raises:
            InputError: it is the id of a run.
        """
        check_name(name)
        if any(run.run_id == name for run in self.runs):
            raise InputError(f"{name!r} is the id of a run, so it cannot be a name", remedy="Choose another name")

    def check_deletable(self, run_id: str) -> None:
        """Refuse to delete what someone relies on.

        Raises:
            InputError: the run is named, tagged, a baseline, or cited by another run.
        """
        run = next(run for run in self.runs if run.run_id == run_id)
        citing = [other.run_id for other in self.runs if run_id in other.cites]
        if run.names or run.tags or run.baselines or citing:
            marked = [f"its names and tags are {_some(run.names + run.tags)}"] if run.names or run.tags else []
            marked += [f"it is the baseline {_some(run.baselines)}"] if run.baselines else []
            cited = [f"its answers are cited by {_some(citing)}"] if citing else []
            raise InputError(
                f"the run is still needed: {'; '.join(marked + cited)}", f"run {run_id!r}", "Delete it with force"
            )

    def _tagged(self, head: str, tag: str) -> list[str]:
        past = {run.run_id for run in self.runs} if head == LATEST else set(self.marks.history.get(head, ()))
        return [run.run_id for run in self.runs if run.run_id in past and tag in run.tags][:1]

    def _one_word(self, wanted: str) -> list[str]:
        if wanted == LATEST:
            return [run.run_id for run in self.runs[:1]]
        exact = [run.run_id for run in self.runs if run.run_id == wanted]
        named = [run.run_id for run in self.runs if wanted in run.names]
        return exact or named or [run.run_id for run in self.runs if wanted and run.run_id.startswith(wanted)]

    def _nearest(self, wanted: str) -> str:
        if not self.runs:
            return "The workspace holds no run yet; `evalkit run SUITE --candidate SPEC` makes one"
        tags = {run.run_id: run.tags for run in self.runs}
        both = {f"{name}:{tag}" for name, past in self.marks.history.items() for r in past for tag in tags.get(r, ())}
        near = get_close_matches(wanted, sorted({*self.marks.names, *both}) + sorted(tags), n=3, cutoff=0.6)
        last = f"The last runs are {_some([_shown(run) for run in self.runs])}"
        return f"Did you mean {_some(near)}? {last}" if near else last


def _shown(run: RunSummary) -> str:
    return f"{run.run_id} ({', '.join(run.names)})" if run.names else run.run_id


def _some(items: Sequence[str]) -> str:
    return ", ".join(items[:5]) + (f" and {len(items) - 5} more" if len(items) > 5 else "")
