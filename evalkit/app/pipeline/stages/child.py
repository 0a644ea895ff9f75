"""The process of one stage: `main(FOLDER)` reads `job.json` there, calls the function, and writes `result.json`."""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.ended import end_with_parent

JOB, RESULT, LOG = "job.json", "result.json", "\x1eevalkit-log:"
"""`LOG` begins the lines of its output that the stage logged."""

_WORDS = 2_000


def main(folder: str) -> None:
    """Run the stage, and say how it went; an error of the stage is a result too."""
    end_with_parent()
    here = Path(folder)
    job = json.loads((here / JOB).read_text(encoding="utf-8"))
    try:
        result = _ran(job, here)
    except BaseException as error:  # noqa: BLE001 - whatever the stage raises is its result
        result = {"failed": _failed(error, job)}
    here.mkdir(parents=True, exist_ok=True)  # a stage may have cleaned up too much
    temporary = here / f".{RESULT}"
    temporary.write_text(json.dumps(result, allow_nan=False), encoding="utf-8")
    temporary.replace(here / RESULT)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the stage left behind do not hold the result up


def _ran(job: dict[str, Any], here: Path) -> dict[str, Any]:
    from evalkit.app.pipeline.absent import absent
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.stages.outputs import Keeper
    from evalkit.app.pipeline.stages.things import Inputs, dataset_of
    from evalkit.core.errors import InputError
    from evalkit.pipeline.stages.context import StageContext, Verdict
    from evalkit.pipeline.stages.nouns import OutputSpec, Thing
    from evalkit.predictors.loading import LoadError, load

    bench, base = Bench(Path(job["workspace"])), Path(job["base"])
    things = {name: Thing(**one) for name, one in job["inputs"].items()}
    _start_from(job["seed"])
    try:
        function = load(job["target"]).function
    except LoadError as error:
        if (missing := absent(error.__context__, "the stage")) is not None:
            raise InputError(missing[0], remedy=missing[1]) from None
        raise InputError(str(error).removeprefix(f"python:{job['target']}: ")) from None
    verdict, logged = Verdict(), []  # type: tuple[Verdict, list[str]]

    def log(sentence: str) -> None:
        logged.append(str(sentence)[:_WORDS])
        print(f"{LOG}{' '.join(str(sentence).split())}", flush=True)

    scratch = here / "scratch"
    scratch.mkdir()
    context = StageContext(
        inputs=Inputs(things, bench, base, here / "inputs"),
        config=job["config"],
        seed=job["seed"],
        now=job["now"],
        scratch=scratch,
        log=log,
        bench=bench,
        datasets={name: dataset_of(bench, thing) for name, thing in things.items() if thing.kind == "dataset"},
        given=verdict,
    )
    start = time.perf_counter()
    returned = function(context)
    parents = tuple(dict.fromkeys(thing.digest for thing in things.values()))
    keeper = Keeper(bench, job["names"], parents, job["made_by"], job["only_digests"])
    kept = keeper.kept(returned, {name: OutputSpec(**one) for name, one in job["outputs"].items()})
    return {
        "outputs": {name: thing.model_dump(mode="json") for name, thing in kept.items()},
        "outcome": verdict.outcome,
        "said": verdict.said[:_WORDS],
        "logged": logged[-200:],
        "seconds": time.perf_counter() - start,
    }


def _start_from(seed: int) -> None:
    """Global generators start from the seed: a stage that forgets its own is still the same each time."""
    random.seed(seed)
    import numpy as np

    np.random.seed(seed % 2**32)


def _failed(error: BaseException, job: dict[str, Any]) -> dict[str, Any]:
    from evalkit.app.pipeline.absent import absent
    from evalkit.core.errors import EXIT_BROKE, EXIT_INPUT, EvalkitError

    if (missing := absent(error, "the stage")) is not None:
        return {"code": EXIT_INPUT, "what": missing[0], "where": "", "remedy": missing[1]}
    if isinstance(error, EvalkitError):
        parts = {"what": error.what[:_WORDS], "where": error.where[:_WORDS], "remedy": error.remedy[:_WORDS]}
        return {"code": error.exit_code, **parts}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    own = [f for f in frames if Path(f.filename).is_relative_to(job["base"])] or frames
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot even be printed
        words = "(its message cannot be printed)"
    what = f"it raised {type(error).__name__}: {words}"[:_WORDS].rstrip(": ")
    return {"code": EXIT_BROKE, "what": f"{what}{place}", "where": "", "remedy": ""}
