"""`evalkit judge parse`: one answer a row, in the order of the rows; a bad row spoils no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evalkit.app.cli.main import cli
from evalkit.app.judge_texts import parse_texts
from evalkit.core.errors import InputError

MENU = ["correct", "incorrect"]


def parse(tmp_path: Path, *rows: Any) -> Result:
    path = tmp_path / "texts.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode("utf-8", "surrogateescape"))
    return CliRunner().invoke(cli, ["judge", "parse", "--texts", str(path)], standalone_mode=False)


def found(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_rows_are_answered_in_their_order(tmp_path: Path) -> None:
    done = parse(
        tmp_path,
        {"id": "b", "text": '{"label": "correct"}', "menu": MENU},
        {"id": 1, "text": "no verdict here", "menu": MENU},
        "",
        {"id": "a", "text": "Therefore, Output (b) is better.", "menu": ["a", "b"], "pattern": r"Output \((a|b)\) is"},
        {"id": "x", "text": '{"score": 4}', "menu": [1, 2, 3, 4, 5], "note": "more keys are fine"},
        {"id": None, "text": None, "menu": MENU, "pattern": None},
        {"id": "c", "text": "It is right.", "menu": ["1", "0"], "pattern": r"is (\w+)", "captures": {"right": 1}},
    )
    assert done.return_value == 0
    assert found(done) == [
        {"id": "b", "label": "correct", "why": None},
        {"id": 1, "label": None, "why": "no_verdict"},
        {"id": "a", "label": "b", "why": None},
        {"id": "x", "label": 4, "why": None},
        {"id": None, "label": None, "why": "empty"},
        {"id": "c", "label": "1", "why": None},
    ]
    assert "6 texts: 4 with a label, 1 empty, 1 no_verdict" in done.stderr


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{bad", "this is no JSON"),
        ("[1]", "no JSON object"),
        ('{"id": NaN}', "NaN is not JSON"),
        ('{"id": "\udcff"}', "not UTF-8"),
        ({"text": "x", "menu": MENU}, "no id"),
        ({"id": 1, "menu": MENU}, "text is missing"),
        ({"id": 1, "text": ["x"], "menu": MENU}, "no text"),
        ({"id": 1, "text": "x"}, "menu is missing"),
        ({"id": 1, "text": "x", "menu": MENU, "patern": "x"}, "Did you mean 'pattern'"),
        ({"id": 1, "text": "x", "menu": "correct"}, "no list of labels"),
        ({"id": 1, "text": "x", "menu": []}, "no list of labels"),
        ({"id": 1, "text": "x", "menu": ["a", None]}, "which is no label"),
        ({"id": 1, "text": "x", "menu": ["1", 1]}, "twice"),
        ({"id": 1, "text": "x", "menu": MENU, "pattern": "("}, "no regular expression"),
        ({"id": 1, "text": "x", "menu": MENU, "pattern": "(a*)*b"}, "no bound"),
        ({"id": 1, "text": "x", "menu": MENU, "pattern": 3}, "pattern is no text"),
        ({"id": 1, "text": "x", "menu": MENU, "pattern": "x", "captures": {"x": "y"}}, "the menu does not have"),
        ({"id": 1, "text": "x", "menu": MENU, "pattern": "x", "captures": ["x"]}, "the menu does not have"),
        ({"id": 1, "text": "x", "menu": MENU, "captures": {"x": "correct"}}, "pattern is no text"),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_read(tmp_path: Path, row: Any, words: str) -> None:
    good = {"id": 0, "text": '{"label": "correct"}', "menu": MENU}
    done = parse(tmp_path, good, row, good)
    assert done.return_value == 2
    assert words in done.stderr
    assert "texts.jsonl:2" in done.stderr
    assert [answer["label"] for answer in found(done)] == ["correct", "correct"]


def test_no_rows_and_no_file_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="there are no rows"):
        list(parse_texts(str(tmp_path / "empty.jsonl")))
    with pytest.raises(InputError, match="no such texts file"):
        list(parse_texts(str(tmp_path / "none.jsonl")))
