"""`python:` and `command:` beyond the contract: loading, batches, odd programs."""

from __future__ import annotations

import asyncio
import math
import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evalkit
from evalkit.core.errors import InputError
from evalkit.core.protocols import Request
from evalkit.predictors._child import answer_batch
from evalkit.predictors.command import CommandPredictor
from evalkit.predictors.inflight import InFlight
from evalkit.predictors.loading import LoadError, load
from evalkit.predictors.marks import DEFAULT_BATCH, MARK
from evalkit.predictors.python import PythonPredictor
from evalkit.predictors.worker import Program, Worker
from tests.contract.systems import has_ended
from tests.predictors.asking import ask, one, run

ECHO = "for line in sys.stdin:\n    row = json.loads(line)\n"


def python(tmp_path: Path, source: str, name: str = "f") -> PythonPredictor:
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    return PythonPredictor.from_spec(f"{path}:{name}", {})


def command(tmp_path: Path, source: str, **options: Any) -> CommandPredictor:
    path = tmp_path / "program.py"
    path.write_text(f"import json, sys, time\n{source}", encoding="utf-8")
    return CommandPredictor.from_spec(f"{sys.executable} -u {path}", options)


# -------------------------------------------------------------------------------------------------------------- loading


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        (
            "import no_such_module",
            "f",
            r"importing .*mine.py failed: ModuleNotFoundError: .*no_such_module.*\(mine.py:1\)",
        ),
        ("def f(:", "f", r"importing .*mine.py failed: SyntaxError"),
        ("import sys\nsys.exit(3)", "f", r"importing .*mine.py failed: SystemExit: 3"),
        ("def g(x): return x", "f", r"mine.py has no 'f'; it has g"),
        ("f = 5", "f", r"f is a int, not a function"),
        ("import os\nos._exit(7)", "f", r"the process ended while the code was loaded \(exit code 7\)"),
    ],
)
def test_a_function_that_cannot_be_had_is_one_sentence(tmp_path: Path, source: str, name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        run(python(tmp_path, source, name), [1] * 50)


def test_no_such_file_and_no_such_module() -> None:
    with pytest.raises(InputError, match=r"there is no file nowhere/x.py"):
        run(PythonPredictor.from_spec("nowhere/x.py:f", {}), [1])
    with pytest.raises(InputError, match="ModuleNotFoundError"):
        run(PythonPredictor.from_spec("no_such_package.mod:f", {}), [1])


@pytest.mark.parametrize("target", ["", "f", "mod:", ":f"])
def test_a_target_of_the_wrong_form(target: str) -> None:
    with pytest.raises(InputError, match="is not of the form"):
        PythonPredictor.from_spec(target, {})


def test_an_import_that_never_ends(tmp_path: Path) -> None:
    python(tmp_path, "import time\ntime.sleep(1000)")
    predictor = PythonPredictor.from_spec(f"{tmp_path / 'mine.py'}:f", {"start_timeout": "0.2"})
    with pytest.raises(InputError, match=r"the code was not loaded within 0\.2 s"):
        run(predictor, [1])


def test_a_start_that_nobody_waited_for_is_waited_for_by_the_next(tmp_path: Path) -> None:
    code = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.005)\n"
    code += 'print(\'{"mode": "async", "size": 1}\', flush=True)\nsys.stdin.read()'

    async def work() -> dict[str, Any]:
        worker = Worker(Program("slow", (sys.executable, "-Sc", code, str(tmp_path / "go")), True, 30.0))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await worker.start()
        (tmp_path / "go").touch()
        try:
            return await worker.start()
        finally:
            await worker.close(0)

    assert asyncio.run(work()) == {"mode": "async", "size": 1}


def test_the_folder_of_the_file_and_the_current_one_can_be_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "near.py").write_text("A = 1")
    (tmp_path / "beside.py").write_text("B = 2")
    monkeypatch.chdir(here)
    predictor = python(tmp_path, "import near, beside\ndef f(x): return [near.A, beside.B]")
    assert one(predictor).output == [1, 2]


def test_the_way_of_calling_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ways.py"
    path.write_text(
        "import functools\n"
        "def plain(x): return x\n"
        "async def later(x): return x\n"
        "class Thing:\n    def __call__(self, x): return x\n"
        "class Later:\n    async def __call__(self, x): return x\n"
        "thing, later_thing, partly = Thing(), Later(), functools.partial(later)\n"
    )
    modes = {name: load(f"{path}:{name}").mode for name in ("plain", "later", "thing", "later_thing", "partly")}
    assert modes == {"plain": "sync", "later": "async", "thing": "sync", "later_thing": "async", "partly": "async"}
    with pytest.raises(LoadError, match="has no 'nothing'"):
        load(f"{path}:nothing")


# --------------------------------------------------------------------------------------------------- what is given back


def test_numpy_values_and_replies(tmp_path: Path) -> None:
    source = (
        "import numpy as np\nfrom evalkit.predictors.marks import Reply\n"
        "def f(x):\n"
        "    if x == 'array': return {'p': np.arange(3), 'n': np.int64(5), 'f': np.float32(0.5)}\n"
        "    if x == 'reply': return Reply([1], cost=0.25, confidence=0.5, tokens_in=3, trace={'a': 1}, seconds=9.0)\n"
        "    if x == 'set': return {1, 2}\n"
        "    if x == 'nan': return np.float64('nan')\n"
        "    if x == 'exit': raise SystemExit(4)\n"
        "    return 'x' * 11_000_000\n"
    )
    array, reply, a_set, nan, left, large = ask(
        python(tmp_path, source), ["array", "reply", "set", "nan", "exit", "large"]
    )
    assert array.output == {"p": [0, 1, 2], "n": 5, "f": 0.5}
    assert (reply.output, reply.cost, reply.confidence, reply.tokens_in, reply.seconds) == ([1], 0.25, 0.5, 3, 9.0)
    assert reply.trace == {"a": 1}
    for answer, reason, told in (
        (a_set, "unparseable", "a set is no JSON value"),
        (nan, "unparseable", "not JSON compliant"),
        (left, "raised", "SystemExit: 4"),
        (large, "too_large", "11,000,0"),
    ):
        assert answer.failure is not None
        assert answer.failure.reason == reason
        assert told in answer.failure.message


def test_an_exception_is_bounded_and_has_its_place_and_traceback(tmp_path: Path) -> None:
    answer = one(python(tmp_path, "def f(x):\n    raise ValueError('y' * 100_000)\n"))
    assert answer.failure is not None
    assert len(answer.failure.message) < 2_100
    assert answer.failure.message.endswith("(mine.py:2)")
    assert 'mine.py", line 2, in f' in answer.trace["traceback"]


def test_prints_end_in_the_words_of_a_death(tmp_path: Path) -> None:
    source = "import os\ndef f(x):\n    print('about to break', flush=True)\n    os._exit(9)\n"
    failure = one(python(tmp_path, source)).failure
    assert failure is not None
    assert failure.message == "the process died (exit code 9); it last said: about to break"


# -------------------------------------------------------------------------------------------------------------- batches


def test_batches_are_filled_up_to_their_size(tmp_path: Path) -> None:
    source = "import evalkit\n@evalkit.batch(size=16)\ndef f(xs):\n    return [len(xs)] * len(xs)\n"
    sizes = [answer.output for answer in ask(python(tmp_path, source), list(range(100)), concurrency=2)]
    assert max(sizes) == 16
    assert sum(1 / size for size in sizes) < 50, "rows that were sent together are asked together"


def test_one_bad_input_fails_alone(tmp_path: Path) -> None:
    source = "import evalkit\n@evalkit.batch\ndef f(xs):\n    return [10 // x for x in xs]\n"
    answers = ask(python(tmp_path, source), [1, 2, 0, 5])
    assert [answer.output for answer in answers] == [10, 5, None, 2]
    assert answers[2].failure is not None
    assert "ZeroDivisionError" in answers[2].failure.message


class Outlet:
    """What a batch's child says; `working`: the rows that a limit on the time counts for."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.working: set[str] = set()

    def send(self, row: dict[str, Any]) -> None:
        self.working |= {key for key, _ in row.get("begun", ())}
        self.working -= {key for key, _ in row.get("waits", ())}

    def answer(self, row: dict[str, Any], fields: dict[str, Any]) -> None:
        assert row["case_id"] not in self.answers
        self.answers[row["case_id"]] = fields
        self.working.discard(row["case_id"])


@given(st.integers(1, 300), st.sets(st.integers(0, 299), max_size=8))
def test_bad_inputs_are_found_by_halves_and_what_waits_is_not_counted(n: int, bad: set[int]) -> None:
    outlet, calls = Outlet(), 0

    def function(inputs: list[int]) -> list[int]:
        nonlocal calls
        calls += 1
        assert outlet.working == set(map(str, inputs))
        if found := bad & set(inputs):
            raise KeyError(min(found))
        return [-x for x in inputs]

    answer_batch(outlet, function, [{"case_id": str(i), "repeat": 0, "input": i} for i in range(n)])
    there = {i for i in bad if i < n}
    for i in range(n):
        if i in there:
            assert f"KeyError: {i} " in outlet.answers[str(i)]["failure"]["message"]
        else:
            assert outlet.answers[str(i)]["output"] == -i
    assert calls <= 1 + 2 * len(there) * math.ceil(math.log2(n))


def test_the_clock_of_a_request_that_waits_behind_others_stands() -> None:
    async def told() -> list[bool]:
        books, seen = InFlight(True, 1_000), []
        pending = books.add(Request("a", 0, 1, 0), False, 0.0)
        for line in (b'{"mode":"batch"}', b'{"begun":[["a",0]]}', b'{"waits":[["a",0]]}', b'{"begun":[["a",0]]}'):
            books.heard(line)
            seen.append(pending.since is not None)
        return seen

    assert asyncio.run(told()) == [False, True, False, True]


def test_an_output_may_be_a_failure(tmp_path: Path) -> None:
    source = "import evalkit\n@evalkit.batch\ndef f(xs):\n    return [ValueError('odd') if x % 2 else x for x in xs]\n"
    answers = ask(python(tmp_path, source), [1, 2])
    assert answers[1].output == 2
    assert answers[0].failure is not None
    assert (answers[0].failure.reason, answers[0].failure.message) == ("raised", "ValueError: odd")


@pytest.mark.parametrize(
    ("result", "told"), [("xs[:-1]", "one output for each input: 0 for 1"), ("'ab'", "this one gave a str")]
)
def test_a_batch_function_that_gives_no_list_of_the_right_length(tmp_path: Path, result: str, told: str) -> None:
    answers = ask(python(tmp_path, f"import evalkit\n@evalkit.batch\ndef f(xs): return {result}\n"), [1, 2])
    for answer in answers:
        assert answer.failure is not None
        assert told in answer.failure.message


def test_the_mark() -> None:
    assert getattr(evalkit.batch(lambda xs: xs), MARK) == DEFAULT_BATCH
    assert getattr(evalkit.batch(size=3)(lambda xs: xs), MARK) == 3
    with pytest.raises(ValueError, match="batch size is 0"):
        evalkit.batch(size=0)


# ------------------------------------------------------------------------------------------------------------- programs


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(InputError, match="there is no program 'no-such-program-here'"):
        run(CommandPredictor.from_spec("no-such-program-here --x", {}), [1])
    with pytest.raises(InputError, match="names no program"):
        CommandPredictor.from_spec(" ", {})
    with pytest.raises(InputError, match="cannot be split"):
        CommandPredictor.from_spec("a 'b", {})


@pytest.mark.parametrize("n", [1, 200])
def test_a_program_that_ends_at_once_is_one_sentence(tmp_path: Path, n: int) -> None:
    with pytest.raises(InputError, match=r"ended 5 times before it answered anything.*last said: no licence"):
        run(command(tmp_path, "sys.exit('no licence')"), list(range(n)))


def test_a_first_case_that_kills_the_program_is_to_blame_alone(tmp_path: Path) -> None:
    source = ECHO + (
        "    if row['input'] == 'die': sys.exit(1)\n"
        "    print(json.dumps({'case_id': row['case_id'], 'output': row['input']}))\n"
    )
    answers = ask(command(tmp_path, source), ["die", "a", "b"], concurrency=3)
    assert [answer.failure and answer.failure.reason for answer in answers] == ["died", None, None]


def test_lines_that_are_no_answers_are_told_and_do_no_harm(tmp_path: Path) -> None:
    source = (
        "print('Loading model ...')\n"
        + ECHO
        + (
            "    print('working'); print('[1, 2]'); print(json.dumps({'case_id': 'other', 'output': 1}))\n"
            "    if row['input'] == 'die': sys.exit(1)\n"
            "    print(json.dumps({'case_id': row['case_id'], 'output': row['input']}))\n"
        )
    )
    fine, dead = ask(command(tmp_path, source), ["a", "die"], concurrency=1)
    assert fine.output == "a"
    assert dead.failure is not None
    assert "lines that are no answer: working" in dead.failure.message


def test_an_answer_that_names_no_case_fails_at_once(tmp_path: Path) -> None:
    source = ECHO + "    print(json.dumps({'output': row['input']}))\n"
    for answer in ask(command(tmp_path, source), ["a", "b"]):
        assert answer.failure is not None
        assert 'the answer has no "case_id"' in answer.failure.message


def test_broken_answers_are_failures_of_their_case(tmp_path: Path) -> None:
    source = ECHO + (
        "    if row['input'] == 'nan': print('{\"case_id\": \"%s\", \"output\": NaN}' % row['case_id'])\n"
        "    elif row['input'] == 'form': print(json.dumps({'case_id': row['case_id'], 'output': 1, 'cost': 'much'}))\n"
        "    else: print(json.dumps({'case_id': row['case_id'], 'output': 2, 'cost': 0.5, 'confidence': 1}))\n"
    )
    nan, form, fine = ask(command(tmp_path, source), ["nan", "form", "fine"])
    assert nan.failure is not None
    assert nan.failure.reason == "unparseable"
    assert form.failure is not None
    assert "cost is 'much'" in form.failure.message
    assert (fine.output, fine.cost, fine.confidence) == (2, 0.5, 1.0)


@pytest.mark.parametrize("order", ["id_first", "id_last"])
def test_fifty_megabytes_are_one_failure_and_little_memory(tmp_path: Path, order: str) -> None:
    fields = (
        "'case_id': row['case_id'], 'output': big"
        if order == "id_first"
        else "'output': big, 'case_id': row['case_id']"
    )
    source = ECHO + (
        f"    big = 'x' * (50_000_000 if row['input'] == 'big' else 3)\n    print(json.dumps({{{fields}}}))\n"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers = ask(command(tmp_path, source), ["a", "big", "b"])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert [answer.output for answer in answers] == ["xxx", None, "xxx"]
    assert answers[1].failure is not None
    assert answers[1].failure.reason == "too_large"
    assert "50,000,0" in answers[1].failure.message
    assert grown < 45, f"{grown:.0f} MB more than before"


def test_waiting_behind_another_case_is_not_counted_against_a_case(tmp_path: Path) -> None:
    """Ten cases of 0.1 s each, one after another, all sent at once, under a limit of 0.6 s."""
    source = ECHO + (
        "    time.sleep(0.1)\n    print(json.dumps({'case_id': row['case_id'], 'output': row['input']}))\n"
    )
    answers = ask(command(tmp_path, source, start_timeout=10), list(range(10)), concurrency=10, timeout=0.6)
    assert [answer.output for answer in answers] == list(range(10))
    assert all(answer.seconds is not None and answer.seconds < 0.6 for answer in answers)


def test_waiting_for_a_process_is_not_counted_against_a_case(tmp_path: Path) -> None:
    source = "import time\ndef f(x):\n    time.sleep(0.1)\n    return x\n"
    answers = ask(python(tmp_path, source), list(range(12)), concurrency=12, timeout=0.5)
    assert [answer.output for answer in answers] == list(range(12))


def test_what_a_killed_process_has_started_is_killed_too(tmp_path: Path) -> None:
    source = (
        "import subprocess\n"
        + ECHO
        + (
            f"    child = subprocess.Popen(['sleep', '1000'])\n    open(r'{tmp_path}/pid', 'w').write(str(child.pid))\n"
            "    time.sleep(1000)\n"
        )
    )
    answer = one(command(tmp_path, source), timeout=2.0)  # a busy machine needs a while to start two processes
    assert answer.failure is not None
    assert answer.failure.reason == "timeout"
    assert has_ended(int((tmp_path / "pid").read_text()))


def test_identities() -> None:
    assert PythonPredictor.from_spec("m:f", {}).identity is None
    assert (
        PythonPredictor.from_spec("m:f", {"version": 3}).identity
        == PythonPredictor.from_spec("m:f", {"version": "3"}).identity
    )
    assert CommandPredictor.from_spec("x", {}).identity is None
    assert (
        CommandPredictor.from_spec("x", {"version": "1"}).identity
        != CommandPredictor.from_spec("y", {"version": "1"}).identity
    )
