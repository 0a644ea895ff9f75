"""What changed since the last release, from the digests of both records: data first, the machine last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from evalkit.app.compared.ground import other_gold, other_input
from evalkit.app.releasing import gates
from evalkit.app.releasing.differences import differences
from evalkit.app.releasing.held import digests_of
from evalkit.core.dossier import Change, Moved
from evalkit.core.errors import EvalkitError
from evalkit.core.evidence import Evidence
from evalkit.core.nouns import MetricInfo, Record, VariantInfo
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.report.text import count, listing, plural

__all__ = ["Side", "changes", "counted", "of_systems", "rubrics"]


class Side(NamedTuple):
    """One of both releases: its record, the system that was released, and the evidence beside it."""

    record: Record
    variant: str
    evidence: Sequence[Evidence] = ()

    @property
    def system(self) -> VariantInfo:
        """What the record says of the system."""
        return next(v for v in self.record.variants if v.name == self.variant)


def changes(store: Store, before: Side, after: Side) -> list[Change]:
    """Every part of the pipeline, changed or not, in its order."""
    found = [_cases(store, before.record, after.record), *_of_evidence(before, after), _selection(before, after)]
    found += [_code(before, after), *of_systems(before.system, after.system), _scoring(before, after)]
    found += [_policy(before, after), *_judges(before, after), *_environment(before, after)]
    return [change for change in found if change is not None]


def of_systems(before: VariantInfo, after: VariantInfo) -> Iterator[Change]:
    """The system: its digest and where its specification differs; and the models that answered."""
    parts = differences(before.spec, after.spec)
    same = before.digest == after.digest
    said = "The same system: what differs is chance." if same else ""
    if not same and not parts:
        said = "Its specification reads the same; the file or the code that it pins is another."
    yield Change("system", before.digest, after.digest, same, said, parts)
    models = [", ".join(sorted(v.models)) or None for v in (before, after)]
    if models != [None, None]:
        yield Change("models that answered", models[0], models[1], models[0] == models[1])
    yield _change("answers", before.answers, after.answers)


def _change(what: str, before: str | None, after: str | None, said: str = "", parts: Sequence[Moved] = ()) -> Change:
    same = None if before is None or after is None else before == after
    return Change(what, before, after, same, said, list(parts))


def _cases(store: Store, before: Record, after: Record) -> Change:
    ours, theirs = after.digests.cases, before.digests.cases
    if ours == theirs:
        return Change("cases", theirs, ours, True, f"The same {plural(after.n_cases, 'case')}.")
    said = f"{count(before.n_cases)} cases then, {count(after.n_cases)} now."
    try:
        parts = list(counted(_table(store, before), _table(store, after)))
    except EvalkitError as error:
        return Change("cases", theirs, ours, False, f"{said} What differs is not known: {error}")
    if not parts:
        said += " Ids, inputs and gold are the same: groups, tags, weights or their order changed."
    return Change("cases", theirs, ours, False, said, parts)


def _table(store: Store, record: Record) -> CaseTable:
    return CaseTable.from_arrow(store.read_table(record.run_id, "cases"))


def counted(before: CaseTable, after: CaseTable) -> Iterator[Moved]:
    """How many cases are new, gone, or have the same id and another input or gold."""
    new = len(after) - int(pc.sum(pc.is_in(after.ids, value_set=before.ids)).as_py() or 0)
    gone = len(before) - int(pc.sum(pc.is_in(before.ids, value_set=after.ids)).as_py() or 0)
    if new:
        yield Moved("new cases", None, count(new), "added", f"{plural(new, 'case')} {'is' if new == 1 else 'are'} new.")
    if gone:
        said = f"{plural(gone, 'case')} {'is' if gone == 1 else 'are'} left out."
        yield Moved("cases left out", count(gone), None, "removed", said)
    for what, differ in (("another input", other_input(after, before)), ("another gold", other_gold(after, before))):
        n = int(np.count_nonzero(differ))
        if n:
            has = "has" if n == 1 else "have"
            yield Moved(what, None, plural(n, "case"), "changed", f"{plural(n, 'case')} {has} {what}.")


def _of_evidence(before: Side, after: Side) -> Iterator[Change]:
    """Data, features, training and models, as far as the evidence beside both knows their digests."""
    then, now = digests_of(before.evidence), digests_of(after.evidence)
    for key in sorted({*then, *now}):
        ours, theirs = now.get(key), then.get(key)
        if ours or theirs:
            said = "" if ours and theirs else "One of both releases has no evidence of it."
            yield _change(key, theirs, ours, said)


def _selection(before: Side, after: Side) -> Change | None:
    then, now = before.record.selection, after.record.selection
    if not then and not now:
        return None
    parts = differences(then, now)
    return Change("selection", str(then or "all"), str(now or "all"), then == now, "", parts)


def _code(before: Side, after: Side) -> Change:
    then, now = before.record.environment, after.record.environment
    dirty = [name for name, env in (("then", then), ("now", now)) if env.dirty]
    said = f"With uncommitted changes {listing(dirty)}: the commit does not say all." if dirty else ""
    unknown = [name for name, env in (("then", then), ("now", now)) if env.commit is None]
    said = f"No commit is known {listing(unknown)}." if unknown else said
    change = _change("code", then.commit, now.commit, said)
    return Change("code", then.commit, now.commit, None, said) if dirty and change.same else change


def _scoring(before: Side, after: Side) -> Change:
    ours, theirs = after.record, before.record
    parts = differences(_bound(theirs.metrics), _bound(ours.metrics))
    for name in ("repeats", "seed"):
        then, now = getattr(theirs.suite, name), getattr(ours.suite, name)
        if then != now:
            parts.append(Moved(name, str(then), str(now)))
    for name in ("on_failure", "timeout", "max_output_bytes"):
        then, now = (r.suite.source.get(name) for r in (theirs, ours))
        if then != now:
            parts.append(Moved(name, _text(then), _text(now)))
    same = theirs.digests.scoring == ours.digests.scoring
    said = "" if same else "Numbers of both releases are compared under the scoring of this run only."
    if not same and not parts:
        said += " The suite reads the same; code of a metric or of a judge that it names is another."
    return Change("scoring", theirs.digests.scoring, ours.digests.scoring, same, said, parts if not same else [])


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _bound(metrics: Sequence[MetricInfo]) -> dict[str, dict[str, Any]]:
    return {m.id: {"metric": f"{m.name} v{m.version}", **m.spec} for m in metrics if m.of is None}


def _policy(before: Side, after: Side) -> Change:
    theirs, ours = before.record, after.record
    parts = gates.moved(gates.gates_of(theirs), gates.gates_of(ours))
    if theirs.policy != ours.policy:
        bend = "loosened" if ours.policy == "pull_request" else "tightened"
        said = f"The policy was {bend} from {theirs.policy} to {ours.policy}."
        parts.insert(0, Moved("policy", theirs.policy, ours.policy, bend, said))  # type: ignore[arg-type]
    looks = [str(r.suite.source.get("looks", 1)) for r in (theirs, ours)]
    if looks[0] != looks[1]:
        parts.append(Moved("looks", looks[0], looks[1], "changed", f"Looks: {looks[0]} then, {looks[1]} now."))
    eased = sum(p.bend in ("loosened", "removed") for p in parts)
    said = f"{plural(eased, 'gate')} became easier to pass or went away." if eased else ""
    return _change("policy", theirs.digests.policy, ours.digests.policy, said, parts)


def _judges(before: Side, after: Side) -> Iterator[Change]:
    """Each judge by its digest and its certificate, and the rubrics that they read by."""
    then, now = _judged(before.record), _judged(after.record)
    for name in sorted({*then, *now}):
        old, new = then.get(name, {}), now.get(name, {})
        parts = differences(old.get("spec", {}), new.get("spec", {})) if old and new else []
        yield Change(
            f"judge {name}",
            old.get("digest"),
            new.get("digest"),
            old.get("digest") == new.get("digest"),
            _gone(old, new),
            parts,
        )
        held = (old.get("certificate"), new.get("certificate"))
        if held != (None, None):
            yield Change(f"certificate of {name}", held[0], held[1], held[0] == held[1])
    yield from rubrics(before.record, after.record)


def rubrics(before: Record, after: Record) -> Iterator[Change]:
    """The texts that judges read by, which may change while the suite names the same files."""
    then, now = _read_by(before), _read_by(after)
    names = [r.suite.source.get("rubrics") or {} for r in (before, after)]
    if then or now or names[0] or names[1]:
        parts = [*_other_rubrics(then, now), *differences(names[0], names[1], "file")]
        digests = [", ".join(sorted({d[:12] for d in one.values()})) or None for one in (then, now)]
        said = "What judges are told to look for is another text: their verdicts are of another question."
        yield Change("rubrics", digests[0], digests[1], not parts, said if then != now else "", parts)


def _read_by(record: Record) -> dict[str, str]:
    """Metric -> digest of the rubric that its judge reads by."""
    found = {m.id: m.spec.get("rubric_digest") for m in record.metrics if m.of is None}
    return {metric: digest for metric, digest in found.items() if isinstance(digest, str)}


def _other_rubrics(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Moved]:
    for metric in sorted({*then, *now}):
        old, new = then.get(metric), now.get(metric)
        if old is None or new is None:
            yield Moved(f"rubric of {metric}", old, new, "added" if old is None else "removed")
        elif old != new:
            said = f"The rubric of {metric} is another text ({old[:12]} then, {new[:12]} now)."
            yield Moved(f"rubric of {metric}", old[:12], new[:12], "changed", said)


def _gone(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    return "" if old and new else "It is new." if new else "It is not asked any more."


def _judged(record: Record) -> dict[str, dict[str, Any]]:
    """Metric (and judge's name) -> digest, specification and certificate of the judge that decides it."""
    found: dict[str, dict[str, Any]] = {}
    for info in record.judges:
        held = record.certificates.get(info.judge)
        name = f"{info.name} ({info.metric})" if info.name else f"of {info.metric}"
        found[name] = {"digest": info.judge, "spec": info.spec, "certificate": held.digest if held else None}
    return found


def _environment(before: Side, after: Side) -> Iterator[Change]:
    then, now = before.record.environment, after.record.environment
    same = then.packages == now.packages and then.python == now.python and then.evalkit == now.evalkit
    parts = differences(
        {"evalkit": then.evalkit, "python": then.python, "platform": then.platform, **then.packages},
        {"evalkit": now.evalkit, "python": now.python, "platform": now.platform, **now.packages},
    )
    yield Change(
        "environment",
        f"evalkit {then.evalkit}, Python {then.python}",
        f"evalkit {now.evalkit}, Python {now.python}",
        same and then.platform == now.platform,
        "",
        parts,
    )
