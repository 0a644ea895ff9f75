"""`evalkit baseline`, and `baseline:NAME` wherever a run is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.app.api import open_store
from evalkit.app.refs import run_ref
from evalkit.core.errors import InputError
from tests.e2e.conftest import called, write_jsonl

N = 60


def suite(folder: Path, name: str = "flights") -> Path:
    """N questions; `good.jsonl` is right on all but 6, `bad.jsonl` on half, `dead.jsonl` failed on each."""
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(N)])
    for file, right in (("good", lambda i: i % 10), ("bad", lambda i: i % 2)):
        write_jsonl(folder / f"{file}.jsonl", [{"case_id": f"c{i}", "output": i if right(i) else -1} for i in range(N)])
    failure = {"kind": "system", "reason": "raised", "message": "no"}
    write_jsonl(folder / "dead.jsonl", [{"case_id": f"c{i}", "failure": failure} for i in range(N)])
    gates = [{"metric": "exact", "versus": "baseline", "margin": 0.1}]
    layers = {"exact": ["exact"], "operational": ["answered"]}
    file = folder / "suite.yaml"
    file.write_text(json.dumps({"suite": name, "cases": "cases.jsonl", "layers": layers, "gates": gates}))
    return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one suite and a run of it, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    suite(tmp_path / "suites" / "flights")
    return tmp_path


def first_run(name: str = "good", where: str = "suites/flights") -> str:
    """A run without a versus gate's need of a baseline: the system against itself."""
    spec = f"recorded:{where}/{name}.jsonl"
    return ek.run(where, candidate=spec, baseline=spec).run_id


def test_set_list_show_rm(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_id = first_run()
    ran = called(capfd, "baseline", "set", "main", f"run:{run_id}", "--note", "v1", "--json")
    assert (ran.code, ran.json["moves"][0]["who"], ran.json["moves"][0]["previous"]) == (0, "ada", None)
    found = called(capfd, "baseline", "list", "--json").json["baselines"]
    assert [(b["name"], b["suite"], b["run_id"], b["state"]) for b in found] == [("main", "flights", run_id, "pass")]
    shown = called(capfd, "baseline", "show", "main").out
    assert "stands on" in shown
    assert "v1" in shown
    assert "baseline:main" in called(capfd, "runs", "list").out
    assert called(capfd, "baseline", "rm", "main").code == 0
    assert called(capfd, "baseline", "list").out.startswith("No baseline yet")
    history = called(capfd, "baseline", "show", "main", "--json").json
    assert (history["stands"], [e["run_id"] for e in history["history"]]) == ([], [run_id, None])


@pytest.mark.slow
def test_a_baseline_is_read_wherever_a_run_is(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    called(capfd, "baseline", "set", "release/2.0", first_run())
    bad = ("--candidate", "recorded:suites/flights/bad.jsonl")
    ran = called(capfd, "run", "suites/flights", *bad, "--baseline", "baseline:release/2.0", "--json")
    assert (ran.code, ran.json["outcome"]) == (1, "fail")
    for command in (
        ("compare", f"run:{ran.json['run_id']}", "baseline:release/2.0"),
        ("rescore", "baseline:release/2.0"),
        ("report", "baseline:release/2.0", "--output", "r.html"),
        ("runs", "show", "baseline:release/2.0"),
    ):
        assert called(capfd, *command).code in (0, 1), command


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("baseline:main", "there is no such baseline"),
        ("baseline:", "there is no such baseline"),
        ("baseline:main@flights", "there is no such baseline"),
        ("run:nothing", "no run yet"),
    ],
)
def test_a_missing_baseline_is_exit_2(here: Path, capfd: pytest.CaptureFixture[str], spec: str, said: str) -> None:
    good = ("--candidate", "recorded:suites/flights/good.jsonl")
    ran = called(capfd, "run", "suites/flights", *good, "--baseline", spec)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_a_baseline_that_never_answered_is_refused(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is compared with a system that failed on every case looks good."""
    layers = {"exact": ["exact"]}
    Path("suites/flights/bare.yaml").write_text(
        json.dumps({"suite": "flights", "cases": "cases.jsonl", "layers": layers})
    )
    dead = ek.run("suites/flights/bare.yaml", candidate="recorded:suites/flights/dead.jsonl").run_id
    good = ("--candidate", "recorded:suites/flights/good.jsonl")
    stored = called(capfd, "run", "suites/flights", *good, "--baseline", f"run:{dead}")
    assert stored.code == 2
    assert "answered none of 60 cases (raised: 60)" in stored.err
    live = called(capfd, "run", "suites/flights", *good, "--baseline", "recorded:suites/flights/dead.jsonl")
    assert live.code == 2
    assert "answered none of 60 cases (raised: 60)" in live.err
    named = called(capfd, "baseline", "set", "main", dead)
    assert (named.code, "answered none" in named.err) == (2, True)


@pytest.mark.slow
def test_it_travels_to_another_machine(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suite(here / "suites" / "finance", "finance")
    runs = [first_run(), first_run(where="suites/finance")]
    called(capfd, "baseline", "set", "main", *runs)
    for file in ("main.tar.gz", "main.zip", "again.zip"):
        assert called(capfd, "baseline", "export", "main", file).code == 0
    assert Path("main.zip").read_bytes() == Path("again.zip").read_bytes()
    for place, file in (("a", "main.tar.gz"), ("b", "main.zip")):
        monkeypatch.setenv("EVALKIT_HOME", str(here / place))
        assert called(capfd, "baseline", "import", file).code == 0
        store = open_store(here / place)
        assert [store.baseline("main", s) for s in ("flights", "finance")] == runs
        assert called(capfd, "baseline", "import", file, "--as", "released").code == 0
        assert store.baseline("released", "finance") == runs[1]
        wrong = called(capfd, "runs", "import", file)
        assert (wrong.code, "evalkit baseline import" in wrong.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "text", "missing", "run"])
def test_a_damaged_archive_is_refused(here: Path, capfd: pytest.CaptureFixture[str], damage: str) -> None:
    run_id = first_run()
    called(capfd, "baseline", "set", "main", run_id)
    called(capfd, "baseline", "export", "main", "main.zip")
    file = Path("broken.zip")
    data = Path("main.zip").read_bytes()
    if damage == "run":
        called(capfd, "runs", "export", run_id, file)
    elif damage != "missing":
        file.write_bytes(data[: len(data) // 2] if damage == "truncated" else b"not an archive")
    ran = called(capfd, "baseline", "import", file)
    assert ran.code in (2, 4)
    assert ran.err.startswith("error: ")
    if damage == "run":
        assert "--as NAME" in ran.err
        assert called(capfd, "baseline", "import", file, "--as", "main").code == 0


def test_names_may_hold_slashes_and_so_may_variants(here: Path) -> None:
    run_id = first_run()
    store = open_store()
    store.set_name(run_id, "release/2")
    store.set_baseline("feature/x", run_id)
    for ref, variant in (
        ("release/2", None),
        ("run:release/2/baseline", "baseline"),
        (f"run:{run_id}/gpt/short", "gpt/short"),
        ("baseline:feature/x", None),
        ("baseline:feature/x/gpt/short", "gpt/short"),
        ("baseline:feature/x/baseline@flights", "baseline"),
    ):
        assert run_ref(store, ref, "flights") == (run_id, variant)
    with pytest.raises(InputError, match="no such run"):
        run_ref(store, "nothing/candidate")


def test_a_baseline_of_one_suite_serves_a_renamed_one(here: Path) -> None:
    """As a run named by its id would; of several suites the right one is asked for."""
    run_id = first_run()
    store = open_store()
    store.set_baseline("main", run_id)
    assert run_ref(store, "baseline:main", "renamed").run_id == run_id


def test_two_movers_one_wins(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, second = first_run(), first_run("bad")
    assert called(capfd, "baseline", "set", "main", first, "--expect", "none").code == 0
    ran = called(capfd, "baseline", "set", "main", second, "--expect", "none")
    assert (ran.code, "moved meanwhile" in ran.err) == (2, True)
    assert called(capfd, "baseline", "set", "main", second, "--expect", f"run:{first}").code == 0


def test_export_of_nothing(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert called(capfd, "baseline", "export", "main", "x.zip").code == 2
    called(capfd, "baseline", "set", "main", first_run())
    assert called(capfd, "baseline", "export", "main", "x.rar").code == 2
    assert called(capfd, "baseline", "export", "main", "nowhere/x.zip").code == 2
