"""Suite -> Plan: every call that a run will make, known before anything runs."""

from __future__ import annotations

from evalkit.core.nouns import Suite
from evalkit.core.tables import CaseTable
from evalkit.engine.state import Plan


def plan(suite: Suite, cases: CaseTable) -> Plan:
    """The plan of a suite over these cases."""
    return Plan(cases, suite.repeats, suite.seed, suite.timeout, suite.max_output_bytes)
