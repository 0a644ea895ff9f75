"""Train: a recipe, data, a config and a seed -> a training in the log, its artifact among the blobs."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.baselines import who
from evalkit.app.environment import git_state
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.lock import lock
from evalkit.app.pipeline.train import log
from evalkit.app.pipeline.train.code import Code, code_of, imported_packages
from evalkit.app.pipeline.train.inputs import Inputs
from evalkit.app.pipeline.train.process import Came, Job, data_files, trained
from evalkit.core.digest import digest_bytes
from evalkit.core.errors import EvalkitError, InputError, StoreError
from evalkit.pipeline.train.differ import differences
from evalkit.pipeline.train.nouns import Checked, Training, digest_of_model, key_of
from evalkit.pipeline.train.odd import odd_calls
from evalkit.stores.disk import SAFE_NAME
from evalkit.stores.times import iso

__all__ = ["Done", "Wanted", "train"]

_OTHER_HASH_SEED, _OTHER_DAY = 1, 400.0


@dataclass(frozen=True)
class Wanted:
    """What is to be trained.

    Attributes:
        recipe: `package.module:function` or `path/file.py:function`.
        inputs: data, config and seed.
        name: what the model is called; empty: the function's name.
        verify: train a second time, and compare.
        fresh: train though the same was trained before.
        timeout: seconds that the recipe may take; None: any.
        threads: that numerical libraries may use.
    """

    recipe: str
    inputs: Inputs
    name: str = ""
    verify: bool = False
    fresh: bool = False
    timeout: float | None = None
    threads: int = 1
    note: Callable[[str], None] = field(default=lambda sentence: None)


class Done(NamedTuple):
    """A training, and whether it was done now or had been before."""

    training: Training
    cached: bool


class _Made(NamedTuple):
    code: Code
    job: Job
    key: str
    environment: str


def train(bench: Bench, wanted: Wanted) -> Done:
    """Train, unless the same was trained before.

    Raises:
        InputError: the recipe, the data or the config cannot be used. RunBroke: the recipe raised, hung or died.
        RefusedModel: the model may not be kept. StoreError: the workspace cannot be read or written.
    """
    code = code_of(wanted.recipe)
    name = wanted.name or wanted.recipe.rpartition(":")[2].rpartition(".")[2]
    if not SAFE_NAME.fullmatch(name):
        raise InputError(
            f"{name!r:.120} cannot be the name of a model",
            remedy="Give one with --name: letters, digits, '.', '_', '-'",
        )
    environment, inputs = lock(), wanted.inputs
    digests = {role: dataset.digest for role, dataset in inputs.data.items()}
    key = key_of(code.entry, code.digest, digests, inputs.config, inputs.seed, wanted.threads, environment.digest)
    before = None if wanted.fresh else log.by_key(bench.chains, name, key)
    if before is not None and (before.check or not wanted.verify) and _is_whole(bench, before):
        return Done(before, True)
    tables = {role: _table(bench, dataset) for role, dataset in inputs.data.items()}
    with data_files(tables) as files:
        job = Job(code, files, inputs.config, inputs.seed, wanted.threads, wanted.timeout)
        came = trained(job, predict=wanted.verify)
        check = _checked(job, came, wanted.note) if wanted.verify else None
    bench.store.put_blob(environment.blob)
    training = _kept(bench, wanted, name, _Made(code, job, key, environment.digest), came, digests, check)
    log.append(bench.chains, training, who())
    return Done(training, False)


def _is_whole(bench: Bench, training: Training) -> bool:
    try:
        bench.store.get_blob(training.artifact)
    except EvalkitError:
        return False  # it is trained again, which heals it
    return True


def _table(bench: Bench, dataset: Any) -> Any:
    if faults := bench.datasets.verify(dataset):
        raise StoreError(faults[0], f"dataset {dataset.name}@{dataset.version}", "Restore it from a copy")
    return bench.datasets.table(dataset)


def _kept(
    bench: Bench, wanted: Wanted, name: str, made: _Made, came: Came, digests: Mapping[str, str], check: Checked | None
) -> Training:
    """All of it as a noun; the artifact, the code and the second artifact are among the blobs before it is named."""
    artifact, code = bench.store.put_blob(came.artifact), bench.store.put_blob(made.code.blob)
    commit, dirty = git_state(Path())
    fields: dict[str, Any] = {
        "artifact": artifact,
        "code": code,
        "data": dict(digests),
        "features": came.result["features"],
        "config": came.result["config"],
        "seed": made.job.seed,
        "environment": made.environment,
    }
    return Training(
        **fields,
        name=name,
        key=made.key,
        digest=digest_of_model(fields),
        kind=came.result["kind"],
        recipe=wanted.recipe,
        entry=made.code.entry,
        threads=made.job.threads,
        metrics=came.result["metrics"],
        packages=imported_packages(made.code.sources),
        python=platform.python_version(),
        commit=commit,
        dirty=dirty,
        seconds=came.result["seconds"],
        size=len(came.artifact),
        printed=came.printed,
        warnings=odd_calls(made.code.sources, made.code.entry),
        check=check,
        keeps=[f"blob:{digest}" for digest in (artifact, code, made.environment)],
        created=iso(bench.clock()),
    )


def _checked(job: Job, first: Came, note: Callable[[str], None]) -> Checked:
    """Train again, in another process, with another hash seed, on another day."""
    note("training a second time, with another hash seed and another date")
    mine = digest_bytes(first.artifact)
    try:
        again = trained(job, hash_seed=_OTHER_HASH_SEED, days=_OTHER_DAY, predict=True)
    except EvalkitError as error:
        return Checked(outcome="failed", first=mine, said=f"the second training failed: {error}")
    other = digest_bytes(again.artifact)
    if mine == other:
        return Checked(outcome="same", first=mine, second=other, predictions=True, said="both artifacts are the same")
    parts = differences(first.artifact, again.artifact)
    equal = first.predictions == again.predictions if first.predictions else None
    words = {
        True: "the predictions on the data are equal",
        False: "predictions on the data differ, too",
        None: "predictions were not compared, for the data are not the model's inputs",
    }[equal]
    return Checked(
        outcome="same_predictions" if equal else "different",
        first=mine,
        second=other,
        differs=parts,
        predictions=equal,
        said=f"the artifacts differ in {', '.join(parts)}; {words}",
    )
