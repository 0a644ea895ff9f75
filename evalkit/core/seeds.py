"""Seeds come from content, so that the same question always gets the same random answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evalkit.core.digest import digest_of

if TYPE_CHECKING:
    import numpy as np


def seed_from(*parts: Any) -> int:
    """A 63-bit seed from JSON values (suite seed, digests, names, repeat index)."""
    return int(digest_of(list(parts))[:16], 16) >> 1


def rng_from(*parts: Any) -> np.random.Generator:
    """A numpy generator (PCG64) seeded by `seed_from(*parts)`."""
    import numpy as np

    return np.random.default_rng(seed_from(*parts))
