"""All that pins this run: digests, commit, packages, seeds, the command, and where each system came from."""

from __future__ import annotations

import json
import shlex
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Record
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["build", "facts"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """Facts as (name, value) pairs, one table a system, packages, metrics, warnings."""
    record = dossier.record
    return {
        "facts": facts(record),
        "command": shlex.join(record.command),
        "systems": [
            {
                "name": v.name,
                "role": v.role,
                "digest": v.digest,
                "answers": v.answers,
                "from_run": v.from_run or "",
                "models": ", ".join(f"{model} ({count(n)})" for model, n in v.models.items()),
                "spec": json.dumps(v.spec, indent=2, ensure_ascii=False, sort_keys=True),
            }
            for v in findings.systems
        ],
        "metrics": [
            {"id": m.id, "layer": m.layer, "name": f"{m.name} v{m.version}", "kind": m.kind, "spec": json.dumps(m.spec)}
            for m in record.metrics
        ],
        "packages": sorted(record.environment.packages.items()),
        "suite": json.dumps(record.suite.source, indent=2, ensure_ascii=False),
        "warnings": record.warnings,
    }


def facts(record: Record) -> list[tuple[str, str]]:
    """What every form of the report states about where its numbers come from."""
    env = record.environment
    commit = f"{env.commit}{' (with uncommitted changes)' if env.dirty else ''}" if env.commit else "no git commit"
    said = [
        ("Run", f"{record.run_id} ({record.name})" if record.name else record.run_id),
        ("Labels", ", ".join(record.labels)),
        ("Made", record.created),
        ("Suite", f"{record.suite.name}, version {record.suite.version}"),
        ("Suite file", record.suite.path or ""),
        ("Cases", count(record.n_cases) + (f" in {count(record.n_groups)} groups" if record.n_groups else "")),
        ("Selection", json.dumps(record.selection) if record.selection else ""),
        ("Repeats, seed", f"{record.suite.repeats}, {record.suite.seed}"),
        ("Cases digest", record.digests.cases),
        ("Scoring digest", record.digests.scoring),
        ("Policy digest", record.digests.policy),
        ("Plan digest", record.plan),
        ("Commit", commit),
        ("evalkit, Python", f"{env.evalkit}, {env.python}"),
        ("Platform", env.platform),
    ]
    return [(name, value) for name, value in said if value]
