"""`ingest` and `quarantine replay` with the stores of a workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.sources import source_of
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.evidence import Validation
from evalkit.core.ingesting import Held, Ledger
from evalkit.engine.files import need_file
from evalkit.pipeline.contract import Contract
from evalkit.pipeline.contract.history import given_by
from evalkit.pipeline.ingest.begin import begun
from evalkit.pipeline.ingest.evidence import validation
from evalkit.pipeline.ingest.publish import RAW_NAME
from evalkit.pipeline.ingest.replay import Replayed, replay
from evalkit.pipeline.ingest.rules import Asked
from evalkit.pipeline.ingest.run import Ingested, ingest
from evalkit.stores.disk import SAFE_NAME, told
from evalkit.stores.times import iso

__all__ = ["edits_of", "evidence_of", "held_rows", "replayed", "take_in", "waiting_stream"]


_RAW = RAW_NAME.format("")


def take_in(
    bench: Bench,
    spec: str,
    stream: str,
    *,
    contract: Path | None = None,
    asked: Asked | None = None,
    part_rows: int | None = None,
    told: Callable[[int], None] = lambda received: None,
) -> Ingested:
    """Take the records of a source into a stream.

    Args:
        bench: of the workspace.
        spec: see `source_of`.
        stream: its name, and that of the dataset.
        contract: file with the rules from now on; None: those that it has.
        asked: key, event time and the like from now on; None: what it has.
        part_rows: records of a part, of a new stream.
        told: is told how many were received so far.

    Raises:
        InputError: the source, the name or the contract cannot be used, or somebody else takes records in.
        StoreError: the workspace cannot be written.
    """
    if not SAFE_NAME.fullmatch(stream):
        raise InputError(f"{stream!r} cannot be the name of a stream", remedy="Use letters, digits, '.', '_' and '-'")
    if stream.endswith(_RAW):
        what = f"a stream cannot end in {_RAW}: the bytes of the stream {stream.removesuffix(_RAW)!r} are called that"
        raise InputError(what, remedy="Choose another name")
    rules = Contract.load(contract) if contract else None
    source = source_of(spec, bench, stream)
    source.partitions()  # a source that is not there is told before anything is made
    with bench.ledger.alone(stream):
        given = given_by(bench.datasets, None)
        state, door = begun(bench.ledger, stream, contract=rules, asked=asked, part_rows=part_rows, given=given)
        return ingest(source, state, door, bench.ledger, bench.datasets, told=told)


def replayed(
    bench: Bench,
    stream: str,
    *,
    ids: Collection[int] | None = None,
    contract: Path | None = None,
    edits: Mapping[int, bytes] | None = None,
) -> Replayed:
    """Put records of the quarantine through the door again; the chain `quarantine/STREAM` says so.

    Raises:
        InputError: no such stream, no such record, or the contract is for other columns.
    """
    if bench.ledger.stream(stream) is None:
        there = ", ".join(bench.ledger.streams()) or "none"
        raise InputError(f"there is no stream {stream!r}", remedy=f"There are: {there}")
    rules = Contract.load(contract) if contract else None
    with bench.ledger.alone(stream):
        waiting = {one.id for one in bench.ledger.held(stream)}
        if unknown := sorted({*(ids or ()), *(edits or {})} - waiting):
            raise InputError(
                f"record {unknown[0]} does not wait in the quarantine of {stream}",
                remedy=f"See: evalkit quarantine list --stream {stream}",
            )
        state, door = begun(bench.ledger, stream, contract=rules, given=given_by(bench.datasets, None))
        only = ids if ids is not None else edits.keys() if edits and not contract else None
        done = replay(state, door, bench.ledger, bench.datasets, ids=only, edits=edits)
    data = {
        **{name: getattr(done, name) for name in ("tried", "accepted", "duplicates", "waiting")},
        "contract": door.digest,
        "dataset": done.dataset.digest if done.dataset else None,
    }
    bench.chains.append(f"quarantine/{stream}", "replayed", data)
    return done


def waiting_stream(bench: Bench) -> str:
    """The only stream that has records in quarantine.

    Raises:
        InputError: there is none, or several.
    """
    found = [name for name in bench.ledger.streams() if bench.ledger.counts(name)]
    if len(found) != 1:
        what = f"{len(found)} streams have records in quarantine" if found else "no record is in quarantine"
        raise InputError(what, remedy=f"Name one with --stream: {', '.join(found)}" if found else "")
    return found[0]


def edits_of(path: Path) -> dict[int, bytes]:
    """Rows that a person corrected: JSON Lines of `{"id": of the quarantine, "row": {...}}`.

    Raises:
        InputError: with the line that is not so.
    """
    found: dict[int, bytes] = {}
    path = need_file(path, "corrected rows")
    with told(path, "read the corrected rows"):
        lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            given = json.loads(line)
            id_, row = given["id"], given["row"]
            text = canonical_json(row)
        except (ValueError, KeyError, TypeError, RecursionError):
            id_, row, text = None, None, ""
        if not isinstance(id_, int) or isinstance(id_, bool) or not isinstance(row, dict):
            raise InputError(
                "this is no corrected row", where, 'Write {"id": id in the quarantine, "row": {"column": value, ...}}'
            )
        if id_ in found:
            raise InputError(f"record {id_} is corrected twice", where, "Keep one of the lines")
        found[id_] = text.encode()
    if not found:
        raise InputError("there is no corrected row", str(path), "Write a line for each")
    return found


def held_rows(one: Held) -> dict[str, Any]:
    """A record of the quarantine as JSON; bytes that are no UTF-8 are written as escapes."""
    first = one.faults[0]
    return {
        "id": one.id,
        "stream": one.stream,
        "source": one.source,
        "partition": one.label,
        "offset": one.offset,
        "kind": first.kind,
        "reason": first.reason,
        "field": _safe(first.field),
        "value": first.value,
        "faults": [{**fault.__dict__, "field": _safe(fault.field)} for fault in one.faults],
        "contract": one.contract,
        "at": one.at,
        "state": one.state,
    }


def evidence_of(bench: Bench, stream: str) -> Validation | None:
    """What the door of a stream has found so far; None: nothing was taken in."""
    state = bench.ledger.stream(stream)
    dataset = bench.datasets.versions(stream)
    if state is None:
        return None
    ledger: Ledger = bench.ledger
    newest = dataset[-1] if dataset else None
    return validation(state, ledger.stretches(stream), ledger.counts(stream), newest, created=iso(bench.clock()))


def _safe(text: str | None) -> str | None:
    return None if text is None else text.encode(errors="backslashreplace").decode()
