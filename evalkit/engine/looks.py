"""Looking again at the same candidate: a verdict is not improved by asking until it is green.

Two looks at a true regression that each pass by chance 5 % of the time pass together 10 % of the time, five looks 23 %.
So looks are declared (each then decides at alpha / looks, and by the union bound the whole keeps alpha), and a rerun
that was not declared may confirm the first verdict or worsen it, never better it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import FirstLook, Record, RunOutcome

_ORDER: dict[RunOutcome, int] = {"error": 0, "fail": 1, "inconclusive": 2, "pass": 3, "ungated": 4}


def standing(found: Sequence[RunOutcome], looks: int = 1) -> RunOutcome:
    """The verdict after these looks at one candidate, in their order; `found` is what each says alone, at least one.

    A look that was declared decides what the one before it left inconclusive; any other rerun stands beside the verdict
    of the declared looks and is the verdict only where it is worse.
    """
    verdict = found[0]
    for again in found[1:looks]:
        verdict = again if verdict == "inconclusive" else min(verdict, again, key=_ORDER.__getitem__)
    return verdict if len(found) <= looks else min(verdict, found[-1], key=_ORDER.__getitem__)


def said(first: FirstLook, outcome: RunOutcome, declared: int) -> str | None:
    """What a record says of an earlier look, as a sentence; None where the rerun confirms it."""
    before = f"the first verdict on this candidate was {first.outcome} (run {first.run_id})"
    if first.looks <= declared:
        return f"look {first.looks} of {declared} declared: {before}"
    if outcome == first.found:
        return None if outcome == first.outcome else f"{before}; this rerun says {outcome}"
    return (
        f"{before}; this rerun alone would say {first.found}, which stands beside it and does not replace it: asking "
        "until it is green proves nothing. Change the candidate, add cases, or declare `looks: 2` before looking"
    )


def with_first_look(record: Record, earlier: Sequence[Record], declared: int) -> Record:
    """The record beside what earlier looks at the same candidate said.

    Args:
        record: of this run, whose outcome is what it says alone.
        earlier: records of the same question with other answers, oldest first.
        declared: looks of the suite.
    """
    if not earlier or record.outcome in ("ungated", "error"):
        return record
    found = [r.outcome if r.first_look is None else r.first_look.found for r in earlier]
    outcome = standing([*found, record.outcome], declared)
    first = FirstLook(
        run_id=earlier[0].run_id, outcome=earlier[0].outcome, looks=len(earlier) + 1, found=record.outcome
    )
    sentence = said(first, outcome, declared)
    warnings = [*record.warnings, *([sentence] if sentence else [])]
    return record.model_copy(update={"outcome": outcome, "first_look": first, "warnings": warnings})


def same_question(one: Record, two: Record) -> bool:
    """Whether two runs asked the same systems, by digest, the same cases under the same scoring and policy."""

    def asked(record: Record) -> list[tuple[str, str]]:
        return sorted((v.role, v.digest) for v in record.variants)

    return one.digests == two.digests and asked(one) == asked(two)


def same_where_answered(earlier: pa.Table, now: pa.Table, names: dict[str, str]) -> bool:
    """Whether `now` has the answers of the earlier run wherever that one had any: then it only completes it.

    Args:
        earlier, now: predictions of both runs (`variant`, then schema PREDICTIONS).
        names: variant of the earlier run -> that of this one, of the candidates.
    """
    for before, after in names.items():
        old = earlier.filter(pc.equal(earlier["variant"], before)).sort_by(
            [("case_id", "ascending"), ("repeat", "ascending")]
        )
        new = now.filter(pc.equal(now["variant"], after)).sort_by([("case_id", "ascending"), ("repeat", "ascending")])
        if len(old) != len(new):
            return False
        answered = ~np.asarray(pc.fill_null(pc.equal(old["failure_kind"], "harness"), False))
        for column in ("case_id", "output", "failure_kind", "failure_reason"):
            equal = pc.equal(
                pc.fill_null(old[column].cast(pa.large_string()), ""),
                pc.fill_null(new[column].cast(pa.large_string()), ""),
            )
            if not np.asarray(equal)[answered].all():
                return False
    return True
