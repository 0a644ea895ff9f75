"""The calls of one question -> its verdict: a majority of votes, a mean of points, and for pairs both orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.judges.rubric import FAIL, PASS, Rubric
from evalkit.judges.rubric_parts import PAIR_VALUES

Output = Mapping[str, Any]
TIED = "tied_votes"


def settle_single(rubric: Rubric, outputs: Sequence[Output]) -> dict[str, Any]:
    """The verdict on one answer.

    A label needs more votes than any other, and more than half of the calls a usable reply; else there is none, with
    the reason. Of criteria with several votes, each value is the mean of the votes.
    """
    said = [output for output in outputs if output.get("label") is not None]
    if 2 * len(said) <= len(outputs):
        return _without(outputs)
    votes = Counter(str(output["label"]) for output in said)
    shared: dict[str, Any] = {"votes": dict(votes)} if len(outputs) > 1 else {}
    if reasons := _rationale(said):
        shared["rationale"] = reasons
    if rubric.criteria:
        return _of_criteria(rubric, said) | shared
    label = _most(votes)
    if label is None:
        return {"label": None, "value": None, "why": TIED} | shared
    chance = _probability(label, said, len(outputs), votes)
    return {"label": label, "value": rubric.values[label]} | chance | shared | _reasons_of(label, said)


def settle_pair(outputs: Sequence[Output], orders: int) -> dict[str, Any]:
    """The verdict on two answers: what both orders say; a tie where they differ (`order_conflict`).

    Args:
        outputs: labels name outputs, whatever was shown first; the votes of one order before those of the other.
        orders: 1 or 2.
    """
    size = len(outputs) // orders
    parts = [outputs[i * size : (i + 1) * size] for i in range(orders)]
    found = []
    for part in parts:
        said = [output for output in part if output.get("label") is not None]
        if 2 * len(said) <= len(part):
            return _without(part)
        found.append(_most(Counter(str(output["label"]) for output in said)) or "tie")
    said = [output for output in outputs if output.get("label") is not None]
    conflict = len(set(found)) > 1
    label = "tie" if conflict else found[0]
    votes = Counter(str(output["label"]) for output in said)
    verdict: dict[str, Any] = {"label": label, "value": PAIR_VALUES[label]}
    if orders == 2:
        verdict["order_conflict"] = conflict
    else:
        verdict["orders"] = "one"
    if len(outputs) > 1:
        verdict["votes"] = dict(votes)
    if not conflict:
        verdict |= _probability(label, said, size, votes)
    return verdict | _reasons_of(label, said)


def _of_criteria(rubric: Rubric, said: Sequence[Output]) -> dict[str, Any]:
    """Values of the criteria, and what they come to."""
    points = {c.id: sum(c.values[output["labels"][c.id]] for output in said) / len(said) for c in rubric.criteria}
    weights = {c.id: c.weight for c in rubric.criteria}
    value = sum(weights[name] * v for name, v in points.items()) / sum(weights.values())
    if any(c.veto and points[c.id] == 0 for c in rubric.criteria):
        value = 0.0
    if rubric.pass_at is not None:
        label = PASS if value >= rubric.pass_at - 1e-12 else FAIL
    else:
        label = min(rubric.values, key=lambda name: (abs(rubric.values[name] - value), rubric.values[name]))
    return {"label": label, "value": value, "points": points}


def _without(outputs: Sequence[Output]) -> dict[str, Any]:
    """No verdict, for the commonest reason (of equally common ones the first)."""
    reasons = Counter(str(output.get("why") or "no_verdict") for output in outputs if output.get("label") is None)
    why = max(reasons, key=lambda reason: reasons[reason])
    told = next((str(o["detail"]) for o in outputs if o.get("why") == why and o.get("detail")), "")
    return {"label": None, "value": None, "why": why} | ({"detail": told} if told else {})


def _most(votes: Counter[str]) -> str | None:
    """The label with more votes than any other."""
    (label, most), *rest = votes.most_common()
    return None if rest and rest[0][1] == most else label


def _probability(label: str, said: Sequence[Output], votes_each: int, votes: Counter[str]) -> dict[str, float]:
    """Of the label: the mean over the calls of what their tokens say, else its share of several votes."""
    known = [output["probabilities"].get(label, 0.0) for output in said if output.get("probabilities")]
    if known and len(known) == len(said):
        return {"probability": sum(known) / len(known)}
    return {"probability": votes[label] / len(said)} if votes_each > 1 else {}


def _rationale(said: Sequence[Output]) -> str:
    return next((str(output["rationale"]) for output in said if output.get("rationale")), "")


def _reasons_of(label: str, said: Sequence[Output]) -> dict[str, str]:
    """The reasons of a call that said the label."""
    reasons = _rationale([output for output in said if output["label"] == label]) or _rationale(said)
    return {"rationale": reasons} if reasons else {}
