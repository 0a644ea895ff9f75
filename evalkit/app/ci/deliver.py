"""Writes what a pass found to wherever it was asked for, and where the CI that it runs in reads it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.app.cli.output import check_writable, write_text
from evalkit.core.checks import Checks, SuiteCheck
from evalkit.core.dossier import Dossier
from evalkit.core.errors import InputError, StoreError

_STEP_LIMIT = 1 << 20
"""Bytes of a job summary that GitHub keeps of one step."""


@dataclass(frozen=True)
class Places:
    """Where to.

    Attributes:
        junit, gitlab, comment: files; None: not asked for.
        report: folder of one HTML page a suite.
        name: of the comment, where several jobs write one each.
    """

    junit: Path | None = None
    gitlab: Path | None = None
    comment: Path | None = None
    report: Path | None = None
    name: str = ""
    taken: set[str] = field(default_factory=set)  # names of pages of this pass

    def check(self) -> None:
        """Refuse what cannot be written before anything is computed.

        Raises:
            InputError: naming the place.
        """
        check_writable(self.junit, self.gitlab, self.comment)
        if self.report is not None:
            try:
                self.report.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(f"the folder cannot be made: {error.strerror}", str(self.report)) from error

    def page(self, suite: SuiteCheck, dossier: Dossier | None) -> Path | None:
        """Write the HTML page of one suite; gives its path."""
        if self.report is None or dossier is None:
            return None
        from evalkit.app.cases_file import with_cases_file
        from evalkit.report import html

        name = re.sub(r"[^A-Za-z0-9._-]+", "-", suite.name).strip("-.")[:60] or "suite"
        same = re.sub(r"[^A-Za-z0-9._-]+", "-", suite.file).strip("-.")[-80:]
        page = f"{name}-{same}" if name.lower() in self.taken else name  # two of one name: the file tells them apart
        self.taken.add(page.lower())
        path = self.report / f"{page}.html"
        write_text(path, html.render(with_cases_file(dossier, path)))
        return path

    def write(self, checks: Checks) -> None:
        """Write the files of the whole pass."""
        from evalkit.report.ci import codequality, comment, junit

        if self.junit is not None:
            write_text(self.junit, junit.render(checks))
        if self.gitlab is not None:
            write_text(self.gitlab, codequality.render(checks))
        if self.comment is not None:
            write_text(self.comment, comment.render(checks, name=self.name))


def step_summary(checks: Checks, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Append to the file that $GITHUB_STEP_SUMMARY names; gives it, or None where there is none.

    Raises:
        StoreError: it cannot be written.
    """
    named = environment.get("GITHUB_STEP_SUMMARY")
    if not named:
        return None
    from evalkit.report.ci import comment

    text = comment.render(checks, limit=_STEP_LIMIT // 4).partition("\n")[2].lstrip()
    path = Path(named)
    _append(path, f"{text}\n", "step summary")
    return path


def step_outputs(checks: Checks, environment: Mapping[str, str] = os.environ) -> None:
    """Append `outcome` and `exit_code` to the file that $GITHUB_OUTPUT names, for later steps.

    Raises:
        StoreError: it cannot be written.
    """
    named = environment.get("GITHUB_OUTPUT")
    if named:
        _append(Path(named), f"outcome={checks.status}\nexit_code={checks.exit_code}\n", "outputs of the step")


def _append(path: Path, text: str, what: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(f"the {what} cannot be written: {error.strerror}", str(path)) from error


def workflow_commands(checks: Checks, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Workflow commands, where GitHub Actions reads them."""
    if environment.get("GITHUB_ACTIONS", "").lower() != "true":
        return []
    from evalkit.report.ci.annotations import render

    return render(checks)
