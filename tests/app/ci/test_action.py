"""action.yml: what it says, and its shell steps run here as a runner would, against a GitHub of our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evalkit.engine.yaml12 import read_yaml
from tests.app.ci.test_changed import git
from tests.e2e.test_ci import make
from tests.github import FakeGitHub

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / "examples/github_actions").rglob("*.yml"))


def action() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(ROOT / "action.yml").value
    return found


STEPS: list[dict[str, Any]] = action()["runs"]["steps"]
SCRIPTS = {step["name"]: step for step in STEPS if "run" in step}


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_expression_reaches_a_shell(name: str, tmp_path: Path) -> None:
    step = SCRIPTS[name]
    assert "${{" not in step["run"]
    assert step["shell"] == "bash"
    (tmp_path / "step.sh").write_text(step["run"])
    subprocess.run(["bash", "-n", str(tmp_path / "step.sh")], check=True)
    bare = set(re.findall(r"\$\{?([A-Z_]+)", step["run"])) - {"GITHUB_OUTPUT", "RUNNER_TEMP", "EVALKIT_HOME"}
    assert bare <= set(step.get("env", {})), f"{name} reads what its env does not give"


def test_other_actions_are_pinned_and_inputs_are_used() -> None:
    uses = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w/-]+@v\d+", one) for one in uses)
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action()["inputs"])
    assert all(entry["description"] and "default" in entry for entry in action()["inputs"].values())


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_example_workflows_ask_for_little_and_check_out_nothing_untrusted(file: Path) -> None:
    found = read_yaml(file).value
    assert "pull_request_target" not in found["on"]
    assert found["permissions"]["contents"] == "read"
    steps = [step for job in found["jobs"].values() for step in job["steps"]]
    assert all("${{" not in step.get("run", "") for step in steps)
    given = {key for step in steps if "evalkit" in step.get("uses", "") for key in step.get("with", {})}
    assert given <= set(action()["inputs"])


class Runner:
    """Runs the shell steps of the action in a clone, with the outputs that each leaves."""

    def __init__(self, folder: Path, clone: Path, api: str) -> None:
        self.folder, self.clone = folder, clone
        self.api = api
        self.outputs: dict[str, str] = {}
        self.log = ""

    def step(self, name: str, env: dict[str, str]) -> int:
        """One step with its env, and what GitHub adds to it."""
        out = self.folder / "output.txt"
        out.write_text("")
        inputs = dict.fromkeys(SCRIPTS[name].get("env", {}), "")
        whole = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(out),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": self.api,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            **inputs,
            **env,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS[name]["run"]]
        done = subprocess.run(command, cwd=self.clone, env=whole, capture_output=True, text=True, check=False)
        self.log += done.stdout + done.stderr
        self.outputs |= dict(line.partition("=")[::2] for line in out.read_text().splitlines())
        return done.returncode

    def job(self, *, base: str = "", branch: str = "main", **given: str) -> int:
        """Prepare, run, comment, verdict; gives what the last ends with."""
        (self.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}} if base else {}))
        prepare = {"BASE": base, "BRANCH": branch, "DEFAULT": "main", "SINCE": "auto", "FOLDER": "."}
        assert self.step("Prepare", prepare | {"EVENT": "pull_request" if base else "push"}) == 0, self.log
        names = {"OUT": "folder", "BASE": "base", "NAME": "name", "RECORDS": "records", "SINCE": "since"}
        run = {key: self.outputs[name] for key, name in names.items()}
        assert self.step("Run suites", {**run, "PULL_REQUEST": base, "FOLDER": ".", "REPLAY": "false", **given}) == 0, (
            self.log
        )
        if base:
            post = {"OUT": self.outputs["folder"], "GITHUB_TOKEN": "ghs_secret", "RUN_URL": "https://example.org/1"}
            assert self.step("Comment", post) == 0, self.log
        verdict = {"CODE": self.outputs["code"], "OUTCOME": self.outputs["outcome"]}
        return self.step("Verdict", verdict)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with one suite on main, and a branch that makes it worse."""
    root = tmp_path / "origin"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    make(root / "suites/qa", "qa")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    git(root, "checkout", "-q", "-b", "feature")
    make(root / "suites/qa", "qa", predictors={"candidate": "recorded:worse.jsonl"})
    git(root, "commit", "-q", "-am", "worse")
    return root


def clone(origin: Path, folder: Path, branch: str) -> Path:
    folder.mkdir()
    git(folder, "clone", "-q", "--depth", "1", "--branch", branch, f"file://{origin}", "work")
    return folder / "work"


@pytest.mark.slow
def test_a_record_on_main_and_a_pull_request_against_it(origin: Path, tmp_path: Path) -> None:
    with FakeGitHub() as github:
        main = Runner(tmp_path / "m", clone(origin, tmp_path / "m", "main"), github.url)
        assert main.job() == 0, main.log
        assert (main.outputs["records"], main.outputs["outcome"]) == ("true", "pass")
        packed = Path(main.outputs["folder"]) / "baseline.tar.gz"
        assert packed.is_file()
        pull = Runner(tmp_path / "p", clone(origin, tmp_path / "p", "feature"), github.url)
        temp = tmp_path / "p/temp/evalkit"
        temp.mkdir(parents=True)
        (temp / "baseline.tar.gz").write_bytes(packed.read_bytes())  # the cache
        assert pull.job(base="main", branch="7/merge") == 1, pull.log
        assert pull.outputs["outcome"] == "fail"
        assert [c["body"].splitlines()[0] for c in github.comments] == ["<!-- evalkit:comment -->"]
        assert "**40 broke**" in github.comments[0]["body"]
        assert "[job](<https://example.org/1>)" in github.comments[0]["body"]
        assert "## evalkit: ✗ Fail" in (tmp_path / "p/summary.md").read_text()
        assert (temp / "report/qa.html").is_file()
        github.refuse = 403  # a fork: its token may only read
        assert pull.job(base="main", branch="7/merge") == 1, pull.log
        assert "::warning::The comment was not posted" in pull.log
        assert "ghs_secret" not in pull.log
        assert len(github.comments) == 1


@pytest.mark.slow
def test_without_a_record_the_base_is_run_first(origin: Path, tmp_path: Path) -> None:
    with FakeGitHub() as github:
        pull = Runner(tmp_path / "p", clone(origin, tmp_path / "p", "feature"), github.url)
        assert pull.job(base="main", branch="7/merge") == 1, pull.log
        assert "There is no record of main yet" in pull.log
        assert pull.outputs["outcome"] == "fail"
        assert git(pull.clone, "worktree", "list").count("\n") == 0


@pytest.mark.slow
def test_names_that_are_commands_stay_names(origin: Path, tmp_path: Path) -> None:
    evil = "a;touch${IFS}pwned;$(touch${IFS}pwned)`id`"
    git(origin, "branch", "--quiet", "x;touch-pwned", "main")
    with FakeGitHub() as github:
        pull = Runner(tmp_path / "p", clone(origin, tmp_path / "p", "feature"), github.url)
        code = pull.job(base="x;touch-pwned", branch=evil, SUITES="suites/qa", CANDIDATE="", COMMENT_NAME=evil)
        assert code == 1, pull.log
        assert pull.outputs["name"] == "x-touch-pwned"
        assert not list(tmp_path.rglob("pwned*"))
