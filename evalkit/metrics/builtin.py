"""The built-in metrics by the name a suite file gives them; each is imported when it is first asked for."""

from __future__ import annotations

from typing import Final

__all__ = ["BUILTIN"]

BUILTIN: Final[dict[str, str]] = {
    "exact": "evalkit.metrics.exact:Exact",
    "text": "evalkit.metrics.text.metric:Text",
    "choice": "evalkit.metrics.text.choice.metric:Choice",
    "set_match": "evalkit.metrics.text.sets.metric:SetMatch",
    "token_f1": "evalkit.metrics.text.overlap.tokens:TokenF1",
    "bleu": "evalkit.metrics.text.overlap.bleu:Bleu",
    "chrf": "evalkit.metrics.text.overlap.chrf:Chrf",
    "rouge": "evalkit.metrics.text.overlap.rouge:Rouge",
    "wer": "evalkit.metrics.text.overlap.edits:Wer",
    "cer": "evalkit.metrics.text.overlap.edits:Cer",
    "edit_similarity": "evalkit.metrics.text.overlap.edits:EditSimilarity",
    "numeric": "evalkit.metrics.numeric.metric:Numeric",
    "json_valid": "evalkit.metrics.structured:JsonValid",
    "json_schema": "evalkit.metrics.structured:JsonSchema",
    "fields": "evalkit.metrics.fields.metric:Fields",
    "tool_calls": "evalkit.metrics.tool_calls.metric:ToolCalls",
    "accuracy": "evalkit.metrics.classification.accuracy:Accuracy",
    "precision": "evalkit.metrics.classification.counts:Precision",
    "recall": "evalkit.metrics.classification.counts:Recall",
    "f1": "evalkit.metrics.classification.counts:F1",
    "classification": "evalkit.metrics.classification.metric:Classification",
    "regression": "evalkit.metrics.regression:Regression",
    "calibration": "evalkit.metrics.calibration:Calibration",
    "brier": "evalkit.metrics.probability:Brier",
    "log_loss": "evalkit.metrics.probability:LogLoss",
    "sql": "evalkit.metrics.sql.metric:Sql",
    "instructions": "evalkit.metrics.instructions.metric:Instructions",
    "recorded": "evalkit.metrics.recorded:Recorded",
    "judged": "evalkit.metrics.judged:Judged",
    "rubric": "evalkit.metrics.rubric:RubricMetric",
    "pairwise": "evalkit.metrics.pairwise:Pairwise",
    "answered": "evalkit.metrics.operational:Answered",
    "seconds": "evalkit.metrics.operational:Seconds",
    "cost": "evalkit.metrics.operational:Cost",
}
