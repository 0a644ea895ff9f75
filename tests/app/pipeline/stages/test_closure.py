"""The code of a stage: its file and what it imports of the project, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evalkit.app.pipeline.stages.closure import Closures
from evalkit.core.errors import InputError


def put(folder: Path, name: str, text: str = "") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path, "jobs/__init__.py")
    put(
        tmp_path,
        "jobs/clean.py",
        "import json, numpy\nfrom . import shared\nfrom .deep.rules import RULES\ndef f(c): ...\n",
    )
    put(tmp_path, "jobs/shared.py", "def g():\n    import late\n")
    put(tmp_path, "jobs/deep/__init__.py", "from jobs.deep import more\n")
    put(tmp_path, "jobs/deep/rules.py", "RULES = 1\n")
    put(tmp_path, "jobs/deep/more.py", "import importlib\nimportlib.import_module('named')\n")
    put(tmp_path, "jobs/unused.py")
    put(tmp_path, "late.py", "from jobs import clean\n")  # a circle
    put(tmp_path, "named.py")
    put(tmp_path, "json.py")
    return tmp_path


WANTED = [
    "jobs/__init__.py",
    "jobs/clean.py",
    "jobs/deep/__init__.py",
    "jobs/deep/more.py",
    "jobs/deep/rules.py",
    "jobs/shared.py",
    "json.py",
    "late.py",
    "named.py",
]


def test_imports_are_followed_wherever_they_stand(project: Path) -> None:
    assert list(Closures(project).of("jobs.clean:f", "x").texts) == WANTED
    by_file = Closures(project).of("jobs/clean.py:f", "x")
    assert set(by_file.texts) == set(WANTED)
    assert by_file.entry == "jobs/clean.py:f"
    assert by_file.target == f"{project / 'jobs/clean.py'}:f"


def test_a_digest_moves_with_its_file_only(project: Path) -> None:
    before = Closures(project).of("jobs.clean:f", "x").digests
    put(project, "jobs/unused.py", "x = 1")
    assert Closures(project).of("jobs.clean:f", "x").digests == before
    put(project, "named.py", "x = 1")
    after = Closures(project).of("jobs.clean:f", "x").digests
    assert [name for name in before if before[name] != after[name]] == ["named.py"]


def test_evalkit_and_installed_packages_are_known_by_their_versions(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "import numpy as np\nfrom evalkit.core import digest\nimport click.core\ndef f(c): ...\n")
    assert list(Closures(tmp_path).of("a.py:f", "x").texts) == ["a.py"]
    installed = Closures(tmp_path).of("click.utils:echo", "x")
    assert list(installed.texts) == ["click.utils"]


def test_a_package_that_is_installed_as_editable_counts_by_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "src/mine/__init__.py")
    put(tmp_path, "src/mine/tools.py")
    put(tmp_path, "flow/a.py", "from mine.tools import x\ndef f(c): ...\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "src")])
    found = Closures(tmp_path / "flow").of("a.py:f", "x")
    assert list(found.texts) == ["a.py", "mine/__init__.py", "mine/tools.py"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def fit(c): ...", "a.py has no 'fti'. Nearest: 'fit'"),
        ("fti = print", None),
        ("from other import fti", None),
        ("from other import *", None),
        ("def __getattr__(name): ...", None),
        ("globals()['fti'] = 1", None),
        ("class fti:\n    def f(): ...", None),
        ("def (", None),  # importing it says what is wrong
    ],
)
def test_a_function_that_is_not_there_is_told_by_reading(tmp_path: Path, text: str, said: str | None) -> None:
    put(tmp_path, "a.py", text)
    if said is None:
        assert Closures(tmp_path).of("a.py:fti", "stage s").entry == "a.py:fti"
        return
    with pytest.raises(InputError) as error:
        Closures(tmp_path).of("a.py:fti", "stage s")
    assert said in str(error.value)


def test_a_source_that_is_no_utf8_has_a_digest_and_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"# \xff\ndef f(c): ...\n")
    code = Closures(tmp_path).of("a.py:f", "x")
    (tmp_path / "a.py").write_bytes(b"# \xfe\ndef f(c): ...\n")
    assert Closures(tmp_path).of("a.py:f", "x").digests != code.digests
    assert code.blob
