"""What one pass of continuous integration found: a check a suite, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from evalkit.core.nouns import Policy, Record

Status = Literal["error", "fail", "inconclusive", "pass", "ungated", "skipped"]

_GRAVEST: tuple[Status, ...] = ("error", "fail", "inconclusive", "pass", "ungated", "skipped")


@dataclass(frozen=True)
class Broke:
    """What flipped between the candidate and the baseline under one metric, with the first case ids of each kind."""

    metric: str
    candidate: str
    n_broke: int
    n_fixed: int
    broke: tuple[str, ...]
    fixed: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """An error as it is told: what, where, remedy, and the exit code that it would have alone."""

    what: str
    where: str
    remedy: str
    exit_code: int

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head.rstrip('.')}. {self.remedy}".rstrip() if self.remedy else head


@dataclass(frozen=True)
class SuiteCheck:
    """One suite of the pass.

    Attributes:
        file: the suite file, from the top of the repository where there is one; `/` between folders.
        name: of the suite, or of its folder where the file could not be read.
        status: the record's outcome; `error` with `error`, `skipped` with `why`.
        record: what was found.
        error: why there is no record.
        why: why it was skipped.
        removed: it was skipped because its file is not there any more.
        notes: sentences of the pass about this suite (recorded answers were used, there was no baseline yet, ...).
        lines: the line in `file` of the gate of each decision, in their order; from 1.
        flips: what broke and what was fixed.
        seconds: wall clock.
    """

    file: str
    name: str
    status: Status
    record: Record | None = None
    error: Said | None = None
    why: str = ""
    removed: bool = False
    notes: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    flips: tuple[Broke, ...] = ()
    seconds: float = 0.0

    @property
    def undecided(self) -> int:
        """Gates that bind and that a pass leaves undecided: neutral, not passed."""
        decided = self.record.decisions if self.record is not None and self.status == "pass" else []
        return sum(d.outcome == "inconclusive" and d.gate.role != "info" for d in decided)

    @property
    def exit_code(self) -> int:
        """What this suite alone would end with."""
        if self.error is not None:
            return self.error.exit_code
        return {"fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE, "error": 4}.get(self.status, EXIT_PASS)


@dataclass(frozen=True)
class Checks:
    """The whole pass.

    Attributes:
        suites: in the order of their files.
        policy: under which outcomes were drawn, where a suite does not name its own.
        since: what the inputs were compared with, for `--changed-since`.
        links: text -> address.
    """

    suites: list[SuiteCheck]
    policy: Policy = "pull_request"
    since: str = ""
    links: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """The gravest: error > fail > inconclusive > pass > ungated > skipped."""
        found = {suite.status for suite in self.suites}
        return next((status for status in _GRAVEST if status in found), "skipped")

    @property
    def by_gravity(self) -> list[SuiteCheck]:
        """The suites that need a look first; else in the order of their files."""
        return sorted(
            self.suites, key=lambda suite: (_GRAVEST.index(suite.status), not suite.undecided, not suite.removed)
        )

    @property
    def idle(self) -> str:
        """Why nothing was run, as a sentence; empty where something was."""
        if self.status != "skipped":
            return ""
        said = f"no suite's inputs changed since {self.since}: nothing was run"
        gone = sum(suite.removed for suite in self.suites)
        if not gone:
            return said
        return said + ("; 1 suite was removed" if gone == 1 else f"; {gone} suites were removed")

    @property
    def exit_code(self) -> int:
        """4 or 2 where a suite broke (4 before 2), else 1, 3, 0 by the gravest."""
        codes = {suite.exit_code for suite in self.suites}
        return next((code for code in (4, 2, EXIT_FAIL, EXIT_INCONCLUSIVE) if code in codes), EXIT_PASS)

    def to_json(self) -> dict[str, Any]:
        """The pass as plain JSON values, with each suite's whole record."""
        return {
            "outcome": self.status,
            "exit_code": self.exit_code,
            "policy": self.policy,
            "changed_since": self.since or None,
            "suites": [_suite_json(suite) for suite in self.suites],
        }


def _suite_json(suite: SuiteCheck) -> dict[str, Any]:
    error = suite.error
    return {
        "file": suite.file,
        "suite": suite.name,
        "outcome": suite.status,
        "exit_code": suite.exit_code,
        "why": suite.why or None,
        "notes": list(suite.notes),
        "error": None if error is None else {"what": error.what, "where": error.where, "remedy": error.remedy},
        "run_id": suite.record.run_id if suite.record else None,
        "flips": [
            {
                "metric": f.metric,
                "candidate": f.candidate,
                "n_broke": f.n_broke,
                "n_fixed": f.n_fixed,
                "broke": list(f.broke),
                "fixed": list(f.fixed),
            }
            for f in suite.flips
        ],
        "record": suite.record.to_json() if suite.record else None,
    }
