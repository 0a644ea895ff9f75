"""The calls of a calibration: every pass is durable, reused, bounded and continued like the calls of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.protocols import Answer, Journal, Judge, Store
from evalkit.engine.calls import Calls
from evalkit.engine.judging.again import staged
from evalkit.engine.judging.asking import Errand, Heard, ask
from evalkit.engine.judging.questions import Questions

__all__ = ["Passes", "spent"]


def spent(heard: Heard) -> dict[str, Any]:
    """The key `spent`: what the verdicts took, recorded answers included: {verdicts, calls, cost, ...}; unknown: null.

    Of a cascade it is what the first stage took.
    """
    n = len(heard.at)
    found = {name: _sum(heard.answers, name) for name in ("cost", "seconds", "tokens_in", "tokens_out")}
    cost = found["cost"]
    return {"verdicts": n, "calls": len(heard.answers), **found, "per_verdict": cost / n if cost and n else cost}


def _sum(answers: Sequence[Answer], name: str) -> float | None:
    """None where it is unknown of any answer."""
    known = [getattr(answer, name) for answer in answers]
    return sum(known) if known and None not in known else None


@dataclass
class Passes:
    """Asks a judge about one set of questions after another.

    Attributes:
        calls: how calls are made. store: where answers are kept. progress: told (pass, done, total).
        journals: open until the certificate is written.
        answers: all that was answered.
        n_reused: answers that were recorded already.
    """

    calls: Calls
    store: Store
    progress: Callable[[str, int, int], None]
    journals: list[Journal] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    n_reused: int = 0

    def verdicts(self, name: str, judge: Judge, questions: Questions) -> list[Any]:
        """One settled verdict a question; of a cascade that of the stage that kept it.

        Raises:
            InputError: no call can succeed. RunBroke: the judge cannot be asked any further; what it said is kept.
        """
        return self.heard(name, judge, questions)[0]

    def heard(self, name: str, judge: Judge, questions: Questions) -> tuple[list[Any], Heard]:
        """The verdicts, and the calls of the first stage."""
        found, heard = staged(judge, len(questions), lambda one, n, at: self._ask(name, one, questions, at, n))
        return found, heard[0]

    def _ask(self, name: str, judge: Judge, questions: Questions, at: list[int], stage: int) -> Heard:
        plan = digest_of(["calibration", name, stage])
        errand = Errand(questions, name, f"calibration {name} {stage}", plan)
        said = ask(errand, judge, at, (self.calls, self.store, self.progress))
        if said.journal is not None:
            self.journals.append(said.journal)
        self.answers += said.answers
        self.n_reused += said.n_reused
        return said

    @property
    def models(self) -> list[str]:
        """Models that the responses named."""
        return sorted({answer.model for answer in self.answers if answer.model is not None})

    @property
    def cost(self) -> float | None:
        """US dollars of all answers, recorded ones included; None: that of a model's answer is unknown."""
        if any(answer.cost is None and answer.model is not None for answer in self.answers):
            return None
        known = [answer.cost for answer in self.answers if answer.cost is not None]
        return sum(known) if known else None

    def close(self, *, done: bool) -> None:
        """Release the journals; with `done` they are removed."""
        for journal in self.journals:
            journal.close(done=done)
