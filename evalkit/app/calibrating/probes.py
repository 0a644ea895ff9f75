"""Probes of a judge: the same items judged as they are and after a change that must not matter, as paired tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.app.calibrating.attacks import authority, citation, injected, markdown, padded
from evalkit.app.calibrating.items import as_questions, text_of
from evalkit.app.calibrating.passes import Passes
from evalkit.app.label_files import Label
from evalkit.core.digest import digest_of
from evalkit.core.protocols import Judge
from evalkit.core.tables import MISSING
from evalkit.engine.calibrating.figures import figure
from evalkit.engine.judging.again import Again
from evalkit.stats.judging.probes import probe
from evalkit.stats.judging.shares import share

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["ITEMS", "RETEST", "probes", "retest", "sampled", "unheard"]

ITEMS = 40
"""Items of one probe."""
RETEST = 100
"""Items that are judged twice: where none changes, a sentinel of 100 sees a flip rate of 13 % nearly always."""


class Judged(NamedTuple):
    """What is probed: labelled rows, and what the judge said of them."""

    rows: Sequence[Label]
    verdicts: Sequence[Any]
    rubric: Rubric
    judge: Judge

    def label(self, i: int) -> str | None:
        """The judge's label of row i."""
        verdict = self.verdicts[i]
        found = verdict.get("label") if isinstance(verdict, dict) else None
        return found if isinstance(found, str) else None


def sampled(rows: Sequence[Label], at: Sequence[int], n: int, salt: str) -> list[int]:
    """n of some rows, by digest: the same every time."""
    return sorted(sorted(at, key=lambda i: digest_of([salt, rows[i].digest]))[:n])


def retest(of: Judged, passes: Passes, n: int) -> dict[str, Any] | None:
    """The same questions once more: how many verdicts change by themselves; None: there is nothing to compare."""
    at = sampled(of.rows, [i for i in range(len(of.rows)) if of.label(i) is not None], n, "sentinel")
    if not at:
        return None
    again = passes.verdicts("retest", Again(of.judge, "retest"), as_questions([of.rows[i] for i in at]))
    kept = [(i, v) for i, v in zip(at, again, strict=True) if isinstance(v, dict) and "failure" not in v]
    if not kept:
        return None
    flipped = [v.get("label") != of.label(i) for i, v in kept]
    return {"n": len(kept), "flipped": sum(flipped), "share": _figure(flipped, [of.rows[i] for i, _ in kept])}


def probes(of: Judged, passes: Passes, n: int) -> dict[str, Any]:
    """Every probe that the items allow: {name: {n, flipped, share{point, lo, hi}, p}}.

    `gold`: the reference answer itself, which has to be judged best; flipped are those that are not. All others change
    a wrong answer (of a pair: the one that people did not choose) in a way that makes it no better; of them `flipped`
    are those that became right (the winner), `share` is of the answers that were judged wrong before, and `p` is
    McNemar's over both directions.
    """
    found: dict[str, Any] = {}
    for name, at, changes in _plans(of, n):
        if not at:
            continue
        after = passes.verdicts(f"probe {name}", of.judge, as_questions([of.rows[i] for i in at], changes))
        made = _gold(of, at, after) if name == "gold" else _paired(of, at, after)
        if made is not None:
            found[name] = made
    return found


def unheard(of: Judged, n: int, found: Mapping[str, Any]) -> list[str]:
    """Sentences about probes that the items allow and that brought no verdict: nothing is known of them."""
    names = [name for name, at, _ in _plans(of, n) if at and name not in found]
    return [f"No verdict came in the probes {', '.join(names)}: nothing is known of those."] if names else []


def _plans(of: Judged, n: int) -> Iterator[tuple[str, list[int], list[Mapping[str, Any]]]]:
    """Name, rows and changed answers of each probe."""
    rows, rubric = of.rows, of.rubric
    pair = rubric.kind == "pair"
    golds = [i for i, row in enumerate(rows) if row.expected not in (MISSING, None, "")]
    if pair:
        golds = [i for i in golds if rows[i].human in ("1", "2")]
    at = sampled(rows, golds, n, "probe gold")
    yield "gold", at, [_gold_instead(rows[i], pair) for i in at]
    wrong = [i for i in range(len(rows)) if _is_wrong(rows[i], rubric) and of.label(i) is not None]
    at = sampled(rows, wrong, n, "probe")
    dressings: dict[str, Callable[[str, str], str]] = {
        "injection": injected,
        "authority": lambda answer, _: authority(answer),
        "citation": lambda answer, _: citation(answer),
        "markdown": lambda answer, _: markdown(answer),
        "padding": lambda answer, _: padded(answer),
    }
    for name, dress in dressings.items():
        yield name, at, [_dressed(rows[i], rubric, dress) for i in at]


def _is_wrong(row: Label, rubric: Rubric) -> bool:
    """Whether people say that (one of) the answer is wrong: the lowest label of the menu, or the other output."""
    if row.human is None:
        return False
    if rubric.kind == "pair":
        return row.human in ("1", "2")
    return rubric.values.get(row.human, 1.0) == min(rubric.values.values())


def _gold_instead(row: Label, pair: bool) -> dict[str, Any]:
    """The gold as the answer; of a pair instead of the output that people chose."""
    return {f"output_{row.human}" if pair else "output": row.expected}


def _dressed(row: Label, rubric: Rubric, dress: Callable[[str, str], str]) -> dict[str, Any]:
    if rubric.kind == "pair":
        loser = _loser(row)
        return {f"output_{loser}": dress(text_of(getattr(row, f"output_{loser}")), loser)}
    return {"output": dress(text_of(row.output), rubric.positive)}


def _loser(row: Label) -> str:
    return "2" if row.human == "1" else "1"


def _best(of: Judged, i: int, label: str | None, gold: bool) -> bool:
    """Whether a label is the best that the changed answer can have."""
    if label is None:
        return False
    if of.rubric.kind == "pair":
        return label == (of.rows[i].human if gold else _loser(of.rows[i]))
    return of.rubric.values.get(label) == 1


def _heard(of: Judged, at: Sequence[int], after: Sequence[Any]) -> list[tuple[int, str | None]]:
    """Rows with the label that they got now; what failed on our side is left out."""
    return [
        (i, verdict.get("label"))
        for i, verdict in zip(at, after, strict=True)
        if isinstance(verdict, dict) and "failure" not in verdict
    ]


def _gold(of: Judged, at: Sequence[int], after: Sequence[Any]) -> dict[str, Any] | None:
    heard = [(i, label) for i, label in _heard(of, at, after) if label is not None]
    if not heard:
        return None
    missed = [not _best(of, i, label, True) for i, label in heard]
    rows = [of.rows[i] for i, _ in heard]
    return {"n": len(heard), "flipped": sum(missed), "share": _figure(missed, rows), "p": None}


def _paired(of: Judged, at: Sequence[int], after: Sequence[Any]) -> dict[str, Any] | None:
    """Right before and after, of the same answers. No verdict on an attacked answer is no success of the attack."""
    heard = _heard(of, at, after)
    if not heard:
        return None
    before = [_best(of, i, of.label(i), False) for i, _ in heard]
    now = [_best(of, i, label, False) for i, label in heard]
    found = probe(before, now)
    wrong = [k for k, was in enumerate(before) if not was]
    flips = [now[k] for k in wrong]
    shown = _figure(flips, [of.rows[heard[k][0]] for k in wrong]) if wrong else {"point": None, "lo": None, "hi": None}
    return {
        "n": len(wrong),
        "flipped": sum(flips),
        "share": shown,
        "n_paired": found.n,
        "gained": found.gained,
        "lost": found.lost,
        "p": found.p,
    }


def _figure(of: Sequence[bool], rows: Sequence[Label]) -> dict[str, Any]:
    """A share with its interval; rows of one item (or group) are a cluster."""
    groups = [row.group or row.item for row in rows]
    codes = {name: k for k, name in enumerate(dict.fromkeys(groups))}
    found = figure(share([float(one) for one in of], [codes[g] for g in groups]))
    return {name: found[name] for name in ("point", "lo", "hi")}
