"""Comparisons of any number of stored systems: what is shown, what is refused, and what is said of it."""

from __future__ import annotations

import json
import random
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app import api
from evalkit.app.comparing import Compared, compare_all
from evalkit.core.comparison import Comparison, Difference, MetricComparison
from evalkit.core.errors import InputError
from tests.e2e.conftest import called, write_jsonl

N = 200
SUITE: dict[str, Any] = {"suite": "s", "version": 1, "cases": "cases.jsonl", "layers": {"task": ["accuracy"]}}


def cases(n: int = N, start: int = 0, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"c{i}", "input": i, "expected": 1, "tags": {"side": "left" if i % 2 else "right"}, **more}
        for i in range(start, start + n)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    write_jsonl(tmp_path / "cases.jsonl", cases())
    return tmp_path


def answers(name: str, share: float, **more: Any) -> list[dict[str, Any]]:
    """Answers of a system that is right on about that share."""
    rng = random.Random(name)
    return [{"case_id": f"c{i}", "output": int(rng.random() < share), **more} for i in range(N)]


def stored(name: str, rows: list[dict[str, Any]], suite: dict[str, Any] = SUITE) -> str:
    write_jsonl(Path(f"{name}.jsonl"), rows)
    return evalkit.run(suite, candidate=f"recorded:{name}.jsonl", name=name).run_id


def together(rows: dict[str, list[dict[str, Any]]], suite: dict[str, Any] = SUITE) -> list[str]:
    """One run of several systems, which takes the time of one; a reference to each."""
    for name, answered in rows.items():
        write_jsonl(Path(f"{name}.jsonl"), answered)
    run = evalkit.run(suite, candidate={name: f"recorded:{name}.jsonl" for name in rows})
    return [f"{run.run_id}/{name}" for name in rows]


def compared(*refs: str) -> Compared:
    return compare_all(api.open_store(), refs, None)


def pair(under: MetricComparison, a: str, b: str) -> Difference:
    return next(d for d in under.differences if (d.a, d.b) == (a, b))


def test_three_runs_have_values_ranks_and_every_difference(folder: Path) -> None:
    shares = {"low": 0.3, "middle": 0.55, "high": 0.6}
    found = compared(*together({name: answers(name, share) for name, share in shares.items()})).comparison
    under = found.metric()
    assert [s.name for s in found.systems] == list(shares)
    assert [(d.a, d.b) for d in under.differences] == list(combinations(shares, 2))
    points = {s.name: s.point or 0.0 for s in under.systems}
    assert list(points.values()) == sorted(points.values(), reverse=True)
    for d in under.differences:
        assert d.point == pytest.approx(points[d.a] - points[d.b], abs=1e-12)
        assert d.lo is not None
        assert d.hi is not None
        assert d.lo < (d.point or 0.0) < d.hi
        assert (d.shown is None) == (d.lo <= 0 <= d.hi)
    letters = {s.name: set(s.letters) for s in under.systems}
    for d in under.differences:
        assert bool(letters[d.a] & letters[d.b]) == (d.shown is None)
    assert sum(s.p_best or 0.0 for s in under.systems) == pytest.approx(1.0, abs=1e-5)
    low = next(s for s in under.systems if s.name == "low")
    assert (low.rank_lo, low.rank_hi, low.p_best) == (3, 3, 0.0)
    assert not under.decisive
    assert "The ranking is not decisive" in found.sentence
    assert "nothing separates them" in found.sentence


def test_two_runs_agree_with_their_record_and_its_gate(folder: Path) -> None:
    suite = {**SUITE, "gates": [{"metric": "accuracy", "versus": "baseline", "margin": 0.05}]}
    write_jsonl(folder / "old.jsonl", answers("old", 0.6))
    write_jsonl(folder / "new.jsonl", answers("new", 0.7))
    run = evalkit.run(suite, candidate="recorded:new.jsonl", baseline="recorded:old.jsonl")
    found = compared(run.run_id, f"{run.run_id}/baseline")
    gate = found.record.decisions[0].estimate
    assert gate == run.decisions[0].estimate
    d = found.comparison.metric().differences[0]
    assert (d.a, d.b, d.simultaneous, d.level) == ("candidate", "baseline", False, 0.95)
    assert (d.point, d.lo, d.hi, d.method) == (gate.point, gate.lo, gate.hi, gate.method)
    assert evalkit.compare(run.run_id, f"{run.run_id}/baseline").estimates == found.record.estimates
    alone = evalkit.compare_many(run.run_id)
    assert alone.metric().differences == found.comparison.metric().differences
    turned = compared(f"{run.run_id}/baseline", run.run_id).comparison.metric().differences[0]
    assert (turned.point, turned.lo, turned.hi) == pytest.approx((-(d.point or 0), -(d.hi or 0), -(d.lo or 0)))


def test_the_page_of_two_runs_says_which_is_which_and_what_is_shown(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    long = "x" * 90
    a, b = stored(long, answers("a", 0.9)), stored("old", answers("b", 0.4))
    ran = called(capfd, "compare", f"run:{a}", f"run:{b}", "-o", "two.html", "--markdown", "two.md")
    assert f"Candidate is {long} ({a}) and baseline is old ({b})." in ran.out.replace("\n", "").replace("  ", " ")
    told = Path("two.md").read_text(encoding="utf-8")
    assert told.startswith("## ≷ Comparison: candidate is shown better than baseline: accuracy differs by +0.")
    assert f"baseline is old ({b})." in told.replace("\\", "")
    page = Path("two.html").read_text(encoding="utf-8")
    head = page[page.index('id="verdict"') : page.index("<nav")]
    assert "candidate is shown better than baseline: accuracy differs by +0." in head
    assert f"baseline is old ({b})." in head
    assert "accuracy: difference with its 95\u00a0% interval" in head
    assert "candidate − baseline" in head
    suite = {**SUITE, "gates": [{"metric": "accuracy", "at_least": 0.5}]}
    write_jsonl(Path("a.jsonl"), answers("a", 0.9))
    three = evalkit.run(
        suite, candidate={long: "recorded:a.jsonl", "y": "recorded:old.jsonl", "z": "recorded:old.jsonl"}
    )
    said = evalkit.compare_many(three.run_id).sentence
    assert said.startswith("x" * 39 + "… is first: it is shown better")


def test_several_systems_of_one_run_and_the_python_forms(folder: Path) -> None:
    for name, share in (("a", 0.4), ("b", 0.5), ("c", 0.9)):
        write_jsonl(folder / f"{name}.jsonl", answers(name, share))
    run = evalkit.run(SUITE, candidate={name: f"recorded:{name}.jsonl" for name in "abc"})
    found = evalkit.compare_many(run.run_id)
    assert [(s.name, s.run_id, s.variant) for s in found.systems] == [(n, run.run_id, n) for n in "abc"]
    assert found.metric().decisive
    assert found.sentence.startswith("c is first: it is shown better than each of the other 2")
    three = evalkit.compare(*(f"{run.run_id}/{name}" for name in "abc"))
    assert isinstance(three, Comparison)
    assert three.metric().differences == found.metric().differences
    assert len(found.to_pandas("differences")) == 3
    assert found.to_pandas().set_index("name").loc["c", "rank_hi"] == 1
    assert "c is first" in (found._repr_html_() or "")
    assert Comparison.model_validate(json.loads(json.dumps(found.to_json()))) == found


def test_only_common_cases_are_compared_and_the_others_are_counted(folder: Path) -> None:
    first = stored("first", answers("first", 0.5))
    changed = cases()[10:]
    changed[0]["input"], changed[1]["expected"] = "another question", 0
    write_jsonl(folder / "cases.jsonl", [*changed, {"id": "new", "input": 0, "expected": 1}])
    second = stored("second", answers("second", 0.5))
    third = stored("third", answers("third", 0.5))
    found = compared(first, second, third).comparison
    assert found.n_cases == found.metric().n == 189
    left = {s.name: s.left_out for s in found.systems}
    assert left["first"] == {"another input": 1, "not asked of every system": 10}
    assert left["second"] == {"another input": 1, "not asked of every system": 1}
    said = " ".join(found.comparability)
    assert f"11 of the 200 cases of {first} are left out" in said
    assert f"1 cases have another gold in {second}; the gold of {first} is used" in said


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_runs_without_a_common_case_are_refused(folder: Path, count: int) -> None:
    runs = [stored(f"r{i}", answers(f"r{i}", 0.5)) for i in range(count - 1)]
    write_jsonl(folder / "cases.jsonl", cases(20, start=1000))
    runs.append(stored("other", [{"case_id": f"c{i}", "output": 1} for i in range(1000, 1020)]))
    with pytest.raises(InputError, match="no case in common"):
        compared(*runs)


def test_what_cannot_be_compared_is_a_sentence(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    a, b = stored("a", answers("a", 0.5)), stored("b", answers("b", 0.5))
    for refs, said in (
        ([a, a], f"both are run {a}"),
        ([a, b, "run:a"], f"run {a} is named twice"),
        ([a], "has one system, and a comparison takes two"),
        ([a, "nowhere"], "there is no such run"),
        ([a, f"{b}/nobody"], "nobody"),
    ):
        ran = called(capfd, "compare", *refs)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    nothing = stored("nothing", [{"case_id": f"c{i}", "failure": "network"} for i in range(N)])
    ran = called(capfd, "compare", a, b, nothing)
    assert ran.code == 2
    assert "so there is nothing to compare" in ran.err


@pytest.mark.slow
def test_recorded_scores_of_another_scorer_are_refused(folder: Path) -> None:
    def run(name: str, scorer: str, *more: str) -> str:
        metric = {"recorded": {"key": "m", "range": [0, 1], "scorer": scorer, "as": "m"}}
        trace = {"scores": {"m": 1}, "scorers": {"m": scorer}}
        return stored(name, answers(name, 0.5, trace=trace), {**SUITE, "layers": {"task": [metric, *more]}})

    with pytest.raises(InputError, match=r"the scores cannot be compared.*another scorer"):
        compared(run("a", "one"), run("b", "two"))
    found = compared(run("c", "one", "answered"), run("d", "one", "answered"), run("e", "two", "answered")).comparison
    assert [m.metric for m in found.metrics] == ["answered"]
    assert any("under m e has no score that can be compared" in s.lower() for s in found.comparability)


def test_unscored_cases_bound_every_pair_and_failures_are_wrong(folder: Path) -> None:
    full = {name: answers(name, share) for name, share in (("a", 0.4), ("b", 0.75), ("c", 0.6))}
    whole = compared(*together(full)).comparison.metric()
    holes = full["b"][:150]
    failed: list[dict[str, Any]] = [{**row, "output": None, "failure": "timeout"} for row in full["a"][:20]]
    runs = together({"a2": [*failed, *full["a"][20:]], "b2": holes, "c2": full["c"]})
    found = compared(*runs).comparison
    under, systems = found.metric(), {s.name: s for s in found.systems}
    assert (systems["a2"].n_failed, systems["a2"].failures) == (20, {"timeout": 20})
    assert (systems["b2"].n_failed, systems["b2"].n_missing) == (0, 50)
    before, after = pair(whole, "b", "c"), pair(under, "b2", "c2")
    assert (after.n, after.n_unscored) == (150, 50)
    assert (after.lo or 0) < (before.lo or 0)
    assert (after.hi or 0) > (before.hi or 0)
    assert after.shown is None
    assert any("50 of 200 cases are unscored" in note for note in under.notes)
    flips = next(f for f in found.flips if (f.a, f.b) == ("b2", "c2"))
    assert flips.unscored == 50
    assert flips.regressions + flips.fixes + flips.both_wrong + flips.both_right == 150


def test_what_one_system_has_unscored_takes_nothing_from_the_others(folder: Path) -> None:
    suite = {**SUITE, "layers": {"task": ["accuracy"], "operational": ["seconds"]}}
    rows = {
        name: [{**row, "seconds": speed * (1 + 0.01 * (i % 7))} for i, row in enumerate(answers(name, share))]
        for name, share, speed in (("a", 0.4, 1.0), ("b", 0.7, 2.0), ("holes", 0.6, 3.0))
    }
    for row in rows["holes"][:50]:
        del row["seconds"]
    rows["holes"] = rows["holes"][:199]
    rows["untimed"] = answers("untimed", 0.5)
    found = compared(*together(rows, suite)).comparison
    for metric in ("seconds", "accuracy"):
        under = found.metric(metric)
        points = {s.name: s.point or 0.0 for s in under.systems}
        d = pair(under, "a", "b")
        assert (d.n, d.n_unscored, d.reason) == (N, 0, None)
        assert d.point == pytest.approx(points["a"] - points["b"], abs=1e-12)
    seconds = found.metric("seconds")
    assert pair(seconds, "a", "b").shown == "better"
    open_ = pair(seconds, "a", "holes")
    assert (open_.n, open_.n_unscored, open_.shown) == (149, 51, None)
    assert open_.reason == "what is unscored could have had any value"
    none = pair(seconds, "b", "untimed")
    assert (none.point, none.reason) == (None, "untimed has no score on any case")
    assert next(s for s in seconds.systems if s.name == "untimed").p_best is None
    assert "untimed has no score on any case" in seconds.notes
    assert pair(found.metric("accuracy"), "b", "holes").n == 199


def test_flips_and_agreement_add_up(folder: Path) -> None:
    rows = {"x": [1, 1, 0, 0, 1] * 40, "y": [1, 0, 1, 0, 1] * 40, "z": [1, 1, 0, 0, 1] * 40}
    outputs = {n: [{"case_id": f"c{i}", "output": value} for i, value in enumerate(v)] for n, v in rows.items()}
    found = compared(*together(outputs)).comparison
    first = found.flips[0]
    assert (first.a, first.b, first.binary) == ("x", "y", True)
    assert (first.regressions, first.fixes, first.both_wrong, first.both_right, first.unscored) == (40, 40, 40, 80, 0)
    assert first.regression_cases[:2] == ["c2", "c7"]
    assert len(first.fix_cases) == 20
    xy, xz = found.agreement[0], found.agreement[1]
    assert (xy.same_correctness, xy.error_overlap, xy.same_answers) == (0.6, pytest.approx(1 / 3), 0.6)
    assert xy.kappa == pytest.approx((0.6 - 0.52) / 0.48)
    assert (xz.kappa, xz.same_answers) == (1.0, 1.0)
    assert pair(found.metric(), "x", "z").identical
    assert pair(found.metric(), "x", "z").shown is None


def test_an_unknown_cost_is_left_out_of_its_front(folder: Path) -> None:
    spent = {"cheap": 0.001, "dear": 0.01, "unknown": None}
    rows = {}
    for k, (name, cost) in enumerate(spent.items()):
        more = {"seconds": 0.1 * (k + 1)} | ({} if cost is None else {"cost": cost})
        rows[name] = answers("same", 0.5 + 0.2 * (name == "cheap"), **more)
    found = compared(*together(rows)).comparison
    assert found.pareto is not None
    cost, median, _ = found.pareto.fronts
    assert (cost.front, list(cost.left_out)) == (["cheap"], ["unknown"])
    assert "left out, because unknown: unknown" in cost.sentence
    assert [(d.name, d.by) for d in cost.dominated] == [("dear", ["cheap"])]
    assert median.left_out == {}
    figures = {s.name: s.cost for s in found.pareto.systems}
    assert (figures["unknown"].point, figures["unknown"].reason) == (None, "the cost of every answer is unknown")


def test_slices_are_ordered_by_evidence_and_small_ones_are_not_judged(folder: Path) -> None:
    sides = cases()
    for case in sides[:10]:
        case["tags"]["side"] = "small"
    write_jsonl(folder / "cases.jsonl", sides)
    worse = answers("base", 0.8)
    better = [{**row, "output": 1} if i % 2 else row for i, row in enumerate(worse)]
    found = compared(*together({"better": better, "worse": worse})).comparison
    assert [row.slice["side"] for row in found.slices] == ["left", "right", "small"]
    left, right, small = found.slices
    assert (left.shown, right.shown, small.judged, small.q) == ("better", None, False, None)
    assert (left.q or 0) >= (left.p or 1)
    assert right.point == 0.0


@pytest.mark.slow
def test_fewer_repeats_are_compared_where_a_run_has_fewer(folder: Path) -> None:
    thrice = [{"case_id": f"c{i}", "repeat": k, "output": int((i + k) % 3 > 0)} for i in range(N) for k in range(3)]
    three = stored("three", thrice, {**SUITE, "repeats": 3})
    one = stored("one", answers("one", 0.5))
    found = compared(three, one).comparison
    assert (found.repeats, found.metric().differences[0].n_unscored) == (1, 0)
    assert any("asked each case a different number of times" in s for s in found.comparability)


def test_a_case_with_an_unscored_repeat_is_told_once(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_jsonl(folder / "cases.jsonl", cases(20))
    rows = [{"case_id": f"c{i}", "repeat": k, "output": 1} for i in range(20) for k in range(2)]
    write_jsonl(folder / "whole.jsonl", [{**row, "output": 0} for row in rows])
    write_jsonl(folder / "part.jsonl", rows[:-5])  # two cases without an answer, one with one of two
    suite = {**SUITE, "repeats": 2}
    run = evalkit.run(suite, candidate="recorded:part.jsonl", baseline="recorded:whole.jsonl")
    ran = called(capfd, "compare", f"run:{run.run_id}", "--json", "--cases", "c.jsonl")
    (flips,), (pair_,) = ran.json["flips"], ran.json["comparison"]["flips"]
    assert (flips["n_fixed"], flips["n_broke"], flips["n_same"], flips["n_unscored"]) == (17, 0, 0, 3)
    assert (pair_["fixes"], pair_["unscored"]) == (17, 3)
    values = [json.loads(line)["values"]["accuracy"]["candidate"] for line in Path("c.jsonl").read_text().splitlines()]
    assert values == [1.0] * 17 + [None] * 3


@pytest.mark.slow
def test_nothing_scored_is_inconclusive(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    suite = {**SUITE, "layers": {"task": ["numeric"]}}
    write_jsonl(folder / "cases.jsonl", [{**case, "expected": "no number"} for case in cases(30)])
    runs = [stored(name, answers(name, 0.5)[:30], suite) for name in ("a", "b", "c")]
    for refs in (runs, runs[:2]):
        ran = called(capfd, "compare", *refs)
        assert ran.code == 3
        assert "nothing was compared" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "said"),
    [({"group": "one"}, "one cluster"), ({}, "nothing separates the 3 systems")],
    ids=["one cluster", "few cases"],
)
def test_too_little_data_is_said(folder: Path, more: dict[str, Any], said: str) -> None:
    write_jsonl(folder / "cases.jsonl", cases(4, **more))
    found = compared(*together({name: answers(name, 0.5)[:4] for name in ("p", "q", "r")})).comparison
    assert said in found.sentence
    assert [s.p_best for s in found.metric().systems] == [None] * 3
    assert all(s.rank_lo == 1 and s.rank_hi == 3 for s in found.metric().systems)


def test_json_keeps_its_keys_and_every_output_is_escaped(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hostile = ["</script><script>window.pwned=1</script>", "| a | *b* [x](javascript:1)", "\x1b[31mred"]
    write_jsonl(folder / "cases.jsonl", cases(40))
    for k, _ in enumerate(hostile):
        write_jsonl(folder / f"h{k}.jsonl", answers(f"h{k}", 0.4 + 0.2 * k)[:40])
    run = evalkit.run(SUITE, candidate={name: f"recorded:h{k}.jsonl" for k, name in enumerate(hostile)})
    files = ["--report", "r.html", "--markdown", "r.md", "--cases", "c.jsonl"]
    ran = called(capfd, "compare", f"run:{run.run_id}", "--json", *files)
    assert ran.code == 0, ran.err
    found = ran.json
    assert {"run_id", "estimates", "decisions", "outcome", "flips", "comparison"} <= set(found)
    assert [s["name"] for s in found["comparison"]["systems"]] == hostile
    html, md = Path("r.html").read_text(encoding="utf-8"), Path("r.md").read_text(encoding="utf-8")
    assert "<script>window.pwned" not in html
    for title in ("Leaderboard", "Differences", "Case by case", "Agreement"):
        assert f">{title}</h2>" in html
    assert "<script>" not in re.sub(r"`[^`]*`", "", md), "a code span shows what it holds"
    assert "\x1b" not in md + html
    assert "[x](javascript" not in re.sub(r"`[^`]*`", "", md)
    assert len(Path("c.jsonl").read_text(encoding="utf-8").splitlines()) == 40
    plain = called(capfd, "compare", f"run:{run.run_id}")
    assert "\x1b[31mred" not in plain.out
    assert "P(best)" in plain.out


@pytest.mark.shared
def test_gsm8k_is_decided_as_by_holm(folder: Path, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "gsm8k" / "answers.jsonl").read_text().splitlines()]
    reference = json.loads((shared / "REFERENCE.json").read_text())["gsm8k"]
    found = real(rows, {name: [row["systems"][name]["correct"] for row in rows] for name in rows[0]["systems"]})
    for d in found.metric().differences:
        name = f"{d.a} vs {d.b}"
        assert d.point == pytest.approx(reference["pairs"][name]["diff"], abs=1e-12)
        assert (d.shown is not None) == (reference["holm"][name] <= 0.05)
        assert (d.hi or 0) - (d.lo or 0) > 2 * 1.96 * reference["pairs"][name]["se_paired"], "wider than one pair's"
    assert found.metric().decisive
    table = reference["pairs"]["6b_verification vs 175b_finetuning"]["table_[[both,A_only],[B_only,neither]]"]
    flips = next(f for f in found.flips if (f.a, f.b) == ("6b_verification", "175b_finetuning"))
    assert [[flips.both_right, flips.fixes], [flips.regressions, flips.both_wrong]] == table


@pytest.mark.slow
@pytest.mark.shared
def test_nqopen_is_nearly_decided_as_by_holm(folder: Path, shared: Path) -> None:
    path = shared / "openqa" / "nq3610_predictions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    reference = json.loads((shared / "REFERENCE.json").read_text())["nqopen3610"]
    found = real(rows, {name: [row["em"][name] for row in rows] for name in rows[0]["em"]})
    under = found.metric()
    assert {s.name: s.point for s in under.systems} == pytest.approx(reference["em"])
    shown = {f"{d.a} vs {d.b}" for d in under.differences if d.shown is not None}
    holm = {name for name, p in reference["holm"]["adjusted"].items() if p <= 0.05}
    assert len(shown ^ holm) <= 2, "the two methods differ at most where p is close to 0.05"
    assert found.sentence.startswith("The ranking is not decisive: R2D2 and EMDR2 are first")


def real(rows: list[dict[str, Any]], right: dict[str, list[int]]) -> Comparison:
    """Right and wrong answers of real systems, as one run of all of them."""
    write_jsonl(Path("cases.jsonl"), [{"id": row["item_id"], "expected": 1} for row in rows])
    for name, values in right.items():
        answers = [{"case_id": row["item_id"], "output": v} for row, v in zip(rows, values, strict=True)]
        write_jsonl(Path(f"{name}.jsonl"), answers)
    run = evalkit.run(SUITE, candidate={name: f"recorded:{name}.jsonl" for name in right})
    return evalkit.compare_many(run.run_id)


@pytest.mark.slow
def test_judged_metrics_of_many_runs_are_compared_without_asking(folder: Path) -> None:
    labels = {f"c{i}": "correct" if i % 3 else "incorrect" for i in range(N)}
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    judged = {"judges": {"main": "fake:labels.json"}, "layers": {"judge": [{"judged": {"judge": "main"}}]}}
    runs = [stored(name, answers(name, 0.5), {**SUITE, **judged}) for name in ("a", "b", "c")]
    under = compared(*runs).comparison.metric("judged")
    shares = {s.name: (s.point, s.n, s.n_unscored) for s in under.systems}
    right = sum(label == "correct" for label in labels.values()) / N
    assert shares == {name: (pytest.approx(right), N, 0) for name in ("a", "b", "c")}


@pytest.mark.slow
def test_a_baseline_is_a_reference_and_one_that_is_missing_is_said(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    a, b, c = (stored(name, answers(name, share)) for name, share in (("a", 0.4), ("b", 0.5), ("c", 0.6)))
    api.open_store().set_baseline("main", a)
    ran = called(capfd, "compare", f"run:{b}", f"run:{c}", "baseline:main", "--json")
    assert ran.code == 0, ran.err
    assert [s["run_id"] for s in ran.json["comparison"]["systems"]] == [b, c, a]
    missing = called(capfd, "compare", f"run:{b}", f"run:{c}", "baseline:other")
    assert missing.code == 2
    assert "other" in missing.err


def test_other_scoring_digests_are_said_and_no_success(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = stored("first", answers("first", 0.5))
    other = {**SUITE, "layers": {"task": [{"exact": {"as": "accuracy"}}]}}
    second = stored("second", answers("second", 0.6), other)
    ran = called(capfd, "compare", first, second, "--json")
    assert ran.code == 3
    assert f"the scoring digest of {second} is not that of the first run" in ran.err
    assert ran.json["comparison"]["metrics"]
    (folder / "suite.yaml").write_text(json.dumps(SUITE))
    assert called(capfd, "compare", first, second, "--suite", "suite.yaml", "--json").code == 0
    gated = {**SUITE, "gates": [{"metric": "accuracy", "versus": "baseline", "margin": 0.5}]}
    record = evalkit.run(gated, candidate="recorded:first.jsonl", baseline=f"run:{second}")
    assert f"run {second} has another scoring digest" in " ".join(record.warnings)
