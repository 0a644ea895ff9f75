"""Which answers people label: a random sample, in strata with weights where asked for, and never with a verdict.

Neyman 1934: the labels that say most go where the spread times the size of a stratum is largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from evalkit.app.label_files import Labelled
from evalkit.app.labelling.answers import Answers
from evalkit.core.errors import InputError
from evalkit.core.seeds import rng_from

Allocate = Literal["proportional", "equal", "neyman"]
FEWEST = 2  # of a stratum: below, its spread is unknown


class Stratum(NamedTuple):
    """One stratum of a sample: its name, its answers, and how many of them are drawn."""

    name: str
    size: int
    drawn: int


class Sample(NamedTuple):
    """Rows for people, in random order, and the strata they were drawn from (one where there are none)."""

    rows: list[dict[str, Any]]
    strata: list[Stratum]


def sample(
    answers: Answers,
    n: int,
    strata: Sequence[str] | None = None,
    allocate: Allocate = "proportional",
    pilot: Labelled | None = None,
    seed: int = 0,
) -> Sample:
    """Draw answers without replacement, by a seed made of the cases, the answers and the numbers asked for.

    Args:
        answers: of a run.
        n: how many; all where there are no more.
        strata: (answers,) the stratum of each; None: simple random sampling.
        allocate: to the strata: by size, alike, or by size times the spread of the pilot's labels.
        pilot: earlier labels on some of the same items, for `neyman`.
        seed: another one draws another sample.

    Raises:
        InputError: n is not positive, too small for the strata, or `neyman` without a pilot.
    """
    if n < 1:
        raise InputError(f"-n is {n}", "-n", "Draw at least one answer")
    n = min(n, len(answers))
    record = answers.record
    given = next(variant.answers for variant in record.variants if variant.name == answers.variant)
    rng = rng_from("label sample", record.digests.cases, given, n, allocate, seed)
    names = np.array(["all"] * len(answers) if strata is None else list(strata))
    groups = {str(name): np.flatnonzero(names == name) for name in np.unique(names)}
    counts = _counts(answers, groups, n, allocate, pilot)
    chosen: list[tuple[int, float]] = []
    for name, members in groups.items():
        drawn = rng.choice(members, counts[name], replace=False)
        weight = len(members) / len(drawn) if strata is not None and len(drawn) else 1.0
        chosen += [(int(at), weight) for at in drawn]
    total = sum(weight for _, weight in chosen)
    order = rng.permutation(len(chosen))
    rows = [answers.row(chosen[i][0], _rounded(chosen[i][1] * len(chosen) / total)) for i in order]
    return Sample(rows, [Stratum(name, len(members), counts[name]) for name, members in groups.items()])


def _rounded(weight: float) -> float:
    """Weights have mean 1; what rounding left of it is no weight."""
    return 1.0 if abs(weight - 1) < 1e-9 else weight


def _counts(
    answers: Answers, groups: dict[str, np.ndarray], n: int, allocate: Allocate, pilot: Labelled | None
) -> dict[str, int]:
    sizes = np.array([len(members) for members in groups.values()])
    least = np.minimum(sizes, FEWEST)
    if len(groups) > 1 and n < least.sum():
        what = f"{n} labels cannot cover {len(groups)} strata: each needs {FEWEST}"
        raise InputError(what, "-n", f"Draw at least {least.sum()}, or leave --stratify out")
    if len(groups) == 1:
        return dict.fromkeys(groups, n)
    wanted = {"proportional": sizes, "equal": np.ones(len(sizes))}.get(allocate)
    if wanted is None:
        wanted = sizes * _spread(answers, groups, pilot)
    return dict(zip(groups, _allot(wanted.astype(float), n, least, sizes).tolist(), strict=True))


def _allot(wanted: np.ndarray, n: int, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whole numbers that sum to n, as near to the shares wanted as the bounds of each stratum allow."""
    found = least.copy()
    while found.sum() < n:
        short = np.where(found < most, wanted / (found + 1), -np.inf)
        found[int(short.argmax())] += 1
    return found


def _spread(answers: Answers, groups: dict[str, np.ndarray], pilot: Labelled | None) -> np.ndarray:
    """Standard deviation of "is the commonest label" in the pilot, by stratum, drawn a little towards one half."""
    if pilot is None:
        raise InputError("Neyman's allocation needs labels to see the spread in", "--pilot", "Name a file of labels")
    ids = answers.cases.ids.to_pylist()
    stratum = {ids[at]: name for name, members in groups.items() for at in members}
    labels = [(stratum[row.item], row.human) for row in pilot if row.human is not None and row.item in stratum]
    if not labels:
        raise InputError("no label of the pilot is on an item of this run", pilot.source, "Name labels on this run")
    common = max({label for _, label in labels}, key=lambda one: sum(label == one for _, label in labels))
    spread = []
    for name in groups:
        mine = [label == common for at, label in labels if at == name]
        share = (sum(mine) + 1) / (len(mine) + 2)
        spread.append(np.sqrt(share * (1 - share)))
    return np.array(spread)
