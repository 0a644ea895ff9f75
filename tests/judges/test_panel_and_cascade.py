"""Panels and cascades: who is asked what, what becomes of the answers, and what is refused in words."""

from __future__ import annotations

import asyncio
import json
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evalkit.app.graders import make_judge
from evalkit.app.human_labels import people
from evalkit.app.label_files import read_labels
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, Judge, Request
from evalkit.judges.baselines import BaselineJudge, baseline_labels, overlap
from evalkit.judges.cascade import Cascade
from evalkit.judges.fake import FakeJudge
from evalkit.judges.fitted import PanelWeights, Thresholds, read_thresholds, read_weights
from evalkit.judges.human import NOT_YET, OTHER_ANSWER, SPLIT
from evalkit.judges.panel import Panel


class Menu:
    """As much of a rubric as these judges read."""

    id, kind, menu = "r", "single", ("yes", "no")
    values: ClassVar = {"yes": 1.0, "no": 0.0}


def says(label: str | None, probability: float | None = None) -> dict[str, Any]:
    return {"label": label} | ({} if probability is None else {"probability": probability})


def fakes(*names: str) -> dict[str, Judge]:
    return {name: FakeJudge({"q": name}, name=name) for name in names}


def weights(**given: float) -> PanelWeights:
    return PanelWeights(("no", "yes"), given, dict.fromkeys(given, "label"), {"no": 0.0, "yes": 0.0}, ("d1",))


def asked(judge: Judge, *requests: Request) -> list[Answer]:
    async def all_() -> list[Answer]:
        async with judge.session(1) as answer:
            return [await answer(request) for request in requests]

    return asyncio.run(all_())


def test_each_member_is_asked_under_its_own_key_and_repeat() -> None:
    class Twice(FakeJudge):
        asks = 2

    members = {"a": FakeJudge({"q": "yes"}, name="a"), "b": Twice({"q": "no"}, name="b")}
    panel = Panel(members)
    requests = [Request("q", 3 * 2 + k, {"output": "x"}, 0) for k in range(3)]
    assert panel.asks == 3
    assert [a.output["label"] for a in asked(panel, *requests)] == ["yes", "no", "no"]
    alone = [("a", 2), ("b", 4), ("b", 5)]
    keys = [digest_of([members[name].identity, {"output": "x"}, "q", repeat]) for name, repeat in alone]
    assert [panel.key(request) for request in requests] == keys
    assert not isinstance(panel.spec["weights"], dict)


def test_learnt_weights_give_a_label_with_its_probability() -> None:
    panel = Panel(fakes("a", "b", "c"), weights(a=2.0, b=0.5, c=0.5)).bound(Menu)
    found = panel.settle([says("yes"), says("no"), says("no")])
    assert found["label"] == "yes"
    assert found["value"] == 1.0
    assert found["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-1))
    assert found["members"] == {"a": "yes", "b": "no", "c": "no"}


def test_probabilities_are_read_where_they_were_fitted() -> None:
    given = PanelWeights(("no", "yes"), {"a": 1.0, "b": 1.0}, {"a": "probability", "b": "label"}, {}, ())
    found = Panel(fakes("a", "b"), given).settle([says("yes", 0.9), says("no")])
    assert found["probability"] == pytest.approx(0.9 / (0.9 + 0.1 * 2.718281828459045))
    assert found["label"] == "yes"
    assert Panel(fakes("a", "b"), given).settle([says("yes"), says("no")])["label"] is None


def test_members_without_a_verdict_are_left_out_and_named() -> None:
    panel = Panel(fakes("a", "b", "c"), weights(a=1.0, b=1.0, c=1.0))
    found = panel.settle([says("yes"), {"label": None, "why": "timeout"}, says("yes")])
    assert (found["label"], found["left_out"]) == ("yes", {"b": "timeout"})
    lost = panel.settle([says("yes"), {"label": None, "why": "timeout"}, {"label": None}])
    assert (lost["label"], lost["value"]) == (None, None)
    assert lost["why"] == "only 1 of 3 members gave a verdict"


def test_a_majority_is_by_name_and_a_draw_is_no_verdict() -> None:
    panel = Panel(fakes("a", "b")).bound(Menu)
    assert panel.settle([says("yes"), says("yes")]) == {
        "label": "yes",
        "value": 1.0,
        "votes": {"yes": 2},
        "members": {"a": "yes", "b": "yes"},
    }
    assert panel.settle([says("yes"), says("no")])["why"] == "the panel is split between no and yes"

    class Pair(Menu):
        menu = ("1", "tie", "2")
        values: ClassVar = {"1": 1.0, "tie": 0.5, "2": 0.0}

    assert Panel(fakes("a", "b")).bound(Pair).settle([says("1"), says("2")])["label"] == "tie"


def test_what_a_panel_was_tuned_on_travels_with_it() -> None:
    inner = Panel(fakes("a", "b"), weights(a=1.0, b=1.0))
    outer = Cascade(
        {"cheap": inner, "human": make_judge("human", Path())}, Thresholds({"cheap": 0.9}, 0.2, 0.1, ("d2",))
    )
    assert inner.spec["tuned_on"] == ["d1"]
    assert outer.spec["tuned_on"] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"panel": ["a"], "weights": "majority"}, "at least two members"),
        ({"panel": ["a", "b"]}, "names the file of its weights"),
        ({"panel": ["a", "b"], "weights": "w.json"}, "the weights are for a, c"),
        ({"panel": ["a", "b"], "weights": "none.json"}, "fit-panel"),
        ({"panel": ["a", "b"], "weights": "majority", "votes": 3}, "no option 'votes'"),
        ({"panel": ["a", "c"], "weights": "torn.json"}, "is not JSON"),
        ({"panel": ["a", "c"], "weights": "t.json"}, "not what `evalkit judge fit-panel` writes"),
        ({"cascade": ["a", "b"]}, "names the file of its thresholds"),
        ({"cascade": ["a"], "thresholds": "t.json"}, "at least two stages"),
        ({"cascade": ["a", "b"], "thresholds": "t.json"}, "no threshold for the stage 'b'"),
        ({"cascade": ["human", "a"], "thresholds": "t.json"}, "come last"),
        ({"panel": "a", "weights": "majority"}, "lists the judges"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    members = {"a": {"weight": 1.0, "reads": "label"}, "c": {"weight": 1.0, "reads": "label"}}
    fitted = {"kind": "panel", "version": 1, "menu": ["no", "yes"], "members": members, "intercepts": {}}
    (tmp_path / "w.json").write_text(json.dumps(fitted))
    (tmp_path / "torn.json").write_text("{")
    stages = [{"name": "a", "threshold": 0.9}]
    thresholds = {"kind": "cascade", "version": 1, "alpha": 0.2, "delta": 0.1, "stages": stages}
    (tmp_path / "t.json").write_text(json.dumps(thresholds))
    with pytest.raises(InputError) as error:
        make_judge(given, tmp_path, None, {"a": "fake:always:yes", "b": "fake:always:no", "c": "fake:always:no"})
    assert said in str(error.value)


def test_weights_of_other_labels_do_not_fit_a_rubric(tmp_path: Path) -> None:
    odd = PanelWeights(("maybe", "yes"), {"a": 1.0, "b": 1.0}, {"a": "label", "b": "label"}, {}, ())
    with pytest.raises(InputError, match="'maybe', which the rubric does not have"):
        Panel(fakes("a", "b"), odd).bound(Menu)
    for text in ('{"kind": "panel", "version": 1, "menu": ["a"]}', "[]", '{"kind": "panel", "version": 2}'):
        (tmp_path / "w.json").write_text(text)
        with pytest.raises(InputError, match="fit-panel"):
            read_weights(tmp_path / "w.json")
    (tmp_path / "t.json").write_text('{"kind": "cascade", "version": 1, "stages": [{"name": "a", "threshold": "x"}]}')
    with pytest.raises(InputError, match="fit-cascade"):
        read_thresholds(tmp_path / "t.json")


def test_a_cascade_keeps_what_is_sure_enough_and_people_take_the_rest() -> None:
    cascade = Cascade(
        {"cheap": fakes("x")["x"], "dear": fakes("y")["y"], "human": make_judge("human", Path())},
        Thresholds({"cheap": 0.9, "dear": None}, 0.2, 0.1),
    )
    assert [cascade.keeps(0, says("yes", p)) for p in (0.9, 0.89)] == [True, False]
    assert not cascade.keeps(0, says("yes"))
    assert not cascade.keeps(0, says(None, 0.99))
    assert not cascade.keeps(1, says("yes", 1.0))
    assert len(cascade.stages) == 3
    (answer,) = asked(cascade, Request("q", 0, {"output": "x"}, 0))
    assert answer.output == {"label": None, "value": None, "why": NOT_YET, "stage": 2}


def test_a_last_judge_that_is_no_person_abstains_below_its_threshold() -> None:
    cascade = Cascade(fakes("a", "b"), Thresholds({"a": 0.9, "b": 0.8}, 0.2, 0.1))
    last: Any = cascade.stages[-1]
    assert last.settle([says("yes", 0.85)])["label"] == "yes"
    left = last.settle([says("yes", 0.75)])
    assert (left["label"], left["why"], left["leant"]) == (None, "abstained", says("yes", 0.75))
    assert last.asks == 1


def test_people_label_exactly_the_answer_that_they_saw(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "a", "output": "x", "human": {"ann": "yes", "bo": "yes"}},
        {"item": "a", "output": "y", "human": {"ann": "yes", "bo": "no"}},
        {"item": "b", "human": "no"},
        {"item": "c", "output": "z"},
    ]
    file = tmp_path / "l.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    judge: Any = make_judge("human:l.jsonl", tmp_path).bound(Menu)  # type: ignore[attr-defined]
    asks = [("a", "x"), ("a", "y"), ("a", "other"), ("b", "whatever"), ("c", "z"), ("d", "x")]
    found = [a.output for a in asked(judge, *(Request(i, 0, {"output": o, "expected": 1}, 0) for i, o in asks))]
    assert [one.get("value") for one in found] == [1.0, None, None, 0.0, None, None]
    assert [one.get("why") for one in found] == [None, SPLIT, OTHER_ANSWER, None, NOT_YET, NOT_YET]
    file.write_text(json.dumps({"item": "a", "human": "maybe"}))
    with pytest.raises(InputError, match=r"l\.jsonl:1.*'maybe' is not on the menu"):
        people(read_labels(file), "l").bound(Menu)


def test_baselines_count() -> None:
    values = {"yes": 1.0, "no": 0.0}
    rows: list[dict[str, Any]] = [{"output": "a" * n, "expected": "a b"} for n in (1, 2, 9)]
    assert baseline_labels("length", rows, values) == ["no", "no", "yes"]
    by_words = [{"output": t, "expected": ["a b", "c"], "input": "z"} for t in ("a b c", "z z z", "")]
    assert baseline_labels("overlap", by_words, values) == ["yes", "no", "no"]
    pairs = [
        {"output_1": "long answer", "output_2": b, "input": "x"} for b in ("short", "long answer", "longer answer")
    ]
    assert baseline_labels("length", pairs, {"1": 1.0, "tie": 0.5, "2": 0.0}) == ["1", "tie", "2"]
    assert baseline_labels("overlap", [{"output": "x"}], values) == [None]
    source = [{"output": "the cat sat", "input": {"document": "the cat sat there", "question": "?"}}]
    assert baseline_labels("overlap", source, values) == ["yes"]
    assert overlap("A b", "a B") == 1.0


def test_a_baseline_is_a_judge_with_options(tmp_path: Path) -> None:
    judge: Any = make_judge("baseline:length?cut=3", tmp_path)
    (found,) = asked(judge.bound(Menu), Request("q", 0, {"output": "abcd"}, 0))
    assert found.output == {"label": "yes", "value": 1.0}
    with pytest.raises(InputError, match="without a cut"):
        BaselineJudge("length").bound(Menu)
    for spec, said in (
        ("baseline:lenght", "no baseline"),
        ("baseline:overlap?cut=3", "cut is 3"),
        ("baseline:overlap?model=x", "no option 'model'"),
    ):
        with pytest.raises(InputError, match=said):
            make_judge(spec, tmp_path)


def test_an_embedding_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r"evalkit-harness\[embedding\]"):
        baseline_labels("embedding", [{"output": "x", "expected": "y"}], {"yes": 1.0, "no": 0.0})


def test_an_embedding_is_a_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Encoder:
        def __init__(self, name: str) -> None:
            if name != "here":
                raise OSError("no such model")

        def encode(self, texts: list[str], normalize_embeddings: bool) -> list[list[float]]:
            return [[1.0, 0.0] if "cat" in text else [0.0, 1.0] for text in texts]

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = Encoder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    rows = [{"output": "a cat", "expected": "cats"}, {"output": "a dog", "expected": "cats"}]
    assert baseline_labels("embedding", rows, {"yes": 1.0, "no": 0.0}, "here") == ["yes", "no"]
    with pytest.raises(InputError, match="cannot be loaded: no such model"):
        baseline_labels("embedding", rows, {"yes": 1.0, "no": 0.0})
