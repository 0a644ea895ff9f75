"""`evalkit monitor run`: traffic from files or the log of the workspace, any reference, and what it came to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.monitor.arms import arm
from evalkit.app.pipeline.monitor.logs import is_log, outcomes_at, requests_at
from evalkit.app.pipeline.monitor.progress import Progress, fresh, kept
from evalkit.app.pipeline.monitor.tables import as_columns, read_rows
from evalkit.core.errors import InputError
from evalkit.core.nouns import Gate
from evalkit.pipeline.monitor.profile import CAPACITY, Profile, profile, profile_of_parts
from evalkit.pipeline.monitor.reference import Reference, Setup, reference_of
from evalkit.pipeline.monitor.signals import expected_of
from evalkit.pipeline.monitor.watch import Watch, watch
from evalkit.pipeline.monitor.windows import Season, Seen

__all__ = ["Asked", "Ran", "as_json", "ran", "seconds_of"]

_ARM = "--reference-variant"
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class Asked:
    """What the command line said.

    Attributes:
        reference: a file, or a dataset of the workspace; None: traffic of the log, between `reference_times`.
        requests, outcomes: files; None: the log of the workspace.
        times: since, until of the traffic; reference_times of the reference in the log.
        window: seconds.
        season: of the metrics.
        suite: whose metrics and absolute gates are watched.
        min_effect: of drift.
        state: a file that keeps where the bets stand, so that each window is taken once; None: they begin anew.
        save: write the reference to this file.
        arms: variant or role of the reference, and of what is watched; None: all. An arm without a source of its own is
            one of the requests that are watched, in `reference_times` or else in the same time.
    """

    reference: str | None
    requests: Path | None
    outcomes: Path | None
    times: tuple[float | None, float | None]
    reference_times: tuple[float | None, float | None]
    window: float
    season: Season
    suite: Path | None
    min_effect: float
    state: Path | None = None
    save: Path | None = None
    arms: tuple[str | None, str | None] = (None, None)


class Ran(NamedTuple):
    """What was seen, sentences about what was left out, and where the alarms stand now: to be kept when all is told."""

    found: Watch
    remarks: list[str]
    progress: Progress


def ran(bench: Bench, asked: Asked) -> Ran:
    """Watch.

    Raises:
        InputError: nothing that can be read as traffic or reference.
    """
    remarks: list[str] = []
    metrics, gates, on_failure = _suite(asked.suite, remarks)
    setup = Setup(asked.window, asked.season, metrics, on_failure)
    reference = _reference(bench, asked, setup)
    if asked.save is not None:
        text = json.dumps(reference.to_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        asked.save.write_text(text + "\n", encoding="utf-8")
    if not reference.plans:
        remarks.append("no alarms: the reference has no 20 windows of traffic to bet against")
    seen = arm(_traffic(bench, asked.requests, asked.outcomes, asked.times), asked.arms[1], "--variant")
    created = datetime.fromtimestamp(bench.clock(), UTC).isoformat(timespec="seconds")
    before, until = kept(asked.state, reference.digest), None
    if asked.state is not None:
        seen, until, left = fresh(seen, before, asked.window, _known_until(bench, asked))
        remarks += left
    found = watch(reference, seen, setup, created=created, gates=gates, states=before.bets, min_effect=asked.min_effect)
    return Ran(found, remarks, Progress(reference.digest, found.states, until))


def _known_until(bench: Bench, asked: Asked) -> float | None:
    """Until when all requests are there: now for a log, or the end that was asked for; None: a file has them all."""
    until = asked.times[1]
    if asked.requests is not None:
        return until
    return bench.clock() if until is None else min(until, bench.clock())


def _suite(path: Path | None, remarks: list[str]) -> tuple[dict[str, Any], list[Gate], str]:
    if path is None:
        return {}, [], "wrong"
    from evalkit.app.catalog import make_metrics
    from evalkit.app.suites import load_suite

    loaded = load_suite(path)
    made = make_metrics(loaded.suite, loaded.base)
    metrics = {name: (spec, metric) for name, (spec, metric) in made.items() if "verdict" not in metric.needs}
    judged = [name for name in made if name not in metrics]
    if judged:
        remarks.append(f"left out, because no judge is asked about traffic: {', '.join(judged)}")
    known = {*metrics, *map(expected_of, metrics)}
    gates = [g for g in loaded.suite.gates if g.versus is None and g.slice is None and _base(g.metric, known)]
    if len(gates) < len(loaded.suite.gates):
        left = len(loaded.suite.gates) - len(gates)
        many = "gate of the suite is left out" if left == 1 else "gates of the suite are left out"
        remarks.append(f"{left} {many}: a baseline, a slice or a judge is needed")
    return metrics, gates, loaded.suite.on_failure


def _base(metric: str, known: set[str]) -> bool:
    return metric in known or metric.partition(".")[0] in known


def _reference(bench: Bench, asked: Asked, setup: Setup) -> Reference:
    name = asked.arms[0]
    if asked.reference is None:
        return reference_of(arm(_then(bench, asked), name, _ARM), setup)
    path = Path(asked.reference)
    rows = None
    if path.suffix.lower() in (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson"):
        rows = read_rows(path)
        if is_log(rows):
            outcomes = None if asked.outcomes is None else outcomes_at(asked.outcomes)
            return reference_of(arm(Seen(requests_at(path), outcomes), name, _ARM), setup)
    if name is not None:
        raise InputError("only requests have variants, and this reference has none", _ARM, "Leave the option out")
    if path.suffix.lower() == ".json" and path.is_file():
        return _kept(path)
    if rows is not None:
        return Reference.of_rows(profile(as_columns(rows, path), CAPACITY))
    return Reference.of_rows(profile_of_parts(bench.datasets.parts(bench.datasets.find(asked.reference))))


def _then(bench: Bench, asked: Asked) -> Seen:
    """Traffic that is its own reference: of another time, or of another arm."""
    if asked.reference_times != (None, None):
        return _traffic(bench, None, None, asked.reference_times)
    if asked.arms[0] is None:
        what = "there is no reference: neither --reference nor a time or an arm of the log"
        remedy = "Give a file, a dataset, --reference-since and --reference-until, or --reference-variant"
        raise InputError(what, "--reference", remedy)
    return _traffic(bench, asked.requests, asked.outcomes, asked.times)


def _kept(path: Path) -> Reference:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no reference: {error}", str(path), "Rows of JSON end in .jsonl") from None
    if isinstance(found, Mapping) and found.get("format") == "evalkit-profile-1":
        return Reference.of_rows(Profile.from_json(found, str(path)))
    return Reference.from_json(found, str(path))


def _traffic(
    bench: Bench, requests: Path | None, outcomes: Path | None, times: tuple[float | None, float | None]
) -> Seen:
    if requests is None:
        return Seen(bench.traffic.requests(*times), bench.traffic.outcomes())
    rows = requests_at(requests)
    found = Seen(rows, None if outcomes is None else outcomes_at(outcomes))
    since, until = (None if time is None else time * 1e6 for time in times)
    inside = [i for i, at in enumerate(found.at) if (since is None or at >= since) and (until is None or at < until)]
    return found if len(inside) == len(found) else Seen(rows.take(pa.array(inside, pa.int64())), found.outcomes)


def as_json(found: Watch) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "outcome": found.monitor.outcome,
        "drift": found.drift.outcome,
        "coverage": found.coverage,
        "decisions": [
            {"gate": d.gate.label, "outcome": d.outcome, "reason": d.reason, "value": d.estimate.point}
            for d in found.decisions
        ],
        "monitor": found.monitor.model_dump(mode="json"),
    }


def seconds_of(text: str) -> float:
    """90, 90s, 15m, 1h, 7d, 2w.

    Raises:
        InputError: it is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw]?)", text.strip())
    if match is None or float(match[1]) <= 0:
        raise InputError(f"{text!r:.40} is no length of time", "--window", "Write 15m, 1h, 7d")
    return float(match[1]) * _UNITS[match[2] or "s"]
