"""Records by their keys: the same again is a duplicate, the same key with another content a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa

from evalkit.core.ingesting import Fault, Seen
from evalkit.pipeline.ingest.decode import shown

__all__ = ["Sorted", "sort_by_keys"]

Lookup = Callable[[Iterable[bytes]], Mapping[bytes, Seen]]


@dataclass
class Sorted:
    """What became of rows.

    Attributes:
        accepted: their places, in order.
        duplicates: rows that brought nothing new, or were replaced at once.
        faults: place -> why it is refused.
        keys: digest of a key -> its row from now on.
        gone: (stretch, row) of rows that later ones replace.
    """

    accepted: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    keys: dict[bytes, Seen] = field(default_factory=dict)
    gone: list[tuple[int, int]] = field(default_factory=list)


def sort_by_keys(
    table: pa.Table, keys: Sequence[tuple[str, ...]], *, firm: int, last: bool, at: tuple[int, int], lookup: Lookup
) -> Sorted:
    """Tell new rows from those that were there.

    Args:
        table: (n,) rows in order.
        keys: columns of each key; a key of which a value is missing tells nothing.
        firm: how many of them, from the first, must have all values.
        last: a later row with the first key replaces the earlier one; the other keys are not asked.
        at: the stretch, and how many rows it has accepted.
        lookup: rows that were there before, by digest of a key.
    """
    if not keys or not table.num_rows:
        return Sorted(list(range(table.num_rows)))
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    contents = [_digest(b"row", values) for values in zip(*columns.values(), strict=True)]
    used = keys[:1] if last else keys
    by_key = [
        [
            _digest(b"%d" % number, values) if None not in values else None
            for values in zip(*(columns[name] for name in key), strict=True)
        ]
        for number, key in enumerate(used)
    ]
    before = lookup(digest for digests in by_key for digest in digests if digest)
    found = Sorted()
    accepted: dict[int, None] = {}  # in order
    here: dict[bytes, tuple[bytes, int]] = {}  # accepted in this table: content, place
    for i, content in enumerate(contents):
        mine = [digests[i] for digests in by_key]
        if None in mine[:firm]:
            key = used[mine.index(None)]
            name = next(name for name in key if columns[name][i] is None)
            found.faults[i] = Fault(kind="missing", reason=f"the key {', '.join(key)} is not whole", field=name)
            continue
        known = [(n, d, here.get(d) or before.get(d)) for n, d in enumerate(mine) if d]
        clash = next(((n, d, old) for n, d, old in known if old is not None and old[0] != content), None)
        if clash and last:
            _replace(found, accepted, here, clash[1], before)
        elif clash:
            key = used[clash[0]]
            found.faults[i] = Fault(
                kind="conflict",
                reason=f"another record has the same {', '.join(key)} and other values",
                field=key[0],
                value=shown(", ".join(str(columns[name][i]) for name in key)),
            )
            continue
        elif any(old is not None for _, _, old in known):
            found.duplicates.append(i)
            continue
        here.update({d: (content, i) for _, d, _ in known})
        accepted[i] = None
    found.accepted = list(accepted)
    places = {place: row for row, place in enumerate(found.accepted, at[1])}
    found.keys = {d: Seen(content, at[0], places[i]) for d, (content, i) in here.items()}
    return found


def _replace(
    found: Sorted,
    accepted: dict[int, None],
    here: Mapping[bytes, tuple[bytes, int]],
    digest: bytes,
    before: Mapping[bytes, Seen],
) -> None:
    if digest in here:
        place = here[digest][1]
        del accepted[place]
        found.duplicates.append(place)
    else:
        found.gone.append((before[digest].seq, before[digest].row))


def _digest(what: bytes, values: tuple[object, ...]) -> bytes:
    return blake2b(what + repr(values).encode(errors="surrogatepass"), digest_size=16).digest()
