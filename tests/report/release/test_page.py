"""The release report: its parts and their order, what it says loudly, and text of strangers."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from evalkit.core.dossier import Change, Moved
from evalkit.core.evidence import AB, Approval, Moment, Series
from evalkit.report.release import SECTIONS, effects, figures, markdown, render
from evalkit.report.release.approvals import state
from evalkit.report.release.thinned import thinned
from tests.report.builders import HOSTILE
from tests.report.release.builders import release
from tests.report.release.evidence import digest

HEADINGS = [
    "Verdict and conditions",
    "What changed since the last release",
    "The numbers since",
    "Gates",
    "Slices by evidence",
    "Data validation",
    "Lineage",
    "Registry",
    "Shadow run",
    "A/B test",
    "Rollout",
    "In use",
    "Cost",
    "Known limits",
    "Approvals and signatures",
    "To make and verify it again",
]


class Page(HTMLParser):
    """Headings, tables' headers, all text, and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[str] = []
        self.columns: list[list[str]] = []
        self.words: list[str] = []
        self.attributes: set[str] = set()
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._open.append(tag)
        if tag == "h2":
            self.headings.append("")
        if tag == "thead":
            self.columns.append([])

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.words.append(data)
        if "h2" in self._open:
            self.headings[-1] += data
        if "thead" in self._open and "th" in self._open and data.strip():
            self.columns[-1].append(data)


@pytest.fixture(scope="module")
def full() -> Page:
    return Page(render(release()))


@pytest.fixture(scope="module")
def bare() -> str:
    return render(release(False))


def test_sections_are_numbered_in_their_order(full: Page) -> None:
    numbered = [h for h in full.headings if re.match(r"\d+\u2002", h)]
    assert numbered == [f"{i}\u2002{title}" for i, title in enumerate(HEADINGS, 1)]
    for title in numbered:  # each stands in the contents, in the bar and over its section
        assert full.text.count(title.replace("\u2002", " ")) >= 3


def test_every_section_has_a_name_of_its_own() -> None:
    idents = [section.ident for section in SECTIONS]
    assert len(set(idents)) == len(idents)


def test_first_screen_says_what_is_signed(full: Page) -> None:
    first = full.text[: full.text.index("Contents")]
    assert "Fail : 1 of 4 gates failed" in first
    assert "Gate accuracy was loosened from at least 0.8 to at least 0.75." in first
    assert "with uncommitted changes" in first
    assert "0.1410 [0.1350, 0.1470] 95\u00a0%".replace("\u00a0", " ") in first
    assert "Approved by Ana Reyes (release manager) on 2024-05-06 and Jonas Lind (model risk) on 2024-05-06." in first
    assert "1 signature is for another version of this record." in first
    assert "There is no evidence of" not in first


def test_without_evidence_one_line_says_which_there_is_none_of(bare: str) -> None:
    page = Page(bare)
    said = "There is no evidence of: data validation, registry, shadow run, A/B test, rollout, monitor and lineage"
    assert page.text.count("There is no evidence of") == 1
    assert said in page.text
    assert not {"Data validation", "Registry", "Shadow run", "A/B test", "Rollout", "In use"} & {
        h.partition("\u2002")[2] for h in page.headings
    }
    assert "Nobody has approved this record yet." in page.text
    assert "this is what the record itself knows" in page.text


def test_numbers_that_cannot_be_compared_say_so(full: Page) -> None:
    assert "Not comparable. The numbers of both cannot be compared" in full.text
    assert "Each number below is of its own run, on its own cases and under its own scoring." in full.text
    assert full.text.count("not comparable") >= 3


def test_tables_have_their_columns(full: Page) -> None:
    for header in (
        ["Part", "State", "Then", "Now", "What that means"],
        ["Metric", "Then", "Now", "Now − then", "Cases of both", "Found"],
        ["Outcome", "Column", "Rule", "Rows that break it", "Of", "First"],
        ["When", "State", "Traffic", "Requests", "Why"],
        ["Column", "Size", "Evidence: p (Holm)", "Found"],
        ["Said", "Who", "Role", "When", "Note", "Record"],
    ):
        assert header in full.columns


def test_same_dossier_gives_the_same_bytes(bare: str) -> None:
    assert render(release(False)) == bare


def test_evidence_of_strangers_stays_text_and_is_clipped(full: Page) -> None:
    made = render(release(hostile=" ".join(HOSTILE) + "x" * 20_000))
    assert len(made) < 700_000
    page = Page(made)
    assert page.tags == full.tags
    assert page.attributes == full.attributes
    assert "script" not in page.tags
    assert not {a for a in page.attributes if a.startswith("on") or a == "style"}
    assert "\u202e" not in made
    assert "\x00" not in made


def test_a_long_series_is_drawn_with_what_a_reader_would_see_and_says_so() -> None:
    moments = [Moment(at=f"t{i}", n=1, point=None if i == 3_500 else 0.5) for i in range(5_000)]
    for i, point in ((2_123, 0.9), (2_124, 0.1)):
        moments[i] = moments[i].model_copy(update={"point": point})
    told = Series(metric="accuracy", moments=moments, alarms=["t3777", *(f"t{i}" for i in range(60))])
    held, said = thinned(told)
    kept = {m.at for m in held.moments}
    assert {"t0", "t4999", "t2123", "t2124", "t3500", "t3777"} <= kept
    assert len(held.moments) <= 400
    assert said.startswith(f"{len(kept)} of 5,000 moments are drawn")
    assert "The first 50 of 61 alarms" in said
    [figure] = effects.in_time([told], "x")
    assert figure.note == f"Band: 95\u00a0% interval. {said}"
    assert "61 alarms" in figure.spec.title
    short = told.model_copy(update={"moments": moments[:400], "alarms": []})
    assert thinned(short) == (short, "")


def test_a_signature_holds_for_its_record_only() -> None:
    made = release(False)
    assert made.release is not None
    mine, other = made.release.record_digest, digest("another")
    signed = [_signed("Ana", other), _signed("Jo", mine), _signed("Jo", mine, approved=False)]
    made.release.evidence.extend(signed)
    assert state(made).outcome == "fail"
    assert state(made).said == "Rejected by Jo on 2024-05-06. 1 signature is for another version of this record."
    page = Page(render(made))
    assert "withdrawn by a later word of the same person" in page.text
    assert "for another version of this record" in page.text


def test_the_last_word_of_a_person_counts_in_whatever_role() -> None:
    made = release(False)
    assert made.release is not None
    mine = made.release.record_digest
    owner = _signed("Jo", mine).model_copy(update={"role": "owner"})
    made.release.evidence.extend([owner, _signed("jo", mine, approved=False)])
    assert state(made).said == "Rejected by jo on 2024-05-06."
    papers = markdown.render(made)
    assert "**Rejected by jo on 2024-05-06.**" in papers
    assert papers.count("**withdrawn** by a later word of the same person") == 1


def test_markdown_names_the_values_of_what_changed() -> None:
    made = release(False)
    assert made.release is not None
    made.release.changes.append(Change("scoring", "a", "b", False, "", [Moved("seed", "3", "4")]))
    assert "- scoring: seed was changed (before `3`, now `4`)" in markdown.render(made)


def _signed(who: str, record: str, *, approved: bool = True) -> Approval:
    return Approval(created="2024-05-06T10:00:00Z", who=who, approved=approved, record=record)


def test_a_broken_split_is_said_before_its_numbers() -> None:
    made = release(False)
    assert made.release is not None
    made.release.evidence.append(
        AB(created="2024-05-06T10:00:00Z", control="a", units={"a": 900, "b": 1100}, srm_ok=False)
    )
    text = Page(render(made)).text
    assert "nothing can be said of their difference" in text


def test_figures_are_those_of_the_page() -> None:
    made = release()
    idents = [figure.ident for figure in figures(made)]
    page = render(made)
    assert len(idents) == len(set(idents)) > 15
    assert all(f'"{ident}-n' in page for ident in idents)


def test_a_plain_run_is_reported_without_history() -> None:
    made = release(False)
    bare = Page(render(type(made)(made.record, made.cases, made.predictions, made.scores)))
    assert "No last release was looked for." in bare.text
