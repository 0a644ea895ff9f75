"""A stored suite whose files are not here: the sentence says where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.app.suites import beside
from evalkit.core.errors import InputError
from tests.report.builders import record


def test_who_stands_in_another_folder_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = record()
    stored = made.model_copy(update={"suite": made.suite.model_copy(update={"path": "s/suite.yaml"})})
    with pytest.raises(InputError, match=r"is s/suite\.yaml, which is not in this folder.*--suite"), beside(stored):
        raise InputError("there is no rubric file 'r.yaml'", "r.yaml", "Shipped: none.")
    Path("s").mkdir()
    Path("s/suite.yaml").touch()
    with pytest.raises(InputError, match="Shipped: none"), beside(stored):
        raise InputError("there is no rubric file 'r.yaml'", "r.yaml", "Shipped: none.")
