"""Gates of suites as tests."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from evalkit.app import api, cases_file

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]
Suite = Callable[..., None]
PASS, FAIL, OPEN = "metric: exact, at_least: 0.5", "metric: exact, at_least: 0.9", "metric: exact, at_least: 0.75"


def test_every_gate_is_a_test_and_its_outcome_the_gates(run: Run, suite: Suite, pytester: pytest.Pytester) -> None:
    suite(PASS, FAIL, OPEN, "metric: exact, at_least: 0.99, role: info")
    found = run("evals", "--evalkit", "-rA", "--junitxml=junit.xml", "--evalkit-report=reports")
    found.assert_outcomes(passed=1, failed=2, skipped=1)
    assert found.ret == 1
    found.stdout.fnmatch_lines(
        [
            "The value is 0.75: shown to be below the line 0.9*",
            "*exact 0.750 [[]0.657, 0.825] at 95 %, 100 cases*",
            "*Not right: 25.",
            '*c0: expected "yes", answered *',
            "Inconclusive: The value is 0.75; the 90 % interval*",
            "*What would decide:*",
            "SKIPPED*for information only: fail: The value is 0.75*",
        ]
    )
    text = found.stdout.str()
    assert "\x1b[31m" not in text
    assert "Traceback" not in text
    cases = {case.get("name"): case for case in ElementTree.parse(pytester.path / "junit.xml").iter("testcase")}
    assert list(cases) == ["exact >= 0.5", "exact >= 0.9", "exact >= 0.75", "exact >= 0.99"]
    assert [child.tag for child in cases["exact >= 0.75"]] == ["properties", "failure"]
    assert cases["exact >= 0.75"][1].get("message", "").startswith("Inconclusive")
    said = {p.get("name"): p.get("value") for p in cases["exact >= 0.5"].iter("property")}
    assert (said["evalkit_outcome"], said["evalkit_n"], said["evalkit_point"]) == ("pass", "100", "0.75")
    assert (pytester.path / "reports" / "evals-suite.html").stat().st_size > 10_000
    assert len(api.open_store().runs()) == 1


@pytest.mark.parametrize(
    ("gate", "options", "outcomes"),
    [
        (OPEN, ("--evalkit-policy=pull_request",), {"skipped": 1}),
        (FAIL, ("--evalkit-policy=pull_request",), {"failed": 1}),
        (OPEN, ("--evalkit-limit=4",), {"failed": 1}),
        (f"{OPEN}, on_inconclusive: warn", (), {"skipped": 1}),
        ("metric: exact, at_least: 0.5, slice: {no: tag}", ("--evalkit-policy=pull_request",), {"errors": 1}),
        ("metric: exact, versus: baseline, margin: 0.1", (), {"errors": 1}),
        ("metric: exact, versus: baseline, margin: 0.1", ("--evalkit-baseline=candidate",), {"passed": 1}),
        ("metric: exact, versus: baseline, margin: 0.1", ("--evalkit-baseline=run:none",), {"errors": 1}),
        (PASS, ("--evalkit-candidate=recorded:nowhere.jsonl",), {"errors": 1}),
        (PASS, ("--evalkit-candidate=recorded:evals/cases.jsonl",), {"errors": 1}),
    ],
)
def test_policies_and_what_is_broken(
    run: Run, suite: Suite, gate: str, options: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    suite(gate)
    found = run("evals", "--evalkit", *options)
    found.assert_outcomes(**outcomes)
    assert found.ret == (0 if {"passed", "skipped"} & set(outcomes) else 1)
    assert "Traceback" not in found.stdout.str()


def test_a_gate_that_is_tried_again_is_not_asked_again(run: Run, suite: Suite, pytester: pytest.Pytester) -> None:
    suite(OPEN)
    pytester.makeconftest(
        """
from _pytest.runner import runtestprotocol
def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, log=False, nextitem=nextitem)
    runtestprotocol(item, log=True, nextitem=nextitem)
    return True
"""
    )
    run("--evalkit").assert_outcomes(failed=1)
    assert len(api.open_store().runs()) == 1


def test_what_a_policy_gives_up_is_said(run: Run, suite: Suite) -> None:
    suite(OPEN)
    run("--evalkit", "--evalkit-policy=pull_request").stdout.fnmatch_lines(
        ["caps: Pass: *", "  warning: policy pull_request: 1 inconclusive gate is neutral*guarantee is given up*"]
    )


def test_several_candidates_are_one_gate(run: Run, suite: Suite, pytester: pytest.Pytester) -> None:
    suite(PASS, "metric: exact, versus: baseline, margin: 0.1")
    options = ("--evalkit-candidate=candidate", "--evalkit-candidate=bad=fake:echo", "--evalkit-baseline=candidate")
    found = run("--evalkit", *options)
    found.assert_outcomes(failed=2)
    found.stdout.fnmatch_lines(["*100 cases (bad)", "*Broke: 75; fixed: 0.", '*c1: expected "yes", answered 1'])
    found.stdout.no_fnmatch_line("*(candidate)")


def test_a_broken_suite_is_an_error_in_words(run: Run, suite: Suite) -> None:
    suite("metric: exakt, at_least: 0.5")
    found = run("--evalkit")
    found.assert_outcomes(errors=1)
    found.stdout.fnmatch_lines(["*suite.yaml:6*exakt*"])
    assert "Traceback" not in found.stdout.str()


def test_a_suite_without_gates_or_candidate_says_so(run: Run, suite: Suite, pytester: pytest.Pytester) -> None:
    suite()
    found = run("--evalkit", "-rs")
    found.assert_outcomes(skipped=1)
    found.stdout.fnmatch_lines(["*caps has no gate, so nothing was judged"])
    text = (pytester.path / "evals" / "suite.yaml").read_text().replace("predictors:", "# ")
    (pytester.path / "evals" / "suite.yaml").write_text(text)
    found = run("--evalkit")
    found.assert_outcomes(errors=1)
    found.stdout.fnmatch_lines(["*there is no candidate to judge. Give --evalkit-candidate SPEC*"])


def test_a_gate_is_chosen_by_its_name_and_by_its_last_failure(run: Run, suite: Suite) -> None:
    suite(PASS, f"{FAIL}, name: 'a [b] c::d'", "metric: exact, at_least: 0.4, name: 'a (b) c:d'")
    listed = run("--evalkit", "--co", "-q")
    listed.stdout.fnmatch_lines(
        ["evals/suite.yaml::exact >= 0.5", "evals/suite.yaml::a (b) c:d", "evals/suite.yaml::a (b) c:d (2)"]
    )
    run("--evalkit").assert_outcomes(passed=2, failed=1)
    found = run("--evalkit", "--lf", "-v")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["evals/suite.yaml::a (b) c:d FAILED*"])
    run("--evalkit", "-k", "0.5").assert_outcomes(passed=1, deselected=2)
    run("--evalkit", "evals/suite.yaml::exact >= 0.5").assert_outcomes(passed=1)
    run("--evalkit", "-x").assert_outcomes(passed=1, failed=1)


def test_nothing_is_collected_or_changed_without_the_option(
    run: Run, suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite(FAIL)
    assert run().ret == pytest.ExitCode.NO_TESTS_COLLECTED
    found = run("--evalkit-candidate=fake:echo")
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines(["*--evalkit-candidate is for suites, and none is collected. Add --evalkit."])


def test_importing_the_plugin_costs_next_to_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    heavy = "{'numpy', 'pyarrow', 'scipy', 'pydantic', 'evalkit.core.nouns'}"
    pytester.makepyfile(
        conftest=f"""
import sys
def pytest_sessionfinish():
    assert 'evalkit.app.pytest_plugin' in sys.modules
    print(sorted({heavy} & set(sys.modules)))
    print([name for name in sys.modules if name.startswith('evalkit.app.pytest_plugin.')])
""",
        test_plain="def test_plain(): pass",
    )
    found = pytester.runpytest_subprocess("-s", "-p", "evalkit.app.pytest_plugin")
    found.assert_outcomes(passed=1)
    found.stdout.fnmatch_lines(["*[[][]]", "[[][]]*"])


def test_the_plugin_is_an_entry_point() -> None:
    import importlib
    import tomllib
    from pathlib import Path

    root = Path(api.__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["entry-points"]["pytest11"]["evalkit"]
    assert callable(importlib.import_module(named).pytest_collect_file)


def test_a_report_that_cannot_hold_all_cases_has_them_beside_it(
    run: Run, suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases_file, "LIMIT", 99)
    suite(PASS)
    run("evals", "--evalkit", "--evalkit-report=reports").assert_outcomes(passed=1)
    assert sorted(path.name for path in (pytester.path / "reports").iterdir()) == [
        "evals-suite.cases.parquet",
        "evals-suite.html",
    ]
