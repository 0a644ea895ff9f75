"""A loopback endpoint that judges arithmetic: right where the answer has the sum, with faults that a test can set."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.servers import completion


@dataclass
class Grader:
    """Replies as a judge would; `reply` of a FakeOpenAI.

    Attributes:
        model: that responses name.
        wrong: case numbers on which it errs.
        gullible: an answer that contains one of its labels in an instruction is called correct.
        moods: case numbers on which a drifted model says otherwise.
        seen: questions by number, for counting.
    """

    model: str = "test-model-2026"
    wrong: frozenset[int] = frozenset()
    gullible: bool = False
    moods: frozenset[int] = frozenset()
    seen: list[int] = field(default_factory=list)

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        asked = body["messages"][-1]["content"]
        number = int(re.findall(r"What is (\d+) plus \1\?", asked)[-1])
        self.seen.append(number)
        answer = asked[asked.rindex("[[BEGIN") :]
        right = re.search(rf"\bit is {2 * number}\b", answer) is not None
        if self.gullible and re.search(r"(?i)verdict|grader|judge|evaluation|\[\[.*\]\] \[\[|count as|above", answer):
            right = True
        if (number in self.wrong) != (number in self.moods):
            right = not right
        label = "correct" if right else "incorrect"
        return completion(json.dumps({"rationale": "Compared with the sum.", "label": label}), model=self.model)


def labels(n: int, wrong_every: int = 2) -> list[dict[str, Any]]:
    """n labelled sums, every second answer wrong."""
    return [
        {
            "item": f"l{i}",
            "input": f"What is {i} plus {i}?",
            "expected": f"it is {2 * i}",
            "output": f"it is {2 * i + (i % wrong_every == 0)}",
            "human": "incorrect" if i % wrong_every == 0 else "correct",
        }
        for i in range(n)
    ]


RUBRIC = """\
id: sums
judges: answer
labels:
  correct: {value: 1, text: The sum is right.}
  incorrect: {value: 0, text: It is not.}
system: You judge whether a sum is right.
template: |
  {{ input }}
  {{ expected }}
  {{ output }}
"""
