"""`recorded:FILE`: verdicts that exist already, found by case and answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError, Request
from evalkit.judges.recorded import RecordedJudge


def judge(folder: Path, *rows: Any, **options: Any) -> RecordedJudge:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    (folder / "said.jsonl").write_text(text, encoding="utf-8")
    return RecordedJudge.from_spec("said.jsonl", options, folder)


def said(judge: RecordedJudge, case_id: str = "c1", repeat: int = 0, **shown: Any) -> Any:
    async def once() -> Any:
        async with judge.session(1) as answer:
            return (await answer(Request(case_id, repeat, shown, 0))).output

    return asyncio.run(once())


def test_a_row_that_names_an_answer_is_about_that_answer(tmp_path: Path) -> None:
    found = judge(
        tmp_path, {"item": "c1", "output": {"a": 1.0}, "judge": "yes"}, {"item": "c1", "output": 2, "judge": "no"}
    )
    assert said(found, output={"a": 1})["label"] == "yes"
    assert said(found, output=2)["label"] == "no"
    with pytest.raises(CallError, match="no verdict on this answer") as caught:
        said(found, output=3)
    assert caught.value.reason == "not_recorded"


def test_a_pair_the_other_way_round_is_turned(tmp_path: Path) -> None:
    found = judge(tmp_path, {"item": "c1", "output_1": "a", "output_2": "b", "judge": "1", "value": 1})
    assert said(found, output_1="a", output_2="b") == {"label": "1", "value": 1}
    assert said(found, output_1="b", output_2="a") == {"label": "2", "value": 0}


def test_both_orders_that_differ_are_a_tie(tmp_path: Path) -> None:
    rows = [{"item": f"c{i}", "judge": "1", "judge_swapped": swapped} for i, swapped in enumerate(("1", "2"))]
    found = judge(tmp_path, *rows)
    assert said(found, "c0")["order_conflict"] is False
    assert said(found, "c1") == {"label": "tie", "value": 0.5, "order_conflict": True}


def test_repeats_and_variants_are_told_apart(tmp_path: Path) -> None:
    rows = [
        {"case_id": "c1", "repeat": r, "variant": v, "label": f"{v}{r}"} for r in (0, 1) for v in ("candidate", "other")
    ]
    found = judge(tmp_path, *rows, variant="other")
    assert [said(found, repeat=r)["label"] for r in (0, 1)] == ["other0", "other1"]
    with pytest.raises(CallError, match="2 different verdicts"):
        said(judge(tmp_path, *rows))


def test_numbers_are_values(tmp_path: Path) -> None:
    assert said(judge(tmp_path, {"item": 1, "judge": 0.5}), "1") == {"label": None, "value": 0.5}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["{"], ["said.jsonl:1", "JSON"]),
        (["", '{"item": "a", "judge": "x"}', "[]"], ["said.jsonl:3", "list"]),
        ([{"judge": "x"}], ["names no case"]),
        ([{"item": "a"}], ["no label"]),
        ([{"item": "a", "judge": True}], ["True"]),
        ([{"item": "a", "judge": 7}], ["7", "[0, 1]"]),
        ([], ["no verdict"]),
    ],
)
def test_what_is_no_file_of_verdicts_is_refused_with_its_line(
    tmp_path: Path, rows: list[Any], words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        judge(tmp_path, *rows)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_file_is_in_the_identity(tmp_path: Path) -> None:
    one = judge(tmp_path, {"item": "a", "judge": "x"}).identity
    assert judge(tmp_path, {"item": "a", "judge": "y"}).identity != one
