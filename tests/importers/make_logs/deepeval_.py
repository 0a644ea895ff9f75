"""Writes test runs with the real deepeval on metrics of our own: `python deepeval_.py FOLDER`. No network, no key.

`DEEPEVAL_RESULTS_FOLDER` makes it write `test_run_*.json`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "DEEPEVAL_UPDATE_WARNING_OPT_IN": "0", "ERROR_REPORTING": "NO"}


def main(folder: Path) -> None:
    """Two systems on the same questions; one metric where lower is better, one that fails on some."""
    os.environ["DEEPEVAL_RESULTS_FOLDER"] = str(folder / "raw")
    os.chdir(folder)
    from deepeval import evaluate
    from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
    from deepeval.metrics import BaseMetric
    from deepeval.test_case import LLMTestCase

    class Overlap(BaseMetric):
        """Share of the expected words that the answer has."""

        def __init__(self, threshold: float = 0.5) -> None:
            self.threshold = threshold
            self.evaluation_model = "none"
            self.async_mode = False

        def measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
            wanted = set((test_case.expected_output or "").split())
            self.score = len(wanted & set((test_case.actual_output or "").split())) / len(wanted)
            self.success = self.score >= self.threshold
            self.reason = "by words"
            return self.score

        async def a_measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
            return self.measure(test_case)

        def is_successful(self) -> bool:
            return bool(self.success)

        @property
        def __name__(self) -> str:  # type: ignore[override]
            return "Word Overlap"

    class Wordiness(Overlap):
        """Words beyond those expected, as a share: lower is better."""

        def measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
            said = (test_case.actual_output or "").split()
            if "broken" in said:
                raise RuntimeError("the judge is away")
            self.score = len(set(said) - set((test_case.expected_output or "").split())) / len(said)
            self.success = self.score <= self.threshold
            self.reason = None
            return self.score

        @property
        def __name__(self) -> str:  # type: ignore[override]
            return "Wordiness"

    def cases(bad: int, broken: bool) -> list[LLMTestCase]:
        found = []
        for i in range(14):
            answer = f"capital number {i}" if i % bad else f"some town {i} I think"
            if broken and i % 6 == 1:
                answer = f"broken capital {i}"
            found.append(
                LLMTestCase(
                    name=f"city-{i:02d}",
                    input=f"What is the capital of country {i}?",
                    actual_output=answer,
                    expected_output=f"capital number {i}",
                    retrieval_context=[f"page {i // 4}"],
                    metadata={"continent": ["north", "south"][i % 2], "page": f"p{i // 4}"},
                    tags=["short"] if i < 10 else ["long"],
                )
            )
        return found

    for name, bad, broken in (("good", 7, False), ("worse", 4, False), ("broken", 7, True)):
        before = set((folder / "raw").glob("*.json")) if (folder / "raw").exists() else set()
        evaluate(
            cases(bad, broken),
            [Overlap(0.5), Wordiness(0.5)],
            identifier=name,
            hyperparameters={"model": "scripted", "temperature": 0},
            display_config=DisplayConfig(show_indicator=False, print_results=False),
            async_config=AsyncConfig(run_async=False),
            cache_config=CacheConfig(write_cache=False),
            error_config=ErrorConfig(ignore_errors=True),
        )
        [made] = set((folder / "raw").glob("*.json")) - before
        made.replace(folder / f"test_run_{name}.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
