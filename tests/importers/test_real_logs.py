"""What evalkit finds in a log is what the tool that wrote it found, to 1e-9; where a sample broke, less is claimed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.adapters.logs.zipped import Zipped
from tests.importers.support import estimate, folder, imported, points

EXACT = 1e-9
MORE = pytest.param("worse", marks=pytest.mark.slow)  # the same again on other answers


def of(path: Path) -> Any:
    """A document, plain or gzip."""
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


# ------------------------------------------------------------------------------------------------------- inspect_ai


def aggregates(header: dict[str, Any]) -> dict[str, float]:
    found = {}
    for score in header["results"]["scores"]:
        name = score["name"] if score["name"] == score["scorer"] else f"{score['scorer']}.{score['name']}"
        metrics = score["metrics"]
        found[name] = next(metrics[key]["value"] for key in ("accuracy", "mean") if key in metrics)
    return found


@pytest.mark.parametrize("name", [pytest.param("good", marks=pytest.mark.slow), MORE, "mixed"])
def test_inspect_aggregates(name: str) -> None:
    path = folder("inspect_ai") / f"{name}.eval"
    with Zipped(path) as members:
        wanted = aggregates(json.loads(members.text("header.json")))
    [record] = imported("inspect", path)
    assert wanted
    assert {key: points(record)[key] for key in wanted} == pytest.approx(wanted, abs=EXACT)
    assert record.suite.repeats == (2 if name in ("good", "worse") else 1)
    about = record.variants[0].spec
    assert (about["tool"], about["model"]) == ("inspect_ai", "mockllm/model")
    assert about["version"].startswith("0.")


@pytest.mark.parametrize("kind", ["eval", "json.gz"])
def test_inspect_errors_are_unscored_and_its_letters_are_its_numbers(kind: str) -> None:
    [record] = imported("inspect", folder("inspect_ai") / f"broken.{kind}")
    found = estimate(record, "letters")
    with Zipped(folder("inspect_ai") / "broken.eval") as members:
        wanted = aggregates(json.loads(members.text("header.json")))["letters"]
    # inspect_ai's own number is over the samples that it scored: ours too, and the others are counted and bounded.
    assert found.point == pytest.approx(wanted, abs=EXACT)
    assert (found.n, found.n_unscored, found.unscored) == (10, 2, {"sample error": 2})
    assert found.lo is not None
    assert record.variants[0].n_missing == 2
    assert any("token limit" in warning for warning in record.warnings)


def test_inspect_nan_is_unscored() -> None:
    [record] = imported("inspect", folder("inspect_ai") / "mixed.eval")
    assert estimate(record, "sometimes").unscored == {"the scorer gave NaN": 3}
    assert any("parts.length" in warning for warning in record.warnings)


def test_inspect_zip_and_json_are_one_log() -> None:
    [one] = imported("inspect", folder("inspect_ai") / "good.eval")
    [two] = imported("inspect", folder("inspect_ai") / "good.json.gz")
    assert (one.digests.cases, one.digests.scoring) == (two.digests.cases, two.digests.scoring)
    assert one.variants[0].answers == two.variants[0].answers


# --------------------------------------------------------------------------------------------------------- promptfoo


@pytest.mark.parametrize("name", [pytest.param("good", marks=pytest.mark.slow), MORE, "matrix"])
def test_promptfoo_aggregates(name: str) -> None:
    path = folder("promptfoo") / f"{name}.json.gz"
    [record] = imported("promptfoo", path)
    prompts = of(path)["results"]["prompts"]
    assert len(prompts) == len(record.variants)
    for prompt, variant in zip(prompts, record.variants, strict=True):
        told = prompt["metrics"]
        passed = estimate(record, "passed", variant.name)
        scored = told["testPassCount"] + told["testFailCount"]
        assert (passed.n, passed.n_unscored) == (scored, told["testErrorCount"])
        assert passed.point == pytest.approx(told["testPassCount"] / scored, abs=EXACT)
        # An error adds 0 to promptfoo's score; here it adds nothing and is counted.
        assert estimate(record, "score", variant.name).point == pytest.approx(told["score"] / scored, abs=EXACT)
        for key, total in told["namedScores"].items():
            mean = total / told["namedScoreWeights"][key]  # promptfoo weighs the sum
            assert estimate(record, key, variant.name).point == pytest.approx(mean, abs=EXACT)
        assert variant.cost == pytest.approx(told["cost"], abs=EXACT)


@pytest.mark.slow
def test_promptfoo_lines_say_the_same() -> None:
    [one] = imported("promptfoo", folder("promptfoo") / "matrix.json.gz")
    [two] = imported("promptfoo", folder("promptfoo") / "matrix.jsonl.gz")
    assert (one.digests.cases, one.digests.scoring) == (two.digests.cases, two.digests.scoring)
    assert [v.name for v in one.variants] == [v.name for v in two.variants]
    assert [v.answers for v in one.variants] == [v.answers for v in two.variants]
    assert len({v.name for v in one.variants}) == 4
    assert {v.failures.get("promptfoo error", 0) for v in one.variants} == {0, 2}


def test_promptfoo_grader_errors_are_unscored_and_repeats_are_repeats() -> None:
    path = folder("promptfoo") / "graded.json.gz"
    [record] = imported("promptfoo", path)
    told = of(path)["results"]["prompts"][0]["metrics"]
    assert (record.n_cases, record.suite.repeats) == (6, 2)
    found = estimate(record, "passed")
    assert found.unscored == {"the grader raised an error": 1}
    # promptfoo counts the two answers whose grader was away as failed: 8 of 12; graded were 10.
    assert told["testFailCount"] == 4
    assert found.point == pytest.approx(told["testPassCount"] / (12 - 2), abs=EXACT)
    assert estimate(record, "rubric").point == pytest.approx(told["namedScores"]["rubric"] / 10, abs=EXACT)


# ---------------------------------------------------------------------------------------------------------- deepeval


@pytest.mark.parametrize("name", ["good", MORE, "broken"])
def test_deepeval_aggregates(name: str) -> None:
    path = folder("deepeval") / f"test_run_{name}.json"
    [record] = imported("deepeval", path)
    run = of(path)
    for told in run["metricsScores"]:
        found, success = (estimate(record, told["metric"] + end) for end in ("", ".success"))
        assert found.point == pytest.approx(sum(told["scores"]) / len(told["scores"]), abs=EXACT)
        assert success.point == pytest.approx(told["passes"] / (told["passes"] + told["fails"]), abs=EXACT)
        assert found.n_unscored == success.n_unscored == told["errors"]
        assert found.better == ("lower" if told["metric"] == "Wordiness" else "higher")
    passed = estimate(record, "passed")
    errors = max(told["errors"] for told in run["metricsScores"])
    assert passed.n_unscored == errors
    if not errors:
        assert passed.point == pytest.approx(run["testPassed"] / record.n_cases, abs=EXACT)
    else:  # deepeval counts a case whose metric broke as failed; here it is unscored
        assert passed.n + errors == run["testPassed"] + run["testFailed"]
        assert passed.point is not None
        assert passed.point > run["testPassed"] / record.n_cases


# ----------------------------------------------------------------------------------------------------------- lm-eval


@pytest.mark.parametrize("name", ["good", MORE])
def test_lm_eval_aggregates(name: str) -> None:
    [results] = (folder("lm_eval") / name).glob("results_*.json")
    told = of(results)
    records = {record.suite.name: record for record in imported("lm-eval", results)}
    assert set(records) == set(told["results"])
    compared = 0
    for task, numbers in told["results"].items():
        known = points(records[task])
        for key, value in numbers.items():
            metric = key.removesuffix(",none")
            if metric in known and isinstance(value, float):
                assert known[metric] == pytest.approx(value, abs=EXACT), key
                compared += 1
    assert compared == 4
    assert any("bleu, chrf" in warning for warning in records["phrases"].warnings)
    assert records["colours"].variants[0].spec["version"] == told["lm_eval_version"]


def test_lm_eval_tasks_together_are_one_run() -> None:
    files = sorted((folder("lm_eval") / "good").glob("samples_*.jsonl"))
    apart = {record.suite.name: record for record in imported("lm-eval", *files)}
    [whole] = imported("lm-eval", *files, shards=True, group="page")
    assert whole.n_cases == sum(record.n_cases for record in apart.values())
    assert points(whole)["acc"] == points(apart["colours"])["acc"]
    assert points(whole)["exact_match,strict-match"] == points(apart["sums"])["exact_match,strict-match"]
    assert estimate(whole, "acc").n_unscored == 0  # it is a score of one of the tasks
    assert estimate(whole, "acc").n_clusters == 6


# ------------------------------------------------------------------------------------------------------------ mlflow


@pytest.mark.parametrize("name", ["good", MORE])
@pytest.mark.parametrize("kind", ["csv.gz", "json.gz", pytest.param("parquet", marks=pytest.mark.slow)])
def test_mlflow_genai_aggregates(name: str, kind: str) -> None:
    wanted = of(folder("mlflow") / "aggregates.json")[name]
    [record] = imported("mlflow", folder("mlflow") / f"genai_{name}.{kind}")
    assert set(points(record)) - {"seconds"} == {"right", "length", "grade"}  # and no expectation
    for metric in ("right", "length", "grade"):
        assert estimate(record, metric).point == pytest.approx(wanted[f"{metric}/mean"], abs=EXACT)
    broken = estimate(record, "length")
    assert (broken.n, broken.unscored) == (11, {"the scorer raised an error": 1})
    assert broken.value_range is None
    assert any("no gate on it passes" in warning for warning in record.warnings)
    [slices] = {tuple(sorted(e.slice)) for e in record.estimates if e.slice}
    assert slices == ("region",)


@pytest.mark.parametrize("name", ["good", MORE])
def test_mlflow_table_aggregates(name: str) -> None:
    wanted = of(folder("mlflow") / "aggregates.json")[name]
    [record] = imported("mlflow", folder("mlflow") / f"eval_results_table_{name}.json")
    assert estimate(record, "near").point == pytest.approx(wanted["near/mean"], abs=EXACT)


@pytest.mark.slow
def test_mlflow_cases_of_two_runs_are_the_same() -> None:
    one, two = imported("mlflow", *(folder("mlflow") / f"genai_{name}.json.gz" for name in ("good", "worse")))
    assert one.digests.cases == two.digests.cases
