"""What a stage gave last, out of the workspace: verified, as bytes for a file of one's own."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.file import Project
from evalkit.app.pipeline.stages.ledger import Ledger
from evalkit.app.pipeline.stages.things import Inputs
from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.stages.graph import chosen
from evalkit.pipeline.stages.nouns import Thing

__all__ = ["Fetched", "fetch"]


class Fetched(NamedTuple):
    """An output: which one, when its stage ran, and its content. Of a model and a run, that is their digest and id."""

    thing: Thing
    at: str
    data: bytes


def fetch(bench: Bench, project: Project, ref: str, ending: str = "") -> Fetched:
    """The output STAGE.NAME as its stage gave it last.

    Args:
        bench: the workspace.
        project: the pipeline.
        ref: STAGE.NAME.
        ending: of the file that it is for: a dataset is CSV for `.csv`, else Parquet.

    Raises:
        InputError: there is no such stage or output, or it never ran. StoreError: it is gone or was changed.
    """
    stage, _, name = ref.partition(".")
    chosen(project.pipeline, [stage])
    past = Ledger(bench, project.pipeline.name).last(stage)
    if past is None:
        raise InputError(f"the stage {stage} never ran", remedy="Run the pipeline first")
    outputs = past.ran.made.outputs
    if name not in outputs:
        raise InputError(
            f"the stage {stage} gave no output {name!r:.80}", remedy=did_you_mean(name, outputs, "outputs")
        )
    return Fetched(outputs[name], past.at, _data(bench, outputs[name], ending))


def _data(bench: Bench, thing: Thing, ending: str) -> bytes:
    if thing.kind == "file":
        return bench.store.get_blob(thing.digest)
    value = Inputs({"it": thing}, bench, Path(), Path())["it"]
    if thing.kind == "value":
        return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
    if thing.kind != "dataset":
        return f"{value}\n".encode()
    out = io.BytesIO()
    if ending == ".csv":
        from pyarrow import csv

        csv.write_csv(value, out)
    else:
        from pyarrow import parquet

        parquet.write_table(value, out)
    return out.getvalue()
