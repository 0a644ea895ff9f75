"""Metrics of a suite as losses of a rollout: chosen when it starts, and read from the log by each step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.traffic import Traffic
from evalkit.pipeline.rollout.nouns import Plan, Scoring

if TYPE_CHECKING:
    from evalkit.engine.suite import LoadedSuite
    from evalkit.pipeline.shadow.scoring import Scale

__all__ = ["Chosen", "losses_of"]

_LESS: Final = "1 - "  # before the name of a metric of which more is better


class Chosen:
    """The metrics of a suite that can be losses.

    Attributes:
        names: of the losses: a metric's own, or `1 - METRIC` where more is better.
        left: the others, and why.
    """

    def __init__(self, suite: Path) -> None:
        """Read the suite.

        Raises:
            InputError: it cannot be used.
        """
        from evalkit.app.pipeline.scored import scales_of
        from evalkit.app.suites import load_suite

        self.loaded: LoadedSuite = load_suite(suite)
        found, self.left = scales_of(self.loaded)
        self._scales: dict[str, Scale] = {}
        for scale in found:
            if scale.bounds is None or not 0 <= scale.bounds[0] < scale.bounds[1] <= 1:
                self.left.append(f"the metric {scale.id} is left out: its values do not all lie within 0 and 1")
            else:
                self._scales[_loss_name(scale)] = scale
        self.names = list(self._scales)

    def loss(self, asked: str) -> str | None:
        """The name of the loss that was asked for by it, or by the metric's name; None: it is none of these."""
        return next((name for name, scale in self._scales.items() if asked in (name, scale.id)), None)

    def scale(self, loss: str) -> Scale | None:
        """What scores a loss."""
        return self._scales.get(loss)

    def scoring(self, losses: Sequence[str]) -> Scoring:
        """What a plan keeps of it."""
        file = Path(self.loaded.file) if self.loaded.file else self.loaded.base
        return Scoring(suite=str(file.absolute()), metrics={loss: self._digest(loss) for loss in losses})

    def _digest(self, loss: str) -> str:
        return digest_of([self._scales[loss].spec.model_dump(mode="json"), self.loaded.suite.on_failure])

    def check(self, scoring: Scoring) -> None:
        """Whether it scores as it did when the rollout began.

        Raises:
            InputError: it does not.
        """
        for loss, digest in scoring.metrics.items():
            if loss not in self._scales or self._digest(loss) != digest:
                raise InputError(
                    f"the metric behind {loss!r:.60} is not what it was when the rollout began",
                    scoring.suite,
                    "Put the suite back as it was, or abort this rollout and start another",
                )


def _loss_name(scale: Scale) -> str:
    return f"{_LESS}{scale.id}" if scale.better == "higher" else scale.id


def losses_of(traffic: Traffic, requests: pa.Table, plan: Plan) -> tuple[dict[str, np.ndarray], list[str]]:
    """Loss -> (n,) numbers in [0, 1], NaN where nobody told the right answer yet; and remarks for people.

    Answers are scored as `ab analyze --exposures traffic` scores them. What was told and is no gold of a metric, or a
    suite that is not what it was, leaves metrics without numbers: nothing is promoted then, and the other guards go on.
    """
    from evalkit.app.pipeline.scored import scored
    from evalkit.pipeline.monitor.windows import Seen

    if plan.scoring is None:
        return {}, []
    losses, notes = {name: np.full(requests.num_rows, np.nan) for name in plan.scoring.metrics}, list[str]()
    try:
        chosen = Chosen(Path(plan.scoring.suite))
        chosen.check(plan.scoring)
    except InputError as error:
        return losses, [f"warning: no answer is scored: {error}"]
    mine = {scale.id: name for name in losses if (scale := chosen.scale(name)) is not None}
    found = [scale for name in losses if (scale := chosen.scale(name)) is not None]
    for scale, values in scored(Seen(requests, traffic.outcomes()), chosen.loaded, found, notes):
        losses[mine[scale.id]] = np.clip(1 - values if scale.better == "higher" else values, 0, 1)
    return losses, notes
