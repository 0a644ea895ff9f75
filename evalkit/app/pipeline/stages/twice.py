"""Run a stage twice, in processes with another hash seed and told another time: does it give the same?"""

from __future__ import annotations

from collections.abc import Callable

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.file import Project
from evalkit.app.pipeline.stages.hold import held
from evalkit.app.pipeline.stages.keys import Keys
from evalkit.app.pipeline.stages.ledger import Ledger
from evalkit.app.pipeline.stages.process import called
from evalkit.app.pipeline.stages.run import call_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Noun
from evalkit.pipeline.stages.graph import chosen
from evalkit.pipeline.stages.nouns import Thing
from evalkit.stores.times import iso

__all__ = ["Twice", "twice"]

_SECOND_HASH_SEED, _LATER = 1, 400 * 86_400.0


class Twice(Noun):
    """What two runs of a stage gave."""

    stage: str
    first: dict[str, Thing]
    second: dict[str, Thing]
    differs: list[str]  # outputs


def twice(bench: Bench, project: Project, name: str, wait: float, tell: Callable[[str], None]) -> Twice:
    """Run a stage twice on what the stages before it gave last; nothing is written down, its outputs are not kept.

    What the stage itself puts into the workspace (a training, a run) is put there.

    Raises:
        InputError: there is no such stage, or one before it has not run. EvalkitError: the stage's own error.
    """
    chosen(project.pipeline, [name])
    keys, stage = Keys(bench, project), project.pipeline.stages[name]
    with held(bench, project.pipeline.name, wait) as lock:
        ledger = Ledger(bench, project.pipeline.name)
        past = {need: ledger.last(need) for need in stage.needs}
        if missing := [need for need, one in past.items() if one is None]:
            raise InputError(f"{', '.join(missing)}, which {name} needs, never ran", remedy="Run the pipeline first")
        parts = keys.parts(stage, {need: one.ran.made for need, one in past.items() if one is not None})
        now = bench.clock()
        first, second = (
            called(
                call_of(keys, stage, parts, iso(at), lock),
                tell,
                hash_seed=hash_seed,
                only_digests=True,
            ).made.outputs
            for at, hash_seed in ((now, 0), (now + _LATER, _SECOND_HASH_SEED))
        )
    differs = [output for output in first if first[output].identity != second[output].identity]
    return Twice(stage=name, first=first, second=second, differs=differs)
