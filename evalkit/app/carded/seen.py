"""What a workspace knows of a judge: runs that asked it, sentinels, and other certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evalkit.core.errors import EvalkitError
from evalkit.core.judge_card import Earlier, Look, Use
from evalkit.core.nouns import Certificate, JudgeInfo, Record, SentinelInfo, Span
from evalkit.core.protocols import Store
from evalkit.engine.certify_changes import changed
from evalkit.stats.judging.drift import alarm_at
from evalkit.stats.proportions import wilson

__all__ = ["Seen", "history", "seen"]

MOST_RUNS = 500
MOST_SHOWN = 60


class Seen(NamedTuple):
    """Sentinels and uses, oldest first, what could not be read, and the judge's newest name."""

    looks: tuple[Look, ...]
    uses: tuple[Use, ...]
    notes: tuple[str, ...]
    name: str = ""


def seen(judge: str, store: Store) -> Seen:
    """What the workspace's runs say of a judge."""
    looks, uses, broken, name = [], [], 0, ""
    runs = store.runs(limit=MOST_RUNS)
    for summary in runs:
        try:
            record = store.read_record(summary.run_id)
        except EvalkitError:
            broken += 1
            continue
        mine = [info for info in record.judges if info.judge == judge]
        if mine:
            uses.append(_use(record, mine))
            name = name or next((info.name for info in mine if info.name), "")
        if judge in record.sentinels:
            looks.append(_look(record, judge, record.sentinels[judge]))
    notes = [f"{broken:,} runs of the workspace could not be read, and are not among these."] if broken else []
    if len(runs) == MOST_RUNS:
        notes.append(f"The newest {MOST_RUNS:,} runs of the workspace were looked through.")
    return Seen(tuple(reversed(looks[:MOST_SHOWN])), tuple(reversed(uses[:MOST_SHOWN])), tuple(notes), name)


def _use(record: Record, mine: Sequence[JudgeInfo]) -> Use:
    n = sum(info.n_asked for info in mine)
    costs = [info.cost for info in mine]
    # A judge without a model costs nothing that anybody names; unknown is not 0.
    cost = sum(c for c in costs if c is not None) if all(c is not None for c in costs) else None
    seconds = [info.seconds for info in mine if info.seconds is not None]
    return Use(
        run_id=record.run_id,
        created=record.created,
        suite=record.suite.name,
        metrics=tuple(dict.fromkeys(info.metric for info in mine)),
        n_asked=n,
        n_calls=sum(info.n_calls for info in mine),
        n_reused=sum(info.n_reused for info in mine),
        cost=cost,
        seconds=sum(seconds) if seconds else None,
        per_verdict=cost / n if cost is not None and n else None,
    )


def _look(record: Record, judge: str, info: SentinelInfo) -> Look:
    held = record.certificates.get(judge)
    share, alarm = None, None
    if info.n > 0 and 0 <= info.flips <= info.n:
        lo, hi = wilson(info.flips, info.n).interval(0.95)
        share = Span(point=info.flips / info.n, lo=lo, hi=hi, n=info.n)
        if info.noise_flips is not None and info.noise_n:
            least = alarm_at(info.n, info.noise_flips, info.noise_n)
            alarm = None if least is None else least / info.n
    digest = held.digest if held is not None else None
    return Look(record.run_id, record.created, record.suite.name, digest, info, share, alarm)


def history(held: Certificate, digest: str, known: Sequence[Certificate]) -> tuple[Earlier, ...]:
    """Other certificates of this judge, and of others by this rubric, oldest first; revocations are no findings."""
    revoked = {one.revokes: one.digest for one in known if one.revokes is not None}
    found = []
    for one in known:
        same = one.judge == held.judge
        kin = same or (one.rubric_id is not None and one.rubric_id == held.rubric_id)
        if not kin or one.digest == digest or one.revokes is not None:
            continue
        words = () if same else tuple(changed(held.judge_spec, one.judge_spec)[:4])
        found.append(Earlier(one, same, words, revoked.get(one.digest)))
    return tuple(sorted(found, key=lambda e: (e.certificate.created, e.certificate.digest))[-MOST_SHOWN:])
