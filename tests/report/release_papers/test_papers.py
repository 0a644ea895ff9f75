"""The release as Markdown and as a model card: complete, inert, and readable by the hub."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from evalkit.core.dossier import Dossier, Release
from evalkit.core.evidence import (
    AB,
    Approval,
    Check,
    Column,
    Edge,
    Evidence,
    Limits,
    Lineage,
    Measured,
    Moment,
    Monitor,
    Move,
    Node,
    Registry,
    Rollout,
    Series,
    Shadow,
    Stage,
    Validation,
)
from evalkit.report.release import markdown, model_card
from tests.report.builders import HOSTILE, digest, dossier

AT = "2024-05-04T10:00:00Z"
FORMS: dict[str, Callable[[Dossier], str]] = {"markdown": markdown.render, "model card": model_card.render}
HEADINGS = (
    *("Model Details", "Uses", "Bias, Risks, and Limitations", "How to Get Started with the Model", "Training Details"),
    *("Evaluation", "Environmental Impact", "Technical Specifications", "More Information", "Model Card Contact"),
)


def everything(text: str = "flights") -> list[Evidence]:
    """Evidence of every kind, with a text in every place that has one."""
    at = AT if text == "flights" else text  # a time is a text too, and only `created` is checked
    measured = [Measured(metric=text, variant=text, n=10, point=0.1, lo=-0.1, hi=0.3, p=0.04, said=text)]
    series = Series(metric=text, moments=[Moment(at=at, n=3, point=0.5, lo=0.4, hi=0.6)], alarms=[at])
    checks = [Check(column=text, rule=text, outcome="fail", n=9, failing=2, examples=[{"row": 1, "value": text}])]
    nodes = [Node(id="a", kind="raw", name=text, note=text), Node(id="b", kind="model", name=text, digest=digest("b"))]
    move = Move(at=at, what=text, who=text, alias=text, before=text, after=text, note=text)
    stage = Stage(at=at, state=text, weight=0.1, n=100, said=text)
    return [
        Validation(created=AT, dataset=text, rows=9, quarantined=1, checks=checks, outcome="fail"),
        Lineage(created=AT, nodes=nodes, edges=[Edge(of="a", made="b", by=text)]),
        Registry(created=AT, model=text, version=text, aliases=[text], moves=[move], artifact=digest("m")),
        Shadow(created=AT, champion=text, challenger=text, n=10, measured=measured, since=at, until=at),
        AB(
            created=AT,
            since=at,
            control=text,
            units={text: 5},
            split={text: 0.5},
            srm_p=0.001,
            srm_ok=False,
            measured=measured,
        ),
        Rollout(created=AT, strategy="canary", stages=[stage], measured=measured),
        Monitor(
            created=AT,
            since=at,
            n=5,
            series=[series],
            drift=[Column(name=text, outcome="drift", effect=0.4)],
            said=[text],
        ),
        Approval(created=AT, who=text, role=text, approved=False, note=text, record=digest("other")),
        Limits(created=AT, sentences=[text]),
    ]


@cache
def small() -> Dossier:
    """Few cases, and few slices."""
    plain = dossier(12)
    kept = [e for i, e in enumerate(plain.record.estimates) if not e.slice or not i % 9]
    return dataclasses.replace(plain, record=plain.record.model_copy(update={"estimates": kept}))


def released(text: str = "flights") -> Dossier:
    """A dossier of a release with evidence of every kind."""
    plain = small()
    command = ("evalkit", "report", "release", "run:x")
    release = Release(
        record_digest=plain.record.digest, evidence=everything(text), command=command, found="None stands."
    )
    return dataclasses.replace(plain, release=release)


def front(text: str) -> dict[str, Any]:
    """The metadata as a YAML reader gives them."""
    head = re.match(r"^---\n(.*?)\n---\n", text, re.DOTALL)
    assert head is not None
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(head[1])
    return found


def test_the_markdown_tells_what_the_page_tells() -> None:
    text = markdown.render(released())
    for heading in (
        *("Conditions", "What changed since the last release", "Gates", "Estimates", "Unscored cases", "Lineage"),
        *("Data validation: flights", "Registry", "Shadow", "A/B test", "Rollout", "In use", "Known limits"),
        *("Approvals", "Cost and time", "Reproduction", "Slices, the strongest evidence first"),
    ):
        assert f"\n## {heading}\n" in text
    assert "**another record**" in text
    assert "evalkit report release run:x" in text
    assert "nothing can be said of the difference" in text
    assert text == markdown.render(released())


def test_what_is_not_there_is_said_or_left_out() -> None:
    text = markdown.render(small())
    assert "Nobody has approved this record yet." in text
    assert "Its makers have stated none." in text
    assert "## Shadow" not in text


def test_the_card_has_the_headings_of_the_template_and_numbers_for_the_hub() -> None:
    text, made = model_card.render(released()), released()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(HEADINGS)
    assert text == model_card.render(made)
    [model] = front(text)["model-index"]
    [result] = model["results"]
    assert model["name"] == "flights flights"
    assert result["task"]["type"] == "other"
    assert result["dataset"]["revision"] == made.record.digests.cases
    numbers = {metric["name"]: metric for metric in result["metrics"]}
    own = next(e for e in made.record.estimates if e.metric == "within_10" and e.variant == "candidate" and not e.slice)
    assert numbers["within_10"]["value"] == own.point
    assert (numbers["within_10"]["args"]["ci_low"], numbers["within_10"]["args"]["ci_high"]) == (own.lo, own.hi)
    assert all(metric["verified"] is False for metric in numbers.values())
    assert "license" not in front(text)


def test_a_card_without_a_number_has_no_index() -> None:
    plain = small()
    bare = dataclasses.replace(plain, record=plain.record.model_copy(update={"estimates": [], "decisions": []}))
    assert "model-index" not in front(model_card.render(bare))


def test_a_small_number_stays_a_number() -> None:
    plain = small()
    tiny = [e.model_copy(update={"point": 1e-07, "lo": 1e-300, "hi": 2e22}) for e in plain.record.estimates]
    text = model_card.render(
        dataclasses.replace(plain, record=plain.record.model_copy(update={"estimates": tiny, "decisions": []}))
    )
    found = front(text)["model-index"][0]["results"][0]["metrics"][0]
    assert [found["value"], found["args"]["ci_low"], found["args"]["ci_high"]] == [1e-07, 1e-300, 2e22]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text", [*HOSTILE, "---", "a\n---\nlicense: mit\n", "]]> *b* ~~s~~ ![i](x)", "'\"\\ : #", "💥" * 3]
)
def test_hostile_text_stays_text(form: str, text: str) -> None:
    plain = released(text)
    suite = plain.record.suite.model_copy(update={"name": text, "version": text, "source": {"description": text}})
    metrics = [m.model_copy(update={"id": text} if m.id == "f1" else {}) for m in plain.record.metrics]
    numbers = [e.model_copy(update={"metric": text} if e.metric == "f1" else {}) for e in plain.record.estimates]
    more = {"suite": suite, "warnings": [text], "command": [text], "metrics": metrics, "estimates": numbers}
    made = FORMS[form](dataclasses.replace(plain, record=plain.record.model_copy(update=more)))
    body = re.sub(r"^(`{3,})sh\n.*?\n\1$", "", made, flags=re.DOTALL | re.MULTILINE)
    plain_text = re.sub(r"(`+) ?.*? ?\1", "", body)
    assert not re.search(r"<[a-z!/]", plain_text)
    assert not re.search(r"(?<!\\)\]\(|(?<!\\)!\[", plain_text)
    assert "https://" not in plain_text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\u2066\u2028]", made)
    assert [line for line in plain_text.split("\n") if re.match(r"#+ ", line) and "heading" in line[:12]] == []
    if form == "model card":
        assert set(front(made)) == {"tags", "model-index"}
        assert re.findall(r"^## (.*)$", body, re.MULTILINE) == list(HEADINGS)
        assert body.count("\n---\n") == 1
