"""Options that are numbers: NaN, which is neither below nor above any bound, lies within none."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from evalkit.app.cli.main import cli


@pytest.mark.parametrize(
    "words",
    [
        "run x --budget nan",
        "train x --timeout nan",
        "serve --champion x --weight nan",
        "pipeline run --wait nan",
        "registry promote m@1 --alias a --record r --max-age nan",
        "shadow replay --timeout nan",
    ],
)
def test_nan_lies_within_no_bounds(words: str) -> None:
    done = CliRunner().invoke(cli, words.split(), obj={})
    assert done.exit_code == 2
    assert "nan is no number" in done.output
