"""The Python interface as a notebook uses it: functions, mappings, frames, event loops, files that change."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit as ek
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from evalkit.predictors.marks import Reply
from tests.e2e.conftest import write_jsonl

N = 12
SUITE: dict[str, Any] = {
    "suite": "inline",
    "cases": "data/cases.jsonl",
    "layers": {"exact": ["exact"], "operational": ["answered"]},
    "gates": [{"metric": "exact", "at_least": 0.5}],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cases in `data`, seen from the folder above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    write_jsonl(tmp_path / "data" / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": 2 * i} for i in range(N)])
    return tmp_path


def double(x: int) -> int:
    return 2 * x


async def double_later(x: int) -> int:
    await asyncio.sleep(0)
    return 2 * x


@ek.batch(size=5)
def double_many(xs: list[int]) -> list[int]:
    if len(xs) > 1 and 3 in xs:
        raise ValueError("not 3 in company")
    return [2 * x for x in xs]


class Doubler:
    """A callable object, as a fitted model may be."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, x: int) -> int:
        return self.factor * x


class LaterDoubler:
    """The same with a coroutine."""

    async def __call__(self, x: int) -> int:
        return 2 * x


def point(record: ek.Record, variant: str = "candidate", metric: str = "exact") -> float | None:
    return next(e.point for e in record.estimates if (e.metric, e.variant, e.slice) == (metric, variant, None))


# ------------------------------------------------------------------------------------------------------------ functions


@pytest.mark.parametrize(
    "function",
    [
        double,
        double_later,
        double_many,
        Doubler(2),
        LaterDoubler(),
        functools.partial(lambda factor, x: factor * x, 2),
        functools.partial(double_later),
        lambda x: double_later(int(x)),
        lambda x: Reply(2 * x, confidence=0.5, model="me"),
        Doubler(2).__call__,
    ],
    ids=[
        "sync",
        "async",
        "batch",
        "object",
        "async object",
        "partial",
        "async partial",
        "awaitable",
        "reply",
        "method",
    ],
)
def test_every_kind_of_function(function: Callable[..., Any]) -> None:
    record = ek.run(SUITE, candidate=function)
    assert (point(record), record.variants[0].n_failed) == (1.0, 0)
    rows = ek.frame(record, "predictions")
    assert (rows["seconds"] >= 0).all()


def test_what_a_function_gives_means_the_same_as_from_a_process_of_its_own(folder: Path) -> None:
    text = (
        "import numpy as np\n"
        "from evalkit.predictors.marks import Reply\n"
        "def odd(x):\n"
        "    if x == 1: raise ValueError('no idea about 1')\n"
        "    if x == 2: return None\n"
        "    if x == 3: return float('nan')\n"
        "    if x == 4: return np.int64(8)\n"
        "    if x == 5: return {'a': object()}\n"
        "    if x == 6: raise SystemExit(3)\n"
        "    if x == 7: return Reply(14, cost=-1.0)\n"
        "    if x == 8: return np.array([1.0, 2.0])\n"
        "    return 2 * x\n"
    )
    (folder / "odd.py").write_text(text, encoding="utf-8")
    space: dict[str, Any] = {"__name__": "odd"}
    exec(compile(text, str(folder / "odd.py"), "exec"), space)
    record = ek.run(SUITE, candidate={"here": space["odd"], "there": "python:odd.py:odd"})
    rows = ek.frame(record, "predictions")
    told = {
        name: [tuple(row) for row in rows[rows["variant"] == name][columns].astype(object).fillna("-").to_numpy()]
        for name in ("here", "there")
        for columns in [["case_id", "output", "failure_reason", "failure_message"]]
    }
    assert told["here"] == told["there"]
    failures = {"raised": 2, "empty": 1, "unparseable": 3}
    assert [v.failures for v in record.variants] == [failures, failures]


def test_candidates_by_name_and_a_function_as_baseline() -> None:
    suite = {**SUITE, "gates": [{"metric": "exact", "versus": "baseline", "superior": True}]}
    record = ek.run(suite, candidate={"two": lambda x: 2 * x, "three": lambda x: 3 * x}, baseline=lambda x: -1)
    assert [(v.name, v.role) for v in record.variants] == [
        ("two", "candidate"),
        ("three", "candidate"),
        ("baseline", "baseline"),
    ]
    assert [point(record, v.name) for v in record.variants] == [1.0, pytest.approx(1 / N), 0.0]
    assert len({v.digest for v in record.variants}) == 3, "three functions are three systems"


def test_inside_a_running_event_loop() -> None:
    async def main() -> ek.Record:
        return ek.run(SUITE, candidate=double_later, baseline=double)

    record = asyncio.run(main())
    assert [point(record, v.name) for v in record.variants] == [1.0, 1.0]


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    ek.run(SUITE, candidate={"a": double}, progress=lambda *what: told.append(what))
    assert told[0] == ("a", 0, N)
    assert told[-1] == ("a", N, N)


def test_a_function_that_hangs_is_left_behind() -> None:
    free = threading.Event()

    def hangs(x: int) -> int:
        if x == 3:
            free.wait(60)
        return 2 * x

    record = ek.run(SUITE, candidate=hangs, timeout=1.0)
    free.set()
    assert record.variants[0].failures == {"timeout": 1}
    assert point(record) == pytest.approx(1 - 1 / N)


def test_a_batch_that_hangs_holds_up_only_itself() -> None:
    free = threading.Event()

    @ek.batch(size=4)
    def hangs(xs: list[int]) -> list[int]:
        if 3 in xs:
            free.wait(60)
        return [2 * x for x in xs]

    record = ek.run(SUITE, candidate=hangs, timeout=1.0)
    free.set()
    assert record.variants[0].failures == {"timeout": 4}


# -------------------------------------------------------------------------------------- unfinished runs and edited code


def costly(tail: int, calls: list[int]) -> Callable[[int], Reply]:
    """A function whose closure matters: half a dollar a call."""

    def answer(x: int) -> Reply:
        calls.append(x)
        return Reply(2 * x + tail, cost=0.5)

    return answer


def test_an_unfinished_run_goes_on_with_the_same_function_only() -> None:
    calls: list[int] = []
    with pytest.raises(RunBroke, match="4 of 12 answered"):
        ek.run(SUITE, candidate=costly(0, []), budget=2.0, concurrency=1)
    other = ek.run(SUITE, candidate=costly(1, calls))
    assert (other.variants[0].n_reused, point(other)) == (0, 0.0)
    calls.clear()
    same = ek.run(SUITE, candidate=costly(0, calls))
    assert (same.variants[0].n_reused, point(same)) == (4, 1.0)
    assert sorted(calls) == list(range(4, N))


def _edited(body: str, **space: Any) -> Any:
    space["__name__"] = "edited"
    exec(body, space)
    return space["f"]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("f = lambda x: 2 * x", "f = lambda x: 2 * x", True),
        ("f = lambda x: 2 * x", "f = lambda x: 3 * x", False),
        ("def g(x): return 1\ndef f(x): return g(x)", "def g(x): return 2\ndef f(x): return g(x)", False),
        ("T = 0.5\ndef f(x): return x > T", "T = 0.6\ndef f(x): return x > T", False),
        ("T = {'t': [1]}\ndef f(x): return T", "T = {'t': [2]}\ndef f(x): return T", False),
        ("def f(x, t=1): return t", "def f(x, t=2): return t", False),
        ("def f(x): return [i + 1 for i in x]", "def f(x): return [i + 2 for i in x]", False),
        ("U = 1\ndef f(x): return x", "U = 2\ndef f(x): return x", True),
        ("def f(x): return x in {'a', 'b', 'c'}", "def f(x): return x in {'c', 'b', 'a'}", True),
        ("def f(x): return f(x)", "def f(x): return f(x)", True),
        ("import math\ndef f(x): return math.pi", "import math\ndef f(x): return math.e", False),
    ],
)
def test_what_a_functions_code_is(a: str, b: str, same: bool) -> None:
    from evalkit.predictors.inline_code import code_of

    assert (code_of(_edited(a)) == code_of(_edited(b))) is same


# ------------------------------------------------------------------------------------------------- a metric of your own

METRIC = """
import evalkit
from helper import LINE

@evalkit.case_metric
def close(output, expected, case):
    return abs(output - expected) <= LINE
"""


@pytest.mark.parametrize("path", ["metrics.py:close", "metrics:close"])
def test_a_metric_beside_the_suite_is_scored_by_what_its_file_says_now(folder: Path, path: str) -> None:
    suite = folder / "mine"
    suite.mkdir()
    (suite / "metrics.py").write_text(METRIC, encoding="utf-8")
    (suite / "helper.py").write_text("LINE = 3\n", encoding="utf-8")
    text = f"suite: mine\ncases: ../data/cases.jsonl\nlayers: {{own: [{{'{path}': {{as: close}}}}]}}\n"
    (suite / "suite.yaml").write_text(text, encoding="utf-8")
    first = ek.run(suite, candidate=lambda x: x)
    assert point(first, metric="close") == pytest.approx(4 / N)
    again = ek.run(suite, candidate=lambda x: x)
    assert again.digests == first.digests
    (suite / "helper.py").write_text("LINE = 5\n", encoding="utf-8")  # an edit of the same size, in the same second
    edited = ek.run(suite, candidate=lambda x: x)
    assert point(edited, metric="close") == pytest.approx(6 / N)
    assert edited.digests.scoring != first.digests.scoring
    (suite / "metrics.py").write_text(METRIC.replace("<=", "> "), encoding="utf-8")
    turned = ek.run(suite, candidate=lambda x: x)
    assert point(turned, metric="close") == pytest.approx(6 / N)
    assert turned.digests.scoring != edited.digests.scoring
    assert ek.rescore(first.run_id).digests.scoring == turned.digests.scoring


def test_metrics_of_one_name_in_two_suites_are_two_metrics(folder: Path) -> None:
    for name, value in (("one", 0.25), ("two", 0.75)):
        (folder / name).mkdir()
        (folder / name / "metrics.py").write_text(
            f"import evalkit\n@evalkit.case_metric\ndef m(output, expected, case):\n    return {value}\n",
            encoding="utf-8",
        )
        text = f"suite: {name}\ncases: ../data/cases.jsonl\nlayers: {{own: [{{'metrics:m': {{as: m}}}}]}}\n"
        (folder / name / "suite.yaml").write_text(text, encoding="utf-8")
    assert [point(ek.run(name, candidate=double), metric="m") for name in ("one", "two", "one")] == [0.25, 0.75, 0.25]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise AttributeError('oh')", "importing 'metrics.py' failed: AttributeError: oh"),
        ("open('nowhere')", "importing 'metrics.py' failed: FileNotFoundError"),
        ("import sys; sys.exit(1)", "importing 'metrics.py' failed: SystemExit"),
        ("def f(:", "importing 'metrics.py' failed: SyntaxError"),
        ("def n(): ...", "has no 'm'"),
        (None, "there is no file 'metrics.py'"),
    ],
)
def test_a_metric_that_cannot_be_had_is_one_sentence(folder: Path, text: str | None, words: str) -> None:
    if text is not None:
        (folder / "metrics.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        ek.run({**SUITE, "layers": {"own": ["metrics.py:m"]}, "gates": []}, candidate=double)


# ----------------------------------------------------------------------------------------------- records and their runs


def test_a_record_shows_itself_and_becomes_frames() -> None:
    record = ek.run(SUITE, candidate=double, baseline=lambda x: 1, name="shown")
    shown = record._repr_html_()
    assert shown is not None
    assert "exact" in shown
    assert "<script" not in shown
    estimates, decisions = record.to_pandas(), record.to_pandas("decisions")
    assert len(estimates) == len(record.estimates)
    assert list(decisions["outcome"]) == [d.outcome for d in record.decisions]
    scores = ek.frame(record)
    assert len(scores) == 2 * 2 * N
    assert set(ek.frame(record, "cases")["id"]) == {f"c{i}" for i in range(N)}
    assert ek.load_run("shown") == ek.load_run() == record
    with pytest.raises(InputError, match="nonsense"):
        ek.frame(record, "nonsense")


def test_compare_and_rescore_make_no_call() -> None:
    calls: list[int] = []

    def counted(x: int) -> int:
        calls.append(x)
        return 2 * x

    good = ek.run(SUITE, candidate=counted)
    poor = ek.run(SUITE, candidate=lambda x: 1)
    assert len(calls) == N
    versus = ek.compare(f"run:{good.run_id}", poor.run_id)
    contrast = next(e for e in versus.estimates if e.variant == "candidate - baseline" and e.metric == "exact")
    assert contrast.point == 1.0
    stricter = {**SUITE, "layers": {"exact": [{"numeric": {"abs": 100, "as": "exact"}}]}}
    looser = ek.rescore(poor.run_id, suite=stricter)
    assert point(looser) == 1.0
    assert looser.digests.cases == poor.digests.cases
    assert ek.rescore(good.run_id).digests == good.digests
    assert len(calls) == N
    with pytest.raises(InputError, match="both are run"):
        ek.compare(good.run_id, good.run_id)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ek.run("nowhere", candidate=double),
        lambda: ek.run({}, candidate=double),
        lambda: ek.run({**SUITE, "gates": [{"metric": "exact", "versus": "baseline", "margin": 0}]}, candidate=double),
        lambda: ek.run(SUITE, candidate=None),
        lambda: ek.run(SUITE, candidate=double, baseline=["fake:echo", "fake:echo"]),
        lambda: ek.run(SUITE, candidate=double, name="not a name!"),
        lambda: ek.load_run("nowhere"),
        lambda: ek.compare("a", "b"),
        lambda: ek.rescore("nowhere"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_evalkit(call: Callable[[], Any]) -> None:
    with pytest.raises(EvalkitError) as caught:
        call()
    assert caught.value.exit_code in (2, 4)
    assert len(str(caught.value)) > 10
