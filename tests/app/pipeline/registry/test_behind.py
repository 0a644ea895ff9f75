"""Evidence is kept with a run that judged the model it is about: which model a name stood for, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.app.approving import added
from evalkit.app.attaching import attach
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.behind import artifact_behind, artifact_of
from evalkit.core.errors import InputError
from evalkit.core.evidence import Monitor, Validation
from tests.app.pipeline.registry.test_promoting import artifact, bench, up
from tests.pipeline.registry.built import NAME

__all__ = ["bench"]

LATE = 4e9
EARLY = 1.0


def test_a_spec_is_a_model_as_it_stood_then(bench: Bench) -> None:
    up(bench, 1)
    then = bench.clock()
    up(bench, 2)
    at = [f"challenger=model:{NAME}@champion?output=probability", f"model:{NAME}", f"{NAME}@1", f"x=model:{NAME}@2"]
    assert [artifact_of(bench.chains, spec, LATE) for spec in at] == [artifact(bench, i) for i in (2, 2, 1, 2)]
    assert artifact_of(bench.chains, f"model:{NAME}@champion", then) == artifact(bench, 1)
    assert artifact_of(bench.chains, f"model:{artifact(bench, 3)[:12]}", LATE) == artifact(bench, 3)
    others = ["challenger", NAME, f"{NAME}@champion", "python:f.py:g", f"model:{NAME}@9", "model:none", "remodel:x@1"]
    assert [artifact_of(bench.chains, spec, LATE) for spec in others] == [None] * len(others)
    assert artifact_of(bench.chains, f"model:{NAME}@champion", EARLY) is None


def test_a_name_of_the_log_is_what_the_gateway_wrote_down(bench: Bench) -> None:
    bench.chains.append("gateway", "started", {"systems": {"new": f"new=model:{NAME}@2", "old": f"model:{NAME}@1"}})
    first = bench.clock()
    bench.chains.append("gateway", "started", {"systems": {"new": f"new=model:{NAME}@3"}})
    assert artifact_behind(bench.chains, "new", first) == artifact(bench, 2)
    assert artifact_behind(bench.chains, "new", LATE) == artifact(bench, 3)
    assert artifact_behind(bench.chains, "old", LATE) == artifact(bench, 1)
    assert artifact_behind(bench.chains, f"{NAME}@2", LATE) == artifact(bench, 2)
    assert artifact_behind(bench.chains, "nobody", LATE) is None


def test_evidence_about_another_model_is_refused_wherever_it_comes_from(bench: Bench, tmp_path: Path) -> None:
    other = Monitor(created="2026-01-01", about=artifact(bench, 1))
    said = f"about another model .artifact {artifact(bench, 1)[:12]}.* judged: candidate"
    with pytest.raises(InputError, match=said):
        attach(bench.store, "run-2", other)
    file = tmp_path / "evidence.json"
    own = Monitor(created="2026-01-01", about=artifact(bench, 2))
    file.write_text(json.dumps([{"kind": one.kind, **one.model_dump(mode="json")} for one in (own, other)]))
    with pytest.raises(InputError, match="about another model"):
        added(bench.store, "run:run-2", file)
    assert bench.store.evidence("run-2") == []  # all or none
    of_data = Validation(created="2026-01-01", dataset=artifact(bench, 1), rows=1)
    for fits in (own, Monitor(created="2026-01-01"), of_data):
        attach(bench.store, "run-2", fits)
    assert len(bench.store.evidence("run-2")) == 3
