"""The pytest plugin: gates of suites as tests, and evals written as tests. Inert, and cheap to import, unless used."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evalkit.app.pytest_plugin.fixture import EvalkitRun

MARK = "evalkit"
_TOLD = 20  # runs at the end of a session
_MARKER = (
    "evalkit(repeats=1, at_least=None, at_most=None, metric='passed', group=None, errors='unscored', "
    "max_unscored=None, basis='sample'): an eval written as a test. It runs `repeats` times (each case of a "
    "parametrized test), and passes when the share of right answers is shown to be beyond the line."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all of them named --evalkit..."""
    group = parser.getgroup("evalkit", "evalkit: suites and evals as tests")
    group.addoption("--evalkit", action="store_true", help="Collect every suite.yaml: each of its gates is a test.")
    group.addoption(
        "--evalkit-candidate",
        action="append",
        metavar="[NAME=]SPEC",
        help="System to judge, as in `evalkit run` [default: the predictor `candidate` of the suite].",
    )
    group.addoption(
        "--evalkit-baseline",
        metavar="SPEC|run:ID|baseline:NAME",
        help="System to compare with [default: the predictor `baseline` of the suite, if it has one].",
    )
    group.addoption(
        "--evalkit-policy",
        choices=("release", "pull_request"),
        help="release: an inconclusive gate fails. pull_request: it is skipped [default: the suite's; release].",
    )
    group.addoption(
        "--evalkit-workspace", metavar="DIR", help="Where runs are kept [default: $EVALKIT_HOME, .evalkit]."
    )
    group.addoption("--evalkit-report", metavar="DIR", help="Write the HTML report of every suite's run there.")
    group.addoption("--evalkit-limit", type=int, metavar="N", help="Only the first N cases of each suite.")
    group.addoption("--evalkit-budget", type=float, metavar="USD", help="Stop before spending more on a suite.")
    group.addoption("--evalkit-replay", action="store_true", help="Make no call: only recorded answers.")


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark, and refuse options that would do nothing."""
    config.addinivalue_line("markers", _MARKER)
    idle = [
        f"--evalkit-{name}"
        for name in ("candidate", "baseline", "report", "limit", "budget", "replay")
        if config.getoption(f"evalkit_{name}") and not config.getoption(MARK)
    ]
    if idle:
        raise pytest.UsageError(f"{idle[0]} is for suites, and none is collected. Add --evalkit.")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Verdicts(), "evalkit-verdicts")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite file, with --evalkit."""
    if not parent.config.getoption(MARK) or file_path.suffix not in (".yaml", ".yml"):
        return None
    if file_path.stem != "suite" and not parent.session.isinitpath(file_path):
        return None
    from evalkit.app.pytest_plugin.suite_file import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the cases of each eval, now that it is known which were selected."""
    marked = [item for item in session.items if item.get_closest_marker(MARK) is not None]
    if marked:
        from evalkit.app.pytest_plugin.repeats import count_cases

        count_cases(marked)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A marked test runs several times."""
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return None
    from evalkit.app.pytest_plugin.repeats import run_repeats

    ran: bool | None = run_repeats(item, nextitem, mark)
    return ran


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A gate reports in sentences, a repeat what it raised, a test the runs that it made."""
    report = yield
    told = getattr(item, "evalkit_told", None)
    if told is not None:
        told(report, call)
    if report.when == "call" and (runs := getattr(item, "evalkit_runs", None)):
        vars(report)["evalkit_runs"] = dict(runs)
    if item.get_closest_marker(MARK) is not None:
        from evalkit.app.pytest_plugin.repeats import note_raised

        note_raised(item, report, call)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, Any] | None:
    """Words for what pytest has none for: a case that was scored, a verdict that is open, a part of a repeat."""
    state = getattr(report, "evalkit_state", None)
    if state == "part":
        return ("", "", "")
    if state == "scored":
        return ("scored", ".", (report.evalkit_word, {"cyan": True}))
    if state == "inconclusive" and report.failed:
        return ("failed", "?", "INCONCLUSIVE")
    return None


class _Verdicts:
    """Where all reports arrive: gathers the cases of each parametrized eval, and brings its verdict."""

    session: pytest.Session

    def __init__(self) -> None:
        self.groups: dict[str, Any] = {}

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """A verdict is one more thing that is reported, and progress counts it."""
        self.session = session

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One more case; the last one brings the verdict."""
        if hasattr(report, "evalkit_case"):
            from evalkit.app.pytest_plugin.groups import gather

            gather(self.session, self.groups, report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An eval some of whose cases never came back has no verdict, and says so."""
        if self.groups:
            from evalkit.app.pytest_plugin.groups import close

            close(session, self.groups)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of pytest-xdist share a folder, in which the one that runs a suite leaves the run's id."""
    if node.config.getoption(MARK):
        from evalkit.app.pytest_plugin.once import shared_folder

        node.workerinput["evalkit_shared"] = str(shared_folder(node.config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every run once: its verdict, id and report."""
    runs: dict[str, str] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            runs.update(getattr(report, "evalkit_runs", None) or {})
    if runs:
        terminalreporter.section("evalkit")
        told = sorted(runs.values(), key=lambda line: ": Pass: " in line)  # what needs attention first
        for line in told[:_TOLD]:
            terminalreporter.write_line(line)
        if len(told) > _TOLD:
            terminalreporter.write_line(f"and {len(told) - _TOLD:,} more: evalkit runs list")


@pytest.fixture
def evalkit_run(request: pytest.FixtureRequest) -> EvalkitRun:
    """Runs a suite from a test, and notes answers and scores of a test that is marked `evalkit`."""
    from evalkit.app.pytest_plugin.fixture import EvalkitRun

    return EvalkitRun(request.node)
