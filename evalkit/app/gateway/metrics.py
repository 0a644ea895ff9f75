"""What is counted while the gateway runs, as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

__all__ = ["Counts", "Gauge", "exposed"]

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of seconds."""

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Gauge(NamedTuple):
    """A number that is asked for when someone looks."""

    name: str
    help: str
    value: Callable[[], float]
    labels: tuple[tuple[str, str], ...] = ()
    kind: str = "gauge"


class _Histogram:
    __slots__ = ("buckets", "n", "total")

    def __init__(self) -> None:
        self.buckets, self.n, self.total = [0] * (len(BUCKETS) + 1), 0, 0.0


class Counts:
    """Requests, failures and seconds by variant, and answers by status."""

    def __init__(self) -> None:
        self.requests: defaultdict[tuple[str, str], int] = defaultdict(int)  # variant, role
        self.failures: defaultdict[tuple[str, str, str], int] = defaultdict(int)  # variant, role, reason
        self.answers: defaultdict[str, int] = defaultdict(int)  # HTTP status
        self.outcomes = 0
        self._seconds: defaultdict[str, _Histogram] = defaultdict(_Histogram)

    def saw(self, variant: str, role: str, seconds: float, reason: str | None) -> None:
        """One request of a variant; `reason` names the kind of its failure."""
        self.requests[variant, role] += 1
        if reason is not None:
            self.failures[variant, role, reason] += 1
        histogram = self._seconds[variant]
        histogram.buckets[bisect_left(BUCKETS, seconds)] += 1
        histogram.n += 1
        histogram.total += seconds

    def lines(self) -> Iterator[str]:
        """All of it."""
        yield from _head("evalkit_requests_total", "Requests by the variant they were assigned to.", "counter")
        for (variant, role), n in self.requests.items():
            yield _line("evalkit_requests_total", n, variant=variant, role=role)
        yield from _head("evalkit_failures_total", "Requests that a variant failed to answer.", "counter")
        for (variant, role, reason), n in self.failures.items():
            yield _line("evalkit_failures_total", n, variant=variant, role=role, reason=reason)
        yield from _head("evalkit_http_answers_total", "Answers by HTTP status.", "counter")
        for status, n in self.answers.items():
            yield _line("evalkit_http_answers_total", n, status=status)
        yield from _head("evalkit_outcomes_total", "Outcomes that were told.", "counter")
        yield _line("evalkit_outcomes_total", self.outcomes)
        yield from _head("evalkit_request_seconds", "Seconds that a variant took.", "histogram")
        for variant, histogram in self._seconds.items():
            yield from _histogram(variant, histogram)


def exposed(counts: Counts, gauges: list[Gauge]) -> str:
    """The whole page."""
    lines, named = list(counts.lines()), set[str]()
    for gauge in gauges:
        if gauge.name not in named:
            lines += _head(gauge.name, gauge.help, gauge.kind)
            named.add(gauge.name)
        lines.append(_line(gauge.name, gauge.value(), **dict(gauge.labels)))
    return "\n".join(lines) + "\n"


def _histogram(variant: str, histogram: _Histogram) -> Iterator[str]:
    name, upto = "evalkit_request_seconds", 0
    for bound, n in zip([*map(repr, BUCKETS), "+Inf"], histogram.buckets, strict=True):
        upto += n
        yield _line(f"{name}_bucket", upto, variant=variant, le=bound)
    yield _line(f"{name}_sum", histogram.total, variant=variant)
    yield _line(f"{name}_count", histogram.n, variant=variant)


def _head(name: str, help: str, kind: str) -> list[str]:
    return [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]


def _line(name: str, value: float, **labels: str) -> str:
    said = ",".join(f'{key}="{text.translate(_ESCAPED)}"' for key, text in labels.items())
    return f"{name}{{{said}}} {value}" if said else f"{name} {value}"
