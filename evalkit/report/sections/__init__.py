"""The sections of a report, one file each. A new one is a file here, a template, and a line in `SECTIONS`.

A section's `build` takes the dossier and its findings and gives what its template needs, or None when it has nothing
to say; it formats and never computes a statistic.
"""

from __future__ import annotations

from evalkit.report.document import Section
from evalkit.report.sections import (
    certificates,
    classes,
    corrected,
    cost,
    explorer,
    failures,
    gates,
    identity,
    judges,
    layers,
    rules,
    slices,
    unscored,
)

__all__ = ["SECTIONS", "Section"]

SECTIONS: tuple[Section, ...] = (
    Section("gates", "Gates", gates.build),
    Section("layers", "Metrics by layer", layers.build),
    Section("corrected", "Judged numbers, corrected", corrected.build),
    Section("certificates", "Judges and their certificates", certificates.build),
    Section("rules", "How answers were decided", rules.build),
    Section("judges", "What the judges decided", judges.build),
    Section("classes", "Classes and calibration", classes.build),
    Section("slices", "Slices", slices.build),
    Section("unscored", "Unscored cases", unscored.build),
    Section("failures", "Failures of the systems", failures.build),
    Section("cases", "Cases", explorer.build),
    Section("cost", "Cost and time", cost.build),
    Section("identity", "Identity", identity.build),
)
