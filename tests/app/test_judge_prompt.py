"""`evalkit judge prompt`: a rubric is checked and shown without asking any model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evalkit.app.cli.main import cli
from evalkit.core.errors import InputError


def shown(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["judge", "prompt", *arguments], standalone_mode=False)


def test_a_shipped_rubric_is_shown_with_an_item_of_its_own() -> None:
    done = shown("helpfulness", "--item", "helpfulness-15", "--plain")
    assert done.return_value == 0
    assert "1 = 1, 2 = 0, tie = 0.5" in done.stdout
    assert "The Indian Ocean." in done.stdout
    assert "</verdict CODE>" in done.stdout
    found = json.loads(shown("correctness", "--json").stdout)
    assert found["menu"] == ["correct", "incorrect"]
    assert [m["role"] for m in found["messages"]][:2] == ["system", "user"]


def test_what_cannot_be_shown_is_a_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "bare.yaml"
    bare.write_text("judges: answer\nlabels: {good: 1, bad: 0}\ntemplate: '{{ expected }} {{ output }}'\n")
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"item": "a", "input": 1, "output": 2, "human": "good"}\n')
    assert "(expected)" in shown(str(bare)).stdout
    for arguments, words in (
        (["correctness", "--item", "x"], "there is no item 'x'"),
        ([str(bare), "--item", "x"], "has no calibration file"),
        ([str(bare), "--labels", str(labels)], "reads 'expected', which the case lacks"),
        (["none"], "no rubric file 'none'"),
    ):
        done = shown(*arguments)
        assert isinstance(done.exception, InputError), arguments
        assert words in str(done.exception)


@pytest.mark.parametrize("plain", [(), ("--plain",)])
def test_what_is_shown_drives_no_terminal(tmp_path: Path, plain: tuple[str, ...]) -> None:
    labels = tmp_path / "labels.jsonl"
    row = {"item": "a", "input": "\x1b[31mred", "expected": "x", "output": "y", "human": "correct"}
    labels.write_text(json.dumps(row) + "\n")
    done = shown("correctness", "--labels", str(labels), *plain)
    assert "\\x1b[31mred" in done.stdout
