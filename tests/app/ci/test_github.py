"""The one comment: made, updated, never another's; no token leaves for anywhere else or is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.app.ci.github import Target, post, target_of
from evalkit.core.errors import InputError, RunBroke
from tests.e2e.conftest import called
from tests.github import FakeGitHub

MARK = "<!-- evalkit:comment -->"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as server:
        yield server


def target(github: FakeGitHub, token: str = "ghs_secret") -> Target:
    return Target("o/r", 7, token, github.url)


def no_pause(seconds: float) -> None:
    return


def test_it_is_made_once_and_then_updated(github: FakeGitHub) -> None:
    github.add("a remark")
    assert post(target(github), f"{MARK}\none").done == "created"
    assert post(target(github), f"{MARK}\ntwo").done == "updated"
    assert post(target(github), "<!-- evalkit:comment:other -->\nthree").done == "created"
    assert [c["body"].partition("\n")[2] for c in github.comments] == ["", "two", "three"]
    assert [method for method, _ in github.calls] == ["GET", "POST", "GET", "PATCH", "GET", "POST"]


def test_it_is_found_on_a_later_page(github: FakeGitHub) -> None:
    for i in range(250):
        github.add(f"remark {i}")
    post(target(github), f"{MARK}\none")
    github.calls.clear()
    assert post(target(github), f"{MARK}\ntwo").done == "updated"
    assert [path for _, path in github.calls][:3] == [
        f"/repos/o/r/issues/7/comments?per_page=100&page={page}" for page in (1, 2, 3)
    ]
    assert len(github.comments) == 251


def test_a_stranger_who_copies_the_mark_keeps_his_comment(github: FakeGitHub) -> None:
    github.add(f"{MARK}\nmine")
    assert post(target(github), f"{MARK}\nreal").done == "created"
    assert post(target(github), f"{MARK}\nagain").done == "updated"
    assert [c["body"] for c in github.comments] == [f"{MARK}\nmine", f"{MARK}\nagain"]


def test_a_personal_token_updates_its_own(github: FakeGitHub) -> None:
    github.token = "ghp_personal"
    github.add(f"{MARK}\nmine")
    assert post(target(github, "ghp_personal"), f"{MARK}\nnew").done == "updated"


@pytest.mark.parametrize("status", [403, 404])
def test_a_fork_may_not_write(github: FakeGitHub, status: int) -> None:
    github.refuse = status
    found = post(target(github), f"{MARK}\none")
    assert found.done == "not posted"
    assert str(status) in found.why
    assert "ghs_secret" not in found.why


def test_busy_is_tried_again_and_refused_is_not(github: FakeGitHub) -> None:
    github.answers = [503, 429]
    assert post(target(github), f"{MARK}\none", no_pause).done == "created"
    github.calls.clear()
    github.answers = [500]
    with pytest.raises(RunBroke, match="GitHub answers 500"):
        post(target(github), f"{MARK}\none", no_pause)
    assert len(github.calls) == 1


def test_a_redirect_does_not_carry_the_token_away(github: FakeGitHub) -> None:
    github.answers = [302]
    with pytest.raises(RunBroke, match="GitHub answers 302"):
        post(target(github), f"{MARK}\none", no_pause)


def test_no_answer_is_a_sentence() -> None:
    with pytest.raises(RunBroke, match="GitHub does not answer"):
        post(Target("o/r", 1, "t", "http://127.0.0.1:9"), f"{MARK}\none", no_pause)


def test_a_text_without_the_mark_is_refused(github: FakeGitHub) -> None:
    with pytest.raises(InputError, match="does not begin with the mark"):
        post(target(github), "hello")
    assert github.calls == []


def test_a_text_that_is_too_long_is_cut(github: FakeGitHub) -> None:
    assert post(target(github), f"{MARK}\n{'x' * 80_000}").done == "created"


def event(folder: Path, value: object) -> str:
    path = folder / "event.json"
    path.write_text(json.dumps(value))
    return str(path)


def test_where_to_is_read_from_the_job(tmp_path: Path) -> None:
    env = {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "o/r"}
    pull = event(tmp_path, {"pull_request": {"number": 12}})
    found = target_of({**env, "GITHUB_EVENT_PATH": pull})
    assert isinstance(found, Target)
    assert (found.repository, found.number, found.api) == ("o/r", 12, "https://api.github.com")
    assert "token" not in repr(found)
    assert target_of(env) == "this job runs for no pull request"
    assert target_of({"GITHUB_REPOSITORY": "o/r"}, 3) == "there is no token (GITHUB_TOKEN)"
    issue = event(tmp_path, {"issue": {"number": 5, "pull_request": {"url": "x"}}})
    commented = target_of({**env, "GITHUB_EVENT_PATH": issue})
    assert isinstance(commented, Target)
    assert commented.number == 5
    for value in ([], {"pull_request": {"number": "12"}}, {"issue": {"number": 5}}, {"pull_request": None}):
        assert target_of({**env, "GITHUB_EVENT_PATH": event(tmp_path, value)}) == "this job runs for no pull request"


@pytest.mark.parametrize(
    "changed",
    [
        {"GITHUB_REPOSITORY": "o/r/../x"},
        {"GITHUB_REPOSITORY": ""},
        {"GITHUB_API_URL": "http://example.org"},
        {"GITHUB_API_URL": "file:///etc/passwd"},
        {"GITHUB_TOKEN": "a b"},
    ],
)
def test_what_cannot_be_used_is_a_sentence(changed: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        target_of({"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "o/r"} | changed, 1)
    assert "a b" not in str(caught.value)


def test_the_command(
    github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "comment.md"
    file.write_text(f"{MARK}\n\nverdict\n\n<!-- evalkit:links -->\n")
    for name, value in (
        ("GITHUB_TOKEN", "ghs_secret"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_API_URL", github.url),
        ("GITHUB_ACTIONS", "true"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    nowhere = called(capfd, "comment", file)
    assert (nowhere.code, "no pull request" in nowhere.err) == (0, True)
    made = called(capfd, "comment", file, "--pull-request", 7, "--link", "report=https://example.org/1")
    assert (made.code, "created: u" in made.err) == (0, True)
    assert "[report](<https://example.org/1>)" in github.comments[0]["body"]
    github.refuse = 403
    refused = called(capfd, "comment", file, "--pull-request", 7)
    assert refused.code == 0
    assert refused.out.startswith("::warning::The comment was not posted")
    assert "ghs_secret" not in refused.out + refused.err
    assert called(capfd, "comment", file, "--pull-request", 7, "--link", "x").code == 2
    assert called(capfd, "comment", tmp_path / "nothing.md", "--pull-request", 7).code == 2
