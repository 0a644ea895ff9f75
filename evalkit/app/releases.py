"""The dossier of a release: the run, the last release, what changed since, and the evidence beside both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.dossier import assemble
from evalkit.app.refs import run_ref
from evalkit.app.releasing.changes import Side, changes, of_systems
from evalkit.app.releasing.previous import Previous, previous
from evalkit.app.releasing.since import Since, since
from evalkit.app.stored_run import variant_of
from evalkit.core.dossier import Change, Dossier, Release
from evalkit.core.errors import InputError
from evalkit.core.nouns import Certificate, Record
from evalkit.core.protocols import Store

__all__ = ["assemble_release"]


def assemble_release(store: Store, ref: str, since: str | None = None, command: Sequence[str] = ()) -> Dossier:
    """The dossier of a stored run as a release.

    Args:
        store: where runs, baselines, evidence and certificates are.
        ref: the run.
        since: the run of the last release; None: by the rule of `releasing.previous`.
        command: what makes the report again; as given.

    Raises:
        InputError: an unknown run, or a last release that is none.
    """
    run_id, variant = run_ref(store, ref)
    record = store.read_record(run_id)
    if variant not in (None, variant_of(record, None)):
        raise InputError(
            f"{ref} names the system {variant!r}, and a release is a whole run", remedy=f"Write run:{run_id}."
        )
    evidence = store.evidence(run_id)
    last = previous(store, record, since)
    after = Side(record, variant_of(record, None), evidence)
    changed, compared = _against(store, last, after)
    dossier = assemble(record, store)
    release = Release(
        record_digest=record.digest,
        previous=None if last.record is None or last.record.run_id == run_id else last.record,
        changes=changed,
        since=compared.comparison,
        apart=compared.apart,
        evidence=evidence,
        certificates=_certificates(store, record),
        command=tuple(command),
        found=last.found,
        tokens=_tokens(dossier.predictions),
    )
    return replace(dossier, release=release)


def _tokens(predictions: pa.Table) -> dict[str, tuple[int | None, int | None]]:
    """Variant -> sums of the tokens in and out; None where no answer has a count."""
    names = pc.cast(predictions["variant"], pa.string())
    table = pa.table({"variant": names, "tokens_in": predictions["tokens_in"], "tokens_out": predictions["tokens_out"]})
    summed = table.group_by("variant", use_threads=False).aggregate([("tokens_in", "sum"), ("tokens_out", "sum")])
    return {row["variant"]: (row["tokens_in_sum"], row["tokens_out_sum"]) for row in summed.to_pylist()}


def _against(store: Store, last: Previous, after: Side) -> tuple[list[Change], Since]:
    if last.record is None:
        return [], Since(None, last.found)
    if last.record.run_id == after.record.run_id:  # the baseline of the run itself: the same cases, scored alike
        before = Side(last.record, last.variant)
        return list(of_systems(before.system, after.system)), since(store, before, after)
    before = Side(last.record, last.variant, store.evidence(last.record.run_id))
    return changes(store, before, after), since(store, before, after)


def _certificates(store: Store, record: Record) -> list[Certificate]:
    """Of every judge of the run: those that the record has, then what the workspace has beside, newest first."""
    judges = {e.judge for e in record.estimates if e.judge is not None} | {info.judge for info in record.judges}
    found = {held.digest: held for judge, held in sorted(record.certificates.items()) if judge in judges}
    for held in store.certificates() if judges else ():
        if held.judge in judges:
            found.setdefault(held.digest, held)
    return list(found.values())
