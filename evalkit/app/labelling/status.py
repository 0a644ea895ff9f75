"""How far a file of labels has come: who labelled how much, how far they agree, and what is left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.app.label_files import UNNAMED, Labelled, read_labels
from evalkit.core.seeds import seed_from
from evalkit.stats.agreement import Coefficient, agreement

FEW = 50


def status(file: Path) -> dict[str, Any]:
    """As plain JSON values.

    Raises:
        InputError: the file cannot be read.
    """
    given = read_labels(file)
    by_annotator = {name or "(no name)": sum(name in row.humans for row in given) for name in given.annotators}
    systems = Counter(row.system for row in given if row.system is not None)
    return {
        "file": str(file),
        "pair": given.pair,
        "n": len(given),
        "n_labelled": len(given) - given.n_waiting,
        "n_waiting": given.n_waiting,
        "n_split": given.n_split,
        "annotators": by_annotator,
        "balance": dict(Counter(label for label in given.human if label is not None).most_common(50)),
        "systems": dict(systems.most_common(50)),
        "weighted": given.weighted,
        "agreement": _agreement(given),
        "digest": given.digest,
        "warnings": _warnings(given),
    }


def _agreement(given: Labelled) -> dict[str, Any] | None:
    """Raw agreement and Krippendorff's alpha of those who have a name; None below two."""
    names = [name for name in given.annotators if name != UNNAMED]
    if len(names) < 2:
        return None
    menu = sorted({label for row in given for label in row.humans.values()})
    place = {label: at for at, label in enumerate(menu)}
    table = np.array([[place.get(row.humans.get(name, ""), -1) for name in names] for row in given])
    if not ((table >= 0).sum(axis=1) > 1).any():
        return None
    found = agreement(table, np.array(menu), "nominal", seed=seed_from("labels", given.digest))
    return {"raw": _figure(found.raw), "alpha": _figure(found.alpha)}


def _figure(of: Coefficient) -> dict[str, Any]:
    return {"point": of.point, "lo": of.lo, "hi": of.hi}


def _warnings(given: Labelled) -> list[str]:
    found = []
    done = len(given) - given.n_waiting
    labels = {label for label in given.human if label is not None}
    if done and len(labels) == 1:
        found.append("every label is the same: nothing can be said of a judge's errors on the other labels")
    if 0 < done < FEW:
        found.append(f"{done} labels: intervals will be wide; 100 to 200 are usual")
    if given.n_waiting and done:
        found.append(
            f"{given.n_waiting:,} rows wait: labels are a random sample only if nobody chose which rows to do first"
        )
    return found
