"""What a workspace warns of reaches who typed the command as a sentence, without the code that gave it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import called


@pytest.mark.filterwarnings("default")
def test_a_warning_of_the_workspace_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path))
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates/aa.json").write_text("{}", encoding="utf-8")
    done = called(capfd, "report", "judge", "aa", "-o", tmp_path / "card.html")
    assert done.code == 2
    first, second = done.err.strip().splitlines()
    assert first.startswith("warning: ")
    assert first.endswith("it is left out")
    assert second.startswith("error: there is no certificate 'aa'")
