"""What is compared: the runs, their digests, under which scoring, and the command that makes this page again."""

from __future__ import annotations

import json
import shlex
from typing import Any

from evalkit.core.comparison import ComparedSystem
from evalkit.core.dossier import Dossier
from evalkit.report.compared.told import Told
from evalkit.report.text import count

__all__ = ["build"]


def build(dossier: Dossier, told: Told) -> dict[str, Any]:
    """The ground in sentences, a row a system, the digests, the command."""
    record, found = dossier.record, told.comparison
    env = record.environment
    facts = [
        ("Comparison", found.comparison_id),
        ("Suite", f"{found.suite}, version {found.suite_version}"),
        ("Scored as", found.scored_as),
        ("Cases", count(found.n_cases) + (f" in {count(found.n_groups)} groups" if found.n_groups else "")),
        ("Repeats, seed", f"{found.repeats}, {record.suite.seed}"),
        ("Cases digest", record.digests.cases),
        ("Scoring digest", record.digests.scoring),
        ("evalkit, Python", f"{env.evalkit}, {env.python}"),
    ]
    return {
        "ground": found.comparability,
        "facts": facts,
        "systems": [_system(dossier, system) for system in found.systems],
        "command": shlex.join(_command(record.command)),
        "suite": json.dumps(record.suite.source, indent=2, ensure_ascii=False),
        "warnings": [w for w in record.warnings if w.rstrip(".").lower() not in _known(found.comparability)],
    }


def _known(sentences: list[str]) -> set[str]:
    return {sentence.rstrip(".").lower() for sentence in sentences}


def _command(command: list[str]) -> list[str]:
    """`evalkit compare ...` as `evalkit report compare ...`, which makes the page."""
    return ["evalkit", "report", *command[1:]] if command[:2] == ["evalkit", "compare"] else command


def _system(dossier: Dossier, system: ComparedSystem) -> dict[str, Any]:
    info = next((v for v in dossier.record.variants if v.name == system.name), None)
    return {
        "name": system.name,
        "run": f"{system.run_id}/{system.variant}",
        "called": system.run_name or "",
        "asked": count(system.n_asked),
        "left": "; ".join(f"{reason}: {count(n)}" for reason, n in system.left_out.items()),
        "failed": count(system.n_failed),
        "missing": count(system.n_missing),
        "why": ", ".join(f"{reason} {count(n)}" for reason, n in system.failures.items()),
        "digest": info.digest if info else "",
        "models": ", ".join(f"{model} ({count(n)})" for model, n in info.models.items()) if info else "",
    }
