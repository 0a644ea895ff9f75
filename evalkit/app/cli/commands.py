"""The commands of `evalkit`, in the order in which its help names them.

name -> (module, attribute, one line of help): the line is here so that the group's help imports nothing.
"""

from __future__ import annotations

SECTIONS: dict[str, dict[str, tuple[str, str, str]]] = {
    "Evaluate and decide": {
        "init": ("evalkit.app.cli.init", "init", "Write a first suite to start from."),
        "run": ("evalkit.app.cli.run", "run", "Run a suite on candidates and decide its gates."),
        "plan": ("evalkit.app.cli.plan", "plan", "Say what a run would cost, and whether its gates can decide."),
        "compare": ("evalkit.app.cli.compare", "compare", "Compare stored runs, case by case."),
        "selftest": ("evalkit.app.cli.selftest", "selftest", "How often the gates cry wolf on your own runs."),
        "rescore": ("evalkit.app.cli.rescore", "rescore", "Score stored answers again; no prediction is made."),
        "import": ("evalkit.app.cli.import_", "import_", "Import logs of other tools as runs."),
        "match": ("evalkit.app.cli.match", "match", "Decide pairs of gold and answer, without a suite."),
        "rank": ("evalkit.app.cli.rank", "rank", "Rank systems by pairwise preferences."),
        "stats": ("evalkit.app.cli.stats.group", "stats", "Intervals and comparisons of the columns of a CSV file."),
    },
    "Report and release": {
        "report": ("evalkit.app.cli.reports.group", "report", "Write reports of stored runs, releases and judges."),
        "approve": (
            "evalkit.app.cli.approve",
            "approve",
            "Sign a run: who approved or rejected its record.",
        ),
        "evidence": (
            "evalkit.app.cli.evidence",
            "evidence",
            "What is known beside a record: add, list, show.",
        ),
        "runs": ("evalkit.app.cli.runs", "runs", "List, show, name, move and clean up stored runs."),
        "cache": ("evalkit.app.cli.cache", "cache", "Answers that runs share: count, export, import, prune."),
    },
    "Continuous integration": {
        "ci": ("evalkit.app.cli.ci", "ci", "Run all suites as continuous integration does."),
        "baseline": ("evalkit.app.cli.baseline", "baseline", "What a release is compared with, by name."),
        "comment": ("evalkit.app.cli.comment", "comment", "Post or update the comment of a pull request."),
    },
    "Judges and labels": {
        "calibrate": ("evalkit.app.cli.calibrate", "calibrate", "What a judge is worth beside people's labels."),
        "judge": ("evalkit.app.cli.judging.group", "judge", "Read verdicts; fit panels and cascades of judges."),
        "correct": (
            "evalkit.app.cli.correct",
            "correct",
            "Correct a judge's numbers by people's labels.",
        ),
        "labels": ("evalkit.app.cli.labels.group", "labels", "Draw, merge and count labels of people."),
        "audit": ("evalkit.app.cli.audit", "audit", "Rank every layer of a suite by agreement with people."),
    },
    "Data": {
        "ingest": ("evalkit.app.cli.ingesting.ingest", "ingest", "Take records of files or a queue into a dataset."),
        "queue": ("evalkit.app.cli.ingesting.queue", "queue", "Durable queues on this machine: put, list."),
        "quarantine": ("evalkit.app.cli.ingesting.quarantine", "quarantine", "Refused records: list, show, replay."),
        "dataset": ("evalkit.app.cli.datasets.group", "dataset", "Datasets: list, show, export, verify."),
        "contract": ("evalkit.app.cli.contracts.contract", "contract", "Contracts of data: draft one, show it."),
        "validate": ("evalkit.app.cli.contracts.validate", "validate", "Hold a file or a dataset against a contract."),
    },
    "Models": {
        "pipeline": ("evalkit.app.cli.stages.group", "pipeline", "Run a pipeline: only what changed."),
        "lineage": ("evalkit.app.cli.stages.lineage", "lineage", "What a dataset, model or run was made of."),
        "train": ("evalkit.app.cli.train", "train", "Train a model by a recipe, in a process of its own."),
        "registry": ("evalkit.app.cli.registry.group", "registry", "Models: versions, aliases, promotion, rollback."),
    },
    "In use": {
        "serve": ("evalkit.app.cli.serve", "serve", "Answer users over HTTP; no answer before its row is kept."),
        "rollout": (
            "evalkit.app.cli.rollout.group",
            "rollout",
            "Bring a candidate to users, direct or by canary.",
        ),
        "shadow": ("evalkit.app.cli.shadowing.group", "shadow", "A challenger beside the champion: report, replay."),
        "ab": ("evalkit.app.cli.ab.group", "ab", "Experiments: assign units, plan, analyze."),
        "monitor": (
            "evalkit.app.cli.monitor.group",
            "monitor",
            "Watch a model in use: drift, labels, alarms.",
        ),
        "feedback": (
            "evalkit.app.cli.feedback.group",
            "feedback",
            "What came of predictions: import, status, promote.",
        ),
    },
    "Help": {
        "schema": ("evalkit.app.cli.schema", "schema", "Print the JSON Schema of the suite file, for editors."),
        "doctor": ("evalkit.app.cli.doctor", "doctor", "Check the installation, a suite, or a metric."),
    },
}

COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}
"""All of them."""
