"""Training in a process of its own: logged, stateless, whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from evalkit.app.pipeline import absent as absence
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.train import child, log, process
from evalkit.app.pipeline.train.code import code_of, written_out
from evalkit.app.pipeline.train.inputs import Inputs, config_file, inputs_of
from evalkit.app.pipeline.train.process import RefusedModel
from evalkit.app.pipeline.train.train import Done, Wanted, train
from evalkit.core.errors import EvalkitError, InputError, RunBroke, StoreError
from evalkit.pipeline.train.artifact import manifest_of, written
from evalkit.pipeline.train.fitted import as_fitted
from evalkit.pipeline.train.overrides import overrides
from tests.app.pipeline.train.recipes import HELPERS, SOURCE


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    (tmp_path / "r.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", "hunter2")
    return Bench(tmp_path / "w")


def made(bench: Bench, recipe: str, inputs: Inputs | None = None, **more: Any) -> Done:
    return train(bench, Wanted(f"r.py:{recipe}", inputs or Inputs({}, {}, 0), **more))


def test_a_training_is_logged_with_all_that_went_in_and_is_not_repeated(bench: Bench) -> None:
    rows = bench.datasets.add("rows", [pa.table({"a": [1.0, 2.0], "y": ["x", "y"]})])
    inputs = Inputs({"train": rows}, {"k": 1}, 7)
    training, cached = made(bench, "line", inputs)
    assert not cached
    assert (training.name, training.config, training.seed, training.metrics) == ("line", {"k": 1}, 7, {"rows": 2.0})
    assert (training.data, training.printed) == ({"train": rows.digest}, "training ['train']")
    assert manifest_of(bench.store.get_blob(training.artifact)).target == "r.py:Line"
    for digest in (training.code, training.environment):
        assert bench.store.get_blob(digest), "what it was made of is kept by its digest"
    assert {"numpy", "pydantic"} <= set(training.packages)
    assert made(bench, "line", inputs) == Done(training, True)
    assert made(bench, "line", inputs, name="other").training.artifact == training.artifact
    assert [one.key for one in log.trainings(bench.chains, "line")] == [training.key]


@pytest.mark.parametrize(
    ("recipe", "error", "said"),
    [
        pytest.param("raises", RunBroke, r"raised KeyError: 'no such column: é' \(r.py:\d+\)", marks=pytest.mark.slow),
        pytest.param("asks_to_end", RunBroke, r"raised KeyboardInterrupt \(r.py:\d+\)$", marks=pytest.mark.slow),
        pytest.param("hangs", RunBroke, "did not end within 8 s.*waiting for godot", marks=pytest.mark.slow),
        pytest.param("killed", RunBroke, "was ended by SIGKILL", marks=pytest.mark.slow),
        pytest.param("leaves", RunBroke, "was ended with exit code 0", marks=pytest.mark.slow),
        pytest.param("nan", RefusedModel, "parameters that are NaN: weights", marks=pytest.mark.slow),
        pytest.param("nowhere", InputError, "r.py has no 'nowhere'", marks=pytest.mark.slow),
    ],
)
def test_a_recipe_that_fails_is_a_sentence_and_leaves_nothing(
    bench: Bench, recipe: str, error: type[EvalkitError], said: str
) -> None:
    with pytest.raises(error, match=said):
        made(bench, recipe, Inputs({}, {"k": 1}, 0), timeout=8.0)
    assert list(log.trainings(bench.chains)) == []
    assert not list((bench.root / "blobs").rglob("*")), "nothing half written"


@dataclasses.dataclass
class Silent:
    above: float

    def predict(self, row: dict[str, Any]) -> float:
        return float("nan") if row["a"] > self.above else 1.0


def test_a_model_that_knows_nothing_of_its_own_data_is_refused() -> None:
    rows = {"train": pa.table({"a": [1, 2]}), "none": pa.table({"b": [1]})}
    for above in (1.0, 9.0):
        artifact = written(as_fitted(Silent(above)), {}, "r.py:Silent", None)
        found = child._predictions(artifact, {}, rows, lambda _: Silent, None)
        assert {role: len(answers) for role, answers in found.items()} == {"train": 2}
    artifact = written(as_fitted(Silent(0.0)), {}, "r.py:Silent", None)
    with pytest.raises(ValueError, match="NaN about every row"):
        child._predictions(artifact, {}, rows, lambda _: Silent, None)


def test_what_a_recipe_is_called_with_and_logs_is_checked() -> None:
    @dataclasses.dataclass
    class Config:
        depth: int = 3

    def typed(data: Any, config: Config, seed: int) -> None: ...
    def plain(data: Any, config: dict[str, Any], seed: int) -> None: ...
    def two(data: Any, config: Any) -> None: ...

    typed.__annotations__["config"] = Config  # a local name cannot be looked up
    assert child._config(typed, {"depth": 4}) == Config(4)
    assert child._config(plain, {"k": 1}) == {"k": 1}
    for function, config, said in [
        (typed, {"depth": "x"}, "depth: Input should be"),
        (typed, {"dept": 4}, "dept: there is no such field. It takes: depth"),
        (two, {}, "recipe\\(data, config, seed"),
    ]:
        with pytest.raises(child.Bad, match=said):
            child._config(function, config)
    assert child._metrics({"auc": 1}) == {"auc": 1.0}
    for value, said in [(float("nan"), "the metric 'auc' is nan"), ("x", "is 'x', no number")]:
        with pytest.raises(ValueError, match=said):
            child._metrics({"auc": value})


@pytest.mark.parametrize(
    ("package", "remedy"),
    [
        ("sklearn", r'Run: pip install "evalkit-harness\[models\]"'),
        ("skops", r'Run: pip install "evalkit-harness\[models\]"'),
        ("no_such_forest", "Install it where evalkit is installed"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_remedy(
    package: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the head of the file and within the function; what is there and only has no such part keeps its own words."""
    monkeypatch.setattr(absence, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, package, raising=False)
    error = ModuleNotFoundError(f"No module named '{package}.tree'", name=f"{package}.tree")
    said = {"failed": {"kind": "input", "message": "", "remedy": ""}}
    with pytest.raises(child.Bad, match=f"^the recipe needs the package '{package}', which is not installed$") as bad:
        child._refuse_absent(error)
    said["failed"] |= {"message": str(bad.value), "remedy": bad.value.remedy}
    (tmp_path / child.RESULT).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InputError, match=f"which is not installed. {remedy}"):
        process._result(tmp_path, 0, "", "r.py:line")
    child._refuse_absent(ModuleNotFoundError("No module named 'json.forest'", name="json.forest"))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["import no_such_forest\ndef line(data, config, seed): ...",
                                    "def line(data, config, seed): import no_such_forest"])  # fmt: skip
def test_a_recipe_without_its_package_ends_with_the_sentence(bench: Bench, recipe: str) -> None:
    Path("r.py").write_text(recipe, encoding="utf-8")
    with pytest.raises(InputError, match="the recipe needs the package 'no_such_forest', which is not installed"):
        made(bench, "line")


@pytest.mark.slow
def test_a_recipe_sees_nothing_of_where_it_was_called_from(bench: Bench) -> None:
    training, _ = made(bench, "world", verify=True)
    seen = manifest_of(bench.store.get_blob(training.artifact)).fields["note"]
    assert seen.startswith("['empty', [], ['', 'UTC'], 0.8444218515250481, ")  # random.seed(0)
    assert seen.endswith("False, '1']")
    assert training.check is not None
    assert training.check.outcome == "same"


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "part"), [("today", "fields.note"), ("hashed", "weights")])
def test_a_second_training_shows_what_another_day_and_hash_seed_change(bench: Bench, recipe: str, part: str) -> None:
    training, _ = made(bench, recipe, verify=True)
    assert training.check is not None
    assert training.check.outcome == "different"
    assert part.rpartition(".")[2] in " ".join(training.check.differs)
    assert bool(training.warnings) == (recipe == "today")


@pytest.mark.slow
def test_models_of_other_bytes_and_equal_predictions_are_told_apart(bench: Bench) -> None:
    source = (
        SOURCE
        + "\ndef noted(data, config, seed):\n    m = tree(data, config, seed); m.at_ = str(date.today()); return m\n"
    )
    Path("r.py").write_text(source, encoding="utf-8")
    rows = bench.datasets.add("rows", [pa.table({"a": [1.0, 2.0, 3.0], "y": ["x", "y", "y"]})])
    check = made(bench, "noted", Inputs({"train": rows}, {}, 0), verify=True).training.check
    assert check is not None
    assert (check.outcome, check.differs, check.predictions) == ("same_predictions", ["at_"], True)
    assert "the predictions on the data are equal" in check.said


@pytest.mark.slow
def test_a_typed_config_has_its_defaults_and_another_code_trains_again(bench: Bench) -> None:
    first = made(bench, "typed", Inputs({}, {}, 2)).training
    assert first.config == {"model": {"depth": 3}}
    Path("helpers.py").write_text("CUT = 0.6\n", encoding="utf-8")
    again = made(bench, "typed", Inputs({}, {}, 2))
    assert not again.cached
    assert again.training.code != first.code
    assert again.training.artifact != first.artifact, "an own predictor names its code"
    changed = made(bench, "changes", Inputs({}, {"k": 1}, 0)).training
    assert changed.config == {"k": 1}, "logged is what was given, whatever the recipe made of it"


def test_data_that_were_changed_are_not_trained_on(bench: Bench) -> None:
    rows = bench.datasets.add("rows", [pa.table({"a": [1.0]})])
    other = bench.datasets.add("other", [pa.table({"a": [2.0]})])
    bench.datasets.path_of(rows.parts[0]).write_bytes(bench.datasets.path_of(other.parts[0]).read_bytes())
    with pytest.raises(StoreError, match="was changed since it was written"):
        made(bench, "line", Inputs({"train": rows}, {}, 0))


# ------------------------------------------------------------------------------------------------------- what goes in


def test_the_code_is_the_recipe_and_what_it_imports_wherever_it_lies(bench: Bench, tmp_path: Path) -> None:
    code = code_of("r.py:line")
    assert (code.entry, sorted(code.sources)) == ("r.py:line", ["helpers.py", "r.py"])
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    for name in code.sources:
        (inner / name).write_text(code.sources[name], encoding="utf-8")
    assert code_of(f"{inner / 'r.py'}:line").digest == code.digest
    (inner / "helpers.py").write_text("CUT = 0.7", encoding="utf-8")
    assert code_of(f"{inner / 'r.py'}:line").digest != code.digest


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("r.py", "is no recipe"),
        (":f", "is no recipe"),
        ("no.py:f", "there is no file 'no.py'"),
        ("no.where:f", "there is no module"),
    ],
)
def test_what_is_no_recipe_is_a_sentence(bench: Bench, recipe: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        code_of(recipe)


def test_sources_are_never_written_out_of_their_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outside its folder"):
        written_out({"../evil.py": "x"}, tmp_path / "here")


def test_data_and_seed_come_from_the_config_or_the_command_line(bench: Bench, tmp_path: Path) -> None:
    rows = bench.datasets.add("rows", [pa.table({"a": [1.0]})])
    config = {"data": {"train": "rows@1"}, "seed": 3, "k": 1}
    assert inputs_of(bench, config, [], [], None) == Inputs({"train": rows}, {"k": 1}, 3)
    assert inputs_of(bench, config, overrides(["seed=4", "k=2"]), [], None)[1:] == ({"k": 2}, 4)
    (tmp_path / "more.csv").write_text("a\n2.0\n", encoding="utf-8")
    found = inputs_of(bench, config, [], ["test=more.csv"], 5)
    assert (sorted(found.data), found.data["test"].name, found.seed) == (["test", "train"], "more", 5)


@pytest.mark.parametrize(
    ("config", "data", "said"),
    [
        ({"data": ["x"]}, [], "`data` names a dataset a role"),
        ({"data": {"train": 3}}, [], "`data` names a dataset a role"),
        ({"seed": "x"}, [], "the seed is 'x'"),
        ({"seed": -1}, [], "the seed is -1"),
        ({"rate": float("nan")}, [], "the config holds what is no JSON"),
        ({}, ["train"], "'train' names no data"),
        ({}, ["train=nothing"], "there is no dataset 'nothing'"),
        ({}, ["train=no.csv"], "there is no file and no dataset 'no.csv'"),
        ({}, ["train=a@1", "train=b@1"], "train is given twice: 'a@1' and 'b@1'"),
    ],
)
def test_inputs_that_cannot_be_used_are_sentences(bench: Bench, config: Any, data: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        inputs_of(bench, config, [], data, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cannot be read: Empty CSV"),
        (b"a,b\n1\n", "cannot be read: CSV parse error"),
        (b"\xff,b\n1,2\n", "cannot be read: 'utf-8' codec"),
        (b"a,a\n1,2\n", "the column 'a' is there twice"),
    ],
)
def test_a_file_that_is_no_table_is_a_sentence_and_no_dataset(
    bench: Bench, tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "my rows.CSV").write_bytes(data)
    with pytest.raises(InputError, match=said):
        inputs_of(bench, {}, [], ["train=my rows.CSV"], None)
    with pytest.raises(InputError, match="there is no dataset"):
        bench.datasets.find("my-rows")
    (tmp_path / "my rows.CSV").write_bytes(b"a\n1\n")
    assert inputs_of(bench, {}, [], ["train=my rows.CSV"], None).data["train"].name == "my-rows"


def test_a_config_file_is_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    for text, said in [("- 1", "a config is a mapping"), ("a: [", "c.yaml")]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            config_file(path)
    path.write_text("", encoding="utf-8")
    assert config_file(path) == {}
    with pytest.raises(InputError, match="cannot be read"):
        config_file(tmp_path / "nothing")
