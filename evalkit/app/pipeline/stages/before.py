"""What is refused before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evalkit.app.pipeline.stages.file import DEFAULT
from evalkit.app.pipeline.stages.keys import Keys
from evalkit.core.errors import InputError
from evalkit.engine.nearest import nearest
from evalkit.pipeline.stages.nouns import Stage

__all__ = ["check_before"]


def check_before(keys: Keys, stages: Sequence[str]) -> None:
    """Refuse to run stages whose code or files from outside are not there, or that would write over code.

    Raises:
        InputError: one of them is so.
    """
    for name in stages:
        _is_there(keys, keys.project.pipeline.stages[name])
    _check_written(keys)


def _is_there(keys: Keys, stage: Stage) -> None:
    """Refuse a stage whose code or file from outside is not there, before anything runs.

    Raises:
        InputError: one of them is not.
    """
    keys.code(stage)
    for name, source in stage.inputs.items():
        if source.kind == "path" and not (keys.project.base / source.ref).exists():
            outputs = [f"{s.name}.{o}" for s in keys.project.pipeline.stages.values() for o in s.outputs]
            close = nearest(source.ref, outputs)
            raise InputError(
                f"there is no file {source.ref!r:.300} in {keys.project.base}",
                f"stage {stage.name}, input {name}",
                f"Nearest output of a stage: {close!r}" if close else "Correct the path",
            )


def _check_written(keys: Keys) -> None:
    """Refuse an output that would be written over the code of a stage, or the pipeline file.

    Raises:
        InputError: one would be.
    """
    base, stages = keys.project.base, keys.project.pipeline.stages.values()
    outputs = [(stage, name, o.name) for stage in stages for name, o in stage.outputs.items() if o.kind == "file"]
    outputs = [one for one in outputs if one[2]]
    if not outputs:
        return
    code = {(base / file).resolve() for stage in stages for file in _texts(keys, stage)} | {base / DEFAULT}
    for stage, name, path in outputs:
        if (base / path).resolve() in code:
            where = f"stage {stage.name}, output {name}"
            raise InputError(
                f"{path!r:.300} is a file of the pipeline itself, and would be written over", where, "Name another"
            )


def _texts(keys: Keys, stage: Stage) -> Iterable[str]:
    try:
        return keys.code(stage).texts
    except InputError:  # of a stage that is not to run; it is told when it is
        return ()
