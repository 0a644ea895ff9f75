"""Where alarms stand between two runs: each window is bet on once, when it is over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.windows import ORIGIN, Seen, iso
from evalkit.report.text import plural
from evalkit.stats.sequential.alarm import State
from evalkit.stores.disk import told, write_file

__all__ = ["Progress", "fresh", "keep", "kept"]

_REMEDY = "Remove it, and the bets begin anew"


@dataclass(frozen=True)
class Progress:
    """What a file keeps.

    Attributes:
        reference: digest of what the bets are against.
        bets: signal -> where its bets stand.
        until: end of the last window that was bet on, microseconds since 1970; None: none was.
    """

    reference: str
    bets: Mapping[str, State] = field(default_factory=dict)
    until: int | None = None


def kept(path: Path | None, reference: str) -> Progress:
    """What a file keeps; nothing yet where there is none.

    Raises:
        InputError: it is no such file, or against another reference.
    """
    if path is None or not path.is_file():
        return Progress(reference)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["reference"] != reference:
            what = "these bets are against another reference, or other metrics or windows"
            raise InputError(what, str(path), _REMEDY)
        bets = {name: State.from_json(one) for name, one in found["bets"].items()}
        return Progress(reference, bets, None if found.get("until") is None else int(found["until"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"this is no state of alarms: {error}", str(path), _REMEDY) from None


def keep(path: Path, found: Progress) -> None:
    """Write it: all of it, or the file is as it was.

    Raises:
        StoreError: it cannot be written.
    """
    bets = {name: state.to_json() for name, state in found.bets.items()}
    text = json.dumps({"reference": found.reference, "until": found.until, "bets": bets}, allow_nan=False)
    with told(path, "write where the alarms stand"):
        write_file(path, f"{text}\n".encode())


def fresh(seen: Seen, before: Progress, window: float, now: float | None) -> tuple[Seen, int | None, list[str]]:
    """The requests of windows that are over and were not bet on, the end of the last of them, and what was left out.

    A window that is bet on twice would make an alarm of what is none, and one that is bet on before it is over would
    hide the rest of it.

    Args:
        seen: any requests.
        before: where the bets stood.
        window: seconds.
        now: seconds since 1970 up to which requests are known; None: all that will come are there.
    """
    width = max(1, round(window * 1e6))
    ends = (seen.at - ORIGIN) // width * width + ORIGIN + width
    old = np.zeros(len(seen), bool) if before.until is None else ends <= before.until
    open_ = np.zeros(len(seen), bool) if now is None else ends > round(now * 1e6)
    taken = np.flatnonzero(~old & ~open_)
    said = []
    if old.any() and before.until is not None:
        many = plural(int(old.sum()), "request")
        said.append(f"{many} before {iso(before.until)} left out: their windows were bet on in an earlier run")
    if open_.any():
        said.append(f"{plural(int(open_.sum()), 'request')} left for the next run: their window is not over")
    until = int(ends[taken].max()) if len(taken) else before.until
    return (seen if len(taken) == len(seen) else seen.take(taken)), until, said
