"""References as typed -> the systems of stored runs that are compared, each with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from evalkit.app.refs import run_ref
from evalkit.app.stored_run import variant_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record, VariantInfo
from evalkit.core.protocols import Store

MOST = 50  # systems: beyond it there are more pairs than anybody reads


class Entry(NamedTuple):
    """One system that is compared.

    Attributes:
        record: the run that it comes from.
        info: what that run says of it.
        called: what the run is called: its name, or what was typed where that is one.
        name: in the comparison, unique.
    """

    record: Record
    info: VariantInfo
    called: str | None
    name: str = ""

    @property
    def run_id(self) -> str:
        """Of the run."""
        return self.record.run_id

    @property
    def ref(self) -> str:
        """What finds it again."""
        return f"{self.record.run_id}/{self.info.name}"

    @property
    def typed(self) -> str:
        """What a person types to mean it: the run alone, where the system is the first candidate."""
        first = variant_of(self.record, None)
        return f"run:{self.run_id}" if self.info.name == first else f"run:{self.ref}"


def entries_of(store: Store, refs: Sequence[str]) -> list[Entry]:
    """The systems that the references mean; one run alone means all of its systems.

    Raises:
        InputError: an unknown run or variant, fewer than two systems or too many, one twice, or a run that broke.
    """
    found = [entry for ref in refs for entry in _entries(store, ref, alone=len(refs) == 1)]
    if len(found) < 2:
        said = f"run {found[0].run_id} has one system" if found else "no run was named"
        raise InputError(f"{said}, and a comparison takes two", remedy="Name two runs or more: run:A run:B.")
    if len(found) > MOST:
        raise InputError(f"{len(found)} systems are more than the {MOST} that can be compared at once")
    _refuse_twice(found)
    for entry in found:
        check_answers(entry)
    return _named(found)


def _entries(store: Store, ref: str, *, alone: bool) -> list[Entry]:
    run_id, variant = run_ref(store, ref)
    record = store.read_record(run_id)
    called = record.name or _typed(ref, run_id, variant)
    if alone and variant is None:
        return [Entry(record, info, called) for info in record.variants]
    chosen = variant_of(record, variant)
    return [Entry(record, next(v for v in record.variants if v.name == chosen), called)]


def _typed(ref: str, run_id: str, variant: str | None) -> str | None:
    """The name that was typed; None where it was an id, or `latest`, which means another run tomorrow."""
    text = ref.removeprefix("run:")
    text = text.removesuffix(f"/{variant}") if variant else text
    return None if run_id.startswith(text) or text.partition(":")[0] == "latest" else text


def _refuse_twice(found: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in found:
        if entry.ref in seen:
            which = f"both are run {entry.run_id}" if len(found) == 2 else f"run {entry.run_id} is named twice"
            raise InputError(which, remedy="Name each system once: two runs, or two variants: run:ID/NAME.")
        seen.add(entry.ref)


def check_answers(entry: Entry) -> None:
    """Refuse a run that broke, or a system that gave no answer at all.

    Raises:
        InputError: with the reasons for which answers are missing.
    """
    where, remedy = f"run {entry.run_id}", "Run it again, or leave it out."
    if entry.record.outcome == "error":
        raise InputError("the run broke, so it cannot be compared", where, remedy)
    info = entry.info
    if info.n_predictions - info.n_failed <= 0:
        reasons = ", ".join(f"{reason}: {n:,}" for reason, n in list(info.failures.items())[:3]) or "no prediction"
        what = f"its system {info.name!r} answered none of {entry.record.n_cases:,} cases ({reasons})"
        raise InputError(f"{what}, so there is nothing to compare", where, remedy)


def _named(found: Sequence[Entry]) -> list[Entry]:
    """With names: candidate and baseline for two, as in a run; of more what tells them apart, the shortest first."""
    if len(found) == 2:
        return [e._replace(name=n) for e, n in zip(found, ("candidate", "baseline"), strict=True)]
    variants = [entry.info.name for entry in found]
    runs = [entry.called or entry.run_id for entry in found]
    both = [f"{run}/{variant}" for run, variant in zip(runs, variants, strict=True)]
    one_run = len({entry.run_id for entry in found}) == 1
    telling = one_run or not {"candidate", "baseline"} & set(variants)
    several = Counter(runs)
    mixed = [run if several[run] == 1 else whole for run, whole in zip(runs, both, strict=True)]
    chosen = variants if telling and len(set(variants)) == len(variants) else mixed
    if len(set(chosen)) < len(chosen):
        chosen = [entry.ref for entry in found]
    return [entry._replace(name=name) for entry, name in zip(found, chosen, strict=True)]
