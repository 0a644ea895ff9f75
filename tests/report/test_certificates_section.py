"""What a report says of judges: HTML, Markdown and terminal, whatever a certificate's texts try."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.nouns import JudgeInfo, Record, SentinelInfo
from evalkit.report import markdown, terminal
from evalkit.report.page import environment
from evalkit.report.sections.certificates import rows
from tests.certificates import JUDGE, certificate

EVIL = "<script>alert(1)</script> [x](javascript:1) \x1b[31mred\u202e | `y`"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A record with one judged metric."""
    import evalkit
    from tests.e2e.conftest import write_jsonl

    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(3)])
    suite = {"suite": "s", "cases": "cases.jsonl", "judges": {"main": "fake:always:correct"}}
    layers = {"judge": [{"judged": {"judge": "main"}}]}
    found = evalkit.run({**suite, "layers": layers}, candidate="fake:echo", workspace="ws")
    one = found.estimates[0].model_copy(update={"judge": JUDGE})
    return found.model_copy(update={"estimates": [one], "judges": []})


def with_(record: Record, uncertified: str | None, **held: Any) -> Record:
    own = certificate(**held)
    one = record.estimates[0].model_copy(update={"certificate": own.digest, "uncertified": uncertified})
    return record.model_copy(update={"estimates": [one], "certificates": {JUDGE: own}})


def html(record: Record) -> str:
    return environment().get_template("sections/certificates.html").render(rows=rows(record))


def test_a_judge_with_a_vote(record: Record) -> None:
    info = JudgeInfo(metric="judged", variant="candidate", name="main", judge=JUDGE, n_asked=3)
    watched = SentinelInfo(n=100, flips=1, said="1 of 100 verdicts of the sentinel changed.")
    found = with_(record, None).model_copy(update={"judges": [info], "sentinels": {JUDGE: watched}})
    (row,) = rows(found)
    assert (row["name"], row["metrics"], row["may"], row["until"]) == ("main", "judged", "may gate", "2026-04-01")
    assert row["raw"] == "0.90 (0.80 to 0.95)"
    for shown in (html(found), markdown.render(found), terminal.render(found)):
        assert "1 of 100 verdicts" in shown
        assert "2026-04-01" in shown


def test_a_judge_without_a_certificate(record: Record) -> None:
    (row,) = rows(record)
    assert (row["digest"], row["may"]) == ("none", "may advise, not gate")
    assert "no certificate" in terminal.render(record)
    assert "may advise, not gate" in html(record)


def test_hostile_texts_stay_texts(record: Record) -> None:
    found = with_(record, EVIL, models=[EVIL], probes={EVIL: {"n": 1, "flipped": 0}}, rubric_id=EVIL)
    page = html(found)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    for shown in (markdown.render(found), terminal.render(found)):
        assert "\x1b[31m" not in shown
        assert "\u202e" not in shown
    assert "[x](javascript" not in markdown.render(found), "the brackets are escaped"
    assert "<script" not in markdown.render(found)


@pytest.mark.parametrize(
    "findings",
    [
        {},
        {"agreement": None},
        {"agreement": [1]},
        {"agreement": {"raw": "x", "kappa": {"point": "y"}}},
        {"agreement": {"raw": {"point": 0.5, "lo": None, "hi": "z"}}, "sensitivity": 3},
    ],
)
def test_a_certificate_that_says_little_or_nonsense_is_shown_all_the_same(record: Record, findings: Any) -> None:
    found = with_(record, None, findings=findings, probes={"x": None, "y": {"n": "a"}})
    assert "may gate" in html(found)
    assert markdown.render(found)
    assert terminal.render(found)
