"""`model:NAME@ALIAS`, `model:NAME@VERSION`, `model:DIGEST`: a model of this workspace, in a process of its own.

Why a process: a model runs compiled code on whatever a case or a user sends. One that hangs, dies or leaks is then its
own failure, counted as one, and never the run's or the gateway's. One process answers all that is waiting in one batch,
so that the pipe costs little beside the model.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import evalkit
from evalkit.app.pipeline.registry.refs import Model, model_of
from evalkit.app.pipeline.threads import asking_environment
from evalkit.app.pipeline.train.code import written_out
from evalkit.core.errors import InputError
from evalkit.core.options import check_options, number
from evalkit.core.protocols import Store
from evalkit.predictors.lanes import Lanes, own_lanes
from evalkit.predictors.worker import Program

__all__ = ["ModelPredictor"]

OUTPUTS = ("label", "probability")
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from evalkit.app.pipeline.models.child import main; main(sys.argv[2])"
)


@dataclass(frozen=True)
class ModelPredictor:
    """A model by its artifact. Its identity is the artifact's digest, so answers are reused in later runs.

    An input is an object with the model's features; one that lacks a feature, or holds another type, is a failure of
    the system, as is a model that raises, hangs, dies or says NaN.

    Attributes:
        model: which one, and what may be trusted of its file.
        store: where the artifact is.
        output: `label`: the label or number alone; `probability`: `{"label", "probability": {class: share}}`.
        start_timeout: seconds that loading may take.
    """

    model: Model
    store: Store = field(repr=False, compare=False)
    output: str = "label"
    start_timeout: float = 600.0

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], store: Store | None = None) -> ModelPredictor:
        """From what stands behind `model:`; an alias is looked up now, and the run keeps what it stood on.

        Args:
            rest: NAME@ALIAS, NAME@VERSION, NAME (its champion) or DIGEST.
            options: `output`, `start_timeout`.
            store: the workspace; None: the default one.

        Raises:
            InputError: there is no such model, or an option is wrong. StoreError: its artifact was changed.
        """
        from evalkit.stores.chains import SqliteChains

        check_options("model", options, {"output", "start_timeout"})
        output = options.get("output", "label")
        if output not in OUTPUTS:
            raise InputError(f"model: has no output {output!r:.60}", remedy=f"Give one of {', '.join(OUTPUTS)}")
        if store is None:
            from evalkit.app.api import open_store

            store = open_store()
        root = getattr(store, "root", None)
        if root is None:
            raise InputError("model: needs a workspace in a folder, and this one is elsewhere", f"model:{rest}")
        model = model_of(SqliteChains(root), rest)
        store.get_blob(model.artifact)
        timeout = number("model", options, "start_timeout", cls.start_timeout)
        return cls(model, store, output, timeout)

    @property
    def spec(self) -> dict[str, Any]:
        """The artifact, whatever name it was asked by: the same model is the same system."""
        more = {} if self.output == "label" else {"output": self.output}
        return {"predictor": "model", "artifact": self.model.artifact, **more}

    @property
    def identity(self) -> dict[str, Any]:
        """The same: bytes decide what a model says."""
        return self.spec

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Lanes]:
        """Load the model in a process of its own.

        Raises:
            CallError: fatal; it cannot be loaded safely.
        """
        with tempfile.TemporaryDirectory(prefix="evalkit-model-", ignore_cleanup_errors=True) as folder:
            here = Path(folder)
            (here / "artifact").write_bytes(self.store.get_blob(self.model.artifact))
            given: dict[str, Any] = {"label": self.model.label, "trusted": self.model.trusted, "code": self.model.code}
            given |= {"probability": self.output == "probability", "sources": self._sources(here / "code")}
            (here / "model.json").write_text(json.dumps(given), encoding="utf-8")
            root = str(Path(evalkit.__file__).resolve().parent.parent)
            argv = (sys.executable, "-P", "-c", _BOOT, root, folder)
            program = Program(
                f"model:{self.model.label}", argv, True, self.start_timeout, env=asking_environment(os.environ)
            )
            async with own_lanes(program, concurrency) as lanes:
                yield lanes

    def _sources(self, folder: Path) -> list[str]:
        """Write out the sources of a model that was trained here; gives their names."""
        folder.mkdir()
        if self.model.code is None:
            return []
        sources: dict[str, str] = json.loads(self.store.get_blob(self.model.code))["sources"]
        written_out(sources, folder)
        return list(sources)
