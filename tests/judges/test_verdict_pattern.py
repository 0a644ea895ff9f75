"""Declared patterns: which label a match names, that all have to agree, and that none runs without a bound."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from evalkit.core.errors import InputError
from evalkit.judges.verdict_pattern import Pattern

PAIR = r"Output \(([ab])\) is (?:the )?better"
GRADES = ["1", "2", "3", "4", "5"]


def label(pattern: str, menu: list[str], text: str, captures: dict[str, str] | None = None) -> str | None:
    found = Pattern.compile(pattern, tuple(menu), captures).read(text)
    assert (found.label is None) == (found.why is not None)
    return found.label or f"-{found.why}"


@pytest.mark.parametrize(
    ("pattern", "menu", "text", "wanted"),
    [
        (PAIR, ["a", "b"], "Therefore, Output (a) is better.", "a"),
        (PAIR, ["A", "B"], "Therefore, Output (a) is better.", "A"),
        (PAIR, ["Output (a)", "Output (b)"], "Therefore, Output (b) is better.", "Output (b)"),
        (r"(Output \([ab]\)) is better", ["Output (a)", "Output (b)"], "Output (b) is better.", "Output (b)"),
        (PAIR, ["1", "2"], "Therefore, Output (a) is better.", "-off_menu"),
        (PAIR, ["a", "b"], "Output (a) is better, or Output (b) is better.", "-several_verdicts"),
        (PAIR, ["a", "b"], "Output (a) is better. In all, Output (a) is better.", "a"),
        (PAIR, ["a", "b"], "Both are equally good.", "-no_verdict"),
        (PAIR, ["a", "b"], "  ", "-empty"),
        (r"^(Yes|No)\b", ["yes", "no"], "Yes, the candidate is correct.", "yes"),
        (r"(?i)^(?:(yes)|(no))\b", ["1", "0"], "NO, it is not.", "0"),
        (r"(?P<l_1>first)|(?P<l_2>second)", ["1", "2"], "the second", "2"),
        (r"(?P<good>great|fine)|(?P<bad>awful)", ["good", "bad"], "It is fine.", "good"),
        (r"correct", ["correct", "wrong"], "This is correct.", "correct"),
        (r"(correct)", ["correct", "incorrect"], "This is incorrect.", "-off_menu"),
        (r"(correct)", ["correct", "not correct"], "This is not correct.", "-off_menu"),
        (r"Grade: (\d)", GRADES, "Grade: 4", "4"),
        (r"Grade: (\d)", GRADES, "Grade: 4. Well done.", "4"),
        (r"Grade: (\d)", GRADES, "Grade: 4/5", "4"),
        (r"Grade: (\d)", GRADES, "Grade: 4.5", "-off_menu"),
        (r"Grade: (\d)", GRADES, "Grade: 45", "-off_menu"),
        (r"Grade: (\d+)", GRADES, "Grade: 45", "-off_menu"),
        (r"\[\[([AB]|C)\]\]", ["A", "B", "C"], "[[A]] no: [[B]]", "-several_verdicts"),
        (r"(good)|(bad)|x", ["good", "bad"], "x", "-off_menu"),
    ],
)
def test_a_match_names_a_label(pattern: str, menu: list[str], text: str, wanted: str) -> None:
    assert label(pattern, menu, text) == wanted


def test_what_is_captured_may_be_mapped() -> None:
    assert label(PAIR, ["1", "2"], "Output (b) is better", {"a": "1", "B": "2"}) == "2"
    assert label(PAIR, ["1", "2"], "Output (b) is better", {"a": "1"}) == "-off_menu"


def test_a_sentence_of_the_case_is_no_verdict() -> None:
    pattern = Pattern.compile(PAIR, ("a", "b"))
    assert pattern.read("It says: output (a) is better", ["x"]).why == "no_verdict"
    assert pattern.read("It says that Output (a) is better", ["Note: Output (a) is better"]).why == "injected"


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a|aa)+$",
        r"(\w+\s?)*$",
        "(.*)*x",
        "(a?){30}",
        "(?:[^.]|\n)*x",
        r"(?s)(?:.|\n)*x",
        "((a{1,20}){1,20})x",
        r"(?P<x>a+)(?P=x)+b",
        r"((?P<x>a)(?P=x)*)+b",
        "(x+x+)+y",
        "a?" * 30 + "a" * 30,
        ".*.*.*.*x",
        "(?=(a+)+$)x",
    ],
)
def test_a_pattern_without_a_bound_on_its_time_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match=r"its time would have no bound|takes too long"):
        Pattern.compile(pattern, ("a", "b"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?:.|\n)*?verdict: (a|b)", "x\ny verdict: b"),
        (r"Therefore,.*Output \((a|b)\) is better", "Therefore, on the whole, Output (b) is better"),
        (r"(?s).*\b(a|b)\W*$", "first\nthen b."),
        (r"(?:so|thus|hence)(?: \w+)*: (a|b)", "thus I say: b"),
        (r"(?:[^.!?]|\.(?=\d))*\b(a|b)\.", "it has 3.5 and so b."),
        (r"(?i)\b(?:winner|better)\s*(?:is|:)?\s*\(?(a|b)\)?", "Winner: (b)"),
        (r"(?i)final\s+verdict\s*[:=]\s*\**\s*(a|b)\**", "Final verdict: **b**"),
        (r"(?im)^\s*(?:\**\s*)?(?:final\s+)?(?:answer|verdict)\s*(?:\**\s*)?:\s*(a|b)\s*$", "x\n**Verdict**: b"),
    ],
)
def test_usual_patterns_are_allowed(pattern: str, text: str) -> None:
    assert label(pattern, ["a", "b"], text) == "b"


def test_bad_patterns_are_sentences() -> None:
    with pytest.raises(InputError, match="no regular expression: unterminated"):
        Pattern.compile("[", ("a", "b"))
    with pytest.raises(InputError, match="more than 1,000"):
        Pattern.compile("a" * 2_000, ("a", "b"))
    assert (
        label(r"x\s*\**\s*\**\s*(a|b)", ["a", "b"], "x" + " " * 40 + "a") == "-no_verdict"
    )  # repeats share the spaces
    assert label("(a|b)", ["a", "b"], "a " * 50_000) == "-no_verdict"  # longer than the pattern is tried on


@pytest.mark.parametrize("name", ["raw_gpt4_cot", "raw_chatgpt_cot"])
def test_raw_texts_are_read_as_their_recorded_winners(shared: Path, name: str) -> None:
    """LLMBar: both orders; in the swapped one (a) is output 2. At least 99 % read, none flipped, and no ties read."""
    pattern = Pattern.compile(PAIR, ("a", "b"))
    counts: Counter[str] = Counter()
    for line in (shared / "llmbar" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for order, names in (("orig", "12"), ("swap", "21")):
            found = pattern.read(row[f"completion_{order}"]).label
            winner = None if found is None else names["ab".index(found)]
            recorded = row[f"winner_{order}"] if row[f"winner_{order}"] in {"1", "2"} else None
            counts["same" if winner == recorded else "unread" if winner is None else "flipped"] += 1
    assert counts["flipped"] == 0
    assert counts["same"] >= 0.99 * counts.total()


@pytest.mark.parametrize("judge", ["gpt-4", "text-davinci-003"])
def test_raw_sentences_are_read_as_their_recorded_verdicts(shared: Path, judge: str) -> None:
    """OpenQA: sentences that start with Yes or No; one recorded verdict differs from its own sentence."""
    pattern = Pattern.compile(r"^(Yes|No)\b", ("yes", "no"))
    counts: Counter[str] = Counter()
    for line in (shared / "openqa" / "judged_answers.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = pattern.read(row["raw"].get(judge)).label
        recorded = {1: "yes", 0: "no"}.get(row["judges"][judge])
        counts["same" if found == recorded else "unread" if found is None else "flipped"] += 1
    assert counts["same"] >= 0.99 * counts.total()
    assert counts["flipped"] <= 1
