"""The words of `--redact` are fields up to the next option, reference or path, whatever stands first."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from evalkit.app.cli.options import redact


@click.command()
@click.argument("folder")
@redact
@click.option("--json", "as_json", is_flag=True)
def command(folder: str, redact: tuple[str, ...], as_json: bool) -> None:
    click.echo("|".join([folder, *redact, *(["json"] if as_json else [])]))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("out --redact id input", "out|id|input"),
        ("--redact id,input out/site", "out/site|id|input"),
        ("--redact id input ./out --json", "./out|id|input|json"),
        ("--redact=id --redact tags.region /out", "/out|id|tags.region"),
        ("--redact id . --json", ".|id|json"),
        ("--redact id input.text/plain -- out", "out|id|input.text/plain"),
        ("--redact id latest", "latest|id"),
    ],
)
def test_a_folder_may_stand_before_or_after_the_fields(typed: str, read: str) -> None:
    assert CliRunner().invoke(command, typed.split()).output.strip() == read


def test_a_word_that_may_be_a_field_is_never_taken_for_a_folder() -> None:
    done = CliRunner().invoke(command, ["--redact", "id", "emial"])
    assert done.exit_code == 2
    assert "Missing argument" in done.output


@pytest.mark.parametrize("words", [[""], [" , "], ["id", ""], ["id", "--redact", ","]])
def test_an_empty_name_is_refused_since_a_variable_that_is_not_set_would_show_all(words: list[str]) -> None:
    done = CliRunner().invoke(command, ["out", "--redact", *words])
    assert done.exit_code == 2
    assert "names no field" in done.output
