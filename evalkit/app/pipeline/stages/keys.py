"""The keys of a project's stages as everything is now, and how each stage stands by them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.lock import Lock, lock, packages_of
from evalkit.app.pipeline.stages.closure import Closures, Code
from evalkit.app.pipeline.stages.digests import Digests
from evalkit.app.pipeline.stages.file import Project
from evalkit.app.pipeline.stages.ledger import FOLDER, Failed, Ledger, Past
from evalkit.app.pipeline.stages.things import is_there, outside
from evalkit.core.errors import EvalkitError
from evalkit.pipeline.stages.explain import Change, Known, changes
from evalkit.pipeline.stages.graph import order
from evalkit.pipeline.stages.nouns import KeyParts, Made, Stage, Thing

__all__ = ["Keys", "Standing", "standings"]

State = Literal["fresh", "stale", "never", "failed"]


class Keys:
    """Makes keys; what they need is read once."""

    def __init__(self, bench: Bench, project: Project, locked: Callable[[], Lock] = lock) -> None:
        """`locked` gives the environment."""
        self.bench, self.project, self._locked = bench, project, locked
        self.digests = Digests(bench.root / FOLDER / "digests.json", bench.clock)
        self._closures = Closures(project.base)
        self._codes: dict[str, Code] = {}

    @cached_property
    def environment(self) -> Lock:
        """What is installed now."""
        return self._locked()

    def code(self, stage: Stage) -> Code:
        """The code of a stage.

        Raises:
            InputError: there is no such file or function.
        """
        if stage.uses not in self._codes:
            self._codes[stage.uses] = self._closures.of(stage.uses, f"stage {stage.name}")
        return self._codes[stage.uses]

    def parts(self, stage: Stage, made: Mapping[str, Made]) -> KeyParts:
        """What a stage's key is made of.

        Args:
            stage: it.
            made: what came of the stages that it needs.

        Raises:
            InputError: an input or its code is not there.
        """
        code = self.code(stage)
        return KeyParts(
            entry=code.entry,
            code=code.digests,
            config=stage.config,
            inputs={name: self._thing(stage, name, made) for name in stage.inputs},
            outputs=stage.outputs,
            environment=self.environment.digest,
            seed=stage.seed,
            version=stage.version,
        )

    def _thing(self, stage: Stage, name: str, made: Mapping[str, Made]) -> Thing:
        source = stage.inputs[name]
        if source.stage is not None:
            return made[source.stage].outputs[source.output].model_copy(update={"source": source.ref})
        return outside(source, self.bench, self.project.base, self.digests, f"stage {stage.name}, input {name}")

    def why(self, stage: Stage, past: Past, now: KeyParts) -> list[Change]:
        """What changed since a stage ran."""
        known = Known(self.code(stage).texts, packages_of(json.loads(self.environment.blob)))
        return changes(past.ran.parts, now, self._behind(past), known)

    def _behind(self, past: Past) -> Known:
        """Sources and packages of then; what is no longer kept is empty."""
        texts, packages = (self._blob(digest) for digest in (past.ran.sources, past.ran.parts.environment))
        return Known({k: str(v) for k, v in texts.items()}, packages_of(packages))

    def _blob(self, digest: str | None) -> dict[str, object]:
        try:
            found = json.loads(self.bench.store.get_blob(digest)) if digest else {}
        except (EvalkitError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


class Standing(NamedTuple):
    """How a stage stands.

    Attributes:
        stage: its name.
        state: fresh: the outputs of its key are there; stale: those of another key; never: it never ran; failed.
        past: the time it ran, with this key if it is fresh.
        key: as it is now; None where a stage before it has yet to run, or it cannot be made.
        why: what changed since it ran, by what is known.
        waits: stages that have to run before it.
        failed: how it failed.
        fault: why its key cannot be made.
    """

    stage: str
    state: State
    past: Past | None = None
    key: str | None = None
    why: tuple[Change, ...] = ()
    waits: tuple[str, ...] = ()
    failed: Failed | None = None
    fault: str = ""


def standings(keys: Keys, ledger: Ledger) -> list[Standing]:
    """How all stages stand, in order; nothing is run."""
    found: dict[str, Standing] = {}
    made: dict[str, Made] = {}
    for name in order(keys.project.pipeline):
        stage = keys.project.pipeline.stages[name]
        found[name] = one = _standing(keys, ledger, stage, found, made)
        if one.past is not None:
            made[name] = one.past.ran.made
    keys.digests.keep()
    return list(found.values())


def _standing(
    keys: Keys, ledger: Ledger, stage: Stage, found: Mapping[str, Standing], made: Mapping[str, Made]
) -> Standing:
    last, failed = ledger.last(stage.name), ledger.failed(stage.name)
    waits = tuple(name for name in stage.needs if found[name].state != "fresh")
    fits = all(source.stage in made and source.output in made[source.stage].outputs
               for source in stage.inputs.values() if source.stage is not None)  # fmt: skip
    state: State = "never" if last is None else "stale"
    if not fits:
        return Standing(stage.name, "failed" if failed else state, last, None, (), waits, failed)
    try:
        parts = keys.parts(stage, made)
    except EvalkitError as error:
        return Standing(stage.name, state, last, None, (), waits, failed, str(error))
    same = ledger.by_key(stage.name, parts.digest)
    if same is not None and not waits and is_there(keys.bench, same.ran.made):
        return Standing(stage.name, "fresh", same, parts.digest)
    why = tuple(keys.why(stage, last, parts)) if last is not None else ()
    state = "failed" if failed is not None else state
    return Standing(stage.name, state, last, None if waits else parts.digest, why, waits, failed)
