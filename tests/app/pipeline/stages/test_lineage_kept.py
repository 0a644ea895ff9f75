"""The history of models and runs that the command line made: what may be named, and its place in a run's report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.app.cli.main import cli
from evalkit.app.pipeline.bench import Bench
from evalkit.core.evidence import Lineage
from tests.app.pipeline.registry.test_promoting import artifact, bench, up
from tests.pipeline.registry.built import NAME

__all__ = ["bench"]


def call(bench: Bench, *words: str) -> Any:
    where = ["--workspace", str(bench.root)]
    return CliRunner().invoke(cli, ["lineage", *words, *where], obj={}, standalone_mode=False)


def kept(bench: Bench, run_id: str) -> list[Lineage]:
    return [one for one in bench.store.evidence(run_id) if isinstance(one, Lineage)]


def test_models_runs_and_datasets_are_named_as_everywhere(bench: Bench) -> None:
    import pyarrow as pa

    up(bench, 1, 2)
    data = bench.datasets.add(NAME, [pa.table({"x": [1]})])
    meant = {
        f"model:{NAME}@champion": artifact(bench, 2),
        f"{NAME}@champion": artifact(bench, 2),
        f"model:{NAME}": artifact(bench, 2),  # its champion, though version 3 is newer
        f"model:{NAME}@3": artifact(bench, 3),
        f"model:{artifact(bench, 1)[:12]}": artifact(bench, 1),
        f"dataset:{NAME}": data.digest,
        f"dataset:{NAME}@1": data.digest,
        "run:run-1": bench.store.read_record("run-1").digest,
        "baseline:production": bench.store.read_record("run-2").digest,
    }
    for ref, digest in meant.items():
        done = call(bench, ref, "--json")
        assert done.exception is None, ref
        assert json.loads(done.stdout)["digest"] == digest, ref
    for ref, said in [
        (f"model:{NAME}@9", "has versions 1 to 3, and not 9"),
        ("dataset:nobody", "there is no dataset 'nobody'"),
        ("run:nobody", "nobody"),
        (f"dataset:{artifact(bench, 1)}", "there is no dataset"),
    ]:
        done = call(bench, ref)
        assert getattr(done.exception, "exit_code", None) == 2
        assert said in str(done.exception)


@pytest.mark.parametrize("ref", ["run:run-1", f"model:{NAME}@1"])
def test_it_is_kept_with_the_run_once(bench: Bench, ref: str) -> None:
    for said in ("kept with run run-1: evidence", "run run-1 has this lineage already"):
        assert said in call(bench, ref, "--evidence", "run:run-1").stderr
    (made,) = kept(bench, "run-1")
    system = bench.store.read_record("run-1").variants[0].digest
    model = f"model:{artifact(bench, 1)}"
    assert (model, f"system:{system}", "loaded") in {(edge.of, edge.made, edge.by) for edge in made.edges}
    assert {node.kind for node in made.nodes} >= {"model", "code"}


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        (f"model:{NAME}@2", "is about another model"),
        ("run:run-2", "is the lineage of run run-2, and not that of run run-1"),
        ("dataset:data", "of what dataset data@1 was made nothing is known"),
    ],
)
def test_a_run_gets_no_other_history(bench: Bench, ref: str, said: str) -> None:
    import pyarrow as pa

    bench.datasets.add("data", [pa.table({"x": [1]})])
    done = call(bench, ref, "--evidence", "run:run-1")
    assert getattr(done.exception, "exit_code", None) == 2
    assert said in str(done.exception)
    assert kept(bench, "run-1") == []
