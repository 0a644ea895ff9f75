"""Writes logs with the real inspect_ai on its mock model: `python inspect_.py FOLDER`. Needs inspect-ai; no network.

Three tasks: plain scorers with epochs and tags, a run in which samples fail in several ways, and one with a dict and a
list of scores. Each is written as `.eval` and as `.json`.
"""

from __future__ import annotations

import gzip
import math
import sys
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    NOANSWER,
    PARTIAL,
    Score,
    Target,
    accuracy,
    includes,
    match,
    mean,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState, generate, solver

N = 12
SUMS = [
    Sample(
        input=f"What is {a} + {b}?",
        target=str(a + b),
        id=f"sum-{i:02d}",
        metadata={"kind": "even" if (a + b) % 2 == 0 else "odd", "page": f"page-{i // 3}", "level": i},
    )
    for i, (a, b) in enumerate([(i, 2 * i + i % 3) for i in range(N)])
]


def answering(rate: int) -> Any:
    """A mock model that answers every `rate`-th question wrongly."""
    asked: dict[str, int] = {}

    def answer(messages: Any, tools: Any, choice: Any, config: Any) -> ModelOutput:
        text = messages[-1].text
        asked[text] = asked.get(text, 0) + 1
        a, b = (int(t.strip("?")) for t in text.split() if t.strip("?").isdigit())
        wrong = (a + asked[text]) % rate == 0
        output = ModelOutput.from_content("mockllm/model", f"The answer is {a + b + wrong}")
        # With its usage named, the mock model needs no tokenizer from the network.
        output.usage = ModelUsage(input_tokens=8, output_tokens=4, total_tokens=12)
        return output

    return get_model("mockllm/model", custom_outputs=answer)


@scorer(metrics=[accuracy(), stderr()])
def letters() -> Any:
    """Every letter that inspect knows, a number, and NaN."""

    async def score(state: TaskState, target: Target) -> Score:
        kinds: list[Any] = [CORRECT, INCORRECT, PARTIAL, NOANSWER, True, 0.25]
        at = int(str(state.sample_id).split("-")[1])
        return Score(value=kinds[at % len(kinds)], answer=state.output.completion, explanation="by its number")

    return score


@scorer(metrics={"length": [mean()], "right": [mean()]})
def parts() -> Any:
    """A dict of scores."""

    async def score(state: TaskState, target: Target) -> Score:
        said = state.output.completion
        return Score(value={"length": len(said), "right": 1 if target.text in said else 0}, answer=said)

    return score


@scorer(metrics=[mean()])
def sometimes() -> Any:
    """NaN for some: not scored."""

    async def score(state: TaskState, target: Target) -> Score:
        at = int(str(state.sample_id).split("-")[1])
        return Score(value=math.nan if at % 5 == 0 else at / N)

    return score


@solver
def breaking() -> Any:
    """Raises for some samples, and runs into the token limit for others."""

    async def solve(state: TaskState, generate: Any) -> TaskState:
        at = int(str(state.sample_id).split("-")[1])
        if at % 7 == 3:
            raise RuntimeError("the database is away")
        if at % 7 == 5:
            state.token_limit = 1
        return await generate(state)

    return solve


def main(folder: Path) -> None:
    """All logs, twice."""
    plain = Task(
        name="sums",
        dataset=MemoryDataset(SUMS, name="sums"),
        solver=generate(),
        scorer=[match(numeric=True), includes()],
    )
    broken = Task(name="sums_broken", dataset=MemoryDataset(SUMS, name="sums"), solver=breaking(), scorer=letters())
    mixed = Task(
        name="sums_mixed", dataset=MemoryDataset(SUMS, name="sums"), solver=generate(), scorer=[parts(), sometimes()]
    )
    jobs = (("good", plain, 5, 2), ("worse", plain, 3, 2), ("broken", broken, 5, 1), ("mixed", mixed, 5, 1))
    for kind in ("eval", "json"):
        for name, task, rate, epochs in jobs:
            log = run(
                task,
                model=answering(rate),
                epochs=epochs,
                log_dir=str(folder / "raw"),
                log_format=kind,
                display="none",
                fail_on_error=False,
                log_realtime=False,
            )[0]
            made = Path(str(log.location))
            if kind == "json":
                (folder / f"{name}.json.gz").write_bytes(gzip.compress(made.read_bytes(), mtime=0))
            else:
                made.replace(folder / f"{name}.eval")
            scores = {
                f"{s.name}/{s.scorer}": {m.name: m.value for m in s.metrics.values()}
                for s in (log.results.scores if log.results else [])
            }
            print(name, kind, log.status, scores)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
