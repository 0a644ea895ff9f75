"""How often an experiment on two identical variants cries wolf when somebody looks after every unit.

    python benchmarks/ab_peeking.py                      # 2,000 streams a cell: about three minutes on a core
    python benchmarks/ab_peeking.py --streams 200        # what the slow test runs

A false alarm is a two-sided e-value of 20 or more (the 95 % confidence sequence excludes zero) at any of all looks, or
an alarm of the sample-ratio test. Beside it, what a fixed-horizon test comes to that is read after every unit.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from measure import Figure, show

from evalkit.stats.sequential.arms import Arm, contrast
from evalkit.stats.sequential.asymptotic import LEAST, asymptotic_of, rho
from evalkit.stats.sequential.betting import TRUNCATION
from evalkit.stats.sequential.proportions import _Cells, _edges, _grid, betting_difference
from evalkit.stats.sequential.sample_ratio import sample_ratio

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
UNITS, BOUND, ALPHA = 5_000, 0.065, 0.05


class Stream(NamedTuple):
    """Units one after another: the arm of each, its outcome, and after how many more units that outcome is seen."""

    arm: Bools
    y: Array
    delay: npt.NDArray[np.intp]


class Cell(NamedTuple):
    """A situation: how a stream is drawn, and how it is read."""

    name: str
    draw: Callable[[np.random.Generator], Stream]
    alarmed: Callable[[Stream], bool]


def shares(rate: float, share: float = 0.5) -> Callable[[np.random.Generator], Stream]:
    """The same rate in both arms."""

    def draw(rng: np.random.Generator) -> Stream:
        y = (rng.random(UNITS) < rate).astype(float)
        return Stream(rng.random(UNITS) < share, y, np.zeros(UNITS, np.intp))

    return draw


def spending(share: float = 0.5, bought: float = 0.1) -> Callable[[np.random.Generator], Stream]:
    """Some units buy, and a few of them very much (lognormal, s = 1.5)."""

    def draw(rng: np.random.Generator) -> Stream:
        y = np.where(rng.random(UNITS) < bought, rng.lognormal(3, 1.5, UNITS), 0.0)
        return Stream(rng.random(UNITS) < share, y, np.zeros(UNITS, np.intp))

    return draw


def moving(rng: np.random.Generator) -> Stream:
    """A rate that swings between .05 and .35 as hours do."""
    rate = 0.2 + 0.15 * np.sin(np.arange(UNITS) / 200)
    return Stream(rng.random(UNITS) < 0.5, (rng.random(UNITS) < rate).astype(float), np.zeros(UNITS, np.intp))


def late(rng: np.random.Generator) -> Stream:
    """A rate of .2, seen up to a thousand units later."""
    stream = shares(0.2)(rng)
    return stream._replace(delay=rng.integers(0, 1_000, UNITS))


def betting_all(stream: Stream, share: float = 0.5) -> Array:
    """(n,) two-sided e-value of no difference after every unit, as `betting_difference` has it at each."""
    edges = _edges(UNITS)
    cells = _Cells(stream.arm, stream.y, share)
    block = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    place = 4 * block + 2 * stream.arm + stream.y.astype(int)
    stakes, prior = _grid(rho())
    ends = []
    for phi, least in ((cells.phi, cells.least), (-cells.phi, -cells.most)):
        bets = np.minimum(stakes[:, None] / cells.spread, TRUNCATION / -least)
        gains = np.cumsum(np.log1p(bets * phi)[:, place], axis=1)
        top = gains.max(0)
        ends.append(top + np.log(prior @ np.exp(gains - top)))
    found: Array = np.exp(np.maximum(*ends)) / 2
    return found


def asymptotic_all(stream: Stream) -> Array:
    """(n,) the same of the asymptotic sequence; 0 before it begins."""
    n, t = [np.cumsum(stream.arm), np.cumsum(~stream.arm)], np.arange(1, UNITS + 1)
    means, variances = [], []
    for k, side in zip(n, (stream.arm, ~stream.arm), strict=True):
        k = np.maximum(k, 1)
        mean = np.cumsum(stream.y * side) / k
        means.append(mean)
        variances.append((np.cumsum(stream.y**2 * side) - k * mean**2) / np.maximum(k - 1, 1) / k)
    each = (variances[0] * n[0] ** 2 + variances[1] * n[1] ** 2) / t
    pooled = each * (1 / np.maximum(n[0], 1) + 1 / np.maximum(n[1], 1))
    z2 = (means[0] - means[1]) ** 2 / np.maximum(np.maximum(variances[0] + variances[1], pooled), 1e-300)
    mass = t * rho() ** 2
    e = np.expm1(np.minimum(z2 * mass / (2 * (mass + 1)), 600)) / np.sqrt(mass + 1)
    return np.where(np.minimum(*n) >= LEAST, e, 0.0)


def by_betting(stream: Stream) -> bool:
    """Whether betting ever alarms."""
    return bool((betting_all(stream) >= 1 / ALPHA).any())


def by_uneven_betting(stream: Stream) -> bool:
    """The same where one unit in ten is treated."""
    return bool((betting_all(stream, 0.1) >= 1 / ALPHA).any())


def by_normal(stream: Stream) -> bool:
    """Whether the asymptotic sequence ever alarms."""
    return bool((asymptotic_all(stream) >= 1 / ALPHA).any())


def by_late_betting(stream: Stream) -> bool:
    """Whether betting ever alarms where each of 50 looks sees what has come until then (0 where nothing has)."""
    for n in np.linspace(100, UNITS, 50).astype(int):
        y = stream.y[:n] * (np.arange(n) + stream.delay[:n] < n)
        if (betting_difference(stream.arm[:n], y, 0.5).e() or 0.0) >= 1 / ALPHA:
            return True
    return False


def by_split(stream: Stream) -> bool:
    """Whether the sample-ratio test ever alarms, looked at after every tenth unit."""
    ours = np.cumsum(stream.arm)
    return any(
        not sample_ratio([int(ours[n - 1]), n - int(ours[n - 1])], [0.5, 0.5]).ok for n in range(10, UNITS + 1, 10)
    )


def by_fixed(stream: Stream) -> bool:
    """Whether a fixed-horizon z-test at 5 % ever alarms after the first hundred units: what peeking costs."""
    n1, n0 = np.cumsum(stream.arm), np.cumsum(~stream.arm)
    k1, k0 = np.cumsum(stream.y * stream.arm), np.cumsum(stream.y * ~stream.arm)
    pooled = (k1 + k0) / (n1 + n0)
    se = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / np.maximum(n1, 1) + 1 / np.maximum(n0, 1)), 1e-300))
    return bool((np.abs(k1 / np.maximum(n1, 1) - k0 / np.maximum(n0, 1)) > 1.96 * se)[100:].any())


CELLS = [
    Cell("share .01, betting", shares(0.01), by_betting),
    Cell("share .1, betting", shares(0.1), by_betting),
    Cell("share .5, betting", shares(0.5), by_betting),
    Cell("share .95, betting", shares(0.95), by_betting),
    Cell("share that swings, betting", moving, by_betting),
    Cell("share .2 seen late, betting", late, by_late_betting),
    Cell("share .1, asymptotic", shares(0.1), by_normal),
    Cell("spending, asymptotic", spending(), by_normal),
    Cell("share .01, one in ten treated, betting", shares(0.01, 0.1), by_uneven_betting),
    Cell("share .01, one in ten treated, asymptotic", shares(0.01, 0.1), by_normal),
    Cell("rare spending, one in ten treated, asymptotic", spending(0.1, 0.02), by_normal),
    Cell("split", shares(0.1), by_split),
]
PEEKED = Cell("share .1, fixed horizon read after every unit", shares(0.1), by_fixed)


def false_alarms(cell: Cell, streams: int, seed: int = 20_260_501) -> float:
    """The share of streams with an alarm."""
    rng = np.random.default_rng([seed, *cell.name.encode()])
    return sum(cell.alarmed(cell.draw(rng)) for _ in range(streams)) / streams


def checked(seed: int = 1) -> None:
    """The quick loops of this script are what the library says.

    Raises:
        AssertionError: they are not.
    """
    rng = np.random.default_rng(seed)
    uneven = spending(0.2)
    for draw in (shares(0.1), shares(0.9), uneven):
        stream = draw(rng)
        found = asymptotic_of(contrast(Arm(stream.y[stream.arm]), Arm(stream.y[~stream.arm]))).e()
        assert math.isclose(found or 0, asymptotic_all(stream)[-1], rel_tol=1e-6, abs_tol=1e-9)
        if draw is not uneven:
            running = betting_all(stream)
            for n in (17, 400, UNITS):
                found = betting_difference(stream.arm[:n], stream.y[:n], 0.5).e()
                assert math.isclose(found or 0, running[n - 1], rel_tol=1e-6)


def main() -> None:
    """All cells, and what peeking at a fixed-horizon test comes to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=2_000)
    streams = parser.parse_args().streams
    checked()
    peeked = false_alarms(PEEKED, streams)
    figures = []
    for cell in CELLS:
        value = false_alarms(cell, streams)
        detail = f"{streams:,} streams of {UNITS:,} units; a fixed-horizon test read that way: {peeked:.1%}"
        figures.append(
            Figure(f"A/A, looked at again and again, false alarms: {cell.name}", value, BOUND, "share", detail)
        )
    show(figures)


if __name__ == "__main__":
    main()
