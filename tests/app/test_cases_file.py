"""All cases in one wide Parquet file beside a page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evalkit.app import cases_file
from evalkit.app.cases_file import with_attached_cases, with_cases_file
from evalkit.stores.folder import attach
from tests.report.builders import dossier


def test_a_page_that_holds_all_cases_needs_no_file(tmp_path: Path) -> None:
    assert with_cases_file(dossier(20), tmp_path / "page.html").cases_file == ""
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_a_row_a_case_with_answers_values_and_reasons(tmp_path: Path) -> None:
    made = dossier(300)
    named = with_cases_file(made, tmp_path / "page.html", tmp_path / "all.parquet")
    assert named.cases_file == "all.parquet"
    table = pq.read_table(tmp_path / "all.parquet")
    assert table["id"].to_pylist() == made.cases.ids.to_pylist()
    assert table["candidate.brier.why"][249].as_py() == "no prediction"
    assert table["candidate.brier"][0].as_py() == made.values["brier", "candidate"][0]
    assert {"tags.origin", "baseline.output", "candidate.within_10.rule"} <= set(table.column_names)


def test_a_page_in_a_store_has_its_cases_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = dossier(40)
    assert with_attached_cases(made, "p.cases.parquet", partial(attach, tmp_path)) is made
    monkeypatch.setattr(cases_file, "LIMIT", 39)
    named = with_attached_cases(made, "p.cases.parquet", partial(attach, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [named.cases_file] == ["p.cases.parquet"]
    assert pq.read_table(tmp_path / "p.cases.parquet")["id"].to_pylist() == made.cases.ids.to_pylist()
