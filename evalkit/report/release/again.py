"""How this report is made again, how what it says is verified, and the digests that it stands on."""

from __future__ import annotations

import shlex
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings
from evalkit.report.release.told import release_of, when
from evalkit.report.sections.identity import facts
from evalkit.report.text import clip

__all__ = ["build"]

_LONG = 2000


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """Commands with what each shows, and the facts of the run."""
    record, release = dossier.record, release_of(dossier)
    run = record.run_id
    report = shlex.join(release.command) if release.command else f"evalkit report release run:{run}"
    steps = [
        ("Make this report again: the same run and evidence give the same bytes.", clip(report, _LONG)),
        ("Score the stored answers again: the same digests and the same verdict.", f"evalkit rescore run:{run}"),
        ("Show the record and its digests.", f"evalkit runs show run:{run}"),
        ("List the evidence and the approvals by their digests.", f"evalkit evidence list run:{run}"),
    ]
    if release.previous is not None:
        steps.append(
            ("What differs from the last release.", f"evalkit runs diff run:{release.previous.run_id} run:{run}")
        )
        steps.append(
            (
                "The numbers since, with the cases that flipped.",
                f"evalkit compare run:{run} run:{release.previous.run_id}",
            )
        )
    steps.append(
        ("Pack the run with its tables and evidence, to archive it.", f"evalkit runs export run:{run} {run}.zip")
    )
    if record.command:
        steps.append(("The command that made the run.", clip(shlex.join(record.command), _LONG)))
    evidence = [
        (one.kind, one.digest, when(one.created), clip(one.made_by, 120) or "not said") for one in release.evidence
    ]
    told = [(name, clip(value, _LONG)) for name, value in facts(record)]
    systems = [(f"{v.name}: system, answers", f"{v.digest}, {v.answers}") for v in findings.systems]
    return {"steps": steps, "facts": [("Record digest", release.record_digest), *told, *systems], "evidence": evidence}
