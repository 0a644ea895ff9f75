"""How much feedback there is, how late it came, and how far people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.seeds import seed_from
from evalkit.pipeline.feedback.join import Joined, joined, newest

__all__ = ["agreement_of", "status"]

_QUANTILES: Final = (0.5, 0.9, 0.99)


def status(requests: pa.Table, outcomes: pa.Table, *, named: int = 20) -> dict[str, Any]:
    """As plain JSON values.

    Args:
        requests: predictions of a window, as in the traffic log.
        outcomes: all that was told.
        named: at most so many unknown ids are named.
    """
    rows = joined(requests, outcomes)
    ids = {row.id for row in rows}
    words = newest(outcomes)
    unknown = sorted({one.id for one in words if one.id not in ids})
    kinds = Counter(kind for row in rows for kind in {one.kind for one in row.told})
    covered = sum(bool(row.told) for row in rows)
    return {
        "predictions": len(rows),
        "covered": covered,
        "coverage": covered / len(rows) if rows else None,
        "by_kind": {kind: {"predictions": n, "coverage": n / len(rows)} for kind, n in sorted(kinds.items())},
        "told": outcomes.num_rows,
        "replaced": outcomes.num_rows - len(words),
        "unknown": {"ids": len(unknown), "first": unknown[:named]},
        "delays": {kind: _delays(rows, kind) for kind in sorted(kinds)},
        "agreement": agreement_of(rows),
    }


def agreement_of(rows: Sequence[Joined]) -> dict[str, Any] | None:
    """Raw agreement and Krippendorff's alpha of people who labelled the same predictions; None: nobody did."""
    labels = [named for row in rows if len(named := {w: v for w, v in row.labels().items() if w}) > 0]
    names = sorted({who for row in labels for who in row})
    menu = sorted({label for row in labels for label in row.values()})
    twice = sum(len(row) > 1 for row in labels)
    if not twice:
        return None
    from evalkit.stats.agreement import agreement

    place = {label: at for at, label in enumerate(menu)}
    table = np.array([[place[row[name]] if name in row else -1 for name in names] for row in labels])
    found = agreement(table, np.array(menu), "nominal", seed=seed_from("feedback", digest_of(table.tolist())))
    return {
        "who": {name: sum(name in row for row in labels) for name in names},
        "labelled_twice": twice,
        "raw": {"point": found.raw.point, "lo": found.raw.lo, "hi": found.raw.hi},
        "alpha": {"point": found.alpha.point, "lo": found.alpha.lo, "hi": found.alpha.hi},
    }


def _delays(rows: Sequence[Joined], kind: str) -> dict[str, Any]:
    """Seconds from a prediction to the newest word of each person on it."""
    found = np.array([one.at - row.at for row in rows for one in row.told if one.kind == kind])
    late = found[found >= 0]
    levels = np.quantile(late, _QUANTILES).tolist() if len(late) else [None] * len(_QUANTILES)
    return {
        "n": len(found),
        "before": int((found < 0).sum()),
        **{f"p{round(100 * q)}": level for q, level in zip(_QUANTILES, levels, strict=True)},
        "max": float(late.max()) if len(late) else None,
    }
