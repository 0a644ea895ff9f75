"""What monitoring keeps of the time that everything is held against: read once, never again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Better, Estimate, Span
from evalkit.pipeline.monitor.measures import LATENCY, confidence_of, failures_of, latency_of, span_of
from evalkit.pipeline.monitor.performance import Metrics, Performance, performance
from evalkit.pipeline.monitor.profile import CAPACITY, Profile, profile
from evalkit.pipeline.monitor.signals import CONFIDENCE, FAILURES, Basis, Signal, means, signals
from evalkit.pipeline.monitor.windows import Season, Seen, iso, phase_of, windows
from evalkit.stats.drift.expected import Calibration, calibrate
from evalkit.stats.sequential.alarm import Plan, Rules, plan

__all__ = ["Reference", "Setup", "reference_of"]


@dataclass(frozen=True)
class Setup:
    """How a stream is watched; the same for the reference and for what is held against it.

    Attributes:
        window: seconds.
        season: what the usual value of a metric depends on; a metric with a season and "none" here raises false alarms.
        metrics: by id, as in the suite.
        on_failure: wrong or unscored, as in the suite.
        looks: windows in which at most `alpha` of all streams have a false alarm: a year of hours.
        alpha: as said, for all signals together.
    """

    window: float = 3_600.0
    season: Season = "none"
    metrics: Metrics = field(default_factory=dict)
    on_failure: str = "wrong"
    looks: int = 8_760
    alpha: float = 0.05


@dataclass(frozen=True)
class Reference:
    """Attributes:
    basis: profile, latency and calibrations.
    plans: signal -> the bets on it; a signal without (too few windows, or all alike) raises no alarm.
    better: signal -> which way is good; None: neither.
    spans: series -> its value in the reference, with its interval.
    n: requests.
    since, until: of them, ISO 8601; "" for rows without times.
    """

    basis: Basis
    plans: Mapping[str, Plan] = field(default_factory=dict)
    better: Mapping[str, Better | None] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    n: int = 0
    since: str = ""
    until: str = ""

    @classmethod
    def of_rows(cls, found: Profile) -> Reference:
        """Of rows without times, such as training data: drift can be told, and no alarm raised."""
        return cls(Basis(found, None, {}), n=found.rows)

    @property
    def digest(self) -> str:
        """Of all that it says."""
        return digest_of(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "format": "evalkit-reference-1",
            "profile": self.basis.profile.to_json(),
            "slow": self.basis.slow,
            "calibrations": {name: _listed(c._asdict()) for name, c in self.basis.calibrations.items()},
            "plans": {name: _listed(p._asdict()) for name, p in self.plans.items()},
            "better": dict(self.better),
            "spans": {name: span.model_dump(mode="json") for name, span in self.spans.items()},
            "n": self.n,
            "since": self.since,
            "until": self.until,
        }

    @classmethod
    def from_json(cls, found: Any, where: str = "reference") -> Reference:
        """What `to_json` wrote.

        Raises:
            InputError: it is no such thing.
        """
        try:
            if found["format"] != "evalkit-reference-1":
                raise ValueError(f"its format is {found['format']!r:.40}")
            known = {name: Calibration(**_tupled(one)) for name, one in found["calibrations"].items()}
            plans = {name: Plan(**_tupled(one)) for name, one in found["plans"].items()}
            spans = {name: Span.model_validate(one) for name, one in found["spans"].items()}
            basis = Basis(Profile.from_json(found["profile"], where), found["slow"], known)
            return cls(basis, plans, found["better"], spans, int(found["n"]), found["since"], found["until"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"this is no reference of a monitor: {error}", where, "Make it again") from None


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _tupled(found: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}


def reference_of(seen: Seen, setup: Setup) -> Reference:
    """What to keep of a time in which all was well.

    Raises:
        InputError: no requests, or a label that a metric cannot use.
    """
    if not len(seen):
        raise InputError("the reference has no requests", "reference", "Name a time in which there was traffic")
    cut = list(windows(seen, setup.window))
    scored = performance(seen, ["all"] * len(seen), setup.metrics, setup.on_failure)
    answered = seen.floats("seconds")[~seen.failed]
    answered = answered[~np.isnan(answered)]
    slow = float(np.quantile(answered, 0.95, method="inverted_cdf")) if len(answered) else None
    basis = Basis(profile(seen.watched, CAPACITY), slow, _calibrations(seen, scored))
    found = signals(basis, seen, scored)
    return Reference(
        basis,
        _plans(found, cut, setup),
        {signal.name: signal.better for signal in found},
        _spans(seen, scored, setup),
        len(seen),
        iso(int(seen.at.min())),
        iso(int(seen.at.max())),
    )


def _calibrations(seen: Seen, scored: Performance | None) -> dict[str, Calibration]:
    """Of each metric whose values lie in [0, 1], where higher is better and labelled rows have confidences."""
    if scored is None:
        return {}
    confidence = np.where(seen.failed, np.nan, seen.floats("confidence"))[scored.rows]
    found = {}
    for name, values in scored.values.items():
        metric = scored.bound[name].metric
        known = ~np.isnan(confidence) & ~np.isnan(values)
        if metric.better == "higher" and metric.value_range == (0.0, 1.0) and "confidence" not in metric.needs:
            made = calibrate(confidence[known], values[known])
            if made is not None:
                found[name] = made
    return found


def _plans(found: list[Signal], cut: list[tuple[int, np.ndarray]], setup: Setup) -> dict[str, Plan]:
    rows = [inside for _, inside in cut]
    phases = [phase_of(begin, setup.season) for begin, _ in cut]
    made = {}
    # both directions where either is a change; of damage only the direction that is damage
    sides = {None: (True, True), "lower": (True, False), "higher": (False, True)}
    for signal in found:
        kept = [(*one, phase) for one, phase in zip(means(signal, rows), phases, strict=True) if one is not None]
        up, down = sides[signal.better]
        rules = Rules(setup.looks, len(found), setup.alpha, 0.0, up, down)
        if kept:
            values, sizes, of = zip(*kept, strict=True)
            if (bets := plan(_varied(signal, values, sizes), sizes, of, rules)) is not None:
                made[signal.name] = bets
    return made


def _varied(signal: Signal, values: tuple[float, ...], sizes: tuple[int, ...]) -> list[float]:
    """The windows' means; of a share that was always 0 (or 1), as if one request had been otherwise: that none failed
    yet does not mean that none can, and without spread there is no bet."""
    found = list(values)
    known = signal.values[~np.isnan(signal.values)]
    if found and len(set(found)) == 1 and found[0] in (0.0, 1.0) and bool(np.isin(known, (0.0, 1.0)).all()):
        found[0] += (1 - 2 * found[0]) / sizes[0]
    return found


def _spans(seen: Seen, scored: Performance | None, setup: Setup) -> dict[str, Span]:
    numbers = {FAILURES: failures_of(seen), LATENCY: latency_of(seen), CONFIDENCE: confidence_of(seen)}
    spans = {name: span for name, found in numbers.items() if (span := span_of(found)) is not None}
    if scored is not None:
        for name in scored.bound:
            spans[name] = _span(scored.estimate(name))
    return spans


def _span(found: Estimate) -> Span:
    return Span(point=found.point, lo=found.lo, hi=found.hi, n=found.n)
