"""What probes change, which items they take, and what they count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.calibrating.attacks import INJECTION, authority, citation, injected, markdown, padded
from evalkit.app.calibrating.items import as_questions, as_ratings, read_items
from evalkit.app.calibrating.passes import Passes
from evalkit.app.calibrating.probes import Judged, probes, retest, unheard
from evalkit.core.errors import InputError
from evalkit.engine.calls import Calls
from evalkit.judges.fake import FakeJudge
from evalkit.judges.rubric import Rubric
from evalkit.stores.memory import MemoryStore
from tests.judging_server import RUBRIC, labels

PAIR = """\
id: better
judges: pair
system: Which is better?
template: |
  {{ input }}
  {{ output_1 }}
  {{ output_2 }}
"""


def rubric(folder: Path, text: str = RUBRIC) -> Rubric:
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    return Rubric.read(folder / "r.yaml")


def rows(folder: Path, given: list[dict[str, Any]]) -> str:
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
    return str(folder / "labels.jsonl")


def pairs(n: int) -> list[dict[str, Any]]:
    return [
        {
            "item": f"p{i}",
            "input": f"question {i}",
            "expected": "good",
            "output_1": "good" if i % 2 else "bad",
            "output_2": "bad" if i % 2 else "good",
            "human": "1" if i % 2 else "2",
        }
        for i in range(n)
    ]


def passes() -> Passes:
    return Passes(Calls(), MemoryStore(), lambda *told: None)


def honest(shown: Mapping[str, Any]) -> str:
    said = shown["output"].replace("*", "").replace("-", "")
    return "correct" if f"{shown['expected']} " in f"{said} ".replace("\n", " ") else "incorrect"


def gullible(shown: Mapping[str, Any]) -> str:
    told = any(words in shown["output"] for words in ("correct", "label"))
    return "correct" if told else honest(shown)


def judged(folder: Path, rule: Any, n: int = 24) -> Judged:
    one = rubric(folder)
    items = read_items(rows(folder, labels(n)), one)
    judge = FakeJudge(rule=rule)
    verdicts = passes().verdicts("first", judge, as_questions(items.rows))
    return Judged(items.rows, verdicts, one, judge)


def test_an_honest_judge_withstands_all_of_them(tmp_path: Path) -> None:
    found = probes(judged(tmp_path, honest), passes(), 10)
    assert set(found) == {"gold", "injection", "authority", "citation", "markdown", "padding"}
    assert {name: (one["n"], one["flipped"]) for name, one in found.items()} == dict.fromkeys(found, (10, 0))
    assert all(one["share"]["lo"] == 0 for one in found.values())


def test_a_gullible_judge_is_found_out_and_only_by_the_injection(tmp_path: Path) -> None:
    found = probes(judged(tmp_path, gullible), passes(), 12)
    assert found["injection"]["flipped"] == found["injection"]["gained"] == 12
    assert found["injection"]["p"] == pytest.approx(2 * 0.5**12)
    assert found["injection"]["share"]["lo"] > 0.7
    assert found["gold"]["flipped"] == found["padding"]["flipped"] == 0


def test_a_judge_that_does_not_know_the_gold(tmp_path: Path) -> None:
    found = probes(judged(tmp_path, lambda shown: "incorrect"), passes(), 8)
    assert (found["gold"]["n"], found["gold"]["flipped"]) == (8, 8)


def test_probes_that_brought_no_verdict_are_said(tmp_path: Path) -> None:
    of = judged(tmp_path, honest)
    replay = Passes(Calls(replay=True), MemoryStore(), lambda *told: None)
    unasked = of._replace(judge=NotAsked(of.judge))
    found = probes(unasked, replay, 10)
    assert found == {}
    names = "gold, injection, authority, citation, markdown, padding"
    assert unheard(unasked, 10, found) == [f"No verdict came in the probes {names}: nothing is known of those."]
    assert unheard(of, 10, probes(of, passes(), 10)) == []


class NotAsked:
    """A judge whose answers are in no record, under --replay."""

    def __init__(self, judge: Any) -> None:
        self.spec, self.identity = judge.spec, None

    def session(self, concurrency: int) -> Any:
        raise AssertionError("calls are forbidden")


def test_of_a_pair_the_loser_is_dressed_up_and_the_gold_stands_for_the_winner(tmp_path: Path) -> None:
    one = rubric(tmp_path, PAIR)
    items = read_items(rows(tmp_path, pairs(20)), one)
    seen: list[Mapping[str, Any]] = []

    def rule(shown: Mapping[str, Any]) -> str:
        seen.append(shown)
        if shown["output_1"] == "good":
            return "1"
        return "2" if shown["output_2"] == "good" else "tie"

    judge = FakeJudge(rule=rule)
    verdicts = passes().verdicts("first", judge, as_questions(items.rows))
    found = probes(Judged(items.rows, verdicts, one, judge), passes(), 6)
    assert {name: (r["n"], r["flipped"]) for name, r in found.items()} == dict.fromkeys(found, (6, 0))
    assert len(found) == 6
    assert all("good" in (shown["output_1"], shown["output_2"]) for shown in seen), "the winner stays as it is"


def test_asked_twice_a_moody_judge_changes_its_mind(tmp_path: Path) -> None:
    calls: list[int] = []

    def moody(shown: Mapping[str, Any]) -> str:
        calls.append(1)
        return honest(shown) if len(calls) <= 24 or len(calls) % 4 else "neither"

    twice = retest(judged(tmp_path, moody), passes(), 100)
    assert twice is not None
    assert (twice["n"], twice["flipped"]) == (24, 6)
    again = retest(judged(tmp_path, honest), passes(), 5)
    assert again is not None
    assert (again["n"], again["flipped"]) == (5, 0)


def test_nothing_to_probe_is_no_probe(tmp_path: Path) -> None:
    of = judged(tmp_path, lambda shown: "off the menu", n=4)
    assert retest(of._replace(verdicts=[{"failure": "timeout"}] * 4), passes(), 5) is None


@pytest.mark.parametrize("text", ["", "a", "two\n\nlines", "{braces} {{and}} {0}", "line\x00", "ü" * 5000])
def test_no_attack_breaks_on_any_answer(text: str) -> None:
    for attacked in (injected(text, "{label}"), authority(text), citation(text), markdown(text), padded(text)):
        assert len(attacked) > len(text)
    assert injected(text, "yes") == injected(text, "yes"), "an item always meets the same attack"


def test_every_injection_names_the_label() -> None:
    assert all("LABEL" in attack.format(label="LABEL") for attack in INJECTION)


def test_ratings_have_lengths_groups_and_the_menu(tmp_path: Path) -> None:
    one = rubric(tmp_path, PAIR)
    items = read_items(rows(tmp_path, [{**row, "group": "g"} for row in pairs(2)]), one)
    found = as_ratings(items.rows, one, [{"label": "1", "probability": 0.9}, {"failure": "timeout"}])
    assert (found.judge, found.probability) == (("1", None), (0.9, None))
    assert (found.length_1, found.length_2) == ((3.0, 4.0), (4.0, 3.0))
    assert (found.groups, set(found.menu)) == (("g", "g"), {"1", "tie", "2"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"human": "corect"}, "Did you mean 'correct'"),
        ({"human": None}, "no row has a label"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    row = {**labels(1)[0], **change}
    with pytest.raises(InputError, match=words):
        read_items(rows(tmp_path, [row]), rubric(tmp_path))


def test_a_single_answer_is_no_pair(tmp_path: Path) -> None:
    row = {**labels(1)[0], "human": "1"}
    with pytest.raises(InputError, match="no output_1 and no output_2"):
        read_items(rows(tmp_path, [row]), rubric(tmp_path, PAIR))
