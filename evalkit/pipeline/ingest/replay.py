"""Records of the quarantine through the door again: after a mended contract, or as a person corrected them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from evalkit.core.datasets import Datasets
from evalkit.core.ingesting import Commit, Held, Ledger, State, Stream
from evalkit.core.sources import Batch, Format, Partition
from evalkit.core.versions import Dataset
from evalkit.pipeline.ingest.door import Passed, through
from evalkit.pipeline.ingest.parts import grown, open_stretch
from evalkit.pipeline.ingest.publish import publish
from evalkit.pipeline.ingest.rules import Rules
from evalkit.pipeline.ingest.run import Work

__all__ = ["Replayed", "replay"]

REPLAYED: Final = Partition("quarantine:", "quarantine")


class Replayed(NamedTuple):
    """What a replay came to: tried = accepted + duplicates + waiting."""

    tried: int
    accepted: int
    duplicates: int
    waiting: int  # still refused
    dataset: Dataset | None


def replay(
    stream: Stream,
    rules: Rules,
    ledger: Ledger,
    datasets: Datasets,
    *,
    ids: Collection[int] | None = None,
    edits: Mapping[int, bytes] | None = None,
) -> Replayed:
    """Try records that wait again; each is settled in the commit that takes its row in, so none comes twice.

    A late event is let in: that it is replayed is the decision.

    Args:
        stream: as `begun` gives it.
        rules: of its door, perhaps mended.
        ledger: keeps the quarantine.
        datasets: keeps the rows.
        ids: of these only; None: all that wait.
        edits: id -> JSON object in the place of the record; the bytes that came stay.
    """
    edits = edits or {}
    held = [one for one in ledger.held(stream.name) if ids is None or one.id in ids]
    work = Work.of(stream, rules, ledger, datasets)
    tried = accepted = duplicates = still = 0
    for as_json, group in groupby(held, lambda one: "" if one.id in edits or one.edited is not None else one.format):
        waiting = list(group)
        while waiting:
            free = work.room(stream, REPLAYED)[0]
            some, waiting = waiting[:free], waiting[free:]
            passed = _tried(some, _format(as_json), edits, stream, work)
            stream, n = passed.stream, len(passed.gone)
            tried, accepted = tried + len(some), accepted + len(passed.accepted) - n
            duplicates, still = duplicates + len(passed.duplicates) + n, still + len(passed.faults)
    work.remember(stream)
    dataset, _ = publish(stream, ledger, datasets)
    return Replayed(tried, accepted, duplicates, still, dataset)


def _format(text: str) -> Format:
    if not text:
        return Format()
    found = json.loads(text)
    return Format(found["kind"], tuple(found["header"]), tuple(found.get("numbers", ())))


def _tried(some: Sequence[Held], format: Format, edits: Mapping[int, bytes], stream: Stream, work: Work) -> Passed:
    raws = [edits.get(one.id, one.raw if one.edited is None else one.edited) for one in some]
    stretch = open_stretch(work.stretches, REPLAYED, some[0].id)
    passed = through(
        raws,
        format,
        stream,
        work.rules,
        at=(stretch.seq, stretch.accepted),
        lookup=lambda keys: work.ledger.seen(stream.name, keys),
        late=True,
    )
    settled: dict[int, State] = {some[i].id: "replayed" for i in passed.accepted}
    settled.update({some[i].id: "duplicate" for i in passed.duplicates})
    done = [i for i in range(len(some)) if i not in passed.faults]
    batch = Batch([some[i].id for i in done], [raws[i] for i in done], some[-1].id + 1)
    stretch, changed = work.without_replaced(passed, stretch)
    own = [grown(stretch, batch, passed._replace(faults={}), work.datasets, raw=False)] if done else []
    work.commit(
        Commit(
            passed.stream,
            [*changed, *own],
            passed.keys,
            passed.gone,
            settled=settled,
            still={some[i].id: faults for i, faults in passed.faults.items()},
            edited={one.id: edits[one.id] for one in some if one.id in edits},
        )
    )
    return passed
