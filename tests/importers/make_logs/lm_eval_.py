"""Writes logs with the real lm-evaluation-harness on a scripted model: `python lm_eval_.py FOLDER`. No network.

A multiple-choice task (`acc`, `acc_norm`), a generation task with two filters (`exact_match`), and one with a corpus
metric (`bleu`), which is no mean over documents.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

CHOICE = """
task: colours
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/colours.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "Q: {{question}}\\nA:"
doc_to_target: "{{label}}"
doc_to_choice: "{{options}}"
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: acc_norm, aggregation: mean, higher_is_better: true}
metadata: {version: 1.0}
"""

SUMS = """
task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/sums.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n"], do_sample: false}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true}
filter_list:
  - name: strict-match
    filter: [{function: regex, regex_pattern: "#### (\\\\-?[0-9]+)"}, {function: take_first}]
  - name: flexible-extract
    filter: [{function: regex, group_select: -1, regex_pattern: "(-?[0-9]+)"}, {function: take_first}]
metadata: {version: 2.0}
"""

PHRASES = """
task: phrases
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/phrases.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{source}}"
doc_to_target: "{{target}}"
generation_kwargs: {until: ["\\n"]}
metric_list:
  - {metric: bleu}
  - {metric: chrf}
metadata: {version: 1.0}
"""


def data(folder: Path) -> None:
    """The questions."""
    colours = [
        {"question": f"Colour of thing {i}?", "options": ["red", "green", "blue"], "label": i % 3, "page": f"p{i // 3}"}
        for i in range(18)
    ]
    sums = [
        {"question": f"{i} plus {i + 1} is", "answer": str(2 * i + 1), "kind": ["a", "b"][i % 2]} for i in range(18)
    ]
    phrases = [{"source": f"word {i} of many", "target": f"mot {i} de tous les mots"} for i in range(10)]
    for name, rows in (("colours", colours), ("sums", sums), ("phrases", phrases)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main(folder: Path) -> None:
    """Two models on all tasks."""
    from lm_eval import simple_evaluate
    from lm_eval.api.instance import Instance
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    class Scripted(LM):
        """Answers by the number in the question; every `bad`-th wrongly."""

        def __init__(self, bad: int) -> None:
            super().__init__()
            self.bad = bad

        def loglikelihood(self, requests: list[Instance]) -> list[tuple[float, bool]]:
            found = []
            for request in requests:
                context, choice = request.args
                at = int("".join(ch for ch in context if ch.isdigit()))
                right = ["red", "green", "blue"][(at + (at % self.bad == 0)) % 3]
                found.append((-1.0 if choice.strip() == right else -3.0, False))
            return found

        def loglikelihood_rolling(self, requests: list[Instance]) -> list[float]:
            return [0.0 for _ in requests]

        def generate_until(self, requests: list[Instance]) -> list[str]:
            found = []
            for request in requests:
                words = request.args[0].split()
                if "plus" in words:
                    a = int(words[0])
                    said = 2 * a + 1 + (a % self.bad == 0)
                    found.append(f"it is {said}" if a % 4 == 0 else f"#### {said}")
                else:
                    found.append(f"mot {words[1]} de tous")
            return found

    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    data(folder)
    tasks = folder / "tasks"
    tasks.mkdir(exist_ok=True)
    for name, text in (("colours", CHOICE), ("sums", SUMS), ("phrases", PHRASES)):
        (tasks / f"{name}.yaml").write_text(text.replace("DATA", str(folder)), encoding="utf-8")
    for name, bad in (("good", 7), ("worse", 4)):
        tracker = EvaluationTracker(output_path=str(folder / name))
        results: Any = simple_evaluate(
            model=Scripted(bad),
            tasks=["colours", "sums", "phrases"],
            task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
            log_samples=True,
            bootstrap_iters=0,
        )
        samples = results.pop("samples")
        tracker.save_results_aggregated(results=results, samples=samples)
        for task in results["configs"]:
            tracker.save_results_samples(task_name=task, samples=samples[task])
        for made in (folder / name).rglob("*.json*"):  # it makes a folder for the model
            made.replace(folder / name / made.name)
        for made in (folder / name).glob("results_*.json"):  # without the description of this machine
            told = {key: value for key, value in json.loads(made.read_text()).items() if key != "pretty_env_info"}
            made.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
