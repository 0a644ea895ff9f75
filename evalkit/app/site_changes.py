"""What changed from one run of a suite to the next, and how steady verdicts are: read off digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from evalkit.core.digest import digest_of
from evalkit.core.dossier import Change, Repeated, SiteRun
from evalkit.core.nouns import Record, VariantInfo

__all__ = ["changes", "comparable", "repeated"]


def comparable(before: Record, after: Record) -> bool:
    """Whether two runs of a suite asked the same cases and scored them the same way."""
    return (before.digests.cases, before.digests.scoring) == (after.digests.cases, after.digests.scoring)


def changes(before: Record, after: Record) -> Iterator[Change]:
    """What is not as it was, in the order in which it explains a move: cases, scoring, gates, systems, code."""
    old, new = before.digests, after.digests
    if old.cases != new.cases:
        yield _change("cases", old.cases, new.cases, _cases(before, after))
    if old.scoring != new.scoring:
        yield _change("scoring", old.scoring, new.scoring, "metrics, rubrics, failure policy, repeats or seed")
    if old.policy != new.policy:
        yield _change("gates", old.policy, new.policy, "the numbers stay comparable")
    yield from _certificates(before, after)
    yield from _systems(before, after)
    if before.environment.evalkit != after.environment.evalkit:
        yield _change("evalkit", before.environment.evalkit, after.environment.evalkit)
    if before.environment.commit != after.environment.commit:
        yield _change("commit", before.environment.commit, after.environment.commit)


def _change(what: str, before: str | None, after: str | None, said: str = "") -> Change:
    return Change(what, before, after, same=False, said=said)


def _cases(before: Record, after: Record) -> str:
    return "" if before.n_cases == after.n_cases else f"{before.n_cases:,} → {after.n_cases:,} cases"


def _certificates(before: Record, after: Record) -> Iterator[Change]:
    """Judges whose certificate is another one, was given, or is gone: it lets them gate and corrects their numbers."""
    names = {info.judge: info.name or info.metric for info in [*before.judges, *after.judges]}
    for judge in sorted({*before.certificates, *after.certificates}, key=lambda j: (names.get(j, ""), j)):
        old, new = before.certificates.get(judge), after.certificates.get(judge)
        ends = old.digest if old else None, new.digest if new else None
        if ends[0] != ends[1]:
            said = "is new" if not old else "is gone" if not new else ""
            yield _change(f"certificate of {names.get(judge, judge[:8])}", *ends, said)


def _systems(before: Record, after: Record) -> Iterator[Change]:
    """A system that is another one, or that answered the same questions otherwise; by name, then what is gone."""
    old = {v.name: v for v in before.variants}
    same_cases = before.digests.cases == after.digests.cases
    for variant in after.variants:
        was = old.pop(variant.name, None)
        if was is None:
            yield _change(variant.name, None, variant.digest, "is new")
        elif was.digest != variant.digest:
            yield _change(variant.name, was.digest, variant.digest, _models(was, variant))
        elif was.answers != variant.answers and same_cases:
            yield _change(f"answers of {variant.name}", was.answers, variant.answers, "the system is the same")
    for name, was in old.items():
        yield _change(name, was.digest, None, "is gone")


def _models(was: VariantInfo, now: VariantInfo) -> str:
    """Which models answered, where that changed and is known."""
    a, b = ", ".join(sorted(was.models)), ", ".join(sorted(now.models))
    return f"{a} → {b}" if a and b and a != b else ""


def repeated(runs: Sequence[SiteRun]) -> Iterator[Repeated]:
    """Candidates that were run more than once on one question, in the order of their first run."""
    groups: dict[str, list[SiteRun]] = {}
    for run in runs:
        groups.setdefault(_question(run.record), []).append(run)
    for found in groups.values():
        if len(found) > 1:
            outcomes = tuple(run.alone for run in found)
            yield Repeated(
                digest=_candidates(found[0].record),
                runs=tuple(run.record.run_id for run in found),
                outcomes=outcomes,
                n_changes=sum(a != b for a, b in pairwise(outcomes)),
                n_answers=len({_answers(run.record) for run in found}),
            )


def _question(record: Record) -> str:
    """What has to be the same for a verdict to be expected the same: the systems, cases, scoring and gates."""
    held = record.digests
    systems = sorted((v.role, v.name, v.digest) for v in record.variants)
    return digest_of([held.cases, held.scoring, held.policy, record.policy, systems])


def _candidates(record: Record) -> str:
    """The digest of the only candidate, else of all of them."""
    found = sorted(v.digest for v in record.variants if v.role == "candidate")
    return found[0] if len(found) == 1 else digest_of(found)


def _answers(record: Record) -> tuple[str, ...]:
    return tuple(sorted(v.answers for v in record.variants if v.role == "candidate"))
