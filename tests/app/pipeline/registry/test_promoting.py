"""The registry with what is around it: artifacts, records, evidence, the baseline `production`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.app.cli.main import cli
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.promoting import Asked, Moved, promote, retire, rollback
from evalkit.app.pipeline.registry.reading import as_of, faults, listed, shown
from evalkit.core.chain import Conflict
from evalkit.core.errors import InputError, StoreError
from evalkit.core.evidence import Registry as Evidence
from evalkit.pipeline.registry.registry import Refused, Registry
from evalkit.stores.disk import StoreWarning
from tests.pipeline.registry.built import NAME, Ticking, a_verdict, registered
from tests.stores.builders import tables


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Three versions, each with a run that passes: run-1, run-2, run-3."""
    made = Bench(tmp_path, clock=Ticking(1_769_904_000.0))
    for i in (1, 2, 3):
        digest = made.store.put_blob(b"model %d" % i)
        Registry(made.chains).register(NAME, lambda number, digest=digest: registered(number, digest), "ann")  # type: ignore[misc]
        ran(made, i, f"run-{i}")
    return made


def artifact(bench: Bench, version: int) -> str:
    return Registry(bench.chains).state(NAME).version(version).version.artifact


def ran(bench: Bench, version: int, run_id: str, **changes: Any) -> None:
    created = changes.pop("created", f"2026-01-0{version}T00:00:00+00:00")
    bench.store.write_run(a_verdict(artifact(bench, version), run_id=run_id, created=created, **changes), tables())


def asked(version: int, **more: Any) -> Asked:
    return Asked(f"{NAME}@{version}", more.pop("alias", "champion"), more.pop("record", f"run:run-{version}"), **more)


def up(bench: Bench, *versions: int) -> Moved:
    return [promote(bench, asked(version)) for version in versions][-1]


def test_a_promotion_cites_its_record_and_the_run_gets_the_evidence(bench: Bench) -> None:
    found = up(bench, 1, 2)
    assert (found.before, found.version, found.forced) == (1, 2, False)
    assert found.cited is not None
    assert found.cited.record == bench.store.read_record("run-2").digest
    kept = [one for one in bench.store.evidence("run-2") if isinstance(one, Evidence)]
    assert [(one.model, one.version, one.aliases, one.outcome) for one in kept] == [(NAME, "2", ["champion"], "pass")]
    assert "on run:run-2 of flights, pass" in kept[0].moves[-1].note
    assert bench.store.evidence("run-1")[-1].aliases == []  # type: ignore[union-attr]


def test_production_follows_the_champion_back_and_forth(bench: Bench) -> None:
    up(bench, 1, 2)
    assert bench.store.baseline("production") == "run-2"
    promote(bench, asked(3, alias="challenger"))
    assert bench.store.baseline("production") == "run-2"
    rollback(bench, NAME, "champion", who="bob")
    assert bench.store.baseline("production") == "run-1"
    assert [event.note for event in bench.store.baseline_events("production")][-1] == "flights@1 is champion"


def test_an_alias_is_taken_away_and_put_back(bench: Bench) -> None:
    up(bench, 1, 2)
    words = ("remove", f"{NAME}@champion", "--expect", "2", "--who", "eve", "--why", "it lies")
    with pytest.warns(StoreWarning, match="nobody is champion of flights now; the baseline production stays"):
        done = on_the_command_line(bench, *words)
    found = json.loads(done.stdout)
    assert (done.return_value, found["version"], found["before"], found["event"]["who"]) == (0, None, 2, "eve")
    assert bench.store.baseline("production") == "run-2"
    assert bench.store.evidence("run-2")[-1].moves[-1].note == "it lies"  # type: ignore[union-attr]
    at = Registry(bench.chains).state(NAME).events[-1].at
    assert as_of(bench, at, NAME)["models"][NAME]["aliases"] == {}
    assert isinstance(on_the_command_line(bench, *words).exception, Conflict)
    assert "-> nowhere" in CliRunner().invoke(cli, ["registry", "show", NAME, "--workspace", str(bench.root)]).stdout
    moved = rollback(bench, NAME, "champion", expect="none")
    assert (moved.before, moved.version, moved.cited is not None) == (None, 2, True)
    assert faults(bench, [NAME], []) == {NAME: []}


def test_what_was_done_already_is_done_once_and_what_a_kill_left_out_is_caught_up(bench: Bench) -> None:
    up(bench, 1)
    bench.store.remove_baseline("production")
    again = promote(bench, asked(1))
    assert again.event is None
    assert len(bench.store.evidence("run-1")) == 1
    assert bench.store.baseline("production") == "run-1"
    assert len(Registry(bench.chains).state(NAME).events) == 4


def test_evidence_that_does_not_allow_it_moves_nothing(bench: Bench) -> None:
    up(bench, 1)
    ran(bench, 2, "late", created="2026-01-05T00:00:00+00:00", outcome="fail")
    for wanted, said in [
        (asked(2), "stale: run late of the same suite came later, fail"),
        (asked(2, record="run:late"), "does not pass: its outcome is fail"),
        (asked(3, record="run:run-1"), "and not this artifact"),
        (asked(3, suite="toy"), "the policy names 'toy'"),
        (asked(3, max_days=0.0), "is stale"),
    ]:
        with pytest.raises(Refused, match=said):
            promote(bench, wanted)
    assert shown(bench, NAME)["aliases"]["champion"]["version"] == 1


def test_an_alias_stays_with_the_suite_of_its_last_promotion(bench: Bench) -> None:
    up(bench, 1)
    ran(bench, 2, "toy", suite="toy")
    with pytest.raises(Refused, match="is of the suite 'toy', and the policy names 'flights'"):
        promote(bench, asked(2, record="run:toy"))
    assert promote(bench, asked(2, record="run:toy", suite="toy")).version == 2
    assert shown(bench, NAME)["suites"] == {"champion": "toy"}


def test_force_needs_a_reason_and_is_flagged_for_ever(bench: Bench) -> None:
    up(bench, 1)
    with pytest.raises(InputError, match="needs its reason"):
        promote(bench, asked(2, record="", force=True))
    with pytest.warns(StoreWarning, match="has no record, so the baseline production stays"):
        found = promote(bench, asked(2, record="", force=True, why="the site is down"))
    assert (found.forced, found.against) == (True, ("no record is cited",))
    up(bench, 3)
    with pytest.warns(StoreWarning):
        rollback(bench, NAME, "champion")
    whole = shown(bench, NAME)
    assert whole["aliases"]["champion"]["forced"] is True
    assert [version["forced"] for version in whole["versions"]] == [False, True, False]


@pytest.mark.filterwarnings("ignore::evalkit.stores.disk.StoreWarning")
def test_forced_with_a_passing_record_is_not_forced(bench: Bench) -> None:
    assert promote(bench, asked(1, force=True, why="hurry")).forced is False


def test_a_record_that_was_changed_allows_nothing(bench: Bench) -> None:
    path = bench.store.path_of("run-1") / "scores.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Refused, match="was changed after it was written"):
        up(bench, 1)


def test_a_version_without_its_artifact_is_refused_and_named(bench: Bench) -> None:
    digest = artifact(bench, 1)
    (bench.root / "blobs" / digest[:2] / digest).unlink()
    with pytest.raises(Refused, match="its artifact cannot be read"):
        up(bench, 1)
    assert any("the artifact of version 1 of flights is gone" in one for one in faults(bench, [NAME], [])[NAME])


def test_nobody_goes_back_to_what_cannot_be_loaded(bench: Bench) -> None:
    from evalkit.stores.blobs import path_of

    up(bench, 1, 2)
    path_of(bench.root / "blobs", artifact(bench, 1)).unlink()
    with pytest.raises(StoreError, match="version 1 of flights cannot be gone back to: its artifact cannot be read"):
        rollback(bench, NAME, "champion")
    assert listed(bench)[0]["aliases"] == {"champion": 2}


def test_expectations_and_retirements_are_kept(bench: Bench) -> None:
    up(bench, 1)
    with pytest.raises(Conflict, match="stands on version 1, and was expected nowhere"):
        promote(bench, asked(2, expect="none"))
    with pytest.raises(InputError, match="'x' is no version"):
        promote(bench, asked(2, expect="x"))
    assert promote(bench, asked(2, expect="1")).before == 1
    retire(bench, f"{NAME}@3", why="it leaks")
    with pytest.raises(Refused, match="version 3 of flights is retired"):
        up(bench, 3)


def test_the_past_is_told_with_its_evidence(bench: Bench) -> None:
    up(bench, 1)
    moment = Registry(bench.chains).state(NAME).events[-1].at
    up(bench, 2)
    then = as_of(bench, moment, None)["models"][NAME]["aliases"]["champion"]
    assert (then["version"], then["record"]["run_id"]) == (1, "run-1")
    assert as_of(bench, "2000-01-01", None)["models"] == {}
    assert listed(bench) == [{"name": NAME, "versions": 3, "aliases": {"champion": 2}}]


def test_what_was_tampered_with_or_rebuilt_is_named(bench: Bench) -> None:
    up(bench, 1, 2)
    anchor = shown(bench, NAME)["heads"]["anchor"]
    assert faults(bench, [NAME], [anchor, anchor.partition(":")[2]]) == {NAME: []}
    assert "no event has the head ffff" in faults(bench, [NAME], ["f" * 64])[NAME][0]
    assert "no event has the head ffff" in faults(bench, [NAME, NAME], ["f" * 64])["anchors"][0]
    with pytest.raises(InputError, match="'x' is no head"):
        faults(bench, [NAME], ["x"])
    with sqlite3.connect(bench.root / "registry.db") as db:
        db.execute("DROP TRIGGER chain_events_no_UPDATE")
        db.execute("UPDATE chain_events SET data = replace(data, '\"before\":1', '\"before\":3') WHERE seq = 5")
    db.close()
    assert any("event 5 of model/flights (promoted" in one for one in faults(bench, [NAME], [])[NAME])
    with pytest.raises(Refused, match="the chain of flights is not whole: event 5 of model/flights"):
        up(bench, 3)
    with pytest.warns(StoreWarning, match="the chain of flights is not whole"):
        assert rollback(bench, NAME, "champion", expect="2").version == 1


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE chain_events SET data = 'x' WHERE seq = 2", "event 2 of model/flights was changed"),
        ("UPDATE chain_events SET at = 'x' WHERE seq = 4", "event 4 of model/flights (promoted, x) was changed"),
        ("DELETE FROM chain_events", "model/flights ends before event 1"),
    ],
)
def test_a_chain_that_cannot_be_read_is_a_verdict(bench: Bench, statement: str, said: str) -> None:
    up(bench, 1)
    with sqlite3.connect(bench.root / "registry.db") as db:
        for name in ("UPDATE", "DELETE"):
            db.execute(f"DROP TRIGGER chain_events_no_{name}")
        db.execute(statement)
    db.close()
    for words in (["verify"], ["verify", NAME], ["verify", NAME, "--anchor", "0" * 64]):
        done = on_the_command_line(bench, *words)
        assert done.return_value == 1, done.exception
        assert said in json.loads(done.stdout)["models"][NAME]["faults"][0]
    done = on_the_command_line(bench, "as-of", "2100-01-01", NAME)
    assert isinstance(done.exception, StoreError if "DELETE" not in statement else InputError)


def on_the_command_line(bench: Bench, *words: str) -> Any:
    where = ["--workspace", str(bench.root), "--json"]
    return CliRunner().invoke(cli, ["registry", *words, *where], obj={}, standalone_mode=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["promote", f"{NAME}@{'9' * 5000}", "--alias", "champion", "--record", "run-1"], "has no alias '999"),
        (["promote", f"{NAME}@1", "--alias", "champion", "--record", "run-1", "--expect", "9" * 5000], "is no version"),
        (["promote", f"{NAME}@1", "--alias", "champion", "--record", "run-1/other"], "has no candidate 'other'"),
        (["promote", f"{NAME}@1", "--alias", "champion", "--record", "run-1", "--max-age", "nan"], "nan is no number"),
        (["rollback", NAME, "--expect", "3"], "champion of flights stands on version 2, and was expected on version 3"),
        (["retire", NAME], "'flights' names no version"),
        (["remove", f"{NAME}@2"], "'flights@2' names no alias"),
        (["remove", f"{NAME}@nobody"], "flights has no alias 'nobody'"),
        (["verify", "--anchor", f"{'9' * 5000}:{'0' * 64}"], "is no head"),
        (["as-of", "9999-12-31T23:59:59-12:00"], "is not an ISO 8601 time"),
        (["as-of", "nonsense", NAME], "'nonsense' is not an ISO 8601 time"),
        (["register", NAME, "x" * 5000], "neither the digest of a model"),
        (["show", f"{NAME}@7"], "has versions 1 to 3, and not 7"),
    ],
)
def test_bad_input_is_a_sentence(bench: Bench, words: list[str], said: str) -> None:
    up(bench, 1, 2)
    done = on_the_command_line(bench, *words)
    assert getattr(done.exception, "exit_code", None) == 2
    assert said in str(done.exception)


def test_a_record_that_is_gone_since_is_named(bench: Bench) -> None:
    up(bench, 1)
    bench.store.delete("run-1", force=True)
    assert any("run run-1, which allowed event 4 of flights, is gone" in one for one in faults(bench, [NAME], [])[NAME])


def test_the_artifact_outlives_every_cleaning(bench: Bench) -> None:
    from evalkit.stores.gc import GcPolicy

    stray = bench.store.put_blob(b"nobody cites it")
    bench.clock.now = 4e9  # type: ignore[attr-defined]
    removed = bench.store.gc(GcPolicy(keep_newest=0, keep_days=0, idle_days=0))
    assert removed.blobs == (stray,)
    assert bench.store.get_blob(artifact(bench, 3)) == b"model 3"


def test_the_command_line_speaks_json_sentences_and_exit_codes(bench: Bench) -> None:
    def run(*words: str) -> Any:
        return on_the_command_line(bench, *words)

    done = run("promote", f"{NAME}@1", "--alias", "champion", "--record", "run:run-1", "--who", "eve", "--why", "first")
    found = json.loads(done.stdout)
    assert (done.return_value, found["version"], found["event"]["who"]) == (0, 1, "eve")
    assert json.loads(run("show", NAME).stdout)["heads"]["head"] == found["event"]["head"]
    assert json.loads(run("list").stdout)["models"][0]["aliases"] == {"champion": 1}
    assert json.loads(run("verify").stdout) == {"ok": True, "models": {NAME: {"faults": []}}}
    for words in (("as-of", "2099-01-01", NAME), ("as-of", NAME, "2099-01-01")):
        assert json.loads(run(*words).stdout)["models"][NAME]["aliases"]["champion"]["why"] == "first"
    assert run("verify", "--anchor", "0" * 64).return_value == 1
    refused = run("promote", f"{NAME}@2", "--alias", "champion", "--record", "run:run-1")
    assert isinstance(refused.exception, Refused)
    assert refused.exception.exit_code == 1
