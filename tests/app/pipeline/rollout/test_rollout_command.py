"""`evalkit rollout` from outside: files and the traffic log, exit codes, bad input."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evalkit
from evalkit.app.cli.main import main
from evalkit.app.pipeline.ab.logged import FromLog
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.rollout.asked import Asked, plan_of
from evalkit.app.pipeline.rollout.moves import Stepped, started, stepped
from evalkit.app.pipeline.rollout.rows_traffic import rows_of_traffic
from evalkit.core.errors import InputError
from evalkit.core.traffic import Reported, Served, Shadowed
from evalkit.pipeline.rollout.keeping import current
from evalkit.pipeline.rollout.replay import replayed

ASKED = Asked("canary", "new", "old", "0.1", "50", "0s", (), 2.0, None, 0.05, 0.02, "7d")


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
        workspace = [] if arguments[0] == "plan" else ["--workspace", str(tmp_path / "w")]
        with pytest.raises(SystemExit) as ended:
            main(["rollout", *arguments, "--json", *workspace])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(out), err

    return run


def written(path: Path, n: int, weight: float, rates: tuple[float, float], *, first: int = 0, own: bool = False) -> str:
    """n units with the exact share on the canary; `own`: the weight is that of the variant that each got."""
    rng = np.random.default_rng(first)
    on = np.arange(n) < round(n * weight)
    failed = rng.random(n) < np.where(on, *rates)
    rows = [
        {
            "unit": f"u{first + i}",
            "variant": "canary" if on[i] else "champion",
            "weight": weight if on[i] or not own else 1 - weight,
            "failed": bool(failed[i]),
            "ts": 1_000 + i,
        }
        for i in range(n)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def begin(cli: Any, *more: str) -> str:
    code, found, _ = cli("start", "--candidate", "new", "--champion", "old", "--weights", "0.1,0.5", *more)
    assert (code, found["state"], found["weight"]) == (0, "canary", 0.1)
    return str(found["id"])


def test_a_candidate_that_is_alike_is_promoted(cli: Any, tmp_path: Path) -> None:
    ident = begin(cli, "--min-units", "50")
    log = written(tmp_path / "a.jsonl", 1_000, 0.1, (0.05, 0.05))
    code, found, _ = cli("step", ident, "--observations", log)
    assert (code, found["state"], found["weight"]) == (0, "canary", 0.5)
    code, found, _ = cli("step", ident, "--observations", log)  # the same rows again count nobody twice
    assert found["counted"] == {"rows": 1_000, "units": 0, "known": 1_000}
    assert found["weight"] == 0.5
    export = written(tmp_path / "b.jsonl", 6_000, 0.5, (0.05, 0.05), first=1_000)
    code, found, _ = cli("step", ident[:10], "--observations", export)
    assert (code, found["state"], found["weight"], found["outcome"]) == (0, "promoted", 1.0, "pass")
    assert [d["outcome"] for d in found["decisions"]] == ["inconclusive", "pass"]
    code, found, _ = cli("status", ident)
    assert (code, found["faults"]) == (0, [])
    assert [m["kind"] for m in found["moves"]] == ["started", "raised", "promoted"]
    code, found, err = cli("step", ident, "--observations", log)
    assert (code, found["state"]) == (0, "promoted")
    assert "a new try is a new rollout" in err
    code, found, _ = cli("abort", ident, "--why", "late")
    assert (code, found["outcome"]) == (2, "error")
    assert [r["state"] for r in cli("status")[1]["rollouts"]] == ["promoted"]


def test_a_log_of_all_steps_is_walked_through_at_once(cli: Any, tmp_path: Path) -> None:
    ident = begin(cli)
    low, high = (
        Path(written(tmp_path / f"{w}.jsonl", n, w, (0.05, 0.05), first=first))
        for w, n, first in ((0.1, 1_000, 0), (0.5, 6_000, 1_000))
    )
    (tmp_path / "all.jsonl").write_text(high.read_text(encoding="utf-8") + "\n" + low.read_text(encoding="utf-8"))
    assert cli("step", ident, "--observations", str(tmp_path / "all.jsonl"))[1]["state"] == "promoted"
    assert [m["kind"] for m in cli("status", ident)[1]["moves"]] == ["started", "raised", "promoted"]


def test_harm_is_exit_code_1(cli: Any, tmp_path: Path) -> None:
    ident = begin(cli)
    log = written(tmp_path / "a.jsonl", 4_000, 0.1, (0.1, 0.02), own=True)  # as the traffic log writes weights
    code, found, err = cli("step", ident, "--observations", log)
    assert (code, found["state"], found["weight"]) == (1, "rolled_back", 0.0)
    assert "probability of the variant" in err
    assert found["metrics"][0]["e_harm"] > 50
    assert found["metrics"][0]["canary"]["units"] == 400


def test_an_abort_is_for_good(cli: Any) -> None:
    ident = begin(cli, "--id", "fare-7")
    assert ident == "fare-7"
    assert "nobody says why" in cli("abort", ident, "--why", " ")[2]
    code, _, err = cli("start", "--candidate", "new", "--champion", "old", "--id", "fare-7")
    assert (code, "there is a rollout fare-7 already" in err) == (2, True)
    code, found, _ = cli("abort", ident, "--why", "the wrong \x1b[31m artifact")
    assert (code, found["state"], found["weight"]) == (0, "aborted", 0.0)
    assert cli("status", ident)[1]["moves"][-1]["said"].startswith("aborted: the wrong")
    assert begin(cli) != ident


def test_the_plan_is_the_designs(cli: Any) -> None:
    code, found, _ = cli("plan", "--base", "0.01", "--per-day", "10000")
    assert code == 0
    assert found["looking_always"]["canary_requests"] == pytest.approx(3_000, rel=0.03)
    assert found["horizon"]["promoted"] >= 0.95
    assert found["horizon"]["days"] == pytest.approx(found["horizon"]["requests"] / 10_000)
    assert [r["ratio"] for r in found["rollback"]] == [1.0, 1.5, 2.0, 5.0]
    assert found["rollback"][0]["chance"] <= 0.02
    assert found["rollback"][3]["within_95"] <= 400


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "no JSON object"),
        ("{", "no JSON object"),
        ('{"variant": "canary", "weight": 0.1, "failed": true}', "`unit` is None"),
        ('{"unit": "a", "variant": "nobody", "weight": 0.1, "failed": true}', "neither canary nor champion"),
        ('{"unit": "a", "variant": "canary", "weight": 1.1, "failed": true}', "within 0 and 1"),
        ('{"unit": "a", "variant": "canary", "weight": NaN, "failed": true}', "no number"),
        ('{"unit": "a", "variant": "canary", "weight": 1' + "0" * 400 + ', "failed": true}', "no number"),
        ('{"unit": "a", "variant": "canary", "weight": 0.1, "failed": "yes"}', "no number"),
        ('{"unit": "a", "variant": "canary", "weight": 0.1, "failed": true, "ts": "soon"}', "no time"),
        ('{"unit": "a", "variant": "canary", "weight": 0.1, "failed": true, "ts": true}', "no number"),
    ],
)
def test_rows_that_are_none(cli: Any, tmp_path: Path, line: str, said: str) -> None:
    ident = begin(cli)
    file = tmp_path / "rows.jsonl"
    good = '\ufeff{"unit": "b", "variant": "old", "weight": 0.1, "failed": false, "ts": "2026-01-01"}\n\n'
    file.write_text(good + line, encoding="utf-8")
    code, found, err = cli("step", ident, "--observations", str(file))
    assert (code, found["outcome"]) == (2, "error")
    assert "rows.jsonl:3" in err
    assert said in err
    assert len(cli("status", ident)[1]["moves"]) == 1  # nothing of it was counted


def test_what_cannot_be_started_or_stepped(cli: Any, tmp_path: Path) -> None:
    both = ("start", "--candidate", "new", "--champion", "old")
    suite = ("--suite", str(suite_of(tmp_path)))
    for wrong, said in (
        (("--weights", "0.5,0.1"), "weights rise"),
        (("--weights", "a"), "no list of numbers"),
        (("--weights", "0.1,0.5", "--min-units", "1,2,3"), "3 numbers for 2 weights"),
        (("--min-units", "0.5"), "no number of units"),
        (("--pause", "soon"), "is no time"),
        (("--margin", "1"), "margin: input should be greater than 1"),
        (("--strategy", "direct"), "max_loss"),
        (("--metric", "seconds>x"), "no number of seconds"),
        (("--metric", "wrong"), "no step can read the metric 'wrong'. Name failed, seconds>X, a metric of --suite"),
        (("--metric", "wrong", *suite), "of the suite 1 - exact; or losses.NAME"),
        (("--metric", "far", *suite), "the metric far is left out: its values do not all lie within 0 and 1"),
        (("--guard", "failed"), "a metric is named twice"),
        (("--metric", "failed", *suite), "no metric of the suite is guarded. Name failed"),
        (("--metric", "exact", "--metric", "1 - exact", *suite), "a metric is named twice"),
        (("--metric", "exact", *suite, "--strategy", "blue-green", "--max-loss", "0.1"), "a warm-up are not scored"),
        (("--champion", "new"), "are both"),
    ):
        code, _, err = cli(*both, *wrong)
        assert (code, said in err) == (2, True), err
    assert "no rollout" in cli("step", "latest")[2]
    assert cli("plan", "--base", "1.5")[0] == 2
    assert "do not rise" in cli("plan", "--base", "0.01", "--weights", "nan,0.1")[2]
    assert cli("plan", "--base", "0.000000001")[0] == 2
    ident = begin(cli)
    assert "cannot be read" in cli("step", ident, "--observations", str(tmp_path / "no.jsonl"))[2]
    text = Path(written(tmp_path / "odd.jsonl", 4_000, 0.3, (0.02, 0.02))).read_text(encoding="utf-8")
    (tmp_path / "odd.jsonl").write_text(text.replace("0.3", "0.1"), encoding="utf-8")
    code, _, err = cli("step", ident, "--observations", str(tmp_path / "odd.jsonl"))
    assert (code, "about 400 should be" in err) == (2, True)


def test_other_metrics_of_a_file(cli: Any, tmp_path: Path) -> None:
    ident = begin(cli, "--metric", "failed", "--metric", "seconds>0.5", "--metric", "losses.toxic")
    row = {"unit": "a", "variant": "canary", "weight": 0.1, "failed": 0, "seconds": 0.7, "losses": {"toxic": 0.25}}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    found = cli("step", ident, "--observations", str(file))[1]
    assert [m["canary"]["lost"] for m in found["metrics"]] == [0.0, 1.0, 0.25]
    file.write_text(json.dumps({**row, "losses": {}}), encoding="utf-8")
    assert "`losses` has no 'toxic'" in cli("step", ident, "--observations", str(file))[2]


def test_a_run_has_the_rollout_as_evidence(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text('{"id": "a", "input": 1, "expected": 1}', encoding="utf-8")
    suite = {"suite": "s", "cases": str(tmp_path / "cases.jsonl"), "layers": {"q": ["exact"]}}
    record = evalkit.run(suite, candidate=lambda question: question, workspace=tmp_path / "w")
    ident = begin(cli)
    cli("step", ident, "--observations", written(tmp_path / "a.jsonl", 4_000, 0.1, (0.1, 0.02)))
    for _ in range(2):  # the same evidence is kept once
        code, found, _ = cli("status", ident, "--evidence", f"run:{record.run_id}")
        assert code == 0
    (kept,) = Bench(tmp_path / "w").store.evidence(record.run_id)
    assert (kept.digest, kept.kind, kept.outcome) == (found["evidence"], "rollout", "fail")


def test_a_chain_that_was_changed_is_named(cli: Any, tmp_path: Path) -> None:
    ident = begin(cli)
    with closing(sqlite3.connect(tmp_path / "w" / "registry.db")) as db, db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("UPDATE chain_events SET data = replace(data, '\"weight\":0.1', '\"weight\":0.2')")
    code, found, err = cli("status", ident)
    assert (code, found["id"]) == (1, ident)
    assert "was changed after it was written" in found["faults"][0]
    assert "warning: event 1" in err


class Clock:
    """Seconds that tests set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def served(i: int, role: str, weight: float, failure: str | None = None, seconds: float = 0.1) -> Served:
    variant = "new" if role == "canary" else "old"
    return Served(f"r{i}", 1_001.0 + i, f"u{i}", variant, role, weight, "{}", None, failure, seconds, None)


def test_the_traffic_log_is_read_on(tmp_path: Path) -> None:
    clock = Clock()
    bench = Bench(tmp_path, clock=clock)
    plan = plan_of(ASKED._replace(metrics=("failed", "seconds>0.5")))
    ident = started(bench, plan, who="ada").id
    bench.traffic.put_requests([served(i, "canary", 0.1, "it broke", 0.9) for i in range(2)])
    bench.traffic.put_requests([served(10 + i, "champion", 0.9) for i in range(18)])
    bench.traffic.put_requests([served(50, "treatment", 0.5)])
    clock.now = 1_100.0
    first = stepped(bench, ident, None, who="ada")
    assert first.said == ["1 requests of other roles than champion and canary were left out"]
    assert [(t.weight, t.n_canary, t.n_champion, t.lost_canary) for t in first.after.ledgers[1].tallies] == [
        (0.1, 2, 18, 2.0)
    ]
    assert stepped(bench, ident, None, who="ada").counted.rows == 0  # nothing new was read
    bench.traffic.put_requests([served(100 + i, "canary", 0.1, "it broke") for i in range(8)])
    bench.traffic.put_requests([served(200 + i, "champion", 0.9) for i in range(72)])
    bench.traffic.put_requests([served(300, "canary", 0.1)._replace(variant="other")])
    last = stepped(bench, ident, None, who="ada")
    assert last.said == ["warning: the canary's requests are of 2 systems: 'new', 'other'"]
    assert (last.counted.rows, last.after.phase) == (81, "rolled_back")
    assert current(bench.chains, ident).weight == 0.0
    bench.traffic.put_requests([served(400, "champion", 0.9)._replace(seconds=None)])
    with pytest.raises(InputError, match="of 1 requests nobody measured how long they took"):
        rows_of_traffic(bench.traffic, started(bench, plan, who="ada", ident="next").model_copy(update={"started": 0}))


def test_shadows_warm_a_blue_green_up(tmp_path: Path) -> None:
    clock = Clock()
    bench = Bench(tmp_path, clock=clock)
    plan = plan_of(ASKED._replace(strategy="blue-green", candidate="new=model:x@1", max_loss=0.1, warm_units=5))
    ident = started(bench, plan, who="ada").id
    bench.traffic.put_shadows([Shadowed(f"r{i}", 1_001.0, "new", "1", None, 0.1) for i in range(5)])
    bench.traffic.put_shadows([Shadowed("r9", 1_001.0, "third", None, "it broke", 0.1)])
    clock.now = 1_010.0
    assert stepped(bench, ident, None, who="ada").after.phase == "watching"
    bench.traffic.put_requests([served(i, "champion", 1.0)._replace(variant="new", role="canary") for i in range(100)])
    clock.now = 1_300.0
    assert stepped(bench, ident, None, who="ada").after.phase == "promoted"


def suite_of(folder: Path, rule: str = "exact") -> Path:
    (folder / "cases.jsonl").write_text('{"id": "a", "input": 1, "expected": "yes"}', encoding="utf-8")
    text = f"suite: s\ncases: cases.jsonl\nlayers: {{q: [{rule}, {{log_loss: {{as: far}}}}]}}\n"
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    return folder / "suite.yaml"


def answered(i: int, role: str, right: bool, weight: float) -> Served:
    return served(i, role, weight)._replace(output=json.dumps("yes" if right else "no"))


def told(*requests: int, kind: Any = "outcome", value: str = '"yes"') -> list[Reported]:
    return [Reported(f"r{i}", 2_000.0, kind, value, "desk") for i in requests]


def test_wrong_answers_are_counted_when_the_right_ones_come(tmp_path: Path) -> None:
    clock = Clock()
    bench = Bench(tmp_path / "w", clock=clock)
    asked = ASKED._replace(
        weights="0.1,0.5", min_units="10", metrics=("exact",), guards=("failed",), suite=suite_of(tmp_path)
    )
    plan = plan_of(asked)
    assert (plan.metrics, plan.guards, plan.late) == (["1 - exact", "failed"], ["failed"], {0: "1 - exact"})
    ident = started(bench, plan, who="ada").id
    bench.traffic.put_requests([answered(i, "canary", i % 2 == 0, 0.1) for i in range(20)])
    bench.traffic.put_requests([answered(i, "champion", i % 10 > 0, 0.9) for i in range(20, 200)])

    def step() -> tuple[Stepped, list[tuple[float, int, int, float, float]]]:
        clock.now += 1_000
        found = stepped(bench, ident, None, who="ada")
        return found, [
            (t.weight, t.n_canary, t.n_champion, t.lost_canary, t.lost_champion) for t in found.after.ledgers[0].tallies
        ]

    found, tallies = step()
    assert (found.counted.new, tallies, found.after.weight) == (200, [], 0.1)
    assert found.after.ledgers[1].tallies[0].n_canary == 20  # what needs no right answer is guarded from the beginning
    bench.traffic.put_outcomes(told(*range(5), *range(20, 65)))
    found, tallies = step()
    assert (found.counted.new, found.counted.scored, tallies) == (0, {"1 - exact": 50}, [(0.1, 5, 45, 2.0, 5.0)])
    assert (
        found.after.said == "held: 5 of 10 units of the candidate at 10 % have a right answer to be scored by 1 - exact"
    )
    analyzed = FromLog(bench.traffic, suite=asked.suite).outcomes()[0]
    assert (1 - analyzed.value[np.array(analyzed.metric) == "exact"]).sum() == 2.0 + 5.0, "as `ab analyze` scores them"
    bench.traffic.put_outcomes(told(0, 20, kind="correction", value='"no"'))  # these were counted
    assert step()[1] == tallies
    bench.traffic.put_outcomes(told(*range(5, 10), *range(65, 110)))
    found, tallies = step()
    assert (found.after.weight, tallies) == (0.5, [(0.1, 10, 90, 5.0, 9.0)])
    bench.traffic.put_requests(
        [answered(i, "canary", False, 0.5)._replace(unit=f"u{i - 1000}") for i in range(1010, 1020)]
    )
    bench.traffic.put_outcomes(told(*range(10, 20), *range(110, 200), *range(1010, 1020)))  # of an earlier weight
    found, tallies = step()
    assert tallies == [(0.1, 20, 180, 10.0, 18.0)], "a unit counts as it was first assigned"
    assert (found.after.phase, found.after.decisions[0].gate.metric) == ("rolled_back", "1 - exact")
    assert replayed(bench.chains.events(f"rollout/{ident}")) == []


def test_right_answers_of_one_variant_alone_are_refused(tmp_path: Path) -> None:
    clock = Clock()
    bench = Bench(tmp_path / "w", clock=clock)
    ident = started(bench, plan_of(ASKED._replace(metrics=("exact",), suite=suite_of(tmp_path))), who="ada").id
    bench.traffic.put_requests([answered(i, "canary", True, 0.1) for i in range(20)])
    bench.traffic.put_requests([answered(i, "champion", True, 0.9) for i in range(20, 200)])
    bench.traffic.put_outcomes(told(*range(20)))
    clock.now += 1_000
    with pytest.raises(
        InputError, match=r"20 are on the candidate, and about 2 should be.*told of both variants alike"
    ):
        stepped(bench, ident, None, who="ada")
    bench.traffic.put_outcomes(told(*range(20, 200)))
    assert stepped(bench, ident, None, who="ada").counted.scored == {"1 - exact": 200}, "nothing of it was lost"


def test_what_cannot_be_scored_leaves_the_other_guards(tmp_path: Path) -> None:
    clock = Clock()
    bench = Bench(tmp_path / "w", clock=clock)
    asked = ASKED._replace(min_units="1", metrics=("exact", "failed"), suite=suite_of(tmp_path))
    ident = started(bench, plan_of(asked), who="ada").id
    suite_of(tmp_path, "{exact: {normalize: [casefold]}}")
    bench.traffic.put_requests([answered(i, "canary", True, 0.1)._replace(failure="it broke") for i in range(20)])
    bench.traffic.put_requests([answered(i, "champion", True, 0.9) for i in range(20, 200)])
    bench.traffic.put_outcomes(told(*range(200)))
    clock.now += 1_000
    found = stepped(bench, ident, None, who="ada")
    assert "no answer is scored" in found.said[0]
    assert "the metric behind '1 - exact' is not what it was" in found.said[0]
    assert (found.after.phase, found.counted.scored) == ("rolled_back", {"1 - exact": 0})


def test_a_metric_that_the_log_does_not_tell(tmp_path: Path) -> None:
    bench = Bench(tmp_path, clock=Clock())
    state = started(bench, plan_of(ASKED._replace(metrics=("losses.toxic",))), who="ada")
    with pytest.raises(InputError, match="does not tell the metric"):
        rows_of_traffic(bench.traffic, state)


def test_the_registry_may_refuse(tmp_path: Path) -> None:
    bench = Bench(tmp_path, clock=Clock())
    with pytest.raises(InputError, match="new may not go to users: no record passed"):
        started(bench, plan_of(ASKED), who="ada", refusal=lambda spec: "no record passed")
    state = started(bench, plan_of(ASKED), who="ada", refusal=lambda spec: "no record passed", force="a hotfix")
    assert bench.chains.events(f"rollout/{state.id}")[0].data["note"] == "forced: a hotfix (no record passed)"
