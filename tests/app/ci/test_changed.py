"""`--changed-since`: which suites have to be run, in a real repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.ci.git import changes_since
from evalkit.app.ci.inputs import changed_everywhere, closure_of
from evalkit.core.errors import InputError


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run([*command, "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(path: Path, text: str = "x\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


SOURCE: dict[str, Any] = {
    "suite": "qa",
    "description": "about the helper in other/",
    "cases": "../../data/cases.jsonl",
    "layers": {"exact": [{"metrics/own.py:good": {}}], "text": [{"judged": {"rubric": "../../rubrics/help.yaml"}}]},
    "predictors": {"candidate": "python:app/model.py:answer", "cmd": "command:sh tools/run.sh --fast"},
    "inputs": ["../../models/**/*.bin", "../../weights.txt"],
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository on a branch that parted from main, with one suite that reads from all over it."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root / "suites/qa/suite.yaml", json.dumps(SOURCE))
    for name in (
        "suites/other/suite.yaml",
        "suites/other/cases.jsonl",
        "data/cases.jsonl",
        "rubrics/help.yaml",
        "tools/run.sh",
        "models/a/b.bin",
        "weights.txt",
        "README.md",
        "app/unused.py",
        ".gitignore",
    ):
        write(root / name)
    write(root / "app/model.py", "import json\nfrom app.helper import x\nimport deep.inner\n")
    write(root / "app/helper.py", "from . import third\n")
    write(root / "app/third.py", "x = 1\n")
    write(root / "deep/__init__.py", "")
    write(root / "deep/inner.py", "x = 1\n")
    write(root / "suites/qa/metrics/own.py", "x = 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    git(root, "checkout", "-q", "-b", "feature")
    monkeypatch.chdir(root)
    return root


def reason(repo: Path, since: str = "main", specs: list[str] | None = None) -> str:
    """Why the suite has to be run; empty: it does not."""
    changes = changes_since(since, Path.cwd())
    closure = closure_of(repo / "suites/qa/suite.yaml", SOURCE, specs or [], changes)
    return changed_everywhere(changes) or closure.changed(changes)


def test_nothing_changed(repo: Path) -> None:
    assert reason(repo) == ""


INPUTS = [
    "suites/qa/suite.yaml",
    "suites/qa/metrics/own.py",
    "suites/qa/new file ä.txt",
    "data/cases.jsonl",
    "rubrics/help.yaml",
    "tools/run.sh",
    "app/model.py",
    "app/helper.py",
    "app/third.py",
    "deep/inner.py",
    "deep/__init__.py",
    "models/a/b.bin",
    "models/new.bin",
    "weights.txt",
    "uv.lock",
    "pyproject.toml",
    "requirements-dev.txt",
    ".github/workflows/x.yml",
]
OTHERS = ["README.md", "suites/other/cases.jsonl", "app/unused.py", "models/a.txt", "other/x"]


def test_each_input_counts_and_nothing_else(repo: Path) -> None:
    changes = changes_since("main", repo)

    def why(path: str) -> str:
        one = changes._replace(paths=frozenset({path}))
        return changed_everywhere(one) or closure_of(repo / "suites/qa/suite.yaml", SOURCE, [], one).changed(one)

    assert {path: why(path) for path in INPUTS} == {path: path for path in INPUTS}
    assert {path: why(path) for path in OTHERS} == dict.fromkeys(OTHERS, "")


@pytest.mark.parametrize("how", ["committed", "staged"])
def test_a_change_counts_before_and_after_its_commit(repo: Path, how: str) -> None:
    write(repo / "data/cases.jsonl", "changed = 1\n")
    git(repo, "add", "-A")
    if how == "committed":
        git(repo, "commit", "-q", "-m", "two")
    assert reason(repo) == "data/cases.jsonl"


@pytest.mark.parametrize("path", ["data/cases.jsonl", "app/helper.py", "weights.txt"])
def test_a_removed_input_is_a_change(repo: Path, path: str) -> None:
    (repo / path).unlink()
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "gone")
    assert reason(repo) == path


def test_what_happened_on_main_meanwhile_is_no_change(repo: Path) -> None:
    git(repo, "checkout", "-q", "main")
    write(repo / "data/cases.jsonl", "later\n")
    git(repo, "commit", "-q", "-am", "later")
    git(repo, "checkout", "-q", "feature")
    assert reason(repo) == ""


def test_the_candidate_of_the_command_line_counts(repo: Path) -> None:
    write(repo / "app/unused.py", "changed = 1\n")
    assert reason(repo, specs=["python:app/unused.py:f"]) == "app/unused.py"
    assert reason(repo, specs=["python:app.unused:f?version=2"]) == "app/unused.py"
    assert reason(repo, specs=["mine=command:python -m app.unused"]) == "app/unused.py"


def test_what_git_does_not_watch_may_have_changed(repo: Path) -> None:
    write(repo / ".gitignore", "big.jsonl\n")
    git(repo, "commit", "-q", "-am", "ignore")
    write(repo / "big.jsonl")
    assert "git does not watch it" in reason(repo, specs=["recorded:big.jsonl"])
    changes = changes_since("main", repo)
    outside = closure_of(repo / "suites/qa/suite.yaml", {"cases": "/tmp/elsewhere.jsonl"}, [], changes)
    assert "outside the repository" in outside.changed(changes)


def test_a_suite_at_the_top_depends_on_what_it_names(repo: Path) -> None:
    changes = changes_since("main", repo)

    def why(path: str) -> str:
        one = changes._replace(paths=frozenset({path}))
        source = {"cases": "data/cases.jsonl", "layers": {"exact": ["exact"]}}
        return closure_of(repo / "suite.yaml", source, [], one).changed(one)

    assert [why(p) for p in ("suite.yaml", "data/cases.jsonl", "README.md", ".evalkit/cache.db")] == [
        "suite.yaml",
        "data/cases.jsonl",
        "",
        "",
    ]


def test_from_a_folder_below_the_top(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo / "app")
    write(repo / "data/cases.jsonl", "changed\n")
    assert reason(repo) == "data/cases.jsonl"


@pytest.mark.parametrize("ref", ["nothing", "origin/main", "-x", "--output=/tmp/x", "", "main..x", "a\nb"])
def test_an_unknown_ref_is_a_sentence(repo: Path, ref: str) -> None:
    with pytest.raises(InputError, match=r"git knows no"):
        changes_since(ref, repo)


def test_no_repository_and_no_common_commit(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs a git repository.*not a git repository"):
        changes_since("main", tmp_path)
    git(repo, "checkout", "-q", "--orphan", "alone")
    git(repo, "commit", "-q", "-m", "alone")
    with pytest.raises(InputError, match=r"no commit in common"):
        changes_since("main", repo)


def test_a_shallow_clone_is_told_how_to_fetch(repo: Path, tmp_path: Path) -> None:
    write(repo / "README.md", "more\n")
    git(repo, "commit", "-q", "-am", "two")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    with pytest.raises(InputError, match=r"shallow.*fetch-depth: 0"):
        changes_since("main", tmp_path / "shallow")
