"""Ten systems on 3,610 open questions: every way to compare 45 pairs, against figures made with other software."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.contingency_tables import cochrans_q

from evalkit.stats.many import Candidates, cochran_q, compare_all, letters, rank_intervals
from evalkit.stats.multiplicity import benjamini_hochberg, holm


@pytest.fixture(scope="module")
def table(shared: Path) -> tuple[list[str], np.ndarray]:
    rows = (shared / "openqa" / "nq3610_predictions.jsonl").read_text(encoding="utf-8").splitlines()
    scores = [json.loads(row)["em"] for row in rows]
    names = sorted(scores[0])
    return names, np.array([[row[name] for name in names] for row in scores], float)


@pytest.mark.shared
def test_forty_five_pairs_by_mcnemar(shared: Path, table: tuple[list[str], np.ndarray]) -> None:
    names, values = table
    known = json.loads((shared / "REFERENCE.json").read_text())["nqopen3610"]
    keys = [f"{names[i]} vs {names[j]}" for i, j in combinations(range(10), 2)]
    p = []
    for i, j in combinations(range(10), 2):
        gained, lost = (int((values[:, x] > values[:, y]).sum()) for x, y in ((i, j), (j, i)))
        p.append(scipy.stats.binomtest(gained, gained + lost).pvalue)
    assert p == pytest.approx([known["pairwise_mcnemar_p_exact"][key] for key in keys], rel=1e-9)
    assert int((holm(p) <= 0.05).sum()) == known["holm"]["n_reject_of_45"] == 30
    assert int((benjamini_hochberg(p) <= 0.05).sum()) == known["fdr_bh"]["n_reject_of_45"] == 37
    assert cochran_q(values)[1] == pytest.approx(known["cochran_q_p"], rel=1e-9)


@pytest.mark.shared
def test_max_t_shows_what_holm_shows(table: tuple[list[str], np.ndarray]) -> None:
    names, values = table
    parts = [np.column_stack([column, np.ones(len(column))]) for column in values.T]
    found = compare_all(
        Candidates(parts, lambda s: s[..., 0] / s[..., 1], None, "mean"), seed=1, higher=True, replicates=2_000
    )
    order = np.argsort(-values.mean(axis=0))
    assert 28 <= found.better.sum() <= 33
    assert names[order[0]] == "R2D2"
    assert found.best[order[0]] > 0.8
    ranks = rank_intervals(found.better)
    assert ranks[names.index("DPR")].tolist() == [10, 10]
    shared_letters = letters(found.better, order)
    assert set(shared_letters[names.index("R2D2")]) & set(shared_letters[names.index("EMDR2")])


def test_cochrans_q_is_that_of_statsmodels() -> None:
    values = (np.random.default_rng(1).random((80, 4)) < [0.5, 0.6, 0.6, 0.7]).astype(float)
    reference = cochrans_q(values)
    assert cochran_q(values) == pytest.approx((reference.statistic, reference.pvalue), rel=1e-12)
    assert cochran_q(np.ones((5, 3))) == (0.0, 1.0)
    with pytest.raises(ValueError, match="of 0 and 1"):
        cochran_q(values / 2)
