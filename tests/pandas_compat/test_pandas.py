"""Where pandas meets evalkit, under whichever pandas is installed; `tests/pandas_majors.py` runs it under both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evalkit as ek
from evalkit.core.errors import InputError

pd = pytest.importorskip("pandas")

N = 8
SUITE: dict[str, Any] = {
    "suite": "frames",
    "cases": "cases.parquet",
    "layers": {"exact": ["exact"], "task": [{"numeric": {"field": "x", "abs": 0.1, "as": "near"}}]},
    "gates": [{"metric": "exact", "at_least": 0.5}, {"metric": "near", "versus": "baseline", "margin": 0.5}],
}


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A frame with what frames have: categories, dates, NaN, None, pandas' own NA, an index of its own."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(N)],
            "input.q": [f"what is {i}?" for i in range(N)],
            "input.when": pd.date_range("2024-02-28", periods=N, freq="D"),
            "input.value": [1.5, np.nan, *np.arange(2.0, N)],
            "input.maybe": pd.array([None, *range(1, N)], dtype="Int64"),
            "expected.x": [float(i) for i in range(N)],
            "expected.kind": pd.Categorical(["odd" if i % 2 else "even" for i in range(N)]),
            "group": pd.Categorical([f"g{i // 2}" for i in range(N)]),
            "tags.month": pd.Categorical(["feb", "feb", None, *["mar"] * (N - 3)]),
            "tags.day": pd.date_range("2024-02-28", periods=N, freq="D"),
            "weight": [1.0, np.nan, *[2.0] * (N - 2)],
        },
        index=pd.Index(range(100, 100 + N), name="row"),
    )
    # An index becomes a column of the file; a case has none of that name.
    table.to_parquet("cases.parquet", index=False)
    return table


def outputs() -> list[dict[str, Any]]:
    return [{"x": float(i), "kind": "odd" if i % 2 else "even"} for i in range(N)]


def by_variant(frame: Any, **where: Any) -> Any:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def test_it_is_the_major_that_was_asked_for() -> None:
    wanted = os.environ.get("EVALKIT_PANDAS_MAJOR", pd.__version__.partition(".")[0])
    assert pd.__version__.startswith(f"{wanted}.")


def test_cases_of_a_frame_mean_what_they_say(cases: Any) -> None:
    seen: list[Any] = []
    ek.run(SUITE, candidate=lambda x: seen.append(x) or 1, baseline=lambda x: 0, concurrency=1)
    assert [row["when"] for row in seen[:3]] == ["2024-02-28", "2024-02-29", "2024-03-01"] or [
        row["when"][:10] for row in seen[:3]
    ] == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert (seen[0]["value"], seen[1].get("value"), seen[2]["value"]) == (1.5, None, 2)
    assert (seen[0].get("maybe"), seen[1]["maybe"]) == (None, 1)
    kept = ek.frame(ek.load_run(), "cases")
    assert list(kept["group"]) == [f"g{i // 2}" for i in range(N)]
    assert kept["tags.month"].isna().tolist() == [False, False, True, *[False] * (N - 3)]
    assert kept["tags.day"].iloc[1].startswith("2024-02-29")
    assert kept["weight"].tolist() == [1.0, 1.0, *[2.0] * (N - 2)]


def test_ids_may_be_numbers(cases: Any) -> None:
    cases.assign(id=range(N)).to_parquet("cases.parquet", index=False)
    pd.DataFrame({"case_id": range(N), "output": outputs()}).to_parquet("answers.parquet")
    record = ek.run({**SUITE, "gates": []}, candidate="recorded:answers.parquet")
    assert {e.point for e in record.estimates} == {1.0}


def test_predictions_of_a_frame(cases: Any) -> None:
    answers = pd.DataFrame(
        {
            "case_id": pd.Categorical([f"c{i}" for i in range(N)]),
            "output": outputs(),
            "seconds": [0.5, np.nan, *[0.25] * (N - 2)],
            "cost": pd.array([None, *[0.01] * (N - 1)], dtype="Float64"),
            "tokens_in": pd.array([None, *range(1, N)], dtype="Int64"),
            "failure": pd.Series([None, "refused", *[None] * (N - 2)], dtype="category"),
            "model": pd.Categorical(["m"] * N),
        }
    )
    answers.loc[2, "output"] = None
    answers.to_parquet("answers.parquet")
    record = ek.run(SUITE, candidate="recorded:answers.parquet", baseline="fake:constant:1")
    assert record.variants[0].failures == {"refused": 1, "empty": 1}
    assert record.variants[0].models == {"m": N}
    assert record.cost == pytest.approx(0.01 * (N - 1))
    rows = by_variant(ek.frame(record, "predictions"), variant="candidate")
    assert rows["seconds"].isna().sum() == 1
    assert rows["tokens_in"].isna().sum() == 1


@pytest.mark.parametrize(
    ("column", "right"),
    [
        (pd.Series(["a", "b", None, "a"]), [True, True, False, True]),
        (pd.Categorical(["a", "b", None, "a"]), [True, True, False, True]),
        (pd.Series(["a", "b", pd.NA, "a"], dtype="string"), [True, True, False, True]),
        (pd.Series([1.0, np.nan, 3.0, 4.5]), [True, False, True, True]),
        (pd.array([1, None, 3, 4], dtype="Int64"), [True, False, True, False]),
        (pd.array([True, None, False, True], dtype="boolean"), [True, False, True, True]),
    ],
    ids=["object", "category", "string", "float", "Int64", "boolean"],
)
def test_a_column_of_plain_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: Any, right: list[bool]
) -> None:
    """Gold and answers of one frame agree where there is an answer; without one the system answered nothing."""
    monkeypatch.chdir(tmp_path)
    gold = {"Int64": [1, 2, 3, 5], "Float64": []}.get(str(getattr(column, "dtype", "")))
    filled = pd.Series(column) if gold is None else pd.Series(gold, dtype="Int64")
    first = filled.dropna().iloc[0]
    expected = [first if pd.isna(value) else value for value in filled]
    pd.DataFrame({"id": list("wxyz"), "expected": expected}).to_parquet("cases.parquet")
    pd.DataFrame({"case_id": list("wxyz"), "output": column}).to_parquet("answers.parquet")
    suite = {"suite": "plain", "cases": "cases.parquet", "layers": {"exact": ["exact"]}}
    record = ek.run(suite, candidate="recorded:answers.parquet")
    scores = ek.frame(record)
    assert [parts[0] == 1.0 for parts in scores["parts"]] == right
    assert record.variants[0].failures == ({"empty": 1} if pd.isna(pd.Series(column)).any() else {})


def test_dates_as_answers_are_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2024-02-28", periods=3, freq="D")
    pd.DataFrame({"id": list("xyz"), "expected": days}).to_parquet("cases.parquet")
    pd.DataFrame({"case_id": list("xyz"), "output": days}).to_parquet("answers.parquet")
    suite = {"suite": "days", "cases": "cases.parquet", "layers": {"exact": ["exact"]}}
    with pytest.raises(InputError, match=r"answers\.parquet, row 1: output is .*no JSON value"):
        ek.run(suite, candidate="recorded:answers.parquet")


def test_a_runs_own_parquet_files_can_be_read_back(cases: Any) -> None:
    record = ek.run(SUITE, candidate=lambda x: {"x": 1.0, "kind": "odd"}, baseline=lambda x: {})
    rows = ek.frame(record, "predictions")
    rows.to_parquet("predictions.parquet")
    again = ek.run(
        SUITE, candidate="recorded:predictions.parquet?variant=candidate", baseline=f"run:{record.run_id}/baseline"
    )
    assert again.estimates == record.estimates
    ek.frame(record, "cases").to_parquet("cases.parquet")


def test_frames_of_a_record(cases: Any) -> None:
    pd.DataFrame({"case_id": [f"c{i}" for i in range(N)], "output": outputs()}).to_parquet("answers.parquet")
    record = ek.run(SUITE, candidate="recorded:answers.parquet", baseline="fake:constant:1")
    estimates = record.to_pandas()
    exact = by_variant(estimates, metric="exact", variant="candidate")
    whole = exact[exact["slice"].isna()]
    assert whole["point"].tolist() == [1.0]
    assert pd.api.types.is_float_dtype(estimates["point"])
    assert set(exact["slice"].dropna().map(lambda tags: next(iter(tags)))) <= {"month", "day"}
    decisions = record.to_pandas("decisions")
    assert decisions["metric"].tolist() == ["exact", "near"]
    assert set(decisions.columns) >= {"gate", "role", "outcome", "relation", "point", "lo", "hi", "reason"}
    scores = ek.frame(record)
    right = by_variant(scores, metric="exact", variant="candidate")
    assert [parts[0] for parts in right["parts"]] == [1.0] * N
    assert scores.groupby(["metric", "variant"], observed=True).size().tolist() == [N] * 4
