"""`evalkit report judge`: from a calibration and runs to the card, whatever names the certificate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.api import open_store
from evalkit.app.judge_cards import card, file_name
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.stores.certificates import text_of
from tests.certificates import certificate
from tests.e2e.conftest import Ran, called, write_jsonl
from tests.e2e.test_certified import calibrated, run, server, suite  # noqa: F401
from tests.judging_server import Grader
from tests.servers import FakeOpenAI

Report = Callable[..., Ran]


@pytest.fixture
def report(capfd: pytest.CaptureFixture[str]) -> Report:
    """`evalkit report judge ARGS`, in this process."""
    return lambda *words: called(capfd, "report", "judge", *words)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    return tmp_path


def test_a_judge_that_drifts_from_first_to_last(server: FakeOpenAI, report: Report) -> None:  # noqa: F811
    suite(server)
    made = calibrated(probes=4)
    digest, store = made.certificate.digest, open_store("ws")
    steady = run()
    early = card(digest[:10], store)
    assert (early.state, early.said, early.name) == ("may_gate", "", "main")
    assert early.rubric is not None, "found by the command that made the certificate, its digest checked"
    assert early.rubric.digest == made.certificate.rubric
    assert [(look.run_id, look.info.drifted) for look in early.looks] == [(steady.run_id, False)]
    assert [use.run_id for use in early.uses] == [steady.run_id]
    assert made.certificate.findings["spent"]["verdicts"] == 60
    assert made.certificate.findings["annotators"]["n"] >= 1

    server.reply = Grader(wrong=frozenset(range(0, 400, 20)), moods=frozenset(range(0, 400, 4)))
    drifted = run()
    late = card(digest, store)
    assert (late.state, late.looks[-1].info.drifted) == ("revoked", True)
    assert late.looks[-1].alarm is not None
    assert "drift" in late.said
    assert late.revoked is not None
    assert card(f"run:{steady.run_id}", store).state == "may_gate", "a run's card says what held when it was made"
    assert card(f"run:{drifted.run_id}", store).state != "may_gate"

    found = report(digest[:8], "--workspace", "ws", "-o", "card.html")
    assert (found.code, found.out.strip()) == (0, "card.html")
    first = Path("card.html").read_bytes()
    report(digest[:8], "--workspace", "ws", "-o", "card.html")
    assert Path("card.html").read_bytes() == first
    page = first.decode()
    for words in ("Vote taken back", "Verdicts that changed when they were asked again", "Its spec"):
        assert words in page
    Path("sums.yaml").write_text(Path("sums.yaml").read_text() + "# another\n", encoding="utf-8")
    assert card(digest, store).rubric is not None, "a comment is in no digest"
    Path("sums.yaml").write_text(Path("sums.yaml").read_text().replace("It is not.", "No."), encoding="utf-8")
    gone = card(digest, store)
    assert gone.rubric is None
    assert "changed since" in gone.rubric_why


def test_every_way_to_name_one(here: Path, report: Report) -> None:
    own = certificate(rubric_id="sums/../x y")
    (here / "own.json").write_bytes(text_of(own))
    store = open_store(here / "ws")
    store.put_certificate(own)
    assert card(own.digest, store, "2026-02-01").origin == "the workspace"
    assert card("own.json", store, "2026-02-01").digest == own.digest
    assert card("own.json", store, "2026-02-01").state == "may_gate"
    assert card("own.json", store, "2026-06-01").state == "expired"
    assert file_name(card(own.digest, store), "md") == f"sums-..-x-y-{own.digest[:8]}.md"
    said = report(own.digest[:6])
    assert said.out.strip() == f"sums-..-x-y-{own.digest[:8]}.html"
    assert Path(said.out.strip()).is_file()
    assert report("own.json", "--format", "md", "-o", "x/y.md").code == 0
    assert (here / "x" / "y.md").read_text().startswith("# ")


def test_what_a_calibration_printed_has_a_card(here: Path, capfd: pytest.CaptureFixture[str], report: Report) -> None:
    rows = [{"item": f"i{k}", "human": {"a": k % 3, "b": k % 3}, "judge": k % 3 if k % 7 else 0} for k in range(60)]
    (here / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    printed = called(capfd, "calibrate", "--ratings", "rows.jsonl", "--json").out
    (here / "printed.json").write_text(printed)
    shown = card("printed.json", open_store(here / "ws"))
    assert (shown.state, shown.whole, shown.digest) == ("unbound", False, json.loads(printed)["certificate"]["digest"])
    assert shown.certificate.findings["annotators"]["labels"]["a"]["n"] == 60
    assert report("printed.json", "-o", "c.html").code == 0
    assert "recorded verdicts" in (here / "c.html").read_text()


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("beef", "there is no certificate 'beef'"),
        ("gone.json", "there is no file 'gone.json'"),
        ("run:gone", "gone"),
        ("list.json", "no JSON object"),
        ("text.json", "it is not JSON"),
        ("half.json", "no UTF-8 form"),
        ("other.json", "judge: Field required"),
    ],
)
def test_what_is_no_certificate_is_a_sentence(here: Path, report: Report, ref: str, words: str) -> None:
    half = json.loads(text_of(certificate())) | {"renew": "\ud800"}
    other = {"certificate": {"digest": digest_of("x")}}
    for name, text in (("list", "[]"), ("text", "x"), ("half", json.dumps(half)), ("other", json.dumps(other))):
        (here / f"{name}.json").write_text(text)
    found = report(ref)
    assert found.code == 2
    assert words in found.err
    (here / "folder").mkdir()
    assert report(ref, "-o", "folder").code == 2


def test_a_run_with_several_judges_asks_which(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import evalkit

    write_jsonl(here / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(3)])
    given: Any = {"suite": "s", "cases": "cases.jsonl", "judges": {"a": "fake:always:correct"}, "layers": {}}
    given["layers"] = {"judge": [{"judged": {"judge": "a"}}]}
    record = evalkit.run(given, candidate="fake:echo", workspace="ws")
    store = open_store(here / "ws")
    with pytest.raises(InputError, match="no judge of this run had a certificate"):
        card(f"run:{record.run_id}", store)
    judge = record.judges[0].judge
    both = {judge: certificate(judge=judge), digest_of("b"): certificate(judge=digest_of("b"), n=51)}
    twice = record.model_copy(update={"certificates": both})
    monkeypatch.setattr(type(store), "read_record", lambda self, ref: twice)
    with pytest.raises(InputError, match="2 certificates of this run fit"):
        card(f"run:{record.run_id}", store)
    assert card(f"run:{record.run_id}/a", store).digest == both[judge].digest
    other = both[digest_of("b")]
    assert card(f"run:{record.run_id}/{other.digest[:9]}", store).digest == other.digest
