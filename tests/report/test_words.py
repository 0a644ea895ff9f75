"""Sentences, numbers and text: one voice in the page, the comment, the terminal and the notebook."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.app.shown import show_nouns
from evalkit.core.nouns import Gate, Record
from evalkit.report import markdown, notebook, numbers, sentences, terminal
from evalkit.report.text import clip, listing, plural, visible
from tests.report.builders import HOSTILE, decision, decisions, dossier, estimate, record, variant

show_nouns()  # as `import evalkit.app.api` does
HIDDEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


@given(st.text(st.characters()))
def test_visible_text_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert not re.search(HIDDEN, shown)
    assert visible(shown) == shown
    assert len(shown) >= len(text)


def test_visible_text_keeps_what_scripts_need() -> None:
    kept = "naïve 漢字 العربية 👩\u200d🔬 tab\tline\n"
    assert visible(kept) == kept
    assert visible("a\x00\u202eb") == "a\u2400⟨U+202E⟩b"


def test_numbers_show_two_digits_of_the_uncertainty() -> None:
    assert numbers.point(estimate("f1", "candidate", 0.44123, 0.0312)) == "0.441"
    assert numbers.interval(estimate("f1", "candidate", 0.44123, 0.0312)) == "[0.410, 0.472]"
    assert numbers.point(estimate("f1", "candidate", -0.0123, 0.3), signed=True) == "\u22120.01"
    assert numbers.point(estimate("t", "candidate", 1234.5, 300.0, unit="s")) == "1,234 s"
    assert numbers.point(estimate("t", "candidate", None, 0.0)) == "–"
    assert numbers.interval(estimate("t", "candidate", None, 0.0)) == ""
    assert [numbers.p_value(p) for p in (None, 0.0, 0.0123, 0.5)] == ["–", "<\u00a00.001", "0.012", "0.50"]
    assert [numbers.dollars(c) for c in (None, 0.0, 0.00213, 12.5)] == [
        "unknown",
        "0.00 USD",
        "0.0021 USD",
        "12.50 USD",
    ]
    assert [numbers.duration(s) for s in (None, 0.41, 12.4, 200, 7500)] == [
        "unknown",
        "0.41 s",
        "12 s",
        "3 min 20 s",
        "2 h 5 min",
    ]


def test_small_words() -> None:
    assert plural(1, "case") == "1 case"
    assert plural(2000, "case") == "2,000 cases"
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert clip("abcdef", 4) == "abc…"


def verdict_of(outcome: str, gates: list[object]) -> sentences.Verdict:
    return sentences.verdict(record(outcome, decisions=gates))  # type: ignore[arg-type]


def test_each_verdict_names_what_decided_it() -> None:
    every = decisions()
    passing = [d for d in every if d.outcome == "pass"]
    assert verdict_of("pass", passing).headline == "all 2 gates passed"
    assert verdict_of("pass", passing[:1]).headline == "the only gate passed: f1 vs baseline, margin 0.01"
    assert "1 of 4 gates failed: brier" in verdict_of("fail", every).headline
    assert verdict_of("fail", every).because == every[3].reason
    undecided = [d for d in every if d.outcome != "fail"]
    assert "1 of 3 gates could not be decided: accuracy [origin=JFK]" in verdict_of("inconclusive", undecided).headline
    assert "no gate" in verdict_of("ungated", []).headline
    assert "did not measure" in verdict_of("error", []).headline


def test_an_info_gate_never_decides() -> None:
    info = decision(Gate(metric="x", at_least=0.5, role="info"), 0.1, 0.05, "fail", 0.5, blocks=False)
    good = decision(Gate(metric="f1", at_least=0.5), 0.9, 0.05, "pass", 0.5)
    assert verdict_of("pass", [info, good]).headline == "the only gate passed: f1 >= 0.5"


def test_a_pass_says_aloud_what_got_worse() -> None:
    worse = decision(
        Gate(metric="f1", versus="baseline", margin=0.05), -0.02, 0.01, "pass", -0.05, relation="worse_within_margin"
    )
    waved = decision(
        Gate(metric="acc", at_least=0.5, on_inconclusive="warn"), 0.5, 0.1, "inconclusive", 0.5, blocks=False
    )
    caution = verdict_of("pass", [worse, waved]).caution
    assert "Worse than the baseline, though within the margin: f1" in caution
    assert "declared not to block: acc" in caution


def test_what_a_pull_request_lets_pass_was_declared_by_nobody() -> None:
    waved = decision(Gate(metric="acc", at_least=0.5), 0.5, 0.1, "inconclusive", 0.5, blocks=False)
    made = record(outcome="pass", decisions=[waved]).model_copy(update={"policy": "pull_request"})
    caution = sentences.verdict(made).caution
    assert "neutral for a pull request: acc" in caution
    assert "declared" not in caution


def test_every_outcome_and_relation_has_words() -> None:
    assert set(sentences.OUTCOMES) == {"pass", "fail", "inconclusive", "ungated", "error"}
    assert len({word.mark for word in sentences.OUTCOMES.values()}) == 5
    assert set(sentences.RELATIONS) == {"better", "not_worse", "worse_within_margin", "worse", "identical", "undecided"}
    assert sentences.relation(decisions()[1]) == "shown on the right side of the line"


def test_the_next_step_of_an_inconclusive_run_is_what_would_decide_it() -> None:
    undecided = [d for d in decisions() if d.outcome == "inconclusive"]
    assert sentences.next_step(record("inconclusive", decisions=undecided)) == undecided[0].would_decide


# ------------------------------------------------------------------------------------------------------------ markdown


def test_markdown_tells_the_story() -> None:
    text = markdown.render(dossier(300))
    assert text.startswith("## ✗ Fail: 1 of 4 gates failed")
    for part in (
        "### Gates",
        "### Estimates",
        "### What flipped",
        "### Unscored cases",
        "no prediction",
        "<details>",
        "p (fail, Holm)",
    ):
        assert part in text
    assert markdown.render(record()).startswith("## ✗ Fail")


def test_markdown_tables_have_one_shape() -> None:
    for block in markdown.render(dossier(300)).split("\n\n"):
        if block.startswith("| "):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_escapes(text: str) -> None:
    shown = markdown.escape(text)
    assert "\n" not in shown
    assert "<" not in shown
    assert not re.search(r"(?<!\\)[\[\]|`*]", shown)
    assert not re.search(r"@\w|#\d|https?://", shown)
    assert not re.search(HIDDEN.replace("\u2060", "\u2061"), shown)


def test_markdown_leaves_numbers_and_words_readable() -> None:
    assert markdown.escape("0.44, late_f1 is +0.029 (n = 5)") == "0.44, late_f1 is +0.029 (n = 5)"
    assert markdown.escape("# head") == "\\# head"
    assert markdown.escape("- item") == "\\- item"
    assert markdown.escape("1. item").startswith("1\u2060.")
    assert markdown.escape("_x_") == "\\_x\\_"


@given(st.text())
def test_code_spans_hold_any_text(text: str) -> None:
    span = markdown.code(text)
    assert "\n" not in span
    assert "|" not in span
    fence = re.match("`+", span)
    assert fence is not None
    inside = span[len(fence.group()) : -len(fence.group())]
    assert fence.group() not in re.findall("`+", inside)


# ------------------------------------------------------------------------------------------------ terminal, notebook


def test_the_terminal_tells_the_story_in_twenty_lines() -> None:
    text = terminal.render(record(), width=100, color=False)
    lines = text.splitlines()
    assert lines[0].startswith("✗ Fail: 1 of 4 gates failed")
    assert len(lines) <= terminal.LINES
    assert max(map(len, lines[:-1])) <= 100
    assert "\x1b" not in text
    for part in ("0.792 [0.763, 0.821]", "4 missing (unscored)", "Next: Read the cases"):
        assert part in text


def test_the_terminal_shows_what_needs_attention_first() -> None:
    text = terminal.render(record(), width=100, color=False)
    assert text.index("brier vs baseline") < text.index("f1 vs baseline, margin 0.01  ")


def test_the_terminal_shows_the_difference_where_there_is_one() -> None:
    line = next(x for x in terminal.render(record(), width=100).splitlines() if x.startswith("f1 "))
    assert "+0.029 [−0.005, 0.063]" in line
    alone = record(variants=[v for v in record().variants if v.role == "candidate"])
    assert "difference" not in terminal.render(alone, width=100)


def test_colour_adds_nothing_but_colour() -> None:
    plain = terminal.render(record(), width=90, color=False)
    coloured = terminal.render(record(), width=90, color=True)
    assert "\x1b[" in coloured
    strip = [line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", coloured).splitlines()]
    assert strip == plain.splitlines()


def test_the_terminal_obeys_nobody_but_us() -> None:
    bad = "[red]x[/red] \x1b]0;title\x07 \x1b[2J :boom:"
    gates = [d.model_copy(update={"reason": bad}) for d in decisions()]
    text = terminal.render(record(decisions=gates, warnings=[bad]), width=100, color=False)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]x[/red]" in text
    assert ":boom:" in text


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_any_width_works(width: int) -> None:
    assert "Fail" in terminal.render(record(), width=width, color=False)


def test_the_notebook_cell_is_well_formed_and_escaped() -> None:
    bad = "</div><script>alert(1)</script>\u202e"
    gates = [d.model_copy(update={"reason": bad}) for d in decisions()]
    cell = notebook.record_html(record(decisions=gates, run_id=bad))
    root = ET.fromstring(cell)
    assert "script" not in {node.tag for node in root.iter()}
    text = "".join(root.itertext())
    assert "Fail: 1 of 4 gates failed" in text
    assert "alert(1)" in text
    assert "0.792" in text
    assert len(cell) < 40_000


def several() -> Record:
    made = record()
    systems = [variant(n, "candidate") for n in ("a", "b", "c", "d", "e")] + [variant("baseline", "baseline")]
    held = [d.model_copy(update={"variant": v.name}) for v in systems[:5] for d in decisions()]
    return made.model_copy(update={"variants": systems, "decisions": held})


def test_several_candidates_are_named() -> None:
    text = terminal.render(several(), width=120, color=False)
    assert "brier vs baseline, margin 0.002 (a)" in text
    assert "5 of 20 gates failed" in text
    assert "20 gates (5 inconclusive, 15 passed)" in " ".join(text.split())
    assert "(b)" in markdown.render(several())


def test_estimates_and_decisions_show_themselves() -> None:
    for decided in decisions():
        for cell in (notebook.decision_html(decided), notebook.estimate_html(decided.estimate)):
            root = ET.fromstring(cell)
            assert {node.tag for node in root.iter()} <= {"div", "p", "b", "span", "svg", "line", "circle"}
            assert decided.estimate.signature in "".join(root.itertext())
            assert numbers.interval(decided.estimate) in "".join(root.itertext())
    first = decisions()[0]
    assert str(first).startswith("✓ Pass: f1 vs baseline, margin 0.01: +0.029 [−0.005, 0.063]; ")
    assert str(first.estimate) == "f1, candidate - baseline: +0.029 [−0.005, 0.063], n 1,000"
    assert first._repr_html_() == notebook.decision_html(first)
    assert first.estimate._repr_html_() == notebook.estimate_html(first.estimate)


def test_a_number_that_is_not_there_says_why() -> None:
    nothing = estimate("f1", "candidate", None, 0.0, n=0, n_unscored=4, unscored={"refused": 4})
    assert str(nothing) == "f1, candidate: no value: no case was scored, n 0, unscored 4"
    assert "unscored 4: refused 4" in notebook.estimate_html(nothing)
    assert "<svg" not in notebook.estimate_html(nothing)


@pytest.mark.parametrize("text", HOSTILE)
def test_cells_and_lines_hold_any_text(text: str) -> None:
    bad = estimate(
        text, text, 0.4, 0.1, method=text, signature=text, slice={text: text}, unscored={text: 1}, n_unscored=1
    )
    held = decision(Gate(metric=text or "x", name=text, at_least=0.1), 0.4, 0.1, "pass", 0.1)
    held = held.model_copy(update={"reason": text, "estimate": bad, "would_decide": text})
    for cell in (notebook.estimate_html(bad), notebook.decision_html(held)):
        assert {node.tag for node in ET.fromstring(cell).iter()} <= {"div", "p", "b", "span", "svg", "line", "circle"}
    assert "\x1b" not in str(bad) + str(held)


def test_a_record_is_printed_as_its_story() -> None:
    assert str(record()) == terminal.render(record()).rstrip("\n")
