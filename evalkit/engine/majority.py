"""Several people's labels -> the one that more than half of them gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def majority(labels: Sequence[str]) -> str | None:
    """The label of more than half of `labels` (strict majority); None where there is none."""
    top = Counter(labels).most_common(1)
    return top[0][0] if top and 2 * top[0][1] > len(labels) else None
