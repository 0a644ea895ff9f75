"""Artifacts: the same bytes for the same model, loaded without pickle, answers as the model gave them."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from evalkit.pipeline.train.archive import packed, unpacked
from evalkit.pipeline.train.artifact import MANIFEST, Manifest, loaded, manifest_of, written
from evalkit.pipeline.train.differ import differences
from evalkit.pipeline.train.fitted import Fitted, as_fitted
from evalkit.pipeline.train.nans import nan_parameters
from evalkit.pipeline.train.rows import answers, rows_of
from evalkit.pipeline.train.skops_file import MADE_HERE, SCHEMA, Untrusted, untrusted


@dataclasses.dataclass(frozen=True)
class Line:
    weights: np.ndarray
    cut: float
    names: list[str] = dataclasses.field(default_factory=list)

    def predict(self, row: Any) -> float:
        return float(self.weights[0]) * float(row["a"]) + self.cut


TYPES = {"a": "double", "c": "string", "n": "int64", "at": "timestamp[us]"}


def frame(n: int = 60) -> Any:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=n), "n": rng.integers(0, 9, n)})


def a_tree(depth: int = 2) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    x = frame()
    return DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x, np.where(x.a > 0, "x", "y"))


def refuse(manifest: Manifest) -> type:
    raise AssertionError("no class is asked for")


def test_an_own_predictor_is_arrays_and_json() -> None:
    line = Line(np.array([2.0, 3.0]), 1.0, ["a"])
    data = written(Fitted(line), {}, "r.py:Line", "0" * 64)
    assert data == written(Fitted(Line(np.array([2.0, 3.0]), 1.0, ["a"])), {}, "r.py:Line", "0" * 64)
    found = loaded(data, lambda manifest: Line)
    assert found.model.predict({"a": 4}) == 9.0
    assert found.manifest.target == "r.py:Line"
    assert set(unpacked(data)) == {MANIFEST, "weights.npy"}


def test_a_class_whose_fields_changed_is_refused() -> None:
    @dataclasses.dataclass(frozen=True)
    class Other:
        weights: np.ndarray

        def predict(self, row: Any) -> None: ...

    data = written(Fitted(Line(np.ones(1), 1.0)), {}, "r.py:Line", "0" * 64)
    with pytest.raises(ValueError, match="Other has other fields than the artifact: weights"):
        loaded(data, lambda manifest: Other)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (np.array([object()]), "is an array of objects, which only pickle could write"),
        (object(), "holds a object, which is neither an array nor JSON"),
        ({1: 2}, "holds a dict"),
        (float("inf"), "'cut' is inf"),
    ],
)
def test_what_only_pickle_could_write_is_refused(field: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        written(Fitted(Line(np.ones(1), field)), {}, None, None)


def test_a_skops_file_is_canonical_and_still_skops() -> None:
    import skops.io

    tree = a_tree()
    data = written(Fitted(tree), TYPES, None, None)
    assert data == written(Fitted(a_tree()), TYPES, None, None)
    assert data != written(Fitted(a_tree(3)), TYPES, None, None)
    again = skops.io.loads(data, trusted=untrusted(data))
    assert again.tree_.node_count == tree.tree_.node_count
    with ZipFile(io.BytesIO(data)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        ids = [node["__id__"] for node in _nodes(json.loads(archive.read(SCHEMA))) if "__id__" in node]
    assert max(ids) <= len(ids), "no address of memory is left"


def test_an_imputer_is_kept_and_fills_in_as_before() -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    x = frame()
    model = make_pipeline(SimpleImputer(add_indicator=True), LinearRegression()).fit(x, x.a)
    again = loaded(written(Fitted(model), TYPES, None, None), refuse, MADE_HERE).model
    x.loc[0, "n"] = np.nan
    assert again.predict(x).tolist() == model.predict(x).tolist()


def _nodes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(node for item in value.values() for node in _nodes(item))]
    return [node for item in value for node in _nodes(item)] if isinstance(value, list) else []


def test_what_differs_between_two_models_is_named_by_its_path() -> None:
    one, two = a_tree(), a_tree()
    two.remark_ = "now"
    first, second = (written(Fitted(m), TYPES, None, None) for m in (one, two))
    assert differences(first, second) == ["remark_"]
    assert differences(first, first) == []
    lines = [written(Fitted(Line(np.array([w]), 1.0)), {}, None, None) for w in (1.0, 2.0)]
    assert differences(*lines) == ["weights"]


def test_trees_from_elsewhere_are_not_trusted() -> None:
    data = written(Fitted(a_tree()), TYPES, None, None)
    with pytest.raises(Untrusted, match=r"not trusted: sklearn\.tree\._tree\.Tree") as caught:
        loaded(data, refuse)
    assert caught.value.types == ["sklearn.tree._tree.Tree"]
    assert loaded(data, refuse, caught.value.types).model.max_depth == 2
    assert loaded(data, refuse, MADE_HERE).manifest.features == ["a", "n"]


class Mine:
    def predict(self, rows: Any) -> Any: ...
    def get_params(self) -> dict[str, Any]:
        return {}


def test_a_class_of_the_user_is_named_in_the_refusal() -> None:
    with pytest.raises(Untrusted, match=r"not trusted: .*Mine"):
        written(Fitted(Mine(), ["a"]), {}, None, None)


def test_a_hostile_file_makes_nothing() -> None:
    node = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode", "content": {}, "__id__": 1}
    node["content"] = {"module_path": "posix", "function": "system"}
    data = packed({SCHEMA: json.dumps({**node, "protocol": 2, "_skops_version": "0.13"}).encode()})
    with pytest.raises(ValueError, match=r"posix\.system|no skops file"):
        loaded(data, refuse, MADE_HERE)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "no zip file"),
        (packed({"other": b""}), "neither evalkit.json nor schema.json"),
        (packed({MANIFEST: b'{"kind": "pickle"}'}), "evalkit.json cannot be read: kind"),
        (packed({MANIFEST: b'{"kind":"skops","features":["a"]}', SCHEMA: b"{}"}), "no skops file"),
        (packed({SCHEMA: b"["}), "no skops file"),
    ],
)
def test_what_is_no_artifact_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        loaded(data, refuse)


def test_a_damaged_artifact_is_refused() -> None:
    data = written(Fitted(Line(np.ones(500), 1.0)), {}, None, None)
    with pytest.raises(ValueError, match="damaged"):
        manifest_of(data[:-200])


def test_what_a_recipe_may_return() -> None:
    line = Line(np.ones(1), 0.0)
    assert as_fitted(line).model is line
    assert as_fitted(Fitted(line, metrics={"a": 1})).metrics == {"a": 1}
    for value, said in [(None, "a NoneType"), (Line, "a class"), (3, "a int"), (Path(), "a PosixPath")]:
        with pytest.raises(TypeError, match=f"returned {said}"):
            as_fitted(value)
    odd: Any = [
        ({"features": 3}, "the features of evalkit.Fitted are 3"),
        ({"features": ["a", 3]}, "the features of evalkit.Fitted are"),
        ({"metrics": [1]}, "the metrics of evalkit.Fitted are"),
        ({"definitions": "v1"}, "the definitions of evalkit.Fitted are 'v1'"),
    ]
    for given, said in odd:
        with pytest.raises(TypeError, match=said):
            as_fitted(Fitted(line, **given))


def test_nan_parameters_are_named_where_something_predicts() -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    x = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan]])
    with pytest.warns(UserWarning, match="without any observed"):
        model = make_pipeline(SimpleImputer(), LinearRegression()).fit(x, [1, 2, 3])
    assert nan_parameters(model) == [], "an imputer knows no mean of an empty column"
    model[-1].coef_ = model[-1].coef_ * np.nan
    assert nan_parameters(model) == ["linearregression.coef_"]
    assert nan_parameters(Line(np.array([np.nan]), 1.0)) == ["weights"]
    assert nan_parameters(Line(np.array([1.0]), float("nan"))) == ["cut"]


# ------------------------------------------------------------------------------------------------------------- rows


class Asks:
    """Says what it is asked."""

    classes_ = np.array(["no", "yes"])

    def __init__(self, shares: Any = None) -> None:
        self.shares = shares

    def predict(self, rows: Any) -> Any:
        return np.array(["yes"] * len(rows))

    def predict_proba(self, rows: Any) -> Any:
        return np.tile([0.25, 0.75] if self.shares is None else self.shares, (len(rows), 1))


def test_an_input_becomes_the_row_that_the_data_had() -> None:
    manifest = Manifest(kind="skops", features=["a", "n", "c", "at"], frame=True, types=TYPES)
    rows = rows_of([{"at": "2013-01-01T00:00:00", "a": 1, "c": None, "n": 3.0, "more": 1}], manifest)
    assert list(rows.columns) == ["a", "n", "c", "at"]
    assert [rows["a"].dtype.kind, rows["n"].dtype.kind, rows["at"].dtype.kind] == ["f", "i", "M"]
    plain = rows_of([{"a": 1, "n": 2}], Manifest(kind="skops", features=["n", "a"], types=TYPES))
    assert plain.tolist() == [[2.0, 1.0]]
    texts = Manifest(kind="skops", features=["text"], single=True)
    assert rows_of([{"text": "x"}, "y"], texts) == ["x", "y"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 1}, "the input has no 'a'"),
        ([1], "the input is a list"),
        (None, "the input is a NoneType"),
        ({"a": "5", "n": 1}, "'a' cannot be taken as double, as in training: '5' is of another type"),
        ({"a": 1, "n": 1.5}, "'n' cannot be taken as int64"),
        ({"a": True, "n": 1}, "'a' cannot be taken as double"),
        ({"a": [1], "n": 1}, "'a' cannot be taken as double"),
        ({"a": 1, "n": 2**70}, "'n' cannot be taken as int64"),
    ],
)
def test_an_input_that_is_none_is_a_sentence(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rows_of([given], Manifest(kind="skops", features=["a", "n"], frame=True, types=TYPES))


def test_answers_have_the_confidence_of_their_label() -> None:
    said = answers(Asks(), [0, 1])
    assert [(one.output, one.confidence) for one in said] == [("yes", 0.75)] * 2
    (stated,) = answers(Asks(), [0], probabilities=True)
    assert stated.output == {"label": "yes", "probability": {"no": 0.25, "yes": 0.75}}


def test_nan_is_never_an_answer() -> None:
    with pytest.raises(ValueError, match="probability that is NaN"):
        answers(Asks([np.nan, 1.0]), [0])

    class Number:
        def predict(self, rows: Any) -> Any:
            return np.full(len(rows), np.nan)

    with pytest.raises(ValueError, match="the model gave nan"):
        answers(Number(), [0])
    with pytest.raises(ValueError, match="no predict_proba"):
        answers(Number(), [0], probabilities=True)
