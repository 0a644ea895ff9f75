"""The page of a comparison: its sections, what it says of judged numbers, the same bytes twice."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evalkit.app.compared.dossier import dossier_of
from evalkit.app.comparing import Compared
from evalkit.report.compared import first, rows
from evalkit.report.compared.page import SECTIONS, make, render
from evalkit.report.compared.told import Told
from evalkit.report.sections import SECTIONS as RUN
from evalkit.report.sections.compared import casewise, contrasts, differences, leaderboard
from tests.report.builders import dossier as one_run
from tests.report.compared.conftest import SYSTEMS


def told(found: Compared) -> Told:
    return Told(dossier_of(found), found.comparison)


@pytest.fixture(scope="module")
def page(seven: Compared) -> str:
    return render(dossier_of(seven))


def test_a_comparison_has_its_sections_in_order_and_nothing_of_strangers_is_markup(page: str) -> None:
    there = re.findall(r'<section id="([a-z]+)"', page)
    order = [section.ident for section in SECTIONS]
    assert there == [ident for ident in order if ident in there]
    wanted = {"leaderboard", "differences", "tradeoffs", "contrasts", "spread", "casewise", "agreement", "provenance"}
    assert wanted <= set(there)
    assert "<script>window.pwned" not in page
    assert "onerror=window" not in re.sub(r"&lt;[^<]*", "", page)
    assert " style=" not in page
    idents = re.findall(r' id="([^"]+)"', page)
    assert len(idents) == len(set(idents))


def test_two_comparisons_of_the_same_runs_are_the_same_bytes(seven: Compared, page: str) -> None:
    later = seven.record.model_copy(update={"created": "2031-01-01T00:00:00+00:00", "seconds": 99.0})
    again = seven._replace(record=later, comparison=seven.comparison.model_copy(update={"created": later.created}))
    assert make(dossier_of(again)).html == page


def test_the_first_screen_says_what_is_decided_and_what_it_costs(seven: Compared) -> None:
    top = first.build(dossier_of(seven), told(seven))
    assert top["verdict"].headline == seven.comparison.sentence.rstrip(".")
    table = top["board"].table
    assert [row[0] for row in table.rows] == [s.name for s in seven.comparison.metric().systems]
    assert table.header[2:] == ["accuracy (share), higher is better", "cost, USD", "time, s"]
    unknown = next(row for row in table.rows if row[0] == SYSTEMS[3])
    assert "unknown" in unknown[3]
    assert top["more"] == []


def test_of_two_systems_the_difference_and_the_flips_stand_first(two: Compared) -> None:
    top = first.build(dossier_of(two), told(two))
    assert [figure.ident for figure in top["more"]] == ["pairs-forest", "first-flips"]
    built = differences.build(dossier_of(two), told(two))
    assert built is not None
    assert built["matrix"] is None
    assert [row["id"] for row in built["rows"]] == ["accuracy"]
    board = leaderboard.build(dossier_of(two), told(two))
    assert board is not None
    assert (board["charts"], board["letters"]) == ([], False)


def test_of_many_the_best_is_held_against_the_others_and_each_against_the_next(seven: Compared) -> None:
    built = differences.build(dossier_of(seven), told(seven))
    assert built is not None
    best, following = built["forests"]
    order = [s.name for s in seven.comparison.metric().systems]
    assert [row[0] for row in best.table.rows] == [f"− {name}" for name in order[1:]]
    assert len(following.table.rows) == len(order) - 1
    assert "Signature" in best.table.header
    assert all(row[best.table.header.index("Signature")] for row in best.table.rows)
    flips = casewise.flips(dossier_of(seven), told(seven))
    assert flips is not None
    assert len(flips["pairs"]) == 21
    assert [row["a"] for row in flips["rows"]] == [order[0]] * 6


def test_the_grid_has_a_row_a_slice_and_a_column_a_system(seven: Compared) -> None:
    built = contrasts.build(dossier_of(seven), told(seven))
    assert built is not None
    spec = built["metrics"][0]["grid"].spec
    assert len(spec.columns) == 7
    assert len(spec.rows) == 3
    assert all(len(row.cells) == 7 for row in spec.rows)


def test_a_judged_number_says_that_it_is_not_corrected_and_why(seven: Compared) -> None:
    under = seven.comparison.metric()
    systems = [s.model_copy(update={"uncorrected": "No certificate."}) for s in under.systems]
    judged = under.model_copy(update={"judge": "a" * 64, "systems": systems})
    assert rows.judged(under) == ""
    assert rows.judged(judged).endswith("its numbers are not corrected for the judge's errors. No certificate.")
    changed = replace(dossier_of(seven), comparison=seven.comparison.model_copy(update={"metrics": [judged]}))
    assert changed.comparison is not None
    built = leaderboard.build(changed, Told(changed, changed.comparison))
    assert built is not None
    assert {row["uncorrected"] for row in built["metrics"][0]["rows"]} == {"No certificate."}
    assert first.build(changed, Told(changed, changed.comparison))["judged"] == rows.judged(judged)


def test_stars_are_evidence_of_what_is_shown() -> None:
    from evalkit.core.comparison import Difference

    def stars(p: float, shown: str | None) -> str:
        base = {"a": "a", "b": "b", "n": 9, "point": 0.1, "lo": 0.05, "hi": 0.2, "simultaneous": True}
        return rows.stars(Difference.model_validate({**base, "p": p, "shown": shown}))

    assert [stars(p, "better") for p in (0.0004, 0.004, 0.04, 0.2)] == ["***", "**", "*", ""]
    assert stars(0.0004, None) == ""


def test_the_page_of_a_run_is_not_that_of_a_comparison() -> None:
    with pytest.raises(ValueError, match="needs one"):
        render(one_run())
    shared = {section.ident for section in RUN} & {section.ident for section in SECTIONS}
    assert not shared & {"leaderboard", "differences", "contrasts", "casewise", "provenance"}
