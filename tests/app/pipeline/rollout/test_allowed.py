"""A registered model goes to users on a passing run of that very artifact, and otherwise not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.rollout.allowed import refusal
from evalkit.core.errors import InputError
from evalkit.core.nouns import VariantInfo
from evalkit.core.versions import ModelVersion
from evalkit.pipeline.registry.nouns import Registered
from evalkit.pipeline.registry.registry import Registry
from tests.stores.builders import DIGEST, a_record

ARTIFACT, OTHER = "a" * 64, "b" * 64


def run(run_id: str, outcome: str, artifact: str = ARTIFACT) -> Any:
    """A record that judged an artifact."""
    spec = {"predictor": "model", "artifact": artifact}
    one = VariantInfo(name="m", role="candidate", spec=spec, digest=DIGEST, answers=DIGEST, n_predictions=2)
    return a_record().model_copy(update={"run_id": run_id, "outcome": outcome, "variants": [one]})


def bench(root: Path, *records: Any) -> Bench:
    """A workspace with the model `flights` in the registry, and these runs, newest first."""
    made = Bench(root, clock=lambda: 1_000.0)
    version = ModelVersion(
        name="flights", version=1, artifact=ARTIFACT, digest=OTHER, recipe="file", code=DIGEST, created="2001-01-01"
    )
    Registry(made.chains).register("flights", lambda n: Registered(version=version, source="file", kind="skops"), "ann")
    made.__dict__["store"] = SimpleNamespace(
        runs=lambda: [SimpleNamespace(run_id=r.run_id) for r in records],
        read_records=lambda ids: iter([*records, InputError("a run that broke")]),
        verify=lambda ident: ["scores.parquet differs"] if ident == "forged" else [],
    )
    return made


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "no run has judged this artifact"),
        ([run("r1", "pass", OTHER)], "no run has judged this artifact"),
        ([run("r1", "fail")], "run r1 does not pass: its outcome is fail"),
        ([run("r1", "inconclusive")], "run r1 does not pass"),
        ([run("forged", "pass")], "was changed after it was written"),
        ([run("r2", "fail"), run("r1", "pass")], "run r2 does not pass"),  # the pass is stale
        ([run("r1", "pass")], None),
        ([run("r2", "pass"), run("r1", "fail")], None),
    ],
)
def test_who_may_go_out(tmp_path: Path, records: list[Any], said: str | None) -> None:
    for spec in ("model:flights@1", "new=model:flights@1", f"model:{ARTIFACT[:12]}?seed=1"):
        found = refusal(bench(tmp_path, *records))(spec)
        assert (found is None) if said is None else (said in str(found))


def test_other_systems_are_not_held_up(tmp_path: Path) -> None:
    assert refusal(bench(tmp_path))("python:new.py:predict") is None
    with pytest.raises(InputError, match="and not 7"):
        refusal(bench(tmp_path))("model:flights@7")
