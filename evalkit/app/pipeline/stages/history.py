"""The history in the workspace: every chain that says what was made of what, and the runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.refs import model_of
from evalkit.app.refs import run_ref
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.evidence import Edge, Lineage, Node
from evalkit.core.nouns import Record
from evalkit.pipeline.registry.nouns import PREFIX as MODELS
from evalkit.pipeline.stages.lineage import History, as_evidence
from evalkit.pipeline.stages.nouns import CHAIN, Ran
from evalkit.pipeline.train.nouns import PREFIX as TRAININGS
from evalkit.stores.datasets import PREFIX as DATASETS

__all__ = ["Found", "evidence_about", "evidence_of", "history_of", "lineage_of"]


class Found(NamedTuple):
    """What things were made of; `faults` of the chains that say so, as sentences.

    `things`: the one that was asked for; several where stages gave the same value, newest first.
    """

    things: list[Node]
    nodes: list[Node]
    edges: list[Edge]
    faults: list[str]


def history_of(bench: Bench) -> History:
    """All that the chains say; runs are added by who asks for one."""
    history = History()
    for event in bench.chains.events(CHAIN):
        if event.kind == "ran":
            history.add_stage(Ran(**event.data))
    history.add_datasets(*(one for name in bench.datasets.names() for one in bench.datasets.versions(name)))
    for chain in bench.chains.chains(TRAININGS):
        for event in bench.chains.events(chain):
            if "artifact" in event.data:
                history.add_model(event.data)
    for chain in bench.chains.chains(MODELS):
        for event in bench.chains.events(chain):
            if isinstance(version := event.data.get("version"), dict):
                history.add_model(version, f"version {version.get('version')} of {version.get('name')}")
    return history


def lineage_of(bench: Bench, ref: str) -> Found:
    """What a dataset, model, file, value or run was made of.

    Args:
        bench: the workspace.
        ref: a digest or its beginning (8 or more), of the content or of a run's record; the id of a run; NAME or
            NAME@VERSION of a dataset; NAME@VERSION or NAME@ALIAS of a model. With `dataset:`, `model:`, `run:` or
            `baseline:` before it, nothing else is meant (`model:NAME`: its champion).

    Raises:
        InputError: nothing is known by that, or several things are.
    """
    history = history_of(bench)
    idents = _idents(bench, history, ref)
    if not idents:
        raise InputError(
            f"nothing is known of {ref!r:.120}",
            "the lineage",
            "Give dataset:NAME, model:NAME@ALIAS, run:ID, or the digest of a thing (8 digits or more)",
        )
    for ident in idents:
        if ident.startswith("run:"):
            _add_run(bench, history, ident.removeprefix("run:"))
    nodes, edges = history.back(*idents)
    return Found(nodes[: len(idents)], nodes, edges, _faults(bench, nodes))


def evidence_of(bench: Bench, run_id: str, now: str) -> Lineage | None:
    """The history of a run as evidence for its report, from raw data to the model; None: only the record knows of it.

    Args:
        bench: the workspace.
        run_id: of the run.
        now: ISO 8601, UTC: when the evidence was made.

    Raises:
        InputError: there is no such run.
    """
    history, record = history_of(bench), bench.store.read_record(run_id)
    history.add_run(record)
    return history.evidence(record, now, "evalkit lineage")


def evidence_about(bench: Bench, found: Found, run_id: str, now: str) -> Lineage:
    """What was found, as evidence for the report of a run.

    Args:
        bench: the workspace.
        found: see `lineage_of`.
        run_id: of the run.
        now: ISO 8601, UTC: when the evidence was made.

    Raises:
        InputError: there is no such run, it is the lineage of another one, or there is none to keep.
    """
    record, (thing, *more) = bench.store.read_record(run_id), found.things
    if thing.kind == "run" and thing.id != f"run:{run_id}":
        raise InputError(f"this is the lineage of run {thing.name}, and not that of run {run_id}", f"run {run_id}")
    about = thing.digest if thing.kind == "model" and not more else None
    made = as_evidence(found.nodes, found.edges, record, now, "evalkit lineage", about)
    if made is None:
        raise InputError(
            f"of what {thing.kind} {thing.name} was made nothing is known, so there is no lineage to keep",
            f"run {run_id}",
            "Name what is known: a model that was trained here, or a dataset that was taken in",
        )
    return made


def _idents(bench: Bench, history: History, ref: str) -> list[str]:
    """Nodes that are meant; empty: none is."""
    kind, _, text = ref.partition(":")
    if (resolve := _KINDS.get(kind)) is None or not text:
        return history.find(ref) or next(filter(None, (_tried(one, bench, history, ref) for one in _ORDER)), [])
    try:
        return resolve(bench, history, ref)
    except InputError:
        if held := [one for one in history.find(text) if one.startswith(f"{kind}:")]:
            return held
        raise


def _tried(resolve: _Resolve, bench: Bench, history: History, ref: str) -> list[str]:
    with suppress(InputError):
        return resolve(bench, history, ref)
    return []


def _add_run(bench: Bench, history: History, run_id: str) -> None:
    try:
        history.add_run(bench.store.read_record(run_id))
    except EvalkitError:  # it was removed since: what the lineage says of it stands
        return


def _run(bench: Bench, history: History, ref: str) -> list[str]:
    """A run that no stage made: by its id, name or baseline, or by the digest of its record."""
    try:
        run_id = run_ref(bench.store, ref).run_id
    except InputError:
        if (found := _by_record(bench, ref.removeprefix("run:"))) is None:
            raise
        run_id = found
    _add_run(bench, history, run_id)
    return history.find(run_id)


def _by_record(bench: Bench, digest: str) -> str | None:
    if len(digest) < 8:
        return None
    records = bench.store.read_records([run.run_id for run in bench.store.runs()])
    alike = (one.run_id for one in records if isinstance(one, Record) and one.digest.startswith(digest))
    return next(alike, None)


def _dataset(bench: Bench, history: History, ref: str) -> list[str]:
    """A version of a name, the newest where none is named."""
    return history.find(bench.datasets.find(ref).digest)


def _model(bench: Bench, history: History, ref: str) -> list[str]:
    """A model by its alias, version or digest."""
    ident = f"model:{model_of(bench.chains, ref).artifact}"
    return [ident] if ident in history.nodes else []


_Resolve = Callable[[Bench, History, str], list[str]]
_KINDS: Final[Mapping[str, _Resolve]] = {"dataset": _dataset, "model": _model, "run": _run, "baseline": _run}
_ORDER: Final = (_run, _dataset, _model)


def _faults(bench: Bench, nodes: list[Node]) -> list[str]:
    """What is wrong with the chains that were read for these things."""
    names = {node.name.partition("@")[0] for node in nodes}
    chains = [CHAIN, *(p + n for p in (DATASETS, TRAININGS, MODELS) for n in sorted(names) if n)]
    there = {*bench.chains.chains(), *(anchor.chain for anchor in bench.chains.anchors(CHAIN))}
    return [fault for chain in chains if chain in there for fault in bench.chains.verify(chain)]
