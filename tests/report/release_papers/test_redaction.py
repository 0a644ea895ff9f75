"""A redacted value stands nowhere in what a report reads, nor in any byte that is written."""

from __future__ import annotations

import dataclasses
import json

import pyarrow as pa
import pytest

from evalkit.app.redacting.columns import column_scrubbed
from evalkit.app.redacting.texts import Texts
from evalkit.app.redaction import redacted
from evalkit.core.dossier import Dossier, Release
from evalkit.core.errors import InputError
from evalkit.core.tables import Column
from evalkit.report import html
from evalkit.report import markdown as run_markdown
from evalkit.report import release as release_page
from evalkit.report.release import markdown, model_card
from tests.report.release_papers.canaries import PLACES, canary, found, planted, texts, unpacked

ALL = ["id", "input", "expected", "output", "trace", "group", "tags", "failure", "detail", "rationale"]
CONTENT = {"Trace", "Message", "Detail"}
"""What goes with any content: it may repeat it in other words."""

CASES: dict[str, tuple[list[str], set[str]]] = {
    "ids": (["id"], {"Id"}),
    "input": (["input"], {"Question", "Email", *CONTENT}),
    "a place in the input": (["input.user.email"], {"Email", *CONTENT}),
    "an object in the input": (["input.user"], {"Email", *CONTENT}),
    "a key wherever it stands": (["email"], {"Email", *CONTENT}),
    "gold": (["expected"], {"Gold", "Class", *CONTENT}),
    "gold by its other name": (["gold"], {"Gold", "Class", *CONTENT}),
    "a place in the gold that names classes": (["expected.class"], {"Class", *CONTENT}),
    "output": (["output"], {"Answer", *CONTENT}),
    "trace": (["trace"], {"Trace"}),
    "a place in a list": (["trace.content"], {"Trace"}),
    "group": (["group"], {"Group"}),
    "tags": (["tags"], {"Tag"}),
    "a tag": (["tags.topic"], {"Tag"}),
    "a tag by its name alone": (["topic"], {"Tag"}),
    "failures": (["failure"], {"Message"}),
    "details": (["detail"], {"Detail"}),
    "two": (["id", "tags.topic"], {"Id", "Tag"}),
    "all": (ALL, set(PLACES)),
}


@pytest.fixture(scope="module")
def whole() -> Dossier:
    return planted()


def test_every_place_is_planted(whole: Dossier) -> None:
    assert found("\n".join(texts(whole))) == set(PLACES)
    assert found(unpacked(html.render(whole))) >= set(PLACES) - {"Detail"}


@pytest.mark.parametrize("name", CASES)
def test_a_redacted_value_stands_nowhere_and_the_rest_stays(whole: Dossier, name: str) -> None:
    fields, gone = CASES[name]
    held = redacted(whole, fields)
    assert set(PLACES) - found("\n".join(texts(held))) == gone
    assert held.redacted[: len(fields)] == tuple(fields)


def test_no_form_of_a_report_has_a_redacted_value(whole: Dossier) -> None:
    fields, gone = CASES["all"]
    held = redacted(whole, fields)
    forms = [unpacked(page.render(held)) for page in (html, release_page)]
    forms += [form.render(held) for form in (markdown, model_card)]
    assert all("Redacted in this document" in form for form in forms)
    assert not gone & found("\n".join([*forms, run_markdown.render(held)]))


def test_what_stays_is_as_it_was(whole: Dossier) -> None:
    held = redacted(whole, ALL)
    assert held.record.digests == whole.record.digests
    assert held.record.created == whole.record.created
    assert [e.point for e in held.record.estimates] == [e.point for e in whole.record.estimates]
    assert [v.name for v in held.record.variants] == [v.name for v in whole.record.variants]
    assert held.predictions.schema == whole.predictions.schema
    assert held.scores.schema == whole.scores.schema
    assert held.release is not None
    assert held.release.record_digest == whole.record.digest
    assert set(held.cases.input.values()) == {"[redacted]"}
    assert redacted(whole, []) is whole


def test_a_place_is_cut_and_the_rest_of_the_value_stays(whole: Dossier) -> None:
    first = redacted(whole, ["input.user.email"]).cases.input.values()[0]
    assert first == {
        "question": canary("Question", 0),
        "user": {"email": "[redacted]", "n": 0},
        "seen": [canary("Id", 0)],
    }


def test_ids_are_digests_that_stay_one_with_their_rows(whole: Dossier) -> None:
    held, again = redacted(whole, ["id"]), redacted(whole, ["id", "trace"])
    ids = held.cases.ids.to_pylist()
    assert len(set(ids)) == len(ids) == len(whole.cases)
    assert ids == again.cases.ids.to_pylist()
    assert set(held.scores["case_id"].to_pylist()) == set(held.predictions["case_id"].to_pylist()) == set(ids)
    assert held.unscored[0].examples == ids[:1]


def test_a_rationale_goes_out_of_the_scores_too(whole: Dossier) -> None:
    """A judged metric keeps it in the detail of its scores, where the page reads it."""
    said = json.dumps({"criteria": [{"rationale": "a quiet word"}], "label": "good", "rationale": canary("Reason", 0)})
    place = whole.scores.schema.get_field_index("detail")
    detail = pa.array([said] * len(whole.scores), whole.scores.schema.field(place).type)
    judged = dataclasses.replace(whole, scores=whole.scores.set_column(place, whole.scores.schema.field(place), detail))
    held = redacted(judged, ["rationale"])
    assert "CanaryReason" in "\n".join(texts(judged))
    assert "CanaryReason" not in (found := "\n".join(texts(held)))
    assert "quiet" not in found
    assert {json.loads(one)["label"] for one in held.scores["detail"].to_pylist()} == {"good"}
    assert "CanaryReason" in "\n".join(texts(redacted(judged, ["trace"])))


def test_classes_and_slices_stay_apart(whole: Dossier) -> None:
    held = redacted(whole, ["expected", "tags"])
    assert held.confusions[0].classes in (("[redacted 1]", "[redacted 2]"), ("[redacted 2]", "[redacted 1]"))
    assert {m.id for m in held.record.metrics} >= {"f1.recall:[redacted 1]", "f1.recall:[redacted 2]"}
    assert {m.id for m in held.record.metrics} == {*held.scores["metric"].unique().to_pylist()}
    slices = [e.slice["topic"] for e in held.record.estimates if e.slice and "topic" in e.slice]
    assert len(set(slices)) == 3
    assert "origin" in {name for e in held.record.estimates for name in e.slice or {}}


@pytest.mark.parametrize(
    "field", ["inputs", "input.nothing", "tags.nothing", "emial", "", " ", "input.", ".", "topics"]
)
def test_a_field_that_means_nothing_is_refused_with_those_that_do(whole: Dossier, field: str) -> None:
    with pytest.raises(InputError, match="there is no field") as caught:
        redacted(whole, ["id", field])
    assert "Fields are id, input, expected" in str(caught.value)
    assert "input.user.email" in str(caught.value) or "tags.topic" in str(caught.value)


def test_every_field_of_a_dossier_is_decided_on() -> None:
    """Whoever adds a field to the dossier says in `app/redaction.py` what becomes of it, and adds it here."""
    columns = "cases predictions scores verdicts values flips unscored rules confusions reliabilities"
    assert {f.name for f in dataclasses.fields(Dossier)} == {
        *("record", "comparison", "release", "redacted", "cases_file"),
        *columns.split(),
    }
    known = "record_digest previous changes since apart evidence certificates command found tokens"
    assert {f.name for f in dataclasses.fields(Release)} == set(known.split())


def test_texts_are_found_in_any_case_clipped_and_inside_words_when_they_are_long() -> None:
    texts_ = Texts(
        {"Blue Whale": "[redacted]", "Confidential-Number-77": "[redacted]", "late": "[redacted]"}, ["accuracy"]
    )
    assert texts_("a BLUE WHALE, late") == "a [redacted], [redacted]"
    assert texts_("latency is no secret") == "latency is no secret"
    assert texts_("xConfidential-Number-77x") == "x[redacted]x"
    assert texts_("he said 'confidential-num…'") == "he said '[redacted]…'"
    assert texts_("") == ""


@pytest.mark.parametrize(
    "name", ["İlker Yılmaz", "İİİ 4711", 'Zoë "Kay" O\'Neil', "first line\nsecond line", "a\\b\\cdef"]
)
def test_texts_are_found_beside_a_dotted_capital_and_in_json_inside_a_text(name: str) -> None:
    gone = Texts({name: "[r]"})
    assert gone(f"İ, for {name}.") == "İ, for [r]."
    for ascii_only in (True, False):
        said = json.dumps({"said": f"İ to {name}!"}, ensure_ascii=ascii_only)
        assert json.loads(gone(said)) == {"said": "İ to [r]!"}
        column = Column.of([{"text": said}, {"text": "nothing"}])
        assert name.split()[0] not in json.loads(column_scrubbed(column, gone).values()[0]["text"])["said"]


@pytest.mark.parametrize("field", ["input.user.email", "user.email", "input.at.user.email", "at.user.email"])
def test_a_key_that_holds_dots_is_a_place_too(whole: Dossier, field: str) -> None:
    """A column `input.user.email` of a CSV makes one."""
    flat = {"user.email": "CanaryFlat@x"} if "at" not in field.split(".") else {"at": {"user.email": "CanaryFlat@x"}}
    cases = dataclasses.replace(whole.cases, input=Column.of([flat] * len(whole.cases)))
    held = redacted(dataclasses.replace(whole, cases=cases), [field])
    assert "CanaryFlat" not in "\n".join(texts(held.cases))
