"""Small records, tables and answers for the tests of stores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from evalkit.core.nouns import Digests, Environment, Record, SuiteInfo, VariantInfo
from evalkit.core.protocols import Answer, Request

DIGEST = "0" * 64
ROOT = Path(__file__).resolve().parents[2]


def a_record(run_id: str = "run-1", created: str = "2026-01-01T00:00:00+00:00", **changes: Any) -> Record:
    """A record without metrics; `baseline` is the run that its baseline's answers came from, `suite` a name."""
    baseline, suite = changes.pop("baseline", None), changes.pop("suite", "flights")
    variants = [_variant("candidate", "candidate", None)]
    variants += [_variant("baseline", "baseline", baseline)] if baseline else []
    return Record(
        run_id=run_id,
        created=created,
        suite=SuiteInfo(name=suite, version=1, source={}),
        digests=Digests(cases=DIGEST, scoring=DIGEST, policy=DIGEST),
        plan=DIGEST,
        n_cases=2,
        variants=variants,
        metrics=[],
        estimates=[],
        decisions=[],
        outcome=changes.pop("outcome", "pass"),
        environment=Environment(evalkit="0.1.0", python="3.11", platform="linux"),
        **changes,
    )


def _variant(name: str, role: Any, from_run: str | None) -> VariantInfo:
    return VariantInfo(name=name, role=role, spec={}, digest=DIGEST, answers=DIGEST, from_run=from_run, n_predictions=2)


def tables(n: int = 2) -> dict[str, pa.Table]:
    """Two tables of n rows, one with a dictionary and a list column."""
    return {
        "cases": pa.table(
            {"id": pa.array([f"c{i}" for i in range(n)]), "input": pa.array(["1"] * n, pa.large_string())}
        ),
        "scores": pa.table(
            {
                "metric": pa.array(["accuracy"] * n).dictionary_encode(),
                "parts": pa.array([[1.0, float(i)] if i % 2 else None for i in range(n)], pa.list_(pa.float64())),
            }
        ),
    }


def asked(case_id: str, repeat: int = 0) -> Request:
    """A request for a case."""
    return Request(case_id, repeat, None, 0)


def rows(first: int, n: int) -> list[tuple[Request, Answer]]:
    """n answers, each the number of its case."""
    return [(asked(f"c{i}"), Answer(output=i)) for i in range(first, first + n)]


def crashing(*arguments: object) -> list[dict[str, Any]]:
    """What `crashing.py` prints, run as a script."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.stores.crashing", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions bind inside, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
