"""The history of a run, kept with the run."""

from __future__ import annotations

from evalkit.app.pipeline.bench import Bench
from evalkit.core.evidence import Lineage


def attach(bench: Bench, run_id: str, now: str, *, new: bool) -> None:
    """Keep with a run what it was made of, unless that is kept already.

    Args:
        bench: the workspace.
        run_id: of the run.
        now: when the evidence is made, ISO 8601.
        new: it was made just now; else it has its evidence, unless a kill came between the two.
    """
    if not new and any(one.kind == "lineage" for one in bench.store.evidence(run_id)):
        return
    from evalkit.app.pipeline.stages.history import evidence_of

    made = evidence_of(bench, run_id, now)
    if made is not None and not kept(bench, run_id, made):
        bench.store.add_evidence(run_id, made)


def kept(bench: Bench, run_id: str, made: Lineage) -> bool:
    """Whether the same history, whenever it was written down, is kept with a run."""
    known = [one for one in bench.store.evidence(run_id) if isinstance(one, Lineage)]
    return any((one.nodes, one.edges) == (made.nodes, made.edges) for one in known)
