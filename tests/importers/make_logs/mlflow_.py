"""Writes evaluation tables with the real mlflow on a file store: `python mlflow_.py FOLDER`. No network, no model.

`eval_results_table.json` (the artifact of `mlflow.models.evaluate`) and the result frame of `mlflow.genai.evaluate` as
CSV, JSON and Parquet.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

N = 12
os.environ |= {
    "MLFLOW_GENAI_EVAL_MAX_WORKERS": "1",
    "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "50",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false",
}


def main(folder: Path) -> None:
    """The same answers by both interfaces."""
    os.chdir(folder)
    import mlflow
    import pandas as pd
    from mlflow.entities import Feedback
    from mlflow.genai.scorers import scorer
    from mlflow.metrics import MetricValue, make_metric

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("capitals")
    aggregates: dict[str, dict[str, float]] = {}
    for name, bad in (("good", 7), ("worse", 4)):
        answers = [f"capital {i}" if i % bad else f"town {i}" for i in range(N)]
        gold = [f"capital {i}" for i in range(N)]
        questions = [f"What is the capital of country {i}?" for i in range(N)]
        frame = pd.DataFrame(
            {"inputs": questions, "ground_truth": gold, "outputs": answers, "region": ["a", "b"] * (N // 2)}
        )

        def near(predictions: Any, targets: Any) -> MetricValue:
            scores = [
                float(len(set(p.split()) & set(t.split()))) / 2 for p, t in zip(predictions, targets, strict=True)
            ]
            return MetricValue(scores=scores, aggregate_results={"mean": sum(scores) / len(scores)})

        with mlflow.start_run(run_name=name):
            found = mlflow.models.evaluate(
                data=frame,
                predictions="outputs",
                targets="ground_truth",
                extra_metrics=[
                    make_metric(eval_fn=near, greater_is_better=True, name="near"),
                    mlflow.metrics.exact_match(),
                ],
                evaluators="default",
            )
            aggregates[name] = {key: float(value) for key, value in found.metrics.items()}
            table = mlflow.artifacts.download_artifacts(
                artifact_uri=f"{mlflow.get_artifact_uri()}/eval_results_table.json", dst_path=str(folder / "raw")
            )
            shutil.copy(table, folder / f"eval_results_table_{name}.json")

        @scorer
        def right(outputs: Any, expectations: Any) -> bool:
            return bool(outputs == expectations["expected_response"])

        @scorer
        def length(outputs: Any) -> Any:
            if "capital 5" in str(outputs):
                raise RuntimeError("the judge is away")
            return Feedback(value=len(str(outputs)), rationale="counted")

        @scorer
        def grade(outputs: Any) -> Any:
            return Feedback(value="yes" if "capital" in str(outputs) else "no")

        data = [
            {
                "inputs": {"question": q},
                "outputs": a,
                "expectations": {"expected_response": g},
                "tags": {"region": r},
            }
            for q, a, g, r in zip(questions, answers, gold, frame["region"], strict=True)
        ]
        result = mlflow.genai.evaluate(data=data, scorers=[right, length, grade])
        table = result.result_df if hasattr(result, "result_df") else result.tables["eval_results"]
        aggregates[name] |= {key: float(value) for key, value in result.metrics.items()}
        table.to_csv(folder / f"genai_{name}.csv.gz", index=False)
        table.to_json(folder / f"genai_{name}.json.gz", orient="records", default_handler=str)
        # Feedback of several types in one column has no place in Parquet; without its raw form the frame has.
        table.drop(columns=["assessments"]).to_parquet(folder / f"genai_{name}.parquet")
    (folder / "aggregates.json").write_text(json.dumps(aggregates), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
