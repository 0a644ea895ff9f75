"""A judge beside baselines: one that only prefers longer answers earns no vote."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.app.calibrating.beside import beside_baselines, not_earned, said_of_baselines
from evalkit.app.label_files import read_labels
from evalkit.judges.rubric import read_rubric


def test_a_judge_that_follows_length_has_earned_no_vote(tmp_path: Path) -> None:
    rows = []
    for i in range(60):
        long, short = f"a long and winding answer number {i}", f"short {i}"
        better = "1" if i % 3 == 0 else "2"
        rows.append({"item": f"q{i}", "input": "?", "output_1": long, "output_2": short, "human": better})
    file = tmp_path / "l.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    labelled, rubric = read_labels(file), read_rubric("helpfulness")
    by_length = beside_baselines(labelled.rows, rubric, ["1"] * 60)
    assert by_length["length"]["baseline"]["point"] == 1 / 3
    assert not by_length["length"]["beats"]
    (said,) = not_earned(by_length)
    assert "has not earned a vote" in said
    good = beside_baselines(labelled.rows, rubric, [row.human for row in labelled])
    assert good["length"]["beats"]
    assert not_earned(good) == []
    assert said_of_baselines(good)[0].startswith("beside the length baseline: right on 100.0 % of 60 items")
    assert said_of_baselines(None) == []
