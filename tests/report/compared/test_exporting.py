"""Tables of a comparison as files: what is read back is what was written, and a spreadsheet runs none of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.app.compared.dossier import dossier_of
from evalkit.app.comparing import Compared
from evalkit.app.exporting import TABLES, csv_of, export
from evalkit.app.label_cells import plain_cell
from evalkit.core.errors import InputError
from tests.report.compared.conftest import SYSTEMS


def test_every_table_is_read_back_as_it_was_written(seven: Compared, tmp_path: Path) -> None:
    written = export(dossier_of(seven), tmp_path / "out")
    assert [file.name for file in written] == [f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")]
    found = seven.comparison
    sizes = {"leaderboard": 7, "differences": 21, "flips": 21, "agreement": 21, "operations": 7, "cases": 40}
    for name in TABLES:
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        frame = pd.read_csv(tmp_path / "out" / f"{name}.csv", keep_default_na=False, dtype=str)
        assert len(table) == len(frame) == sizes.get(name, len(found.slices))
        assert [plain_cell(column) for column in frame.columns] == table.column_names
    leaders = pq.read_table(tmp_path / "out" / "leaderboard.parquet").to_pylist()
    assert [row["name"] for row in leaders] == [s.name for s in found.metric().systems]
    assert [row["point"] for row in leaders] == [s.point for s in found.metric().systems]
    assert all(row["signature"].startswith("accuracy:") for row in leaders)
    told = pd.read_csv(tmp_path / "out" / "leaderboard.csv")
    assert told["point"].tolist() == [s.point for s in found.metric().systems]
    again = {file.name: file.read_bytes() for file in export(dossier_of(seven), tmp_path / "again")}
    assert again == {file.name: file.read_bytes() for file in written}


def test_a_row_of_cases_has_the_answer_and_value_of_every_system(seven: Compared, tmp_path: Path) -> None:
    export(dossier_of(seven), tmp_path)
    cases = pq.read_table(tmp_path / "cases.parquet").to_pandas()
    for k, name in enumerate(SYSTEMS):
        right = [int((i * 7 + k) % (k + 2) > 0) for i in range(40)]
        column = next(
            c for c in cases.columns if c.startswith("answer|system ") and c.split("|")[1].startswith(name[:8])
        )
        assert cases[column].astype(int).tolist() == right
        assert cases[column.replace("answer|", "accuracy|")].tolist() == right


def test_a_cell_that_a_spreadsheet_would_run_is_a_text() -> None:
    bad = [
        "=1+1",
        "+1",
        "-1+cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "'=1",
        "fine",
        'a "quoted"\nline',
        None,
        "nul\x00",
    ]
    table = pa.table({"=HYPERLINK(1)": bad, "n": [float(i) - 5 for i in range(len(bad))]})
    text = csv_of(table)
    frame = pd.read_csv(pd.io.common.StringIO(text), keep_default_na=False, dtype=str)
    assert frame.columns[0] == "'=HYPERLINK(1)"
    cells = frame.iloc[:, 0].tolist()
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r\n＝" and cell]
    assert [plain_cell(cell) for cell in cells[:9]] == bad[:9]
    assert cells[-1] == "nul\u2400"
    assert frame["n"].astype(float).tolist() == [float(i) - 5 for i in range(len(bad))]


def test_a_folder_that_cannot_be_made_is_a_sentence(seven: Compared, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        export(dossier_of(seven), tmp_path / "file" / "under")
