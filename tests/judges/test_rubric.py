"""Rubric files: what they hold, and a sentence with a line for whatever does not fit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evalkit.app.label_files import read_labels
from evalkit.core.errors import InputError
from evalkit.judges.prompt import Prompt
from evalkit.judges.rubric import Rubric, find_rubric, read_rubric, shipped_rubrics

LABELS = """\
id: short
judges: answer
labels: {good: 1, so_so: 0.5, bad: 0}
template: "{{ input }} {{ output }}"
"""
CRITERIA = """\
judges: answer
criteria:
  - {id: clear, text: Is it clear?, scale: [1, 5], anchors: {1: no, 5: "yes"}}
  - {id: right, labels: {right: 1, wrong: 0}, weight: 3, veto: true}
  - {id: kind, points: 2}
"""


def rubric(tmp_path: Path, text: str) -> Rubric:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    return Rubric.read(path)


def told(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        rubric(tmp_path, text)
    return str(caught.value)


def test_labels_have_values_in_the_order_of_the_menu(tmp_path: Path) -> None:
    found = rubric(tmp_path, LABELS)
    assert (found.id, found.kind, found.menu, found.positive) == ("short", "single", ("good", "so_so", "bad"), "good")
    assert found.values == {"good": 1.0, "so_so": 0.5, "bad": 0.0}


def test_a_pair_has_its_own_menu(tmp_path: Path) -> None:
    found = rubric(tmp_path, "judges: pair\nlabels: {1: the first, tie: neither}\n")
    assert (found.id, found.kind, found.menu, found.positive) == ("r", "pair", ("1", "2", "tie"), "1")
    assert found.values == {"1": 1.0, "2": 0.0, "tie": 0.5}
    assert rubric(tmp_path, "judges: pair\nties: false\n").menu == ("1", "2")


def test_criteria_settle_to_their_weighted_mean_and_a_veto_to_nothing(tmp_path: Path) -> None:
    found = rubric(tmp_path, CRITERIA)
    assert found.menu == ("pass", "fail")
    assert [(c.id, c.weight) for c in found.criteria] == [("clear", 1.0), ("right", 3.0), ("kind", 2.0)]
    label, value = found.settle({"clear": "3", "right": "right", "kind": "1"})
    assert (label, value) == ("pass", pytest.approx((0.5 + 3 * 1 + 2 * 0.5) / 6))
    assert found.settle({"clear": "5", "right": "wrong", "kind": "2"}) == ("fail", 0.0)


def test_one_scale_is_its_own_menu(tmp_path: Path) -> None:
    found = rubric(tmp_path, "judges: answer\ncriteria: [{id: a, scale: [0, 4]}]\n")
    assert (found.menu, found.positive) == (("0", "1", "2", "3", "4"), "4")
    assert found.settle({"a": "1"}) == ("1", 0.25)


def test_the_digest_covers_content_only(tmp_path: Path) -> None:
    one = rubric(tmp_path, LABELS)
    same = rubric(tmp_path, "# a comment\n" + LABELS + "description: for people\nlimits: {min_items: 50}\n")
    assert one.digest == same.digest
    for changed in (
        LABELS.replace("0.5", "0.4"),
        LABELS.replace("{{ input }} ", ""),
        LABELS + "system: Be strict.\n",
        LABELS + "examples: [{input: a, output: b, label: good}]\n",
        LABELS + "version: 2\n",
        LABELS.replace("good: 1, so_so: 0.5", "so_so: 0.5, good: 1"),
    ):
        assert rubric(tmp_path, changed).digest != one.digest, changed


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (LABELS + "lables: 1\n", 5, "unknown key 'lables'"),
        (LABELS.replace("bad: 0", "bad: -1"), 3, "a value is in [0, 1]"),
        (LABELS.replace("good: 1, so_so: 0.5, ", ""), 3, "a menu of one label decides nothing"),
        (LABELS.replace("good: 1", "good: 0.9"), 3, "the best value can't be reached"),
        (LABELS.replace("bad: 0", "Good: 0"), 3, "differ only in case"),
        (LABELS.replace("bad: 0", '"ba\\nd": 0'), 3, "holds what is not printed"),
        (LABELS.replace("judges: answer\n", ""), 1, "does not say what it judges"),
        (LABELS.replace("{{ input }}", "{{ answer }}"), 4, "the template reads 'answer', which is not there"),
        (LABELS.replace("{{ output }}", ""), 4, "never shows 'output'"),
        (LABELS.replace("{{ output }}", "{{ output "), 4, "no Jinja2"),
        (LABELS + "examples:\n  - {output: x, label: fine}\n", 6, "the unknown label 'fine'"),
        (LABELS + "examples:\n  - {label: good}\n", 6, "lacks 'output'"),
        (LABELS + "pattern: '('\n", 5, "no regular expression"),
        (LABELS + "pattern: '(a+)+$'\n", 5, "its time would have no bound"),
        (LABELS + "pattern: (\\w+)\ncaptures: {x: fine}\n", 6, "the unknown label 'fine'"),
        (LABELS + "calibration: none.jsonl\n", 5, "there is no calibration file"),
        (LABELS + "limits: {min_agreement: 80}\n", 5, "it lies in [0, 1]"),
        (LABELS + "limits: {reasks: often}\n", 5, "expected a whole number"),
        (LABELS + "criteria: []\n", 5, "both labels and criteria"),
        (LABELS + "pass_at: 0.5\n", 5, "pass_at needs criteria"),
        (LABELS + "id: again\n", 5, "written twice"),
        (LABELS + "system: 'judge {{ output }}'\n", 5, "not a template"),
        (CRITERIA + "  - {id: clear, points: 1}\n", 6, "the criterion 'clear' is there twice (first on line 3)"),
        (CRITERIA.replace('5: "yes"', '7: "yes"'), 3, "an anchor at '7', which can't be reached"),
        (CRITERIA.replace("[1, 5]", "[5, 1]"), 3, "its points can't be reached"),
        (CRITERIA.replace("points: 2", "points: 0"), 5, "can't be reached"),
        (CRITERIA.replace("weight: 3", "weight: 0"), 4, "its points can't be reached"),
        (CRITERIA.replace("weight: 3", "scale: [1, 2]"), 4, "it takes exactly one"),
        (CRITERIA.replace("right: 1, wrong: 0", "right: 1"), 4, "a menu of one label"),
        (CRITERIA.replace("{right: 1, wrong: 0}, weight: 3, veto: true", "{y: 1, n: 0}") + "points: 9\n", 6, "a sum"),
        ("judges: answer\npoints: 9\ncriteria: [{id: a, points: 3}, {id: b, points: 4}]\n", 2, "at most 7"),
        (CRITERIA + "pass_at: 1.5\n", 6, "outside (0, 1]"),
        (
            CRITERIA + "examples:\n  - {output: x, criteria: {clear: 6, right: right, kind: 0}}\n",
            7,
            "label 6 of 'clear'",
        ),
        ("judges: pair\nlabels: {3: third}\n", 2, "is none of a pair's"),
        ("judges: pair\ntemplate: '{{ output }}{{ output_1 }}{{ output_2 }}'\n", 2, "reads 'output'"),
        ("- a list\n", 0, "holds a mapping"),
        ("judges: [answer\n", 2, "not YAML"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    sentence = told(tmp_path, text)
    assert words in sentence
    assert f"r.yaml:{line}" in sentence or not line


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    sentence = told(tmp_path, LABELS + "one: 1\ntwo: 2\nversion: x\n")
    assert sentence.count("r.yaml:") == 4
    assert "3 things are wrong" in sentence


def test_a_missing_file_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no rubric file 'corectness'.*Shipped with evalkit: answer_relevance"):
        find_rubric("corectness", tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        Rubric.read(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="a file or a name"):
        read_rubric(3)


def test_an_own_file_comes_before_a_shipped_one(tmp_path: Path) -> None:
    assert read_rubric("rubrics/correctness.yaml", tmp_path).path == shipped_rubrics()["correctness"]
    (tmp_path / "correctness").write_text(LABELS, encoding="utf-8")
    assert read_rubric("correctness", tmp_path).id == "short"


@pytest.mark.parametrize("name", sorted(shipped_rubrics()))
def test_a_shipped_rubric_renders_and_its_examples_fit_its_menu(name: str) -> None:
    found = read_rubric(name)
    assert found.id == name
    assert found.calibration is not None
    labelled = read_labels(found.calibration, found.menu)
    counts = Counter(row.human for row in labelled.rows)
    assert 12 <= len(labelled.rows) <= 30
    assert counts[found.positive] >= 3
    assert sum(counts.values()) - counts[found.positive] >= 3
    assert any(len(row.humans) >= 2 for row in labelled.rows)
    assert sum(row.tags["kind"] == "hostile" for row in labelled.rows) >= 1
    fields = ("input", "expected", "output", "output_1", "output_2")
    prompt = Prompt(found)
    for row in labelled.rows:
        case = {key: getattr(row, key) for key in fields if isinstance(getattr(row, key), str | dict)}
        messages = prompt.messages(case, "0123456789ab", False)
        assert messages[-1]["content"].count("[[BEGIN 0123456789ab]]") >= 2
        assert messages[0]["role"] == "system"


def test_there_are_the_rubrics_that_users_start_from() -> None:
    wanted = {"correctness", "faithfulness", "instruction_following", "helpfulness", "summary_quality", "safety"}
    assert wanted <= shipped_rubrics().keys()
    assert [c.id for c in read_rubric("summary_quality").criteria] == [
        "coherence",
        "consistency",
        "fluency",
        "relevance",
    ]
