"""Has a judge drifted? The verdicts that changed now, beside those that changed when it was calibrated.

Both are shares of items whose verdict another try changed. Under "no drift" they are draws of one rate, and given
their sum the changes now are hypergeometric (Fisher 1935, the exact test of two proportions, one-sided). Where both
were measured on the same items they are positively correlated, which makes the test conservative.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, gammaln

Counts = npt.NDArray[np.int64]

ALPHA = 0.01
"""Error of the test: a sentinel runs with every gate, and a false alarm costs a calibration."""


def drift_p(flips: int, n: int, noise_flips: int, noise_n: int) -> float:
    """P(at least so many changes now | no drift), given all changes.

    Args:
        flips, n: changed verdicts now, and items asked again; 0 <= flips <= n.
        noise_flips, noise_n: the same when the judge was calibrated.

    Raises:
        ValueError: counts that cannot be.
    """
    if not (0 <= flips <= n and 0 <= noise_flips <= noise_n):
        raise ValueError(f"{flips} of {n} and {noise_flips} of {noise_n} are no counts of changes")
    return float(_tail(np.array([flips]), n, np.array([flips + noise_flips]), n + noise_n)[0])


def _tail(k: Counts, n: int, marked: Counts, total: int) -> npt.NDArray[np.float64]:
    """P(X >= k) for hypergeometric X: n drawn out of `total`, of which `marked` are marked; (m,) of each."""
    at = np.arange(n + 1)[None, :]
    possible = (at >= k[:, None]) & (at <= marked[:, None]) & (n - at <= (total - marked)[:, None])
    inside = np.where(possible, at, k[:, None])  # any value that exists: what it gives is left out below
    log = _choose(marked[:, None], inside) + _choose((total - marked)[:, None], n - inside) - _choose(total, n)
    found: npt.NDArray[np.float64] = np.minimum(1.0, np.where(possible, np.exp(log), 0.0).sum(axis=1))
    return found


def _choose(n: Any, k: Any) -> Any:
    """Logarithm of the binomial coefficient."""
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


def alarm_at(n: int, noise_flips: int, noise_n: int, alpha: float = ALPHA) -> int | None:
    """The fewest changes among n that the test calls a drift; None: not even n of them."""
    k = np.arange(1, n + 1)
    fit = np.flatnonzero(_tail(k, n, k + noise_flips, n + noise_n) <= alpha)
    return int(k[fit[0]]) if len(fit) else None


def drift_power(n: int, rate: float, noise_flips: int, noise_n: int, alpha: float = ALPHA) -> float:
    """How often n items call a judge drifted whose verdicts now change with this rate.

    Args:
        n: items asked again.
        rate: of changes now, in [0, 1].
        noise_flips, noise_n: changes measured when the judge was calibrated.
        alpha: error of the test.
    """
    least = alarm_at(n, noise_flips, noise_n, alpha)
    return 0.0 if least is None else float(bdtrc(least - 1, n, rate))
