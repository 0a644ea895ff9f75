"""`evalkit approve` and `evalkit evidence`: who signed what, and what else is known of a run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from evalkit.app.cli.options import redact
from evalkit.stores.local import LocalStore
from tests.e2e.conftest import called
from tests.report.builders import dossier
from tests.stores.builders import a_record, tables

LIMITS = {"kind": "limits", "created": "2026-01-02T00:00:00Z", "sentences": ["not for audits"]}


@pytest.fixture
def store() -> LocalStore:
    made = LocalStore(Path(os.environ["EVALKIT_HOME"]))
    for i, outcome in enumerate(("pass", "fail", "inconclusive", "error", "ungated")):
        made.write_run(a_record(f"r-{outcome}", f"2026-01-0{i + 1}T00:00:00Z", outcome=outcome), tables())
    return made


def test_an_approval_binds_to_the_record(store: LocalStore, capfd: pytest.CaptureFixture[str]) -> None:
    ran = called(capfd, "approve", "run:r-pass", "--by", "Ann  L", "--role", "owner")
    assert ran.code == 0
    assert ran.out.startswith("Ann L (owner) approved r-pass (record ")
    assert "What the run said: its gates passed." in ran.out
    [made] = store.evidence("r-pass")
    assert made.kind == "approval"
    assert (made.who, made.role, made.approved, made.record) == (
        "Ann L",
        "owner",
        True,
        store.read_record("r-pass").digest,
    )


@pytest.mark.parametrize("outcome", ["fail", "inconclusive", "error"])
def test_a_run_that_did_not_pass_is_approved_with_a_note_only(
    store: LocalStore, capfd: pytest.CaptureFixture[str], outcome: str
) -> None:
    refused = called(capfd, "approve", f"r-{outcome}", "--by", "ann", "--note", " ")
    assert refused.code == 2
    assert "the run did not pass" in refused.err
    assert "--note" in refused.err
    assert store.evidence(f"r-{outcome}") == []
    ran = called(capfd, "approve", f"r-{outcome}", "--by", "ann", "--note", "behind a flag", "--json")
    assert (ran.code, ran.json["outcome"], ran.json["note"]) == (0, outcome, "behind a flag")
    assert Path(ran.json["file"]).stem == ran.json["digest"]
    rejected = called(capfd, "approve", f"r-{outcome}", "--by", "bob", "--reject")
    assert (rejected.code, "bob rejected" in rejected.out) == (0, True)
    assert len(store.evidence(f"r-{outcome}")) == 2


def test_a_run_without_gates_is_approved_and_says_so(store: LocalStore, capfd: pytest.CaptureFixture[str]) -> None:
    ran = called(capfd, "approve", "r-ungated", "--by", "ann")
    assert (ran.code, "no gate decided" in ran.out) == (0, True)


def test_who_signs_is_known_or_asked_for(
    store: LocalStore, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.app.approving.who", lambda: "")
    ran = called(capfd, "approve", "r-pass")
    assert (ran.code, "--by NAME" in ran.err) == (2, True)
    monkeypatch.setattr("evalkit.app.approving.who", lambda: "git user")
    assert "git user approved" in called(capfd, "approve", "r-pass").out
    assert called(capfd, "approve", "nothing", "--by", "x").code == 2


def test_evidence_is_added_listed_and_shown(
    store: LocalStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "limits.json"
    file.write_text(json.dumps([LIMITS, {**LIMITS, "sentences": ["\x1b[31mred"]}]))
    for _ in range(2):  # the same is kept once
        assert called(capfd, "evidence", "add", "r-pass", file).code == 0
    listed = called(capfd, "evidence", "list", "r-pass")
    assert (listed.out.count("limits"), "\x1b" in listed.out) == (2, False)
    shown = called(capfd, "evidence", "show", "r-pass", "--json").json
    assert [one["sentences"] for one in shown["evidence"]] != []
    digest = shown["evidence"][0]["digest"]
    assert digest in called(capfd, "evidence", "show", "r-pass", digest[:10]).out
    assert called(capfd, "evidence", "show", "r-pass", "zz").code == 2
    assert "Known limits" in called(capfd, "runs", "show", "r-pass").out
    again = tmp_path / "again.json"
    again.write_text(json.dumps(shown["evidence"]))  # what is shown can be added
    assert called(capfd, "evidence", "add", "r-fail", again).code == 0
    assert store.evidence("r-fail") == store.evidence("r-pass")


SEEN = {"kind": "monitor", "created": "2026-01-01"}
CAME = {"kind": "lineage", "created": "2026-01-01"}
NODE = {"id": "a", "kind": "raw", "name": "a"}
BAD: dict[str, tuple[Any, str]] = {
    "syntax": ('{"kind":\n "limits",, }', r"bad\.json:2, column \d+: not JSON"),
    "empty": ("[]", "there is no evidence in it"),
    "number": ("3", "an object is needed"),
    "no kind": ("{}", "the field `kind` is missing"),
    "another kind": ('{"kind": "oracle"}', "no evidence of the kind 'oracle'"),
    "no field": ('{"kind": "limits", "created": "2026-01-01"}', "limits: `sentences` is missing"),
    "unknown field": ({**LIMITS, "lines": 1}, "`lines` is no field of it"),
    "inside": ({**LIMITS, "sentences": ["a", 3]}, r"`sentences\.1`: input should be a valid string"),
    "time": ({**LIMITS, "created": "soon"}, "`created` is 'soon', which is no ISO 8601 time"),
    "not a number": ('{"kind": "limits", "a": NaN}', "NaN is no JSON number"),
    "changed": ({**LIMITS, "digest": "0" * 64}, "its digest is another"),
    "half a character": (
        '{"kind": "limits", "created": "2026-01-01", "sentences": ["\\ud800"]}',
        "what JSON cannot|string",
    ),
    "count": ({**SEEN, "n": -5}, "`n` is -5, which is no count"),
    "endless number": ('{"kind": "monitor", "n": ' + "9" * 5000 + "}", "a number has 5,000 digits"),
    "interval": (
        {**SEEN, "series": [{"metric": "a", "moments": [{"at": "x", "lo": 2, "hi": 0}]}]},
        r"`series\.0\.moments\.0\.lo`: the interval goes from 2 to 0",
    ),
    "id twice": ({**CAME, "nodes": [NODE, NODE], "edges": []}, r"`nodes\.1\.id`: 'a' is the id of another node too"),
    "no node": ({**CAME, "nodes": [NODE], "edges": [{"of": "a", "made": "b"}]}, r"no node has the id 'b'"),
    "circle": ({**CAME, "nodes": [NODE], "edges": [{"of": "a", "made": "a"}]}, "`edges` go in a circle: a → a"),
    "second": ([LIMITS, {"kind": "limits"}], "entry 2"),
    "foreign approval": (
        {"kind": "approval", "created": "2026-01-01", "who": "x", "approved": True, "record": "0" * 64},
        "of another record",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_a_sentence_and_nothing_is_kept(
    store: LocalStore, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    import re

    given, said = BAD[name]
    file = tmp_path / "bad.json"
    file.write_text(given if isinstance(given, str) else json.dumps(given))
    ran = called(capfd, "evidence", "add", "r-pass", file)
    assert ran.code == 2
    assert re.search(said, ran.err), ran.err
    assert store.evidence("r-pass") == []


@pytest.mark.parametrize(
    ("typed", "fields", "ref"),
    [
        (["run:x", "--redact", "a", "b"], ("a", "b"), "run:x"),
        (["--redact", "a,b", "run:x"], ("a", "b"), "run:x"),
        (["--redact", "a", "--redact", "b", "run:x"], ("a", "b"), "run:x"),
        (["--redact=a", "b", "--flag", "run:x"], ("a", "b"), "run:x"),
        (["--redact", "a", "b,a", "c", "latest"], ("a", "b", "c"), "latest"),
        (["--redact", "a", "--", "x"], ("a",), "x"),
        (["run:x"], (), "run:x"),
    ],
)
def test_fields_are_redacted_however_they_are_typed(typed: list[str], fields: tuple[str, ...], ref: str) -> None:
    seen: list[Any] = []

    @click.command()
    @click.argument("ref")
    @redact
    @click.option("--flag", is_flag=True)
    def command(ref: str, redact: tuple[str, ...], flag: bool) -> None:
        seen.append((ref, redact))

    assert CliRunner().invoke(command, typed).exit_code == 0
    assert seen == [(ref, fields)]


def test_a_redacted_release_is_written_in_every_form_of_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = dossier(30)
    with_cases = {"cases": made.cases.to_arrow(), "predictions": made.predictions, "scores": made.scores}
    LocalStore(Path(os.environ["EVALKIT_HOME"])).write_run(made.record, with_cases)
    for form in ("html", "md"):
        out = tmp_path / f"out.{form}"
        ran = called(
            capfd, "report", "release", "latest", "--format", form, "--redact", "id", "input.tailnum", "-o", out
        )
        assert (ran.code, ran.out.strip()) == (0, str(out))
        text = out.read_text()
        assert "Redacted in this document: id and input.tailnum" in text
        assert "flight-00011" not in text
    typo = called(capfd, "report", "release", "latest", "--redact", "imput", "-o", tmp_path / "typo.html")
    assert (typo.code, "no field 'imput'" in typo.err, (tmp_path / "typo.html").exists()) == (2, True, False)
