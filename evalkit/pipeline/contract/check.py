"""A contract held against a table: every rule on whole columns, every verdict by the gate, every bad row named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.core.evidence import Check, Validation
from evalkit.core.nouns import Outcome
from evalkit.pipeline.contract.check_columns import column_findings, extra_findings, read_columns, unreadable_finding
from evalkit.pipeline.contract.check_table import freshness_finding, key_findings, rule_findings, volume_findings
from evalkit.pipeline.contract.finding import Finding, plain_value
from evalkit.pipeline.contract.given import Given
from evalkit.pipeline.contract.nouns import Contract

__all__ = ["Checked", "check"]


@dataclass(frozen=True)
class Checked:
    """What a contract found in a table.

    Attributes:
        contract: its rules.
        rows: of the table.
        findings: one a rule, in the order of the contract.
    """

    contract: Contract
    rows: int
    findings: list[Finding]

    @property
    def outcome(self) -> Outcome:
        """Of the rules of severity error: failed where one is, else inconclusive where one is.

        Warnings decide nothing: where there is no other rule, what could be looked at passes.
        """
        outcomes = {finding.decision.outcome for finding in self.findings if finding.severity == "error"}
        if "fail" in outcomes:
            return "fail"
        looked = outcomes or {finding.decision.outcome for finding in self.findings} - {"inconclusive"}
        return "inconclusive" if "inconclusive" in outcomes or not looked else "pass"

    @cached_property
    def validation(self) -> list[Check]:
        """Every rule: column, rule, outcome, failing, examples."""
        return [finding.check() for finding in self.findings]

    @cached_property
    def bad(self) -> np.ndarray[Any, Any]:
        """Rows that break a rule about rows, of severity error and without `mostly`: bool (rows,)."""
        found = np.zeros(self.rows, bool)
        for finding in self._sorting():
            found[finding.rows] = True
        return found

    @cached_property
    def reasons(self) -> list[tuple[int, str | None, str, Any]]:
        """(row, column, rule, value) for each rule that a bad row breaks, by row."""
        found = [
            (int(row), finding.column, finding.rule, plain_value(finding.value(int(row))))
            for finding in self._sorting()
            for row in finding.rows
        ]
        return sorted(found, key=lambda reason: reason[0])

    def evidence(
        self, dataset: str, created: str, *, data: str | None = None, quarantined: int = 0, made_by: str = "validate"
    ) -> Validation:
        """For the release report.

        Args:
            dataset: name of the table. created: ISO 8601, UTC. data: digest of the rows.
            quarantined: rows that were set apart. made_by: stage or command.
        """
        return Validation(
            created=created,
            made_by=made_by,
            outcome=self.outcome,
            dataset=dataset,
            data=data,
            contract=self.contract.digest,
            rows=self.rows,
            quarantined=quarantined,
            checks=self.validation,
        )

    def _sorting(self) -> Iterator[Finding]:
        return (finding for finding in self.findings if finding.sorts_out and len(finding.rows))


def check(table: pa.Table, contract: Contract, given: Given | None = None) -> Checked:
    """Hold a contract against a table.

    Args:
        table: rows; their positions, from 0, are the row numbers in examples and reasons.
        contract: the rules.
        given: time, history, other datasets.
    """
    given = given or Given()
    columns = read_columns(table, contract, given)
    findings = [
        *unreadable_finding(table.num_rows, given),
        *(found for name in contract.columns for found in column_findings(name, contract, columns, given)),
        *extra_findings(table, contract, given),
        *key_findings(contract, columns, given),
        *rule_findings(contract, columns, given),
        *freshness_finding(contract, columns, given),
        *volume_findings(contract, table.num_rows - len(given.unreadable), given),
    ]
    return Checked(contract, table.num_rows, findings)
