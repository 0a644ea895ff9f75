"""Evals written as tests."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import evalkit
from evalkit.app import api

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]


def test_a_test_passes_fails_or_is_open_by_its_repeats(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
@pytest.mark.evalkit(repeats=12, at_least=0.7)
def test_right(): pass
@pytest.mark.evalkit(repeats=12, at_least=0.9)
def test_open(): pass
@pytest.mark.evalkit(repeats=12, at_least=0.5)
def test_wrong(evalkit_run):
    print("repeat", evalkit_run.repeat)
    assert evalkit_run.repeat == 3, "half"
@pytest.mark.evalkit(repeats=12, at_most=0.5)
def test_seldom(evalkit_run):
    assert evalkit_run.repeat == 3
"""
    )
    found = run("-v")
    found.assert_outcomes(passed=2, failed=2)
    assert found.ret == 1
    found.stdout.fnmatch_lines(
        [
            "*::test_right PASSED*",
            "*::test_open INCONCLUSIVE*",
            "*::test_wrong FAILED*",
            "*::test_seldom PASSED*",
            "Inconclusive: The value is 1; the 90 % interval 0.7791 to 1 does not decide about the line 0.9.*",
            "*What would decide: About * repeats*",
            "The value is 0.08333: shown to be below the line 0.5*",
            "*- repeat 1: wrong answer -*",
            "E       AssertionError: half",
            "repeat 0",
        ]
    )
    run("-v", "--evalkit-policy=pull_request").assert_outcomes(passed=2, failed=1, skipped=1)


def test_cases_of_a_parametrized_test_are_one_estimate(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
@pytest.mark.evalkit(repeats=2, at_least=0.7)
@pytest.mark.parametrize("q", range(20))
def test_all(q, tmp_path, evalkit_run):
    assert not list(tmp_path.iterdir())
    (tmp_path / "mine").write_text("")
    evalkit_run.answer({"q": q})
    assert q != 4 or evalkit_run.repeat
"""
    )
    found = run("-v")
    assert found.parseoutcomes() == {"passed": 1, "scored": 20}
    found.stdout.fnmatch_lines(["*test_all[[]3] SCORED 2/2*", "*test_all[[]4] SCORED 1/2*", "*::test_all PASSED*100%]"])
    record = evalkit.load_run()
    assert (record.n_cases, record.suite.repeats, record.decisions[0].estimate.point) == (20, 2, 0.975)
    assert record.name == "test_cases_of_a_parametrized_test_are_one_estimate.py/test_all"
    answers = api.open_store().read_table(record.run_id, "predictions")
    assert sorted({json.loads(text)["q"] for text in answers["output"].to_pylist()}) == list(range(20))


def test_runs_of_an_eval_can_be_compared(run: Run, pytester: pytest.Pytester) -> None:
    text = """
import pytest
@pytest.mark.evalkit(at_least=0.1)
@pytest.mark.parametrize("q", range(40))
def test_all(q):
    assert q % {}
"""
    ids = []
    for wrong_every in (20, 2):
        pytester.makepyfile(test_x=text.format(wrong_every))
        run("-q")
        ids.append(evalkit.load_run("test_x.py/test_all").run_id)  # `latest` may be either, within a second
    found = evalkit.compare(f"run:{ids[1]}", f"run:{ids[0]}")
    contrast = next(e for e in found.estimates if "-" in e.variant and e.metric == "passed")
    assert contrast.point == pytest.approx(-0.45)
    assert contrast.n == 40


def test_what_raises_is_unscored_and_bounded(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
def raises(evalkit_run):
    if evalkit_run.repeat % 4 == 0:
        raise ConnectionError("network")
test_unscored = pytest.mark.evalkit(repeats=40, at_least=0.8)(lambda evalkit_run: raises(evalkit_run))
@pytest.mark.evalkit(repeats=40, at_least=0.8)
def test_unscored(evalkit_run): raises(evalkit_run)
@pytest.mark.evalkit(repeats=40, at_least=0.8, errors="wrong")
def test_wrong(evalkit_run): raises(evalkit_run)
@pytest.mark.evalkit(repeats=40, at_least=0.5, max_unscored=2)
def test_bounded(evalkit_run): raises(evalkit_run)
@pytest.mark.evalkit(repeats=3, at_least=0.5)
def test_no_fixture(nothing): pass
"""
    )
    found = run()
    found.assert_outcomes(failed=4)
    found.stdout.fnmatch_lines(
        [
            "Inconclusive: The value is 1; the 90 % interval 0.6* to 1 does not decide about the line 0.8.",
            "*Unscored: raised ConnectionError 10. They count as their worst and as their best.",
            "*repeat 1: harness error*",
            "*ConnectionError: network",
            "Inconclusive: The value is 0.75; *",
            "Inconclusive: 10 of 40 repeats are unscored (raised ConnectionError: 10); the gate allows 2.",
            "Inconclusive: None of its 3 repeats could be scored (setup FixtureLookupError: 3)*",
        ],
        consecutive=False,
    )


def test_scores_by_name(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
@pytest.mark.evalkit(at_least=0.3, metric="f1", group="doc")
@pytest.mark.parametrize("doc", ["a", "b", "c", "d", "e", "f", "g", "h"])
@pytest.mark.parametrize("q", range(5))
def test_f1(doc, q, evalkit_run):
    if q == 1 and doc == "a":
        assert False, "before it could be scored"
    evalkit_run.score("f1", 0.85 + q / 100)
@pytest.mark.evalkit(repeats=8, at_least=0.1, metric="f2")
def test_bad_score(evalkit_run):
    evalkit_run.score("f2", float("nan"))
@pytest.mark.evalkit(repeats=8, at_least=0.1, metric="f3")
def test_no_score(): pass
def test_unmarked(evalkit_run):
    evalkit_run.score("x", 1)
"""
    )
    found = run()
    assert found.parseoutcomes() == {"passed": 1, "failed": 3, "scored": 40}
    found.stdout.fnmatch_lines(["*raised ValueError: 8*", "*no score recorded: 8*", "*belongs to a test marked*"])
    record = next(r for r in map(evalkit.load_run, _ids()) if "test_f1" in r.suite.name)
    estimate = record.decisions[0].estimate
    assert (estimate.n, estimate.n_clusters) == (40, 8)
    assert estimate.point == pytest.approx((5 * 8 * 0.87 - 0.86) / 40)


def _ids() -> list[str]:
    return [summary.run_id for summary in api.open_store().runs()]


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("repeats=3", "it needs one of at_least and at_most, and has neither"),
        ("at_least=.5, at_most=.6", "and has both"),
        ("repeats=0, at_least=.5", "repeats is 0, not a whole number from 1"),
        ("at_leats=.5", "it has no argument 'at_leats'. Did you mean 'at_least'?"),
        ("at_least=90", "at_least is 90, not a share from 0 to 1"),
        ("5, at_least=.5", "it takes named arguments, not 5"),
        ("at_least=.5, errors='drop'", "errors is 'drop', not 'unscored' or 'wrong'"),
        ("at_least=.5, group='doc'", "group is 'doc', and the test has no such parameter"),
        ("at_least=float('nan')", "at_least is nan, not a share"),
    ],
)
def test_a_mark_that_cannot_be_meant_is_refused(run: Run, pytester: pytest.Pytester, mark: str, said: str) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.evalkit({mark})\ndef test_x(): raise SystemError('asked')\n")
    found = run()
    found.assert_outcomes(errors=1)
    assert said in found.stdout.str()
    assert "SystemError" not in found.stdout.str()


def test_a_census_is_decided_by_what_was_seen(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
@pytest.mark.evalkit(at_least=1, basis="census")
@pytest.mark.parametrize("q", range(3))
def test_all(q): pass
@pytest.mark.evalkit(at_least=1, basis="census")
@pytest.mark.parametrize("q", range(3))
def test_one_short(q): assert q
@pytest.mark.evalkit(at_least=1)
@pytest.mark.parametrize("q", range(3))
def test_no_census(q): pass
"""
    )
    found = run("-v")
    assert found.parseoutcomes() == {"passed": 1, "failed": 2, "scored": 9}
    found.stdout.fnmatch_lines(
        [
            "*test_one_short FAILED*",
            "*test_no_census INCONCLUSIVE*",
            "The value is 0.6667 over all 3 cases (a census); the line is 1.",
            "*Not always right: 0 0/1",
        ]
    )


def test_skips_fixtures_and_last_failures(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import pytest
made = []
@pytest.fixture(scope="module")
def shared():
    made.append(1)
    return made
@pytest.mark.evalkit(repeats=5, at_least=0.4)
@pytest.mark.parametrize("q", [1, 2, pytest.param(3, marks=pytest.mark.skip), 4])
def test_group(shared, q):
    assert q == 9
@pytest.mark.evalkit(repeats=5, at_least=0.4)
def test_skipped():
    pytest.skip("no key")
@pytest.mark.evalkit(repeats=8, at_least=0.4)
def test_shared(shared):
    assert made == [1]
"""
    )
    first = run()
    assert first.parseoutcomes() == {"scored": 3, "failed": 1, "skipped": 2, "passed": 1}
    first.stdout.fnmatch_lines(["1 of its cases were skipped and are not in this verdict"])
    first.stdout.no_fnmatch_line("*never came back*")
    found = run("--lf")
    assert found.parseoutcomes() == {"scored": 3, "failed": 1}
    assert run("-x").parseoutcomes()["failed"] == 1
    narrowed = run("-k", "group and 1")
    assert narrowed.parseoutcomes() == {"scored": 1, "failed": 1, "deselected": 5}


def test_a_suite_run_from_a_test(run: Run, suite: Callable[..., None], pytester: pytest.Pytester) -> None:
    suite("metric: exact, at_least: 0.5")
    pytester.makepyfile(
        """
def test_suite(evalkit_run):
    record = evalkit_run("evals/suite.yaml", candidate="candidate")
    assert record.outcome == "pass"
"""
    )
    found = run()
    found.assert_outcomes(passed=1)
    found.stdout.fnmatch_lines(["caps: Pass: the only gate passed*run:*"])


@pytest.mark.slow
def test_workers_share_runs_and_verdicts(
    suite: Callable[..., None], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    suite("metric: exact, at_least: 0.5", "metric: exact, at_least: 0.9", "metric: exact, at_least: 0.75")
    pytester.makepyfile(
        """
import os
import pytest
@pytest.mark.evalkit(repeats=2, at_least=0.9)
@pytest.mark.parametrize("q", range(12))
def test_group(q): assert q % 2
@pytest.mark.evalkit(repeats=5, at_least=0.4)
def test_one(): assert False
@pytest.mark.evalkit(at_least=0.1)
@pytest.mark.parametrize("q", range(4))
def test_dies(q):
    if q == 1:
        os._exit(9)
"""
    )
    options = ("-p", "evalkit.app.pytest_plugin", "-p", "xdist.plugin", "-n", "2", "--evalkit", "--junitxml=j.xml")
    found = pytester.runpytest_subprocess(*options)
    assert found.parseoutcomes() == {"scored": 15, "failed": 5, "passed": 2}
    assert found.ret == 1
    assert len(api.open_store().runs()) == 4
    dead = next(r for r in map(evalkit.load_run, _ids()) if "test_dies" in r.suite.name)
    assert dead.decisions[0].estimate.unscored == {"no prediction": 1}
    again = pytester.runpytest_subprocess(*options, "--lf")
    assert again.parseoutcomes()["scored"] == 12
    assert "Not always right" in found.stdout.str()


def test_a_subtest_that_failed_makes_its_repeat_wrong_and_nothing_else(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import unittest, pytest
class TestParts(unittest.TestCase):
    times = 0
    @pytest.mark.evalkit(repeats=20, at_least=0.5)
    def test_mostly(self):
        TestParts.times += 1
        with self.subTest("a"):
            self.assertNotEqual(TestParts.times, 7)
    @pytest.mark.evalkit(repeats=20, at_least=0.5)
    def test_never(self):
        with self.subTest("a"):
            self.fail("never")
"""
    )
    found = run("-k", "mostly", "--junitxml=mostly.xml")
    assert found.ret == 0
    found.assert_outcomes(passed=1)
    assert "<failure" not in pytester.path.joinpath("mostly.xml").read_text(encoding="utf-8")
    [estimate] = [e for e in api.load_run("latest").estimates if e.metric == "passed"]
    assert estimate.point == 0.95
    found = run("-k", "never")
    assert found.ret == 1
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["The value is 0: shown to be below the line 0.5*", "*repeat 1: wrong answer*"])
