"""Order, circles, choices and drawings of stages."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from evalkit.core.errors import InputError
from evalkit.pipeline.stages.draw import as_dot, as_json, as_mermaid, as_text
from evalkit.pipeline.stages.graph import after, chosen, circle, misfits, order
from evalkit.pipeline.stages.nouns import OutputSpec, Pipeline, Source, Stage


def stage(name: str, *needs: str) -> Stage:
    inputs = {f"in{i}": Source(kind="output", ref=f"{need}.out") for i, need in enumerate(needs)}
    return Stage(name=name, uses="a.py:f", inputs=inputs, outputs={"out": OutputSpec(kind="value")})


def stages(**needs: str) -> dict[str, Stage]:
    return {name: stage(name, *given.split()) for name, given in needs.items()}


def pipeline(**needs: str) -> Pipeline:
    return Pipeline(name="p", stages=stages(**needs))


def test_each_stage_comes_after_what_it_needs_and_else_as_in_the_file() -> None:
    assert order(pipeline(d="b c", a="", b="a", c="a", z="")) == ["a", "b", "c", "d", "z"]
    rng = random.Random(5)
    for _ in range(50):
        names = [f"s{i}" for i in range(12)]
        needs = {n: " ".join(rng.sample(names[:i], min(i, rng.randrange(3)))) for i, n in enumerate(names)}
        mixed = dict(rng.sample(list(needs.items()), len(needs)))
        found = order(pipeline(**mixed))
        assert sorted(found) == sorted(names)
        assert all(found.index(need) < found.index(n) for n in names for need in needs[n].split())


def test_a_circle_is_named_and_nothing_else() -> None:
    found = circle(stages(x="", a="c x", b="a", c="b", y="a"))
    assert sorted(found) == ["a", "b", "c"]
    (fault,) = misfits(stages(x="", a="c x", b="a", c="b"))
    path = fault.what.split(": ")[1].split(" (")[0].split(" -> ")
    assert path[0] == path[-1]
    needs = {"a": "c", "b": "a", "c": "b"}
    assert all(needs[later] == earlier for earlier, later in pairwise(path))
    assert circle(stages(a="a")) == ["a"]
    assert circle(stages(a="", b="a", c="a b", d="b c")) == []


def test_a_long_row_of_stages_needs_no_deep_stack() -> None:
    long = stages(s0="", **{f"s{i}": f"s{i - 1}" for i in range(1, 1500)})
    assert circle(long) == []


def test_what_is_chosen() -> None:
    p = pipeline(a="", b="a", c="b", d="a")
    assert after(p, ["b"]) == {"c"}
    assert chosen(p) == ["a", "b", "c", "d"]
    assert chosen(p, only=["c"]) == ["c"]
    assert chosen(p, start=["b"]) == ["b", "c"]
    assert chosen(p, only=["d"], start=["c"]) == ["c", "d"]
    with pytest.raises(InputError, match=r"no stage 'bb'.*Nearest: 'b'"):
        chosen(p, only=["bb"])


def test_names_of_people_are_no_syntax_in_drawings() -> None:
    hostile = Source(kind="path", ref='x"]; click n0 "javascript:alert(1)\n<b>')
    p = Pipeline(
        name="p", stages={"a": stage("a").model_copy(update={"inputs": {"raw": hostile}}), "b": stage("b", "a")}
    )
    mermaid = as_mermaid(p).splitlines()
    assert len(mermaid) == 1 + 3 + 2
    assert all(line.count('"') in (0, 2) for line in mermaid)
    assert "<b>" not in as_mermaid(p)
    assert '\\"]; click' in as_dot(p)
    assert "<- raw" in as_text(p)
    assert as_json(p)["order"] == ["a", "b"]
    assert {"source": "a", "target": "b", "output": "out", "input": "in0"} in as_json(p)["edges"]  # type: ignore[operator]
