"""A frozen slice of verdicts, asked again past the cache: does the judge still say what it said?

With every gate that a judge decides, some of its earlier verdicts are asked again: of the items that it was calibrated
on, else those of this run that came from the cache. How many changed is tested against how many changed when it was
calibrated (`stats/judging/drift.py`). A drift takes the judge its vote: the model behind a name may be another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Certificate
from evalkit.core.protocols import Journal, Judge, Store
from evalkit.engine.calls import Calls
from evalkit.engine.judging.again import Again, staged
from evalkit.engine.judging.asking import Errand, Heard, ask
from evalkit.engine.judging.questions import Questions
from evalkit.stats.judging.drift import ALPHA, alarm_at, drift_p

__all__ = ["MOST", "Frozen", "Watch", "chosen", "frozen_questions", "watch", "weighed"]

MOST = 200
"""Verdicts that a certificate keeps for sentinels."""


class Frozen(NamedTuple):
    """One verdict that may be asked again.

    Attributes:
        item: case id. repeat: which answer to it.
        shown: what the judge was shown.
        digest: of that, without tags.
        label: what it said; None: nothing usable.
    """

    item: str
    repeat: int
    shown: dict[str, Any]
    digest: str
    label: str | None


class Watch(NamedTuple):
    """What a sentinel found of one judge.

    Attributes:
        judge: its digest.
        n, flips: verdicts that were asked again, and how many of them changed.
        noise: (changed, asked twice) when it was calibrated; None: nobody measured it.
        p: of the test; None: there is none.
        drift: that the judge drifted, as a sentence; None: it is not shown to.
        said: what was done, or why not, as a sentence.
        cost: US dollars; None: unknown.
        models: that the responses named.
        journals: open until the record is written.
    """

    judge: str
    n: int = 0
    flips: int = 0
    noise: tuple[int, int] | None = None
    p: float | None = None
    drift: str | None = None
    said: str = ""
    cost: float | None = None
    models: frozenset[str] = frozenset()
    journals: tuple[Journal, ...] = ()


def chosen(items: Sequence[Frozen], n: int) -> list[Frozen]:
    """n of them, by digest: the same ones every time, and none because of what was said of it."""
    with_label = [one for one in items if one.label is not None]
    return sorted(with_label, key=lambda one: digest_of(["sentinel", one.digest, one.item, one.repeat]))[:n]


def frozen_questions(items: Sequence[Frozen], seed: int) -> Questions:
    """The questions to ask again."""
    return Questions(
        np.arange(len(items)),
        [one.item for one in items],
        [one.repeat for one in items],
        [one.shown for one in items],
        [one.digest for one in items],
        seed,
    )


def watch(
    digest: str,
    judge: Judge,
    certificate: Certificate,
    items: Sequence[Frozen],
    desk: tuple[Calls, Store, Callable[..., None]],
    seed: int = 0,
) -> Watch:
    """Ask some verdicts again, and test what came.

    Args:
        digest: of the judge.
        judge: who is asked.
        certificate: its own.
        items: verdicts, chosen already.
        desk: how calls are made, where answers are kept, and who is told of progress.
        seed: of the plan.

    Raises:
        InputError: no call can succeed. RunBroke: the judge cannot be asked any further (its budget); what it said is
            kept.
    """
    questions = frozen_questions(items, seed)
    plan = digest_of(["sentinel", digest, questions.digests])

    def ask_one(one: Judge, stage: int, at: list[int]) -> Heard:
        return ask(Errand(questions, "sentinel", f"sentinel by {digest[:16]} {stage}", plan), one, at, desk)

    verdicts, heard = staged(Again(judge, "sentinel", kept=False), len(items), ask_one)
    answers = [answer for one in heard for answer in one.answers]
    pairs = [
        (one.label, verdict.get("label"))
        for one, verdict in zip(items, verdicts, strict=True)
        if isinstance(verdict, dict) and "failure" not in verdict
    ]
    costs = [a.cost for a in answers if a.cost is not None]
    models = frozenset(a.model for a in answers if a.model is not None)
    flips = sum(before != now for before, now in pairs)
    found = weighed(digest, certificate, len(pairs), flips)
    return found._replace(
        cost=sum(costs) if costs else None, models=models, journals=tuple(one.journal for one in heard if one.journal)
    )


def weighed(judge: str, certificate: Certificate, n: int, flips: int) -> Watch:
    """What so many changes mean beside the noise that the certificate measured."""
    noise = noise_of(certificate)
    changed = f"{flips:,} of {n:,} verdicts of the sentinel changed"
    if not n:
        return Watch(judge, said="The sentinel could not ask the judge again: no call brought an answer.")
    if noise is None:
        said = f"{changed}; the certificate has no retest to hold that against, so drift cannot be tested."
        return Watch(judge, n, flips, said=said)
    p = drift_p(flips, n, *noise)
    before = f"{noise[0]:,} of {noise[1]:,} did when it was calibrated"
    beside = f"{changed}, and {before} (p = {p:.2g})"
    if p <= ALPHA:
        return Watch(judge, n, flips, noise, p, f"The judge drifted: {beside}.", f"{beside}: a drift.")
    least = alarm_at(n, *noise)
    power = "so few items could not show a drift" if least is None else f"{least:,} would be a drift"
    return Watch(judge, n, flips, noise, p, None, f"{beside}: no drift is shown ({power}).")


def noise_of(certificate: Certificate) -> tuple[int, int] | None:
    """(changed, asked twice) of the retest when a judge was calibrated; None: there was none."""
    found = certificate.probes.get("retest")
    if not isinstance(found, dict):
        return None
    flipped, n = found.get("flipped"), found.get("n")
    if not (isinstance(flipped, int) and isinstance(n, int) and 0 <= flipped <= n and n > 0):
        return None
    return flipped, n
