"""Feedback becomes cases of a suite's next version, and rows of a dataset's: never both of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.feedback.suite_files import Suite, inputs, next_version, read
from evalkit.app.pipeline.feedback.training import Fitted, fitted, keys_of_rows, stage_of
from evalkit.core.errors import InputError
from evalkit.core.versions import Dataset
from evalkit.pipeline.feedback.join import joined
from evalkit.pipeline.feedback.keys import Key, key_of
from evalkit.pipeline.feedback.select import Candidate, Chosen, candidates, chosen, known
from evalkit.stores.disk import SAFE_NAME

__all__ = ["PROMOTED", "Asked", "promote"]

PROMOTED: Final = "feedback.promoted"
"""Dataset of what was promoted, and where to: what the check of contamination looks at."""

_SCHEMA: Final = pa.schema([(name, pa.string()) for name in ("prediction", "exact", "near", "into")])
_SOURCE: Final = "{}.feedback"  # dataset of where the rows of a dataset came from
_CASE: Final = "feedback/"  # how the id of a case begins
_NAMED: Final = 5


@dataclass(frozen=True)
class Asked:
    """What to promote.

    Attributes:
        suite, folder: a suite, and where its next version is written.
        dataset, target: name of a dataset, and its column of the answer.
        kinds: words that say the right answer, the best kind first.
        split: share of inputs, by hash, that is for suites; None: all are for the one side that is asked.
        gated: suites whose cases may not become training rows.
        train: datasets whose rows may not become cases.
        repeats: equal inputs may be several training rows.
        since, until: of the predictions, seconds since 1970.
        dry: nothing is written.
    """

    suite: Path | None = None
    folder: Path | None = None
    dataset: str | None = None
    target: str | None = None
    kinds: tuple[str, ...] = ("correction", "outcome")
    split: float | None = None
    gated: tuple[Path, ...] = ()
    train: tuple[str, ...] = ()
    repeats: bool = False
    since: float | None = None
    until: float | None = None
    dry: bool = False


def promote(bench: Bench, asked: Asked) -> dict[str, Any]:
    """Make the versions; what was done as plain JSON values, which the chain `feedback` keeps, too.

    Raises:
        InputError: nothing is asked, a file or a name cannot be used, or inputs are on the other side already.
        StoreError: the workspace or the folder cannot be written.
    """
    _refuse_nonsense(asked)
    rows = joined(bench.traffic.requests(asked.since, asked.until), bench.traffic.outcomes())
    given = candidates(rows, asked.kinds)
    suite = read(asked.suite) if asked.suite else None
    gated = [read(path) for path in asked.gated]
    before = _promoted(bench)
    disputed = [one.row.id for one in given if one.row.disputed(one.word.kind)]
    said: dict[str, Any] = {
        "predictions": len(rows),
        "candidates": len(given),
        "disputed": {"predictions": len(disputed), "first": disputed[:_NAMED]},
        "dry_run": asked.dry,
    }
    cases: Chosen | None = None
    if suite:
        cases = _for_suite(bench, asked, suite, given, before)
        _refuse_contaminated(cases, f"the suite {suite.loaded.suite.name}", asked)
    rows_of = _for_dataset(bench, asked, [*gated, *([suite] if suite else [])], given, before, cases)
    if rows_of:
        _refuse_contaminated(rows_of, f"the dataset {asked.dataset}", asked)
    training = fitted(rows_of.taken, _base(bench, str(asked.dataset)), str(asked.target)) if rows_of else None
    _remember(bench, asked, before, suite, cases, training.taken if training else [])
    if training and rows_of:
        said["dataset"] = {**_counts(rows_of), **_training(bench, asked, training)}
    if suite and cases:
        said["suite"] = {**_counts(cases), **_suite(asked, suite, cases)}
    if not asked.dry and any(said.get(part, {}).get("added") for part in ("suite", "dataset")):
        said["head"] = bench.chains.append("feedback", "promoted", said).head
    return said


def _refuse_nonsense(asked: Asked) -> None:
    if asked.suite is None and asked.dataset is None:
        raise InputError("nothing is asked", remedy="Name --suite SUITE -o FOLDER, or --dataset NAME --target COLUMN")
    if asked.suite is not None and asked.folder is None and not asked.dry:
        raise InputError("the next version of the suite has no place", remedy="Name a new folder with -o")
    if asked.folder is not None and asked.folder.exists():
        raise InputError("there is something already", str(asked.folder), "Name a new folder with -o")
    if asked.dataset is not None and (asked.target is None or not SAFE_NAME.fullmatch(asked.dataset)):
        what = "the dataset has no target" if asked.target is None else f"{asked.dataset!r} cannot be a dataset's name"
        raise InputError(what, remedy="Name the column of the answer with --target, and the dataset with letters")
    if asked.suite is not None and asked.dataset is not None and asked.split is None:
        raise InputError(
            "one input would be a case and a training row", remedy="Split them by hash, such as --split 0.2"
        )


def _for_suite(bench: Bench, asked: Asked, suite: Suite, given: Sequence[Candidate], before: pa.Table) -> Chosen:
    ids = {id_.removeprefix(_CASE) for id_ in suite.cases.ids.to_pylist() if id_.startswith(_CASE)}
    there = known(((id_, key_of(value)) for id_, value in inputs(suite.cases)), ids)
    fields = {frozenset(one.input) for one in given if isinstance(one.input, dict)}
    trained = [pair for ref in asked.train for pair in keys_of_rows(bench.datasets.find(ref), bench.datasets, fields)]
    other = known([*_keys(before, "dataset:"), *trained])
    return chosen(given, there, other, split=asked.split, side="suite")


def _for_dataset(
    bench: Bench,
    asked: Asked,
    gated: Sequence[Suite],
    given: Sequence[Candidate],
    before: pa.Table,
    cases: Chosen | None,
) -> Chosen | None:
    if asked.dataset is None:
        return None
    fields = {frozenset(one.input) for one in given if isinstance(one.input, dict)}
    base = _base(bench, asked.dataset)
    rows = keys_of_rows(base, bench.datasets, fields) if base and not asked.repeats else ()
    there = known(rows, _ids(bench, asked.dataset))
    named = [
        (f"case {id_} of {suite.loaded.suite.name}", key_of(value))
        for suite in gated
        for id_, value in inputs(suite.cases)
    ]
    taken = [(f"prediction {one.row.id}, a case from now on", one.key) for one in (cases.taken if cases else ())]
    other = known([*named, *_keys(before, "suite:"), *taken])
    return chosen(given, there, other, split=asked.split, side="dataset", repeats=asked.repeats)


def _refuse_contaminated(found: Chosen, where: str, asked: Asked) -> None:
    """Without a split someone has to decide; with one the side is decided, and what is on the other stays there."""
    if not found.contaminated or asked.split is not None:
        return
    named = "; ".join(f"{one.row.id} is {name}" for one, name in found.contaminated[:_NAMED])
    more = len(found.contaminated) - _NAMED
    raise InputError(
        f"{len(found.contaminated):,} of the inputs for {where} are on the other side already: {named}"
        + (f"; and {more:,} more" if more > 0 else ""),
        remedy="What gates may not train: split inputs by hash (--split 0.2); those on the other side stay there",
    )


def _training(bench: Bench, asked: Asked, rows: Fitted) -> dict[str, Any]:
    name = str(asked.dataset)
    base = _base(bench, name)
    said: dict[str, Any] = {
        "name": name,
        "stage": stage_of(bench.datasets.versions(name)),
        "added": len(rows.taken),
        "misfits": len(rows.misfits),
        "misfits_first": [{"id": one.row.id, "why": why} for one, why in rows.misfits[:_NAMED]],
        "before": base.digest if base else None,
        "version": base.version if base else None,
        "digest": base.digest if base else None,
        "rows": base.rows if base else 0,
    }
    if asked.dry or not rows.taken:
        return said
    source = bench.datasets.add(_SOURCE.format(name), [_provenance(rows.taken)], made_by="feedback promote")
    parents = [*([base.digest] if base else []), source.digest]
    note = f"{len(rows.taken):,} rows of feedback ({', '.join(asked.kinds)})"
    made = bench.datasets.add(name, [rows.table], onto=base, parents=parents, made_by="feedback promote", note=note)
    return {**said, "version": made.version, "digest": made.digest, "rows": made.rows}


def _suite(asked: Asked, suite: Suite, found: Chosen) -> dict[str, Any]:
    said = {
        "name": suite.loaded.suite.name,
        "added": len(found.taken),
        "before": suite.cases.digest(),
        "version": suite.loaded.suite.version,
        "digest": suite.cases.digest(),
        "cases": len(suite.cases),
        "path": str(suite.file),
    }
    if asked.dry or not found.taken or asked.folder is None:
        return said
    made = next_version(suite, [_case(one) for one in found.taken], asked.folder)
    return {
        **said,
        "version": made.loaded.suite.version,
        "digest": made.cases.digest(),
        "cases": len(made.cases),
        "path": str(made.file),
    }


def _case(one: Candidate) -> dict[str, Any]:
    told = datetime.fromtimestamp(one.word.at, UTC).date().isoformat()
    tags = {"source": "feedback", "told": told, "told_as": one.word.kind, "variant": one.row.variant}
    if one.word.who:
        tags["told_by"] = one.word.who
    group = {"group": one.row.unit} if one.row.unit else {}
    return {"id": f"{_CASE}{one.row.id}", "input": one.input, "expected": one.expected, **group, "tags": tags}


def _provenance(taken: Sequence[Candidate]) -> pa.Table:
    columns = {
        "prediction": [one.row.id for one in taken],
        "at": [datetime.fromtimestamp(one.row.at, UTC) for one in taken],
        "told_at": [datetime.fromtimestamp(one.word.at, UTC) for one in taken],
        "kind": [one.word.kind for one in taken],
        "who": [one.word.who for one in taken],
        "unit": [one.row.unit for one in taken],
        "variant": [one.row.variant for one in taken],
        "input": [one.row.input for one in taken],
        "value": [one.word.value for one in taken],
    }
    stamp = pa.timestamp("us", "UTC")
    return pa.table({name: pa.array(v, stamp if "at" in name else pa.string()) for name, v in columns.items()})


def _counts(found: Chosen) -> dict[str, Any]:
    return {
        "duplicates": {"exact": len(found.exact), "near": len(found.near), "conflicting": found.conflicting},
        "near": [{"id": one.row.id, "near": name} for one, name in found.near[:_NAMED]],
        "contaminated": len(found.contaminated),
        "contaminated_first": [{"id": one.row.id, "is": name} for one, name in found.contaminated[:_NAMED]],
        "other_side": found.other_side,
    }


def _base(bench: Bench, name: str) -> Dataset | None:
    versions = bench.datasets.versions(name)
    return versions[-1] if versions else None


def _promoted(bench: Bench) -> pa.Table:
    base = _base(bench, PROMOTED)
    return bench.datasets.table(base) if base else _SCHEMA.empty_table()


def _remember(
    bench: Bench,
    asked: Asked,
    before: pa.Table,
    suite: Suite | None,
    cases: Chosen | None,
    training: Sequence[Candidate],
) -> None:
    """Note where inputs go before they are there: a kill between leaves a note too many, never one too few."""
    pairs = [(f"suite:{suite.loaded.suite.name}", one) for one in cases.taken] if suite and cases else []
    pairs += [(f"dataset:{asked.dataset}", one) for one in training]
    noted = set(zip(before["prediction"].to_pylist(), before["into"].to_pylist(), strict=True))
    fresh = [(into, one) for into, one in pairs if (one.row.id, into) not in noted]
    if asked.dry or not fresh:
        return
    columns = [[one.row.id, one.key[0], one.key[1], into] for into, one in fresh]
    table = pa.table(dict(zip(_SCHEMA.names, zip(*columns, strict=True), strict=True)), _SCHEMA)
    bench.datasets.add(PROMOTED, [table], onto=_base(bench, PROMOTED), made_by="feedback promote")


def _ids(bench: Bench, name: str) -> set[str]:
    """Predictions whose rows are in a dataset: those of the sources that its versions name as their parents."""
    parents = {parent for version in bench.datasets.versions(name) for parent in version.parents}
    sources = [one for one in bench.datasets.versions(_SOURCE.format(name)) if one.digest in parents]
    return {id_ for one in sources for id_ in bench.datasets.table(one, ["prediction"])["prediction"].to_pylist()}


def _keys(before: pa.Table, side: Literal["suite:", "dataset:"]) -> list[tuple[str, Key]]:
    rows = zip(*(before[name].to_pylist() for name in _SCHEMA.names), strict=True)
    return [(f"prediction {id_} in {into}", (exact, near)) for id_, exact, near, into in rows if into.startswith(side)]
