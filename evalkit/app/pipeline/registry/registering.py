"""Registering a model: one that was trained here, or a file from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.baselines import who as someone
from evalkit.app.environment import git_state
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.train import log
from evalkit.core.errors import InputError
from evalkit.core.versions import Event, ModelVersion
from evalkit.pipeline.registry.nouns import Registered
from evalkit.pipeline.registry.registry import Registry
from evalkit.pipeline.train.archive import MOST
from evalkit.pipeline.train.artifact import manifest_of
from evalkit.pipeline.train.nouns import Training, digest_of_model, version_of
from evalkit.pipeline.train.skops_file import Untrusted, untrusted
from evalkit.stores.times import iso

__all__ = ["Entry", "register", "register_training"]


class Entry(NamedTuple):
    """A version, and the event that made it; None: it was registered already."""

    version: ModelVersion
    event: Event | None


def register(
    bench: Bench, name: str, model: str, *, trust: Sequence[str] = (), note: str = "", who: str | None = None
) -> Entry:
    """Add a model as the next version of a name.

    Args:
        bench: the workspace.
        name: of the registered model.
        model: `DIGEST` or `model:DIGEST` of a training of this workspace, or a file (skops).
        trust: types of a file that are trusted beside skops' own list.
        note: why, or what it is.
        who: registers it; None: who runs this.

    Raises:
        InputError: there is no such training or file, or the file is no artifact that can be loaded safely.
    """
    ref = model.removeprefix("model:")
    training = log.by_digest(bench.chains, ref)
    if training is not None:
        return register_training(bench, name, training, note=note, who=who)
    path = Path(model)
    if _is_file(path):
        return _register_file(bench, name, path, trust, note, who)
    raise InputError(
        f"{model!r:.200} is neither the digest of a model that was trained here nor a file",
        remedy="Train one (evalkit train prints model:DIGEST), or name a .skops file",
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or a NUL: no file has that name
        return False


def register_training(bench: Bench, name: str, training: Training, *, note: str = "", who: str | None = None) -> Entry:
    """Add a training as the next version of a name; the same one is there once.

    Raises:
        StoreError: its artifact is gone or was changed.
    """
    bench.store.get_blob(training.artifact)
    created = iso(bench.clock())

    def make(number: int) -> Registered:
        version = version_of(training, name, number, created)
        keeps = training.keeps
        return Registered(version=version, source="training", kind=training.kind, note=note, keeps=keeps)

    return Entry(*Registry(bench.chains).register(name, make, someone() if who is None else who))


def _register_file(bench: Bench, name: str, path: Path, trust: Sequence[str], note: str, who: str | None) -> Entry:
    data = _read(path)
    try:
        manifest = manifest_of(data)
        types = [] if manifest.kind == "own" else untrusted(data, trust)
    except ValueError as error:
        raise InputError(
            str(error), str(path), "A model from elsewhere is a .skops file; pickle is never read"
        ) from None
    if manifest.kind == "own":
        what = "it is an own predictor, whose code only the workspace has that trained it"
        raise InputError(what, str(path), "Train it here, or register it there")
    if types:
        remedy = "Look at each; those that you trust are named by --trust TYPE"
        raise InputError(Untrusted(types).args[0].split(". ")[0], str(path), remedy)
    artifact, created = bench.store.put_blob(data), iso(bench.clock())
    commit, dirty = git_state(Path())
    # What it was made of is not known: the digest covers the artifact alone, and `code` is that of the file.
    fields: dict[str, Any] = {"artifact": artifact, "code": artifact, "data": {}, "config": {}, "seed": 0}
    whole = {
        **fields,
        "digest": digest_of_model(fields),
        "recipe": f"file {path.name}",
        "commit": commit,
        "dirty": dirty,
    }
    kept = [f"blob:{artifact}"]

    def make(number: int) -> Registered:
        version = ModelVersion(name=name, version=number, created=created, **whole)
        return Registered(version=version, source="file", kind="skops", trusted=list(trust), note=note, keeps=kept)

    return Entry(*Registry(bench.chains).register(name, make, someone() if who is None else who))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST:
            raise InputError(f"it has more than {MOST:,} bytes", str(path))
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None
