"""`evalkit ci` as a job runs it: every suite, one exit code, what changed, forks, and what each forge reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from evalkit.app.api import open_store
from tests.app.ci.test_changed import git
from tests.e2e.conftest import called, write_jsonl

N = 200
JOB = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "CI")


def make(folder: Path, name: str, **more: Any) -> Path:
    """A suite of N questions whose candidate is `now.jsonl`: 90 % right; `worse.jsonl` 70 %, `same.jsonl` as now."""
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(N)])
    for file, wrong in (
        ("now", lambda i: i % 10 == 0),
        ("worse", lambda i: i % 10 < 3),
        ("open", lambda i: i % 9 == 0),
    ):
        rows = [{"case_id": f"c{i}", "output": -1 if wrong(i) else i} for i in range(N)]
        write_jsonl(folder / f"{file}.jsonl", rows)
    source = {
        "suite": name,
        "cases": "cases.jsonl",
        "layers": {"exact": ["exact"]},
        "gates": [{"metric": "exact", "versus": "baseline", "margin": 0.05}, {"metric": "exact", "at_least": 0.5}],
        "predictors": {"candidate": "recorded:now.jsonl"},
    }
    file = folder / "suite.yaml"
    file.write_text(json.dumps(source | more, indent=1))
    return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two suites, outside any CI."""
    for name in JOB:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    make(tmp_path / "suites" / "qa", "qa")
    make(tmp_path / "suites" / "deep" / "sum", "sum")
    return tmp_path


def test_from_the_first_record_to_a_regression(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    unset = called(capfd, "ci")
    assert (unset.code, "--set-baseline NAME" in unset.err) == (2, True)
    first = called(capfd, "ci", "--set-baseline", "main", "--json")
    assert (first.code, first.json["outcome"], len(first.json["suites"])) == (0, "pass", 2)
    assert all("not judged" in suite["notes"][0] for suite in first.json["suites"])
    same = called(capfd, "ci", "--baseline", "baseline:main/candidate", "--json")
    assert (same.code, same.json["outcome"]) == (0, "pass")
    make(here / "suites/qa", "qa", predictors={"candidate": "recorded:worse.jsonl"})
    files = ("--junit", "j.xml", "--gitlab", "g.json", "--comment", "c.md")
    worse = called(capfd, "ci", "--baseline", "baseline:main", "--json", *files)
    assert (worse.code, worse.json["outcome"], worse.json["exit_code"]) == (1, "fail", 1)
    assert [(s["suite"], s["outcome"]) for s in worse.json["suites"]] == [("sum", "pass"), ("qa", "fail")]
    assert worse.json["suites"][1]["flips"][0]["n_broke"] == 40
    root = ElementTree.parse(here / "j.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "0")
    issues = json.loads((here / "g.json").read_text())
    line = (here / "suites/qa/suite.yaml").read_text().split('"versus"')[0].count("\n")
    assert [(i["location"]["path"], i["severity"]) for i in issues] == [("suites/qa/suite.yaml", "critical")]
    assert abs(issues[0]["location"]["lines"]["begin"] - line) <= 1
    assert "**40 broke**" in (here / "c.md").read_text()


@pytest.mark.slow
def test_inconclusive_is_neutral_on_a_pull_request_and_blocks_a_release(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    called(capfd, "ci", "--set-baseline", "main")
    for name in ("qa", "deep/sum"):
        make(
            here / "suites" / name,
            Path(name).name,
            predictors={"candidate": "recorded:open.jsonl"},
            gates=[{"metric": "exact", "versus": "baseline", "margin": 0.01}],
        )
    pull = called(capfd, "ci", "-b", "baseline:main", "--junit", "j.xml", "--json")
    assert (pull.code, pull.json["outcome"]) == (0, "pass")
    skipped = ElementTree.parse(here / "j.xml").getroot().find(".//skipped")
    assert skipped is not None
    assert str(skipped.get("message")).startswith("inconclusive: ")
    release = called(capfd, "ci", "-b", "baseline:main", "--policy", "release", "--junit", "j.xml", "--json")
    assert (release.code, release.json["outcome"]) == (3, "inconclusive")
    failure = ElementTree.parse(here / "j.xml").getroot().find(".//failure")
    assert failure is not None
    assert failure.get("type") == "inconclusive"
    make(here / "suites/qa", "qa", policy="release", predictors={"candidate": "recorded:open.jsonl"})
    own = called(capfd, "ci", "suites/qa", "-b", "baseline:main", "--json").json["suites"][0]["record"]
    assert own["policy"] == "release"


def test_one_broken_suite_does_not_end_the_others(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "suites/bad").mkdir()
    (here / "suites/bad/suite.yaml").write_text("suite: [\n")
    make(here / "suites/worse", "worse", gates=[{"metric": "exact", "at_least": 0.99}])
    found = called(capfd, "ci", "--set-baseline", "main", "--junit", "j.xml", "--json")
    assert found.code == 2
    assert {s["suite"]: s["outcome"] for s in found.json["suites"]} == {
        "bad": "error",
        "sum": "pass",
        "qa": "pass",
        "worse": "fail",
    }
    error = ElementTree.parse(here / "j.xml").getroot().find(".//error")
    assert error is not None
    assert error.get("type") == "error"
    told = called(capfd, "ci", "suites/qa", "suites/bad", "-b", "baseline:main")
    assert (told.code, "error: 2 suites (1 error, 1 pass)" in told.out) == (2, True)


def test_a_system_that_never_answered_is_not_recorded(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    failure = {"kind": "system", "reason": "raised", "message": "no"}
    write_jsonl(here / "suites/qa/now.jsonl", [{"case_id": f"c{i}", "failure": failure} for i in range(N)])
    ran = called(capfd, "ci", "suites/qa", "--set-baseline", "main", "--json")
    assert (ran.code, ran.json["outcome"]) == (1, "fail")
    assert "stays where it stands" in ran.json["suites"][0]["notes"][-1]
    assert open_store().baseline_events() == []
    wrong = called(capfd, "ci", "suites/qa", "--set-baseline", "a b")
    assert (wrong.code, "cannot be the name of a baseline" in wrong.err) == (2, True)


@pytest.mark.slow
def test_every_suite_has_a_page_of_its_own(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # a page is replaced, not put beside its elder
        assert called(capfd, "ci", "--set-baseline", "main", "--report", "pages").code == 0
    assert sorted(path.name for path in (here / "pages").iterdir()) == ["qa.html", "sum.html"]
    assert "</html>" in (here / "pages/qa.html").read_text()


def test_two_suites_of_one_name_are_told_apart_or_refused(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make(here / "suites/twin", "qa")
    ran = called(capfd, "ci", "suites/qa", "suites/twin", "--set-baseline", "main", "--json")
    assert (ran.code, [s["outcome"] for s in ran.json["suites"]]) == (2, ["pass", "error"])
    assert "is also in" in ran.json["suites"][1]["error"]["what"]


def test_no_name_of_a_file_is_a_command_to_the_ci(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "suites/x\n::stop-commands::y").mkdir()
    (here / "suites/x\n::stop-commands::y/suite.yaml").write_text("suite: [")
    ran = called(capfd, "ci", "suites")
    assert ran.code == 2
    assert not [line for line in (ran.out + ran.err).splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere"),
        (("suites/*/nothing.yaml",), "no suite matches this pattern"),
        (("suites/empty",), "no suite.yaml in this folder"),
        (("--changed-since", "main"), "needs a git repository"),
        (("--baseline", "baseline:other"), "nothing was recorded under this name"),
        (("--baseline", "gone.tar.gz"), "there is no such file"),
        (("--baseline", "run:nothing"), "there is no such run"),
        (("--candidate", "nothing"), "neither SCHEME:REST"),
        (("--budget", "-1"), "--budget"),
        (("--junit", "suites"), "is a directory"),
    ],
)
def test_what_cannot_be_is_exit_2(
    here: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    (here / "suites/empty").mkdir()
    called(capfd, "ci", "suites/qa", "--set-baseline", "main")
    wanted = arguments if arguments[0].startswith(("nowhere", "suites")) else ("suites/qa", *arguments)
    ran = called(capfd, "ci", *wanted)
    assert ran.code == 2
    assert said in ran.err, ran.err


def test_no_suites_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    ran = called(capfd, "ci")
    assert (ran.code, "there is no folder suites/" in ran.err) == (2, True)


def test_only_what_changed_is_run(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    git(here, "init", "-q", "-b", "main")
    (here / ".gitignore").write_text("ws/\n")
    git(here, "add", "-A")
    git(here, "commit", "-q", "-m", "one")
    called(capfd, "ci", "--set-baseline", "main")
    git(here, "checkout", "-q", "-b", "feature")
    since = ("--changed-since", "main", "--baseline", "baseline:main")
    none = called(capfd, "ci", *since, "--junit", "j.xml", "--comment", "c.md", "--json")
    assert (none.code, none.json["outcome"]) == (0, "skipped")
    assert len(list(ElementTree.parse(here / "j.xml").getroot().iter("skipped"))) == 2
    assert "nothing was run" in (here / "c.md").read_text()
    assert "No suite's inputs changed since main" in called(capfd, "ci", *since).out
    git(here, "rm", "-q", "-r", "suites/qa")
    gone = called(capfd, "ci", *since, "--json", "--comment", "c.md")
    assert (gone.code, gone.json["suites"][-1]["file"]) == (0, "suites/qa/suite.yaml")
    assert "it was removed since main" in gone.json["suites"][-1]["why"]
    assert "1 suite was removed" in (here / "c.md").read_text()
    git(here, "reset", "-q", "--hard")
    make(here / "suites/qa", "qa", predictors={"candidate": "recorded:worse.jsonl"})
    make(here / "suites/new", "new")
    found = called(capfd, "ci", *since, "--json")
    assert {s["suite"]: s["outcome"] for s in found.json["suites"]} == {"qa": "fail", "sum": "skipped", "new": "pass"}
    assert "the suite is new" in next(s for s in found.json["suites"] if s["suite"] == "new")["notes"][0]
    (here / "uv.lock").write_text("x")
    assert [s["outcome"] for s in called(capfd, "ci", *since, "--json").json["suites"]].count("skipped") == 0


def test_a_gate_that_a_branch_dropped_is_told(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    called(capfd, "ci", "suites/qa", "--set-baseline", "main")
    make(here / "suites/qa", "qa", gates=[{"metric": "exact", "at_least": 0.4}])
    ran = called(capfd, "ci", "suites/qa", "-b", "baseline:main", "--json", "--comment", "c.md")
    (note,) = ran.json["suites"][0]["notes"]
    assert note.startswith("1 gate of the baseline's run ")
    assert note.endswith("is not in the suite any more, or changed: exact >= 0.5")
    assert "is not in the suite any more" in (here / "c.md").read_text()


def test_cases_that_a_branch_dropped_and_gold_that_it_changed_are_told(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    called(capfd, "ci", "suites/qa", "--set-baseline", "main")
    kept = [{"id": f"c{i}", "input": i, "expected": -1 if i == 20 else i} for i in range(N) if i % 10 or i == 20]
    write_jsonl(here / "suites/qa/cases.jsonl", kept)
    ran = called(capfd, "ci", "suites/qa", "-b", "baseline:main", "--json")
    dropped, changed = ran.json["suites"][0]["notes"]
    assert dropped.startswith("19 cases of the baseline's run ")
    assert dropped.endswith("are not in the suite any more: c0, c10, c30, c40, c50, ...")
    assert changed.startswith("1 case has another gold than in the baseline's run ")
    some = called(capfd, "ci", "suites/qa", "-b", "baseline:main", "--limit", "150", "--json")
    assert not any("any more" in note for note in some.json["suites"][0]["notes"])


def test_a_fork_without_a_key_is_judged_on_recorded_answers(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called(capfd, "ci", "suites/qa", "--set-baseline", "main")
    predictors = {"candidate": "openai:gpt-x", "recorded": "recorded:now.jsonl"}
    make(here / "suites/qa", "qa", predictors=predictors)
    ran = called(capfd, "ci", "suites/qa", "-b", "baseline:main", "--json")
    assert (ran.code, ran.json["suites"][0]["notes"]) == (
        0,
        ["OPENAI_API_KEY is not set: the recorded answers (recorded) were judged"],
    )
    make(here / "suites/qa", "qa", predictors={"candidate": "openai:gpt-x"})
    bare = called(capfd, "ci", "suites/qa", "-b", "baseline:main")
    assert (bare.code, "OPENAI_API_KEY is not set" in bare.err) == (2, True)
    make(here / "suites/qa", "qa", predictors={})
    none = called(capfd, "ci", "suites/qa", "-b", "baseline:main")
    assert (none.code, "the suite names no candidate" in none.err) == (2, True)


@pytest.mark.slow
def test_the_baseline_may_be_a_file(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called(capfd, "ci", "--set-baseline", "main")
    called(capfd, "baseline", "export", "main", "main.tar.gz")
    run_id = open_store().baseline("main", "qa")
    called(capfd, "runs", "export", run_id, "run.zip")
    monkeypatch.setenv("EVALKIT_HOME", str(here / "elsewhere"))
    assert called(capfd, "ci", "-b", "main.tar.gz").code == 0
    assert open_store().baseline_events() == []  # a file that is read moves nothing
    make(here / "suites/new", "new")
    other = called(capfd, "ci", "suites/new", "-b", "main.tar.gz")
    assert (other.code, "holds no run of suite 'new'" in other.err) == (2, True)
    monkeypatch.setenv("EVALKIT_HOME", str(here / "third"))
    assert called(capfd, "ci", "suites/qa", "-b", "run.zip").code == 0
    fallen = called(capfd, "ci", "suites/qa", "-b", "gone.zip", "-b", "baseline:x", "-b", f"run:{run_id}")
    assert fallen.code == 0


def test_what_github_reads(here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make(here / "suites/qa", "qa", gates=[{"metric": "exact", "at_least": 0.99, "name": "50 % of: a,b"}])
    for name, value in (("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "s.md"), ("GITHUB_OUTPUT", "o.txt")):
        monkeypatch.setenv(name, value)
    (here / "s.md").write_text("before\n")
    ran = called(capfd, "ci", "suites/qa")
    [command] = [line for line in ran.out.splitlines() if line.startswith("::")]
    assert command.startswith("::error file=suites/qa/suite.yaml,line=")
    assert "title=qa%3A fail%3A 50 %25 of%3A a%2Cb::" in command
    summary = (here / "s.md").read_text()
    assert summary.startswith("before\n## evalkit: ✗ Fail")
    assert (here / "o.txt").read_text() == "outcome=fail\nexit_code=1\n"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "no" / "such" / "folder.md"))
    lost = called(capfd, "ci", "suites/qa", "--json")
    assert (lost.code, lost.json["outcome"]) == (1, "fail")  # stdout holds the object alone
    assert "step summary cannot be written" in lost.err
