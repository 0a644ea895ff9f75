"""Hostile, broken and foreign files: a sentence each, and never a number that nobody gave."""

from __future__ import annotations

import gzip
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evalkit.adapters.logs import zipped
from evalkit.core.errors import InputError
from tests.importers.support import LOGS, estimate, imported, written


def sample(at: int, value: Any, **more: Any) -> dict[str, Any]:
    scores = {} if value is ... else {"m": {"value": value}}
    return {
        "id": at,
        "epoch": 1,
        "input": f"q{at}",
        "target": "t",
        "scores": scores,
        "output": {"completion": "a"},
        **more,
    }


def inspect_log(samples: list[Any], **header: Any) -> dict[str, Any]:
    spec = {"task": "t", "model": "m", "packages": {"inspect_ai": "0.3.0"}, "scorers": [{"name": "m"}]}
    return {"version": 2, "status": "success", "eval": spec, **header, "samples": samples}


VALUES: list[tuple[Any, float | None, str | None]] = [
    ("C", 1.0, None),
    ("I", 0.0, None),
    ("P", 0.5, None),
    ("N", 0.0, None),
    (True, 1.0, None),
    ("no", 0.0, None),
    ("0.25", 0.25, None),
    (math.nan, None, "the scorer gave NaN"),
    (math.inf, None, "the score is too large for a number"),
    (10**400, None, "the score is too large for a number"),
    ("Grade unclear", None, "the score is a text, no number"),  # inspect_ai itself reads 0
    (None, None, "no score recorded"),
    (..., None, "no score recorded"),
]


def test_inspect_values(tmp_path: Path) -> None:
    first = {f"m{n}": {"value": value} for n, (value, _, _) in enumerate(VALUES) if value is not ...}
    second = {f"m{n}": {"value": 1.0} for n in range(len(VALUES))}
    samples = [sample(1, 1, scores=first), sample(2, 1, scores=second)]
    [record] = imported("inspect", written(tmp_path / "log.json", inspect_log(samples)))
    for n, (value, number, why) in enumerate(VALUES):
        found = estimate(record, f"m{n}")
        assert found.unscored == ({} if why is None else {why: 1}), value
        assert found.point == (1.0 if number is None else (number + 1) / 2), value


def test_what_the_grader_could_not_grade_is_unscored(tmp_path: Path) -> None:
    old = {"m": {"value": "I", "explanation": "Grade not found in model output: hm"}}
    new = {"m": {"value": math.nan, "reason": "grader_failed"}}
    refused = {"m": {"value": "I", "reason": "refusal"}}  # of the model itself: as it was scored
    samples = [sample(n, "C", scores=scores) for n, scores in enumerate((old, new, refused, {"m": {"value": "C"}}))]
    [record] = imported("inspect", written(tmp_path / "log.json", inspect_log(samples)))
    found = estimate(record, "m")
    assert (found.n, found.point, found.unscored) == (2, 0.5, {"grader failed": 2})


def test_nested_scores_are_scores_of_their_own(tmp_path: Path) -> None:
    log = written(tmp_path / "log.json", inspect_log([sample(1, {"a": 1, "b": [2]}), sample(2, [0.5, "C"])]))
    [record] = imported("inspect", log)
    assert {m.id for m in record.metrics} == {"m.a", "m.b", "m.0", "m.1"}
    assert estimate(record, "m.b").unscored == {"no score recorded": 1, "the score is a list, no number": 1}
    assert estimate(record, "m.1").point == 1.0


def test_what_a_killed_evaluation_never_asked_is_unscored(tmp_path: Path) -> None:
    spec = inspect_log([])["eval"] | {"dataset": {"sample_ids": [1, 2, 3]}, "config": {"epochs": 2}}
    with zipfile.ZipFile(tmp_path / "log.eval", "w") as file:
        file.writestr("_journal/start.json", json.dumps({"version": 2, "eval": spec}))
        for epoch in (1, 2):
            file.writestr(f"samples/1_epoch_{epoch}.json", json.dumps(sample(1, "C", epoch=epoch)))
        file.writestr("samples/2_epoch_1.json", json.dumps(sample(2, "C")))
    [record] = imported("inspect", tmp_path / "log.eval")
    found = estimate(record, "m")
    assert (record.n_cases, found.n, found.unscored) == (3, 1, {"not run": 2})
    assert any("3 planned samples are not in the log" in warning for warning in record.warnings)


def test_hostile_text_is_kept_and_printable(tmp_path: Path) -> None:
    bad = sample(
        1, "C", id="a\x1b[31m\n", input="\ud800 <script>", output={"completion": "\x00"}, metadata={"k\x07": 1}
    )
    log = written(tmp_path / "log.json", inspect_log([bad, sample(2, "I")]))
    [record] = imported("inspect", log)
    assert estimate(record, "m").n == 2
    assert all(text.isprintable() for text in (record.suite.name, *(m.id for m in record.metrics)))


def test_numbers_outside_a_declared_range_are_unscored(tmp_path: Path) -> None:
    from evalkit.adapters.logs.nouns import Declared

    log = written(tmp_path / "log.csv", "id,score\n1,0.5\n2,7\n")
    [record] = imported("csv", log, scores={"score": Declared("lower", (0.0, 1.0))})
    found = estimate(record, "score")
    assert (found.better, found.point, found.unscored) == ("lower", 0.5, {"the recorded score is outside its range": 1})


GOOD = LOGS / "promptfoo-0.121.20" / "good.json.gz"
BAD: dict[str, tuple[str, str, bytes, str]] = {
    "empty": ("inspect", "a.json", b"", "the file is empty"),
    "no text": ("inspect", "a.json", bytes(range(256)), "no text in UTF-8"),
    "cut zip": (
        "inspect",
        "a.eval",
        (LOGS / "inspect_ai-0.3.285" / "good.eval").read_bytes()[:9000],
        "no whole zip file",
    ),
    "cut gzip": ("promptfoo", "a.json.gz", GOOD.read_bytes()[:900], "not a whole gzip file"),
    "cut json": ("promptfoo", "a.json", gzip.decompress(GOOD.read_bytes())[:9000], "was cut off"),
    "cut line": ("lm-eval", "a.jsonl", b'{"doc_id": 0, "doc": {}, "resps": [["a"', "was cut off"),
    "deep": ("inspect", "a.json", b'{"eval": {"a": ' + b"[" * 99_999 + b"]" * 99_999 + b"}}", "nested too deeply"),
    "no samples": ("inspect", "a.json", json.dumps(inspect_log([])).encode(), "holds no samples"),
    "twice": ("inspect", "a.json", json.dumps(inspect_log([sample(1, 1), sample(1, 0)])).encode(), "second time"),
    "all broke": (
        "inspect",
        "a.json",
        json.dumps(inspect_log([sample(n, ..., error={"message": "x"}) for n in range(3)])).encode(),
        r"every sample of the log failed \(sample error 3\)",
    ),
    "not a list": ("promptfoo", "a.json", b'{"results": {"results": 1}}', "no results.results"),
    "not a result": ("promptfoo", "a.jsonl", b'{"success": true}\n', "no success and prompt"),
    "not a test run": ("deepeval", "a.json", b"[1]", "no testCases"),
    "no doc": ("lm-eval", "a.jsonl", b'{"x": 1}\n', "no doc_id"),
    "no table": ("mlflow", "a.json", b"[1]", "no table"),
    "no score": ("mlflow", "a.json", b'[{"inputs": "a", "outputs": "b"}]', "NAME/value"),
    "no columns": ("csv", "a.csv", b"a,b\n1,2\n", "--score NAME"),
    "a word": ("csv", "a.csv", b"id,score\n1,1\n2,good\n", "a.csv, line 3: 'score' is 'good'"),
    "short row": ("csv", "a.csv", b"id,score\n1\n", "1 cells, and the header 2"),
    "open quote": ("csv", "a.csv", b'id,score,answer\n1,1,"a\n', "cut off"),
    "no rows": ("csv", "a.csv", b"id,score\n", "holds no samples"),
    "two ids": ("csv", "a.csv", b"id,score\n1,1\n1,0\n", r"line 3: sample '1' stands here for the second time"),
    "no id": ("csv", "a.csv", b"id,score\n,1\n", "the cell of 'id' is empty"),
    "bad repeat": ("csv", "a.csv", b"id,score,repeat\n1,1,x\n", "'repeat' is 'x'"),
    "other tool": ("csv", "a.json", gzip.decompress(GOOD.read_bytes()), "evalkit import promptfoo a.json"),
    "a csv": ("inspect", "a.csv", b"id,score\n1,1\n", "evalkit import csv a.csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    format_, file, data, told = BAD[name]
    (tmp_path / file).write_bytes(data)
    with pytest.raises(InputError, match=told) as caught:
        imported(format_, tmp_path / file)
    assert str(tmp_path / file) in str(caught.value)


def test_a_zip_bomb_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "SMALL", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.eval", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("header.json", json.dumps(inspect_log([])))
        file.writestr("samples/1_epoch_1.json", '{"id": 1, "input": "' + " " * (8 << 20) + '"}')
    with pytest.raises(InputError, match="far more than it holds"):
        imported("inspect", tmp_path / "bomb.eval")


def test_what_is_asked_for_has_to_be_there(tmp_path: Path) -> None:
    from evalkit.adapters.logs.nouns import Declared

    log = written(tmp_path / "log.json", inspect_log([sample(1, 1, metadata={"page": "p"}), sample(2, 1)]))
    with pytest.raises(InputError, match=r"no score 'x'.*It has: 'm'"):
        imported("inspect", log, scores={"x": Declared()})
    with pytest.raises(InputError, match=r"no case has a plain value of 'doc'. The log has: page"):
        imported("inspect", log, group="doc")
    with pytest.raises(InputError, match="no format"):
        imported("ragas", log)


def test_halves_of_surrogates_are_stored_wherever_they_stand(tmp_path: Path) -> None:
    lines = [{"doc_id": n, "doc": {}, "filter": "\ud800", "x\ud800": 1.0, "y\ud800": [1]} for n in range(3)]
    [record] = imported("lm-eval", written(tmp_path / "samples_t.jsonl", lines))
    [metric] = [m.id for m in record.metrics]
    assert estimate(record, metric).point == 1.0
    assert record.model_dump_json().isprintable()


def test_counts_that_no_number_holds_are_unknown(tmp_path: Path) -> None:
    row = {"success": True, "prompt": {"raw": "q"}, "response": {"output": "a", "tokenUsage": {"prompt": 10**400}}}
    [record] = imported("promptfoo", written(tmp_path / "out.jsonl", [row]))
    assert estimate(record, "passed").point == 1.0


def test_broken_zips_and_parquet_files_are_told_in_a_line(tmp_path: Path) -> None:
    broken = bytearray((LOGS / "inspect_ai-0.3.285" / "good.eval").read_bytes())
    broken[broken.rindex(b"PK\x01\x02") + 1] = 0  # the last entry of its directory
    (tmp_path / "a.eval").write_bytes(broken)
    [table] = (LOGS / "mlflow-3.17.2").glob("genai_good.parquet")
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x0f" * 999 + table.read_bytes()[1003:])
    for format_, name, told in (("inspect", "a.eval", "no whole zip"), ("mlflow", "a.parquet", "no whole Parquet")):
        with pytest.raises(InputError, match=told) as caught:
            imported(format_, tmp_path / name)
        assert str(caught.value).isprintable()
