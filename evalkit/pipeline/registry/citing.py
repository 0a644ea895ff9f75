"""Whether a record allows a promotion: what speaks against it, as sentences. The verdicts are the record's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evalkit.core.nouns import Record, VariantInfo
from evalkit.engine.gate import outcome_of
from evalkit.pipeline.registry.nouns import Cited

__all__ = ["Newer", "Policy", "cited", "objections", "unlike"]

DAY = 86_400.0


class Policy(NamedTuple):
    """What an alias asks of a record.

    Attributes:
        suite: its name; None: any.
        max_days: age of the record; None: any.
        days: age of this record now.
        holder: artifact of the version that holds the alias; None: nobody does.
        holder_name: of that version, for sentences.
        before: the record of the alias's last promotion; None: there was none.
    """

    suite: str | None = None
    max_days: float | None = None
    days: float = 0.0
    holder: str | None = None
    holder_name: str = ""
    before: Cited | None = None


class Newer(NamedTuple):
    """A later run of the same suite on the same artifact."""

    run_id: str
    outcome: str


def objections(
    record: Record, artifact: str, variant: str | None, policy: Policy, newer: Sequence[Newer], faults: Sequence[str]
) -> list[str]:
    """What speaks against a promotion on this record; empty: nothing does.

    Args:
        record: that is cited.
        artifact: digest of the model that is to be promoted.
        variant: of the record, where one was named.
        policy: of the alias.
        newer: later runs of the same suite on this artifact, oldest first.
        faults: files of the run that are not as they were written.
    """
    run = f"run {record.run_id}"
    found = _variant(record, artifact, variant)
    said = [f"{run} was changed after it was written: {fault}" for fault in faults[:1]]
    if found is None:
        return [*said, f"{run} judged {_judged(record)}, and not this artifact ({artifact[:12]})"]
    outcome = outcome_for(record, found.name)
    if outcome != "pass":
        why = "its suite has no gate that could pass" if outcome == "ungated" else f"its outcome is {outcome}"
        said.append(f"{run} does not pass: {why}")
    if record.policy != "release":
        said.append(f"{run} was decided under the policy {record.policy}, which lets what is undecided pass")
    if record.selection:
        said.append(f"{run} asked only some of the cases of its suite (--limit or --filter)")
    if policy.suite is not None and record.suite.name != policy.suite:
        said.append(f"{run} is of the suite {record.suite.name!r}, and the policy names {policy.suite!r}")
    return said + _older(record, policy.before) + _stale(record, policy, newer)


def _older(record: Record, before: Cited | None) -> list[str]:
    """A suite of before is not what the alias is held to now."""
    if before is None or before.suite != record.suite.name:
        return []
    now, then = record.suite.version, before.suite_version
    if not (isinstance(now, int) and isinstance(then, int) and now < then):
        return []
    what = f"run {record.run_id} is of version {now} of the suite {record.suite.name!r}"
    return [f"{what}, and the last promotion was on version {then} (run {before.run_id})"]


def unlike(found: Cited, before: Cited | None) -> list[str]:
    """In what a record's suite differs from that of the last promotion of the alias: cases, metrics, gates."""
    if before is None:
        return []
    if before.suite != found.suite:
        return ["suite"]
    parts = {"cases": "cases", "scoring": "metrics", "policy": "gates"}
    return [word for name, word in parts.items() if getattr(found, name) != getattr(before, name)]


def outcome_for(record: Record, variant: str) -> str:
    """The outcome of one candidate; of a run with several, that of its own gates."""
    candidates = [one.name for one in record.variants if one.role == "candidate"]
    if len(candidates) == 1 or record.outcome == "error" or record.first_look is not None:
        return record.outcome
    return outcome_of([one for one in record.decisions if one.variant == variant], record.policy)


def cited(record: Record, artifact: str, variant: str | None) -> Cited | None:
    """How an event names the record; None where the record did not judge this artifact."""
    found = _variant(record, artifact, variant)
    if found is None:
        return None
    return Cited(
        run_id=record.run_id,
        record=record.digest,
        suite=record.suite.name,
        variant=found.name,
        outcome=outcome_for(record, found.name),
        created=record.created,
        cases=record.digests.cases,
        scoring=record.digests.scoring,
        policy=record.digests.policy,
        suite_version=record.suite.version,
    )


def judges(one: VariantInfo, artifact: str) -> bool:
    """Whether a variant is the predictor of an artifact."""
    return artifact_of(one) == artifact


def artifact_of(one: VariantInfo) -> str | None:
    """The artifact that a variant is the predictor of; None: it is another kind of system."""
    return str(one.spec["artifact"]) if one.spec.get("predictor") == "model" and one.spec.get("artifact") else None


def _variant(record: Record, artifact: str, name: str | None) -> VariantInfo | None:
    found = [one for one in record.variants if one.role == "candidate" and judges(one, artifact)]
    return next((one for one in found if name in (None, one.name)), None)


def _judged(record: Record) -> str:
    names = []
    for one in record.variants:
        if one.role == "candidate":
            artifact = one.spec.get("artifact")
            names.append(f"{one.name} (artifact {str(artifact)[:12]})" if artifact else one.name)
    return ", ".join(names[:3]) or "no candidate"


def _stale(record: Record, policy: Policy, newer: Sequence[Newer]) -> list[str]:
    said = []
    if policy.max_days is not None and policy.days > policy.max_days:
        said.append(f"run {record.run_id} is stale: it is {policy.days:.1f} days old, more than {policy.max_days:g}")
    worse = [one for one in newer if one.outcome != "pass"]
    if worse:
        said.append(
            f"run {record.run_id} is stale: run {worse[-1].run_id} of the same suite came later, {worse[-1].outcome}"
        )
    versus = any(one.gate.versus for one in record.decisions)
    baseline = next((one for one in record.variants if one.role == "baseline"), None)
    if versus and policy.holder is not None and baseline is not None and not judges(baseline, policy.holder):
        said.append(
            f"run {record.run_id} is stale: it compares with another system than {policy.holder_name}, "
            "which holds the alias"
        )
    return said
