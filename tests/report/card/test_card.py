"""The card of a judge: every item it must show, silence where nothing is known, and texts that stay texts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from evalkit.core.judge_card import JudgeCard
from evalkit.report.card import markdown, page, words
from evalkit.report.card.read import figure, number, whole
from tests.report.card.builders import EVIL, bare, findings, flipped, full, held

SECTIONS = [
    "ceiling", "errors", "answerers", "biases", "standin", "stated", "beside", "probed", "drift", "history", "worth",
    "calibrated", "rubric", "judge", "spent", "limits",
]  # fmt: skip


class Tags(HTMLParser):
    """Elements and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.ids: list[str] = []
        self.events: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.events += [name for name, _ in attrs if name.startswith("on") or name == "style"]


def idents(card: JudgeCard) -> list[str]:
    return [section.ident for section, _ in page.parts(card)]


def test_everything_that_is_known_is_shown() -> None:
    card = full()
    assert idents(card) == SECTIONS
    text = page.render(card)
    assert text == page.render(full()), "the same card gives the same bytes"
    tags = Tags(text)
    assert len(tags.ids) == len(set(tags.ids))
    assert "script" not in tags.names
    assert tags.events == []
    for said in (
        "May vote",
        "this judge may decide gates until 2026-04-01",
        "This judge agrees with people on 90\u00a0% [84, 94] of 200 items",
        "two people agree with each other on 93\u00a0% [90, 96]: the two intervals overlap",
        "lean to what is shown first",
        "Of 100 answers that people call “good” it finds 95 [90, 100].",
        "fooled it on 6 of 40",
        "Its errors depend on who answered (p\u00a0=\u00a00.020",
        "a lean to length",
        "would go to people",
        "1 drift found",
        "b" * 64,
        "labels/people.jsonl",
        "You judge.",
        "a veto",
        "--judge suite.yaml#main --fresh",
        "0.002 USD",
    ):
        assert said in text, said


def test_markdown_says_the_same() -> None:
    text = markdown.render(full())
    titles = re.findall(r"^## (.*)$", text, re.M)
    assert titles == [section.title for section, _ in page.parts(full())]
    assert text.startswith("# ✓ May vote: ")
    assert "| raw agreement | judge and people | 89.5 % |" in text


def test_what_is_not_known_is_said_in_one_place() -> None:
    card = bare()
    assert idents(card) == ["calibrated", "judge", "limits", "lacking"]
    text = page.render(card)
    assert "How often this judge agrees with people is not known" in text
    assert "Whether an answer can tell it what to say was not tried." in text
    assert "no run of this workspace asked a sentinel" in text
    assert markdown.render(card).startswith("# ✗ No vote: ")


@pytest.mark.parametrize(
    ("changes", "word", "said"),
    [
        ({"state": "expired", "said": "It held until then."}, "Expired", "its vote ended on 2026-04-01"),
        ({"state": "revoked", "said": "It drifted."}, "Vote taken back", "It drifted."),
        ({"state": "unbound"}, "Measured", "these recorded verdicts would earn a vote"),
        ({"state": "may_advise", "certificate": held(usable=False, reasons=["a b", "c d"])}, "No vote", "C d."),
    ],
)
def test_standings(changes: dict[str, Any], word: str, said: str) -> None:
    text = page.render(full(**changes))
    assert f'<span class="word">{word}</span>' in text
    assert said in text


def test_reasons_are_counted_where_there_are_many() -> None:
    card = full(state="may_advise", certificate=held(usable=False, reasons=[f"reason {k}" for k in range(30)]))
    found = words.standing(card)
    assert (found.because, len(found.more), found.more[-1]) == ("Reason 0.", 8, "And 22 more reasons.")


def test_better_and_worse_than_people() -> None:
    def said(low: float, high: float) -> str:
        changed = findings()
        changed["agreement"]["raw"] = {"point": (low + high) / 2, "lo": low, "hi": high, "n": 9}
        return words.summary(full(certificate=held(findings=changed)))[0]

    assert "it falls short of what people reach" in said(0.7, 0.8)
    assert "more often than two of them with each other" in said(0.97, 0.99)


def hostile(value: Any, depth: int = 0) -> Any:
    """The same shape, every text an attack, and names too."""
    if isinstance(value, dict):
        return {f"{k}" if depth < 3 else f"{k}{EVIL}": hostile(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(one, depth + 1) for one in value]
    return EVIL if isinstance(value, str) else value


def test_texts_of_strangers_stay_texts() -> None:
    given = held()
    certificate = given.model_copy(
        update={
            "findings": hostile(given.findings),
            "by_system": {"systems": {EVIL: given.by_system["systems"]["alpha"]}, "homogeneity": {"p": 0.1}},
            "probes": {EVIL: flipped(1, 2), **given.probes},
            "limits": hostile(given.limits, 3),
            "judge_spec": {EVIL: {EVIL: EVIL}, "model": EVIL},
            "rubric_id": EVIL,
            "positive": EVIL + "{}",
            "models": [EVIL],
            "renew": EVIL,
            "reasons": [EVIL],
        }
    )
    card = full(certificate=certificate, origin=EVIL, cautions=(EVIL,), name=EVIL, said=EVIL)
    card = replace(card, rubric=replace(full().rubric, system=EVIL, id=EVIL))  # type: ignore[type-var]
    text = page.render(card)
    tags = Tags(text)
    assert "script" not in tags.names
    assert tags.events == []
    for hidden in ("\u202e", "\x1b", "\x00"):
        assert hidden not in text
        assert hidden not in markdown.render(card)
    assert "{{ 7 * 7 }}" in text, "no template runs"
    assert "<script" not in re.sub(r"```.*?```", "", markdown.render(card), flags=re.S)
    assert "[x](javascript" not in re.sub(r"```.*?```", "", markdown.render(card), flags=re.S)


JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e300,
    float("1e999"),
    10**400,
    "x",
    [],
    [1],
    {},
    {"point": "x"},
    {"point": 2, "lo": 3},
)


def spoilt(value: Any, junk: Any, depth: int) -> Any:
    """Junk at one depth of a finding."""
    if depth == 0 or not isinstance(value, dict):
        return junk
    return {name: spoilt(one, junk, depth - 1) for name, one in value.items()}


@pytest.mark.parametrize("depth", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_any_finding_may_be_nonsense(depth: int) -> None:
    own = held()
    for junk in JUNK:
        fields = {
            name: spoilt(getattr(own, name), junk, depth) for name in ("findings", "probes", "limits", "by_system")
        }
        card = full(certificate=own.model_copy(update=fields), looks=(), uses=(), history=())
        assert idents(card)
        assert words.summary(card)


def test_numbers_are_read_with_care() -> None:
    assert [number(x) for x in (1, 0.5, True, "1", None, float("nan"), float("inf"), 1e300, 10**400)] == [
        1.0, 0.5, None, None, None, None, None, None, None,
    ]  # fmt: skip
    assert [whole(x) for x in (3, 3.0, 3.5, -1, True)] == [3, 3, None, None, None]
    crossed = figure({"point": 0.5, "lo": 0.6, "hi": 0.4, "n": 7})
    assert crossed is not None
    assert (crossed.point, crossed.lo, crossed.hi, crossed.n) == (0.5, None, None, 7)
    outside = figure({"point": 1.5, "lo": 0.0, "hi": 2.0}, (0.0, 1.0))
    assert outside is not None
    assert outside.point is None
    assert json.dumps(findings()), "the builder is plain JSON"
