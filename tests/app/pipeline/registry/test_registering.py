"""Models from elsewhere: only files that can be loaded safely, and only types that a person trusts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.refs import model_of
from evalkit.app.pipeline.registry.registering import register
from evalkit.core.errors import InputError
from evalkit.pipeline.train.archive import packed
from evalkit.pipeline.train.artifact import MANIFEST, Manifest


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "w")


def a_file(path: Path) -> Path:
    import skops.io
    from sklearn.tree import DecisionTreeClassifier

    pd = pytest.importorskip("pandas")
    skops.io.dump(DecisionTreeClassifier().fit(pd.DataFrame({"a": [0.0, 1.0]}), ["x", "y"]), path)
    return path


def test_types_of_a_file_from_elsewhere_are_trusted_by_name(bench: Bench, tmp_path: Path) -> None:
    file = a_file(tmp_path / "model.skops")
    with pytest.raises(InputError, match=r"not trusted: sklearn\.tree\._tree\.Tree.*--trust TYPE"):
        register(bench, "m", str(file))
    version, event = register(bench, "m", str(file), trust=["sklearn.tree._tree.Tree"])
    assert event is not None
    assert event.data["trusted"] == ["sklearn.tree._tree.Tree"]
    assert bench.store.get_blob(version.artifact) == file.read_bytes()
    for ref in ("model:m@1", "m@1", version.artifact, version.artifact[:9]):
        assert model_of(bench.chains, ref).trusted == ("sklearn.tree._tree.Tree",)


def test_a_pickle_is_never_read(bench: Bench, tmp_path: Path) -> None:
    import pickle

    file = tmp_path / "model.pkl"
    file.write_bytes(pickle.dumps(np.ones(2)) + b"more")
    with pytest.raises(InputError, match="pickle is never read"):
        register(bench, "m", str(file))


def test_the_code_of_an_own_predictor_from_elsewhere_is_not_trusted(bench: Bench, tmp_path: Path) -> None:
    manifest = Manifest(kind="own", target="os:system", code="0" * 64)
    file = tmp_path / "model.npz"
    file.write_bytes(packed({MANIFEST: manifest.model_dump_json().encode()}))
    with pytest.raises(InputError, match="an own predictor, whose code only the workspace has that trained it"):
        register(bench, "m", str(file))


@pytest.mark.parametrize("model", ["nothing", "0" * 64, "model:m@1", ""])
def test_what_is_no_model_is_a_sentence(bench: Bench, model: str) -> None:
    with pytest.raises(InputError, match="neither the digest of a model that was trained here nor a file"):
        register(bench, "m", model)


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("m@champion", "there is no model 'm' in the registry"),
        ("m", "there is no model 'm'"),
        ("0" * 64, "there is no model"),
        ("@", "there is no model ''"),
    ],
)
def test_a_reference_that_means_nothing_is_a_sentence(bench: Bench, ref: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        model_of(bench.chains, ref)


def test_an_alias_or_version_that_is_not_there_is_a_sentence(bench: Bench, tmp_path: Path) -> None:
    register(bench, "m", str(a_file(tmp_path / "a.skops")), trust=["sklearn.tree._tree.Tree"])
    with pytest.raises(InputError, match=r"m has no alias 'champion'.*Its aliases: none; its versions: 1 to 1"):
        model_of(bench.chains, "m")
    with pytest.raises(InputError, match="m has versions 1 to 1, and not 2"):
        model_of(bench.chains, "m@2")
