"""suite.yaml as a pytest file, its gates as tests. The suite runs once, before the first of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.app import api
from evalkit.app.pytest_plugin import words
from evalkit.app.pytest_plugin.once import once
from evalkit.app.suites import load_suite
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.nouns import Decision, Record
from evalkit.engine.gate_words import advises, says_nothing
from evalkit.engine.suite import LoadedSuite


class SuiteFile(pytest.File):
    """A suite file."""

    loaded: LoadedSuite
    record: Record

    def collect(self) -> Iterator[pytest.Item]:
        """One item a gate; a suite without gates is one item that is skipped.

        Raises:
            CollectError: the suite cannot be read.
        """
        try:
            self.loaded = load_suite(self.path)
        except EvalkitError as error:
            raise self.CollectError(words.safe(str(error))) from error
        taken: set[str] = set()
        for i, gate in enumerate(self.loaded.suite.gates):
            yield GateItem.from_parent(self, name=_name(gate.label, taken), index=i)
        if not self.loaded.suite.gates:
            yield GateItem.from_parent(self, name="ungated", index=None)

    def setup(self) -> None:
        """Run the suite, or wait for the worker that does. A plugin that runs failed tests again gets the same run."""
        if hasattr(self, "record"):
            return
        self.record = self.store.read_record(once(self.config, str(self.path), self._run))

    @property
    def store(self) -> Any:
        """The workspace of this session."""
        return api.open_store(self.config.getoption("evalkit_workspace"))

    def _run(self) -> str:
        option = self.config.getoption
        policy = option("evalkit_policy")
        try:
            record = api.run(
                self.path,
                candidate=self._candidate(),
                baseline=option("evalkit_baseline") or self._predictor("baseline"),
                workspace=self.store,
                limit=option("evalkit_limit"),
                budget=option("evalkit_budget"),
                replay=option("evalkit_replay"),
                **({"policy": policy} if policy else {}),
            )
            if option("evalkit_report"):
                self._write_report(record)
        except EvalkitError as error:
            pytest.fail(words.safe(str(error)), pytrace=False)
        return record.run_id

    def _candidate(self) -> Any:
        given = self.config.getoption("evalkit_candidate")
        if given:
            return given
        named = [name for name in self.loaded.suite.predictors if name != "baseline"]
        found = self._predictor("candidate") or (named[0] if len(named) == 1 else None)
        if found is None:
            raise InputError(
                f"there is no candidate to judge{f', but {len(named)} predictors' if named else ''}",
                str(self.path),
                "Give --evalkit-candidate SPEC, or name one in the suite: `predictors: {candidate: SPEC}`.",
            )
        return found

    def _predictor(self, name: str) -> str | None:
        return name if name in self.loaded.suite.predictors else None

    def report_path(self) -> Path | None:
        """Where the HTML report is, if one was asked for."""
        folder = self.config.getoption("evalkit_report")
        if not folder:
            return None
        inside = self.path.is_relative_to(self.config.rootpath)
        where = self.path.relative_to(self.config.rootpath) if inside else Path(self.path.parent.name, self.path.name)
        return Path(folder) / ("-".join(where.with_suffix("").parts) + ".html")

    def _write_report(self, record: Record) -> None:
        from evalkit.app.cases_file import with_cases_file
        from evalkit.app.cli.output import check_writable, write_text
        from evalkit.app.dossier import assemble
        from evalkit.report import html

        path = self.report_path()
        if path is not None:
            check_writable(path)
            write_text(path, html.render(with_cases_file(assemble(record, self.store), path)))


class GateItem(pytest.Item):
    """One gate: passed, failed in sentences, or skipped where an open gate does not block."""

    parent: SuiteFile

    def __init__(self, *, index: int | None, **more: Any) -> None:
        super().__init__(**more)
        self.index = index

    def runtest(self) -> None:
        """Raise what its decisions come to; several candidates: the worst."""
        record = self.parent.record
        if self.index is None:
            pytest.skip(f"{record.suite.name} has no gate, so nothing was judged")
        decided = self._decisions()
        told = [d for d in decided if not _passes(d)]
        for decision in decided:
            self.user_properties += words.properties(decision, record.run_id)
        blocking = [d for d in told if _blocks(d)]
        if blocking:
            text = "\n".join(words.message(record, self.parent.store, d) for d in blocking)
            pytest.fail(text, pytrace=False)
        if told:
            pytest.skip("; ".join(_waved(d) for d in told))
        aloud = [words.sentence(d) for d in decided if d.relation == "worse_within_margin"]
        if aloud:
            self.add_report_section("call", "evalkit", "\n".join(aloud))

    def evalkit_told(self, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """The report without a traceback, at the gate's line of the suite file."""
        if report.when == "setup" and report.failed and call.excinfo is not None:
            text = str(getattr(call.excinfo.value, "msg", None) or call.excinfo.value)
            report.longrepr = words.failure(text, str(self.path), 1)
        if report.when != "call":
            return
        headline = words.headline(self.parent.record, self.parent.report_path())
        vars(report)["evalkit_runs"] = {self.parent.record.run_id: headline}
        text = str(getattr(call.excinfo.value, "msg", "")) if call.excinfo else ""
        if report.skipped:
            report.longrepr = (str(self.path), self._line(), words.safe(text))
        elif call.excinfo and isinstance(call.excinfo.value, pytest.fail.Exception):
            report.longrepr = words.failure(text, str(self.path), self._line())
            if text.startswith("Inconclusive"):
                vars(report)["evalkit_state"] = "inconclusive"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Path, line (from 0) and a headline; a name alone would be read as a dotted path."""
        return self.path, self._line() - 1, f"gate {self.name}"

    def _decisions(self) -> list[Decision]:
        gates, record = self.parent.loaded.suite.gates, self.parent.record
        # In the record decisions stand by candidate, then by gate.
        return [d for i, d in enumerate(record.decisions) if i % len(gates) == self.index]

    def _line(self) -> int:
        if self.index is None:
            return 1
        _, _, line = self.parent.loaded.where("gates", self.index).rpartition(":")
        return int(line) if line.isdigit() else 1


def _passes(decision: Decision) -> bool:
    return decision.outcome == "pass"


def _blocks(decision: Decision) -> bool:
    """A fail blocks, an inconclusive one where its policy says so; nothing measured at all always does."""
    if advises(decision.gate):
        return False
    return decision.outcome == "fail" or decision.blocks or says_nothing(decision.estimate)


def _waved(decision: Decision) -> str:
    said = words.sentence(decision)
    return f"for information only: {decision.outcome}: {decision.reason}" if advises(decision.gate) else said


def _name(label: str, taken: set[str]) -> str:
    """A label as a node id can hold it, once a file."""
    plain = words.safe(label).replace("::", ":").replace("[", "(").replace("]", ")").replace("\n", " ")
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain} ({number})", number + 1
    taken.add(name)
    return name
