"""JUnit, code quality, annotations and the comment: each verdict is its own, and no text can break out."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.checks import Broke, Checks, Said, SuiteCheck
from evalkit.core.nouns import Gate
from evalkit.report.ci import annotations, codequality, comment, junit
from tests.report.builders import HOSTILE, decision, record

GATE = Gate(metric="accuracy", at_least=0.7)
DECIDED = [
    decision(GATE.model_copy(update={"name": "passed"}), 0.8, 0.01, "pass", 0.7),
    decision(GATE.model_copy(update={"name": "failed"}), 0.6, 0.01, "fail", 0.7),
    decision(GATE.model_copy(update={"name": "open"}), 0.7, 0.1, "inconclusive", 0.7, blocks=False),
    decision(GATE.model_copy(update={"name": "blocking"}), 0.7, 0.1, "inconclusive", 0.7),
    decision(GATE.model_copy(update={"name": "shown", "role": "info"}), 0.6, 0.01, "fail", 0.7),
]


def checks(**more: Any) -> Checks:
    """A pass with a suite of each kind."""
    run = record("fail", decisions=DECIDED)
    said = Said("the cases cannot be read", "suites/b/suite.yaml:3", "Correct them", 2)
    flips = (Broke("accuracy", "candidate", 7, 2, ("a", "b"), ("c",)),)
    return Checks(
        [
            SuiteCheck("suites/a/suite.yaml", "a", "fail", record=run, lines=(5, 6, 7, 8, 9), flips=flips, seconds=1.5),
            SuiteCheck("suites/b/suite.yaml", "b", "error", error=said),
            SuiteCheck("suites/c/suite.yaml", "c", "skipped", why="none of its inputs changed since main"),
            SuiteCheck("suites/d/suite.yaml", "d", "ungated", record=record("ungated", decisions=[])),
        ],
        **more,
    )


def test_the_gravest_decides() -> None:
    assert (checks().status, checks().exit_code) == ("error", 2)
    four = Said("broke", "", "", 4)
    assert Checks([*checks().suites, SuiteCheck("x", "x", "error", error=four)]).exit_code == 4
    assert [Checks([s]).exit_code for s in checks().suites] == [1, 2, 0, 0]
    assert (Checks([checks().suites[2]]).status, Checks([checks().suites[2]]).exit_code) == ("skipped", 0)
    assert Checks([SuiteCheck("x", "x", "inconclusive"), checks().suites[2]]).exit_code == 3
    found = checks().to_json()
    assert (found["outcome"], found["exit_code"], [s["outcome"] for s in found["suites"]]) == (
        "error",
        2,
        ["fail", "error", "skipped", "ungated"],
    )
    json.dumps(found, allow_nan=False)


def test_junit_tells_every_verdict_apart() -> None:
    root = ElementTree.fromstring(junit.render(checks()).encode())
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "2",
        "errors": "1",
        "skipped": "4",
    }
    found = {
        (case.get("classname"), case.get("name")): [(child.tag, child.get("type")) for child in case]
        for case in root.iter("testcase")
    }
    assert found == {
        ("a", "passed"): [],
        ("a", "failed"): [("failure", "fail")],
        ("a", "open"): [("skipped", None)],
        ("a", "blocking"): [("failure", "inconclusive")],
        ("a", "shown"): [("skipped", None)],
        ("b", "run"): [("error", "error")],
        ("c", "run"): [("skipped", None)],
        ("d", "run"): [("skipped", None)],
    }
    messages = [str(skip.get("message")) for skip in root.iter("skipped")]
    assert [m.partition(":")[0] for m in messages] == [
        "inconclusive",
        "for information only, fail",
        "not run",
        "ungated",
    ]
    assert [case.get("line") for case in root.iter("testcase")][:5] == ["5", "6", "7", "8", "9"]


def hostile(text: str) -> Checks:
    """A pass in which every text of strangers is this one."""
    gates = [
        d.model_copy(
            update={"gate": d.gate.model_copy(update={"name": text or "x"}), "reason": text, "would_decide": text}
        )
        for d in DECIDED
    ]
    run = record("fail", decisions=gates, warnings=[text])
    flips = (Broke(text, text, 1, 0, (text,), (text,)),)
    one = SuiteCheck(text, text, "fail", record=run, flips=flips, notes=(text,), lines=(1,) * 5)
    broken = SuiteCheck(text, text, "error", error=Said(text, text, text, 4))
    return Checks([one, broken, SuiteCheck(text, text, "skipped", why=text)], since=text)


@pytest.mark.parametrize(
    "text", [*HOSTILE, "\ud800", "\x0b\x0c\x1f\ufffe\uffff", "--> ]]> &#0; &amp;", "a\r\n::error::b"]
)
def test_hostile_texts_stay_texts(text: str) -> None:
    whole = hostile(text)
    document = junit.render(whole).encode()
    root = ElementTree.fromstring(document)
    assert len(list(root.iter("testcase"))) == 7
    assert json.loads(codequality.render(whole))[0]["location"]["lines"]["begin"] == 1
    for line in annotations.render(whole):
        assert re.fullmatch(r"::(error|warning|notice)[^\r\n]*", line)
        assert line.count("::error") + line.count("::warning") + line.count("::notice") - line.count("%3A%3Aerror") <= 2
    told = comment.render(whole)
    told.encode()
    shown = re.sub(r"(`+).*?\1", "", told)  # what stands in code spans is inert
    assert "<script" not in shown
    assert "<img" not in shown
    assert not re.search(r"(?<!\\)\]\(", shown)


@settings(max_examples=15)
@given(st.text())
def test_any_text_gives_well_formed_xml_and_one_line_commands(text: str) -> None:
    whole = hostile(text)
    ElementTree.fromstring(junit.render(whole).encode())
    assert all("\n" not in line and "\r" not in line for line in annotations.render(whole))
    assert len(comment.render(whole)) <= comment.LIMIT
    json.loads(codequality.render(whole))


def test_commands_escape_what_ends_them() -> None:
    found = annotations.command("error", "50 % of\na:b,c", file="a,b:c%.yaml", line=3, title="x::y")
    assert found == "::error file=a%2Cb%3Ac%25.yaml,line=3,title=x%3A%3Ay::50 %25 of%0Aa:b,c"


def test_code_quality_is_what_gitlab_reads() -> None:
    issues = json.loads(codequality.render(checks()))
    assert [(i["severity"], i["location"]["path"], i["location"]["lines"]["begin"]) for i in issues] == [
        ("critical", "suites/a/suite.yaml", 6),
        ("minor", "suites/a/suite.yaml", 7),
        ("major", "suites/a/suite.yaml", 8),
        ("info", "suites/a/suite.yaml", 9),
        ("blocker", "suites/b/suite.yaml", 1),
    ]
    assert all(set(i) == {"description", "check_name", "fingerprint", "severity", "location"} for i in issues)
    assert len({i["fingerprint"] for i in issues}) == len(issues)


def test_a_fingerprint_outlives_numbers_and_lines() -> None:
    first = checks()
    moved = [d.model_copy(update={"reason": "other"}) for d in DECIDED]
    suite = first.suites[0]
    later = SuiteCheck(suite.file, suite.name, "fail", record=record("fail", decisions=moved), lines=(50,) * 5)
    marks = [[i["fingerprint"] for i in json.loads(codequality.render(Checks([s])))] for s in (suite, later)]
    assert marks[0] == marks[1]


def test_the_comment_tells_the_story() -> None:
    text = comment.render(checks())
    assert text.startswith("<!-- evalkit:comment -->\n")
    assert "## evalkit: ! Error (4 suites: 1 error, 1 fail, 1 not run, 1 ungated)" in text
    assert "**7 broke**, 2 fixed. Broke: `a`, `b`, …" in text
    assert "the cases cannot be read" in text
    assert comment.LINKS in text
    linked = comment.with_links(text, {"report": "https://example.org/r", "bad": "javascript:alert(1)"})
    assert "[report](<https://example.org/r>)" in linked
    assert "javascript" not in linked


def test_a_pass_that_decided_nothing_says_so() -> None:
    """Under the policy pull_request inconclusive is neutral, and neutral must not read like passed."""
    run = record("pass", decisions=[DECIDED[0], DECIDED[2]])
    one = SuiteCheck("s.yaml", "s", "pass", record=run, lines=(1, 1))
    text = comment.render(Checks([one, SuiteCheck("t.yaml", "t", "skipped", why="x")]))
    assert "Pass, 1 gate undecided" in text
    assert "### ✓ s: Pass (1 undecided)" in text
    assert "**What would decide it**" in text or not DECIDED[2].would_decide


def test_a_long_comment_loses_details_and_keeps_verdicts() -> None:
    run = record("fail", decisions=DECIDED * 4)
    many = Checks([SuiteCheck(f"s/{i}.yaml", f"suite {i}", "fail", record=run, lines=(1,) * 20) for i in range(200)])
    text = comment.render(many)
    assert len(text) <= comment.LIMIT
    assert "200 suites" in text
    assert comment.LINKS in text
    assert len(comment.render(many, limit=5000)) <= 5000
    tables = Checks(many.suites[:40])
    assert len(comment.render(tables)) <= comment.LIMIT


def test_what_needs_a_look_comes_first_however_many_pass() -> None:
    passed = SuiteCheck("suites/p/suite.yaml", "p", "pass", record=record("pass", decisions=DECIDED[:1]))
    text = comment.render(Checks([passed] * 60 + checks().suites[:2]))
    overview = text.partition("###")[0]
    assert overview.index("Error | b") < overview.index("Fail | a") < overview.index("Pass | p")
    assert text.index("### ! b") < text.index("a: Fail") < text.index("p: Pass")


def test_jobs_keep_their_comments_apart() -> None:
    assert comment.render(checks(), name="linux, 3.12").startswith("<!-- evalkit:comment:linux--3.12 -->\n")
    assert comment.mark("--><script>") == "<!-- evalkit:comment:----script- -->"
