"""`evalkit.calibrate`: a judge beside people's labels, from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalkit.app.api import open_store
from evalkit.app.calibrating.live import Calibrated, Live
from evalkit.app.calibrating.live import calibrate as calibrate_live
from evalkit.core.protocols import Judge, Store

__all__ = ["calibrate"]


def calibrate(
    rubric: str | Path,
    *,
    labels: str | Path | None = None,
    judge: str | Judge | None = None,
    workspace: str | Path | Store | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    **more: Any,
) -> Calibrated:
    """Ask a judge about labelled items, probe it, and keep a certificate of what was found.

    Args:
        rubric: a file, or the name of one that comes with evalkit (`correctness`).
        labels: JSON Lines or CSV of labelled items; None: the rubric's own examples, too few to gate.
        judge: a spec ("openai:MODEL"), "SUITE.yaml#NAME", a Judge, or None for $EVALKIT_JUDGE.
        workspace: folder (default $EVALKIT_HOME or .evalkit), or a Store.
        progress: called with (pass, done, total).
        more: fields of `Live`: retest, probes, concurrency, budget, fresh, replay, overrides, clock, ...

    Raises:
        InputError: the rubric, the labels or the judge cannot be used. RunBroke: the judge cannot be asked any further;
            what it said is kept, and the same call goes on.
    """
    store = open_store(workspace) if workspace is None or isinstance(workspace, str | Path) else workspace
    live = Live(str(rubric), labels=None if labels is None else str(labels), judge=judge, **more)
    return calibrate_live(live, store, progress or (lambda *told: None))
