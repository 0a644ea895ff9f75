"""The traffic log and a suite -> a challenger held against the champion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.shadow.compare import Settings, compared
from evalkit.pipeline.shadow.pairs import paired
from evalkit.pipeline.shadow.scoring import Scale, scales
from evalkit.pipeline.shadow.told import Told
from evalkit.stores.times import seconds_of

__all__ = ["Window", "champion_of", "look", "moment"]

_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Window(NamedTuple):
    """Seconds since 1970: from, inclusive, until, exclusive; None: open."""

    since: float | None = None
    until: float | None = None


def moment(text: str | None, now: float) -> float | None:
    """Seconds since 1970 of an ISO 8601 time, or of `90m`, `2h`, `7d` ago.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return now - float(ago[1]) * _SECONDS[ago[2]]
    return seconds_of(text)


def look(
    bench: Bench,
    window: Window,
    challenger: str | None = None,
    champion: str | None = None,
    suite: Path | None = None,
    *,
    settings: Settings | None = None,
    by: Sequence[str] = (),
) -> Told:
    """Hold a challenger against the champion, by all that is in the log.

    Args:
        bench: the workspace.
        window: of the requests.
        challenger: name of a shadow; None: the only one there is.
        champion: name of what users saw; None: what most of them saw.
        suite: whose metrics and margins count.
        settings: margins beside the suite's.
        by: fields of inputs, for slices.

    Raises:
        InputError: there is no traffic, or no such shadow.
    """
    requests, shadows = bench.traffic.requests(*window), bench.traffic.shadows(since=window.since)
    champion = champion_of(requests, champion)
    challenger = _challenger(shadows, champion, challenger)
    found, settings, notes = _suite(suite, settings or Settings())
    pairs = paired(requests, shadows, bench.traffic.outcomes(), champion, challenger)
    drops = bench.traffic.drops(*window)
    dropped = pc.sum(drops.filter(pc.equal(drops["variant"], challenger))["dropped"]).as_py() or 0
    return Told(champion, challenger, pairs, compared(pairs, found, settings), dropped, notes, by)


def champion_of(requests: pa.Table, wanted: str | None) -> str:
    """The name of what users saw.

    Raises:
        InputError: nobody saw anything, or not this.
    """
    served: Counter[str] = Counter(requests.filter(pc.equal(requests["role"], "champion"))["variant"].to_pylist())
    if not served:
        raise InputError(
            "the traffic log has no requests of a champion in this time", remedy="Serve some: evalkit serve"
        )
    if wanted is not None and wanted not in served:
        raise InputError(
            f"no user was served by {wanted!r:.80}", "--champion", did_you_mean(wanted, list(served), "names")
        )
    return wanted if wanted is not None else str(served.most_common(1)[0][0])


def _challenger(shadows: pa.Table, champion: str, wanted: str | None) -> str:
    known: list[str] = sorted(set(shadows["variant"].to_pylist()) - {champion})
    if wanted is not None:
        if wanted not in known:
            remedy = did_you_mean(wanted, known, "shadows") if known else "There is none: evalkit serve --shadow SPEC"
            raise InputError(f"there is no shadow {wanted!r:.80} in this time", "--challenger", remedy)
        return wanted
    if len(known) != 1:
        what = (
            f"there are {len(known)} shadows ({', '.join(known):.200})" if known else "there is no shadow in this time"
        )
        remedy = "Name one with --challenger" if known else "Ask one: evalkit shadow replay --challenger SPEC"
        raise InputError(what, remedy=remedy)
    return known[0]


def _suite(path: Path | None, settings: Settings) -> tuple[list[Scale], Settings, list[str]]:
    if path is None:
        return [], settings, []
    from evalkit.app.catalog import make_metrics
    from evalkit.app.suites import load_suite

    loaded = load_suite(path)
    found, notes = scales(make_metrics(loaded.suite, loaded.base))
    gates = [gate for gate in loaded.suite.gates if gate.versus and gate.role != "info" and not gate.relative]
    margins = {gate.metric: gate.allowed for gate in gates if not gate.superior and gate.slice is None}
    return found, Settings(settings.margin, {**margins, **settings.margins}, settings.max_mismatch), notes
