"""What runs is what the files say now: bytecode of an edit before, in the same second, is not believed."""

from __future__ import annotations

import os
import py_compile
from importlib.util import cache_from_source
from pathlib import Path

from evalkit.predictors.fingerprint import forget_compiled
from evalkit.predictors.python import PythonPredictor


def compiled(file: Path, seconds: float) -> Path:
    """Bytecode of a file that was written so many seconds after it."""
    file.write_text("X = 1\n", encoding="utf-8")
    made = Path(py_compile.compile(str(file), doraise=True))
    at = file.stat().st_mtime + seconds
    os.utime(made, (at, at))
    return made


def test_what_was_compiled_within_two_seconds_of_its_source_is_removed(tmp_path: Path) -> None:
    young, old = compiled(tmp_path / "young.py", 0.5), compiled(tmp_path / "old.py", 60)
    forget_compiled([tmp_path / "young.py", tmp_path / "old.py", tmp_path / "none.py"])
    assert not young.exists()
    assert old.exists()


def test_a_system_is_asked_by_its_helpers_as_they_are_now(tmp_path: Path) -> None:
    (tmp_path / "system.py").write_text("from helper import X\ndef answer(x): return X\n", encoding="utf-8")
    stale = compiled(tmp_path / "helper.py", 0)
    (tmp_path / "helper.py").write_text("X = 2\n", encoding="utf-8")
    PythonPredictor.from_spec(f"{tmp_path}/system.py:answer", {})
    assert stale == Path(cache_from_source(str(tmp_path / "helper.py")))
    assert not stale.exists()
