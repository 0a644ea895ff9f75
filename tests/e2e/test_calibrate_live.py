"""`evalkit calibrate RUBRIC --labels` and `evalkit judge certificates` from the command line: words, JSON, refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.app.cli.calibrate import calibrate
from evalkit.app.cli.judging.certificates import certificates
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from evalkit.stores.certificates import read
from tests.e2e.conftest import write_jsonl
from tests.judging_server import RUBRIC, labels
from tests.servers import FakeOpenAI, completion, failed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rubric, 40 labelled items, and a script that errs on four of them."""
    monkeypatch.chdir(tmp_path)
    for name in ("EVALKIT_JUDGE", "OPENAI_API_KEY", "EVALKIT_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "sums.yaml").write_text(RUBRIC, encoding="utf-8")
    rows = labels(40)
    write_jsonl(tmp_path / "labels.jsonl", rows)
    other = {"correct": "incorrect", "incorrect": "correct"}
    script = {row["item"]: other[row["human"]] if i % 10 == 0 else row["human"] for i, row in enumerate(rows)}
    (tmp_path / "fake.json").write_text(json.dumps(script), encoding="utf-8")
    return tmp_path


def called(*more: str, judge: str = "fake:fake.json") -> Any:
    arguments = ["sums.yaml", "--labels", "labels.jsonl", "--judge", judge, *more]
    return CliRunner().invoke(calibrate, arguments, catch_exceptions=False, standalone_mode=False)


def found(*more: str, **named: str) -> dict[str, Any]:
    done = called(*more, "--json", **named)
    plain: dict[str, Any] = json.loads(done.stdout)
    return plain


def test_the_json_of_the_issue_with_the_certificate(folder: Path) -> None:
    plain = found("-o", "cert.json")
    assert plain["n"] == 40
    assert plain["agreement"]["raw"]["point"] == pytest.approx(0.9)
    assert plain["sensitivity"]["point"] == pytest.approx(1.0)
    assert plain["specificity"]["point"] == pytest.approx(0.8)
    own = plain["certificate"]
    assert own["usable"] is True
    assert own["reasons"] == []
    assert re.fullmatch(r"[0-9a-f]{64}", own["digest"])
    assert Path(own["path"]).is_file()
    assert read(Path("cert.json")).digest == own["digest"]
    assert own["file"] == "cert.json"
    assert own["expires"] > own["created"]


def test_the_card_for_people_says_what_the_judge_may(folder: Path) -> None:
    done = called()
    assert done.exit_code == 0
    assert "raw agreement" in done.stdout
    assert "CERTIFIED: this judge may decide gates until" in done.stdout


@pytest.mark.parametrize(
    ("keep", "reason"),
    [(range(5), "a vote takes 30 items"), (range(0, 40, 2), "one label only, 'incorrect'")],
)
def test_too_few_items_and_one_class_advise_and_do_not_gate(folder: Path, keep: range, reason: str) -> None:
    rows = labels(80)
    write_jsonl(folder / "labels.jsonl", [rows[i] for i in keep])
    done = called()
    assert done.exit_code == 0
    assert "NOT CERTIFIED" in done.stdout
    assert reason in done.stdout


def test_what_a_judge_was_tuned_on_or_is_shown_is_no_evidence(folder: Path) -> None:
    example = """\
examples:
  - {input: What is 4 plus 4?, expected: it is 8, output: it is 9, rationale: No., label: incorrect}
"""
    (folder / "sums.yaml").write_text(RUBRIC + example, encoding="utf-8")
    assert "the rubric shows 1 of the 40 labelled items as examples" in called().stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--positive", "zzz"], "no label is 'zzz'"),
        (["--epsilon", "3"], "epsilon is 3"),
        (["--judge", "magic:x"], "no kind of judge"),
        (["--labels", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--judge", "openai:m"], "OPENAI_API_KEY"),
        (["--judge", "nowhere.yaml#main"], "nowhere.yaml"),
        (["-o", "."], "is a folder"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_before_any_call(arguments: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        called(*arguments)
    assert not Path(".evalkit/certificates").exists()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda body: failed(401, "bad key", "invalid_api_key"), "key"),
        (lambda body: failed(404, "no such model", "model_not_found"), "model"),
    ],
)
def test_a_wrong_key_and_an_unknown_model_end_it(monkeypatch: pytest.MonkeyPatch, reply: Any, words: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with FakeOpenAI(reply) as server, pytest.raises(EvalkitError, match=words):
        called(judge=f"openai:m?base_url={server.url}")
    assert not Path(".evalkit/certificates").exists()


def test_an_endpoint_that_is_down_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with pytest.raises(RunBroke, match="0 of 40 judged"):
        called(judge="openai:m?base_url=http://127.0.0.1:9/v1&retries=0")


def test_garbage_is_counted_and_earns_no_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with FakeOpenAI(lambda body: completion("I would rather not say.")) as server:
        plain = found(judge=f"openai:m?base_url={server.url}&reasks=0")
    assert plain["n"] == 0
    assert sum(plain["unparsed"].values()) == 40
    assert plain["certificate"]["usable"] is False
    assert any("40 of 40 items got no verdict" in reason for reason in plain["certificate"]["reasons"])


def test_the_judge_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_JUDGE", "fake:fake.json")
    done = CliRunner().invoke(calibrate, ["sums.yaml", "--labels", "labels.jsonl", "--json"], standalone_mode=False)
    assert json.loads(done.stdout)["certificate"]["usable"] is True


def test_certificates_are_listed_and_shown(folder: Path) -> None:
    listing = CliRunner().invoke(certificates, ["list"], standalone_mode=False)
    assert "no certificates" in listing.output
    digest = found("-o", "cert.json")["certificate"]["digest"]
    lines = CliRunner().invoke(certificates, ["list"], standalone_mode=False).stdout
    assert digest[:12] in lines
    assert "may gate" in lines
    for ref in (digest[:10], "cert.json"):
        shown = CliRunner().invoke(certificates, ["show", ref], standalone_mode=False).stdout
        assert "CERTIFIED: this judge may decide gates" in shown
        assert "evalkit calibrate sums.yaml --labels labels.jsonl --judge fake:fake.json --fresh" in shown
    whole = CliRunner().invoke(certificates, ["show", digest, "--json"], standalone_mode=False).stdout
    assert json.loads(whole)["digest"] == digest
    with pytest.raises(InputError, match="no certificate 'zz'"):
        CliRunner().invoke(certificates, ["show", "zz"], standalone_mode=False, catch_exceptions=False)


def test_from_python_with_a_judge_of_ones_own(folder: Path) -> None:
    import evalkit
    from evalkit.judges.fake import FakeJudge

    script = {row["item"]: row["human"] for row in labels(40)}
    made = evalkit.calibrate("sums.yaml", labels="labels.jsonl", judge=FakeJudge(script), workspace="ws")
    assert made.certificate.usable
    assert made.path == Path("ws/certificates") / f"{made.certificate.digest}.json"
