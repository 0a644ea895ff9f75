"""`evalkit pipeline` and `evalkit lineage` from outside: exit codes, one JSON object, notes apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.cli.main import main
from evalkit.pipeline.stages.nouns import CHAIN
from tests.app.pipeline.stages.toy import Toy, edit


@pytest.fixture
def cli(toy: Toy, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str, file: bool = True) -> tuple[int, str, str]:
        where = ["--workspace", str(toy.bench.root)]
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *(["--file", str(toy.file)] if file else []), *where])
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return call


def test_run_status_explain(cli: Any, toy: Toy) -> None:
    code, out, err = cli("pipeline", "status", "--json")
    assert (code, {s["state"] for s in json.loads(out)["stages"]}) == (0, {"never"})
    code, out, err = cli("pipeline", "run", "--json", "--explain")
    found = json.loads(out)
    assert (code, found["exit_code"], [s["state"] for s in found["stages"]]) == (0, 0, ["ran"] * 5)
    assert found["stages"][0]["outputs"]["rows"]["rows"] == 3
    assert "clean  runs, for it never ran" in err
    assert "clean  kept 3 of 4" in err
    code, out, err = cli("pipeline", "run")
    assert (code, out) == (0, "")
    assert err.splitlines()[0] == "clean  nothing changed"
    assert err.splitlines()[3] == "gate   nothing changed; pass (the sum is 6)"
    edit(toy.file, "limit: 3", "limit: 2")
    code, out, _ = cli("pipeline", "explain", "clean")
    assert code == 0
    assert "clean is stale; it ran on 20" in out
    assert "\n  config: limit: 3 -> 2\n" in out
    code, out, _ = cli("pipeline", "explain", "clean", "--json")
    (change,) = json.loads(out)["changes"]
    assert (change["part"], change["name"], change["before"], change["after"]) == ("config", "limit", 3, 2)
    code, out, _ = cli("pipeline", "explain", "total")
    assert "it waits for clean" in out
    code, out, _ = cli("pipeline", "status")
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["clean", "stale"], ["total", "stale"]]
    code, out, err = cli("pipeline", "explain", "claen", "--json")
    assert (code, json.loads(out)["error"]["remedy"]) == (
        2,
        "Nearest: 'clean'. Stages: clean, total, count, gate, ship",
    )


def test_a_failed_gate_ends_with_1_and_a_broken_stage_with_4(cli: Any, toy: Toy) -> None:
    edit(toy.file, "at_least: 1", "at_least: 9")
    code, out, err = cli("pipeline", "run", "--json")
    assert (code, json.loads(out)["exit_code"]) == (1, 1)
    assert "ship   not run: gate, which it needs, gave the verdict fail" in err
    edit(toy.folder / "other.py", 'return {"n"', "raise OSError('\\x1b[2Jdisk') #")
    code, out, err = cli("pipeline", "run", "--json")
    assert (code, json.loads(out)["exit_code"]) == (4, 4)
    assert "\x1b" not in err


def test_bad_input(cli: Any, toy: Toy, tmp_path: Path) -> None:
    edit(toy.file, "uses: steps.py:clean", "use: steps.py:clean")
    code, out, err = cli("pipeline", "run", "--json")
    assert code == 2
    told = json.loads(out)["error"]
    assert told["where"].endswith("pipeline.yaml:4")
    assert (told["what"], told["remedy"][:15]) == ("unknown key 'use' in stages.clean", "Nearest: 'uses'")
    code, _, err = cli("pipeline", "run", "--file", str(tmp_path / "nowhere"), file=False)
    assert (code, "there is no such pipeline file" in err) == (2, True)
    code, _, err = cli("pipeline", "run", "--file", str(tmp_path / "ws"), file=False)
    assert code == 2


def test_graphs(cli: Any) -> None:
    assert cli("pipeline", "graph")[1].startswith("1. clean  (steps.py:clean)\n     <- raw: raw.json\n")
    assert cli("pipeline", "graph", "--mermaid")[1].startswith("flowchart LR\n")
    assert cli("pipeline", "graph", "--dot")[1].startswith("digraph")
    assert json.loads(cli("pipeline", "graph", "--json")[1])["order"][0] == "clean"


def test_a_page_of_a_pipeline_says_how_its_stages_stand(cli: Any, toy: Toy, tmp_path: Path) -> None:
    edit(toy.file, "with: {limit: 3}", 'with: {limit: 3}\n    description: "<script>pwned()</script>\\e[2J"')
    toy.run()
    edit(toy.folder / "other.py", '"done": True', '"done": False')
    code, printed, _ = cli("pipeline", "graph", "--html")
    assert (code, printed.startswith("<!doctype html>"), "5 stages: 2 fresh, 3 stale" in printed) == (0, True, True)
    assert "<script" not in printed
    assert "\x1b" not in printed
    file = tmp_path / "graph.html"
    for _ in range(2):
        assert cli("pipeline", "graph", "-o", str(file))[:2] == (0, "")
        assert file.read_text(encoding="utf-8") == printed
    code, out, _ = cli("lineage", "toy.clean.rows", "--json", "-o", str(file), file=False)
    assert (code, json.loads(out)["verified"]) == (0, True)
    assert "dataset toy.clean.rows@1 comes of 1 thing<" in file.read_text(encoding="utf-8")
    code, out, _ = cli("pipeline", "graph", "--html", "--json", "-o", str(tmp_path))
    assert (code, json.loads(out)["outcome"]) == (2, "error")


def test_what_a_stage_gave_is_printed_or_written(cli: Any, toy: Toy, tmp_path: Path) -> None:
    assert "never ran" in cli("pipeline", "output", "total.sum")[2]
    toy.run()
    assert cli("pipeline", "output", "total.sum")[:2] == (0, "6\n")
    assert cli("pipeline", "output", "total.report")[:2] == (0, "sum 6\n")
    file = tmp_path / "rows.csv"
    code, out, _ = cli("pipeline", "output", "clean.rows", "-o", str(file), "--json")
    assert (code, json.loads(out)["rows"], file.read_text().split()) == (0, 3, ['"v"', "1", "2", "3"])
    code, _, err = cli("pipeline", "output", "clean.rows")
    assert (code, "clean.rows is no text. Write it to a file" in err) == (2, True)
    code, _, err = cli("pipeline", "output", "clean.row")
    assert (code, "gave no output 'row'. Nearest: 'rows'" in err) == (2, True)
    assert cli("pipeline", "output", "")[0] == 2
    assert cli("pipeline", "output", "total.sum", "-o", str(tmp_path))[0] == 2


def test_lineage_and_a_chain_that_was_changed(cli: Any, toy: Toy) -> None:
    report = toy.run()
    digest = report.stages[3].outputs["ok"].digest
    code, out, err = cli("lineage", "toy.gate.ok", file=False)
    assert code == 0, err
    assert [line.strip("|`- ").split()[1] for line in out.splitlines()] == [
        "toy.gate.ok",
        "toy.total.sum",
        "toy.clean.rows@1",
        "raw.json",
    ]
    assert "whole" in err
    assert "2 things have this content" in cli("lineage", digest[:12], file=False)[2]  # `true`, of two stages
    code, out, _ = cli("lineage", "toy.clean.rows", "--json", file=False)
    found = json.loads(out)
    assert (code, found["verified"], len(found["nodes"]), len(found["edges"])) == (0, True, 2, 1)
    assert found["edges"][0]["by"] == "toy.clean"
    code, out, _ = cli("lineage", "0123456789", "--json", file=False)
    assert (code, json.loads(out)["outcome"]) == (2, "error")
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(toy.bench.root / "registry.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(
            "UPDATE chain_events SET data = replace(data, '\"limit\":3', '\"limit\":4') WHERE chain = ?", (CHAIN,)
        )
        db.commit()
    code, out, err = cli("lineage", digest, "--json", file=False)
    assert (code, json.loads(out)["verified"]) == (1, False)
    assert "broken: event 1 of lineage (ran," in err
