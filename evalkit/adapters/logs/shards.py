"""Several logs that are parts of one run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.adapters.logs.gather import Gathered
from evalkit.adapters.logs.nouns import Log
from evalkit.adapters.logs.spans import Span
from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.errors import InputError
from evalkit.core.tables import CaseTable, Column


def together(logs: Sequence[Log], found: Sequence[Gathered]) -> tuple[Log, Gathered]:
    """One log of all. Where parts of several tasks share ids, each id gets its task before it; a tag `task` tells them.

    Raises:
        InputError: two parts answer one sample of one task, or are of different systems.
    """
    tasks = list(dict.fromkeys(log.task for log in logs))
    if len(tasks) > 1:
        found = [_of_task(one, log.task) for log, one in zip(logs, found, strict=True)]
    _refuse_twice(logs, found)
    names = {frozenset(one.systems) for one in found}
    if len(names) > 1:
        raise InputError("the parts hold different systems", logs[1].file, "Import them as runs of their own.")
    scorers = _scorers(found)
    found = [_rescored(one, scorers) for one in found]
    systems = {name: pa.concat_tables([one.systems[name] for one in found]) for name in found[0].systems}
    spans: dict[str, Span] = {}
    for one in found:
        for name, span in one.spans.items():
            kept = spans.setdefault(name, Span())
            kept.n, kept.n_unscored = kept.n + span.n, kept.n_unscored + span.n_unscored
            kept.low, kept.high = min(kept.low, span.low), max(kept.high, span.high)
    notes = list(dict.fromkeys(note for one in found for note in one.notes))
    first = logs[0]
    whole = Log(first.tool, first.version, " + ".join(tasks)[:200], first.file, (), dict(first.about))
    whole.about["files"] = [log.file.rpartition("/")[2] for log in logs]
    for log in logs:
        for name, scorer in log.scorers.items():
            whole.scorers.setdefault(name, scorer)
    repeats = max(one.repeats for one in found)
    cases = _cases([one.cases for one in found])
    return whole, Gathered(cases, systems, repeats, spans, scorers, notes, _only(logs, found, len(tasks)))


def _only(logs: Sequence[Log], found: Sequence[Gathered], n_tasks: int) -> dict[str, tuple[str, ...]]:
    """Scores that some of the tasks have and others don't."""
    having: dict[str, dict[str, None]] = {}
    for log, one in zip(logs, found, strict=True):
        for name in one.spans:
            having.setdefault(name, {})[log.task] = None
    return {name: tuple(tasks) for name, tasks in having.items() if len(tasks) < n_tasks}


def _of_task(one: Gathered, task: str) -> Gathered:
    prefix, slash = pa.scalar(f"{task}/"), pa.scalar("")
    cases = one.cases
    tags = {**cases.tags, "task": pa.array([task] * len(cases), pa.string())}
    ids = pc.binary_join_element_wise(prefix, cases.ids, slash)
    group = None if cases.group is None else pc.binary_join_element_wise(prefix, cases.group, slash)
    systems = {}
    for name, table in one.systems.items():
        at = table.schema.get_field_index("case_id")
        renamed = pc.binary_join_element_wise(prefix, table["case_id"], slash)
        systems[name] = table.set_column(at, table.schema.field("case_id"), renamed)
    return one._replace(cases=CaseTable(ids, cases.input, cases.expected, group, tags, cases.weight), systems=systems)


def _refuse_twice(logs: Sequence[Log], found: Sequence[Gathered]) -> None:
    seen: dict[tuple[str, str, int], str] = {}
    for log, one in zip(logs, found, strict=True):
        for name, table in one.systems.items():
            for key in zip(table["case_id"].to_pylist(), table["repeat"].to_pylist(), strict=True):
                if (name, *key) in seen:
                    what = f"sample {key[0]!r:.80} is in {seen[name, *key]} already"
                    raise InputError(what, log.file, "Import the files as runs of their own, without --shards.")
                seen[name, *key] = log.file


def _scorers(found: Sequence[Gathered]) -> dict[str, str]:
    """One digest a score: that of all parts, or one made of them where they differ (a scorer of each task)."""
    digests: dict[str, list[str]] = {}
    for one in found:
        for name, digest in one.scorers.items():
            digests.setdefault(name, []).append(digest)
    return {
        name: several[0] if len(set(several)) == 1 else digest_of(sorted(set(several)))[:16]
        for name, several in digests.items()
    }


def _rescored(one: Gathered, scorers: dict[str, str]) -> Gathered:
    """The traces with the digests of the whole."""
    new = {name: scorers[name] for name in one.scorers}
    if new == one.scorers:
        return one
    old_text, new_text = (f'"scorers":{canonical_json(known)}' for known in (one.scorers, new))
    systems = {}
    for name, table in one.systems.items():
        at = table.schema.get_field_index("trace")
        systems[name] = table.set_column(
            at, table.schema.field("trace"), pc.replace_substring(table["trace"], old_text, new_text)
        )
    return one._replace(systems=systems)


def _cases(parts: Sequence[CaseTable]) -> CaseTable:
    """All cases, each once: repeats of one sample may stand in several parts."""
    names = list(dict.fromkeys(name for part in parts for name in part.tags))

    def joined(columns: Sequence[pa.Array | None]) -> pa.Array:
        filled = [
            pa.nulls(len(part), pa.string()) if column is None else column
            for part, column in zip(parts, columns, strict=True)
        ]
        return pa.concat_arrays(filled)

    groups = [part.group for part in parts]
    whole = CaseTable(
        pa.concat_arrays([part.ids for part in parts]),
        Column(pa.concat_arrays([part.input.text for part in parts])),
        Column(pa.concat_arrays([part.expected.text for part in parts])),
        None if all(group is None or group.null_count == len(group) for group in groups) else joined(groups),
        {name: joined([part.tags.get(name) for part in parts]) for name in names},
    )
    _, first = np.unique(np.asarray(whole.ids.dictionary_encode().indices), return_index=True)
    return whole if len(first) == len(whole) else whole.take(np.sort(first))
