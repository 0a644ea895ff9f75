"""One test that several systems are right equally often on the same cases."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def cochran_q(values: npt.ArrayLike) -> tuple[float, float]:
    """(Q, p) of Cochran's test (1950, Biometrika 37, 256-266) that m systems have one rate of success.

    Q = (m - 1) (m sum C_j^2 - T^2) / (m T - sum R_i^2) with column sums C, row sums R and total T, against chi-square
    with m - 1 degrees of freedom. With two systems it is McNemar's test. It needs independent cases, and does not say
    which systems differ: `compare_all` does, and needs no such test before it.

    Args:
        values: (n, m) of 0 and 1.

    Returns:
        Q and its p-value; (0, 1) where all systems agree on every case.

    Raises:
        ValueError: other values, or fewer than two systems.
    """
    from scipy.special import chdtrc

    table = np.asarray(values, np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not ((table == 0) | (table == 1)).all():
        raise ValueError("Cochran's Q is of 0 and 1, shape (cases, systems), of two systems or more")
    m = table.shape[1]
    columns, rows = table.sum(axis=0), table.sum(axis=1)
    spread = float(m * rows.sum() - rows @ rows)
    if spread == 0:
        return 0.0, 1.0
    q = (m - 1) * float(m * columns @ columns - columns.sum() ** 2) / spread
    return q, float(chdtrc(m - 1, q))
