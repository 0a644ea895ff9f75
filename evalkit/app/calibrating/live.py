"""`evalkit calibrate RUBRIC --labels FILE`: a judge beside people's labels, as a certificate."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.app.calibrating.against import about, left_out, missing, reasons_of, shown_already, tuned
from evalkit.app.calibrating.beside import beside_baselines, not_earned
from evalkit.app.calibrating.items import Items, as_questions, as_ratings, read_items
from evalkit.app.calibrating.judge_given import Subject, judge_given
from evalkit.app.calibrating.passes import Passes, spent
from evalkit.app.calibrating.probes import ITEMS, RETEST, Judged, probes, retest, sampled, unheard
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.nouns import Certificate
from evalkit.core.protocols import Judge, Store
from evalkit.engine.calibrate import Calibration, calibration
from evalkit.engine.calls import Calls
from evalkit.engine.certificate import Grounds, Policy, certificate_of
from evalkit.engine.judge import judge_digest
from evalkit.engine.judging.again import makes_calls
from evalkit.engine.judging.asking import Heard
from evalkit.engine.judging.questions import Questions
from evalkit.engine.limits import CallPolicy
from evalkit.engine.majority import majority
from evalkit.engine.sentinel import MOST, Frozen

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["Calibrated", "Live", "calibrate"]


@dataclass(frozen=True)
class Live:
    """How a judge is calibrated.

    Attributes:
        rubric: a file, or the name of one that comes with evalkit.
        labels: file of labelled items; None: the rubric's own examples (too few for a certificate that gates).
        judge: a spec, SUITE.yaml#NAME, a Judge, or None for $EVALKIT_JUDGE.
        overrides: options that stand for the judge's own (base_url, votes, temperature, timeout).
        positive, epsilon, alpha, delta: see `engine.calibrate.calibration`.
        retest: items that are judged twice; 0: none.
        probes: items of each probe; 0: none.
        min_kappa, expires_days: stand for the rubric's limits.
        concurrency, budget, fresh, replay: as of a run.
        clock: what time it is, with its zone.
    """

    rubric: str
    labels: str | None = None
    judge: str | Judge | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    positive: str | None = None
    epsilon: float = 0.15
    alpha: float = 0.2
    delta: float = 0.1
    retest: int = RETEST
    probes: int = ITEMS
    min_kappa: float | None = None
    expires_days: int | None = None
    concurrency: int = 8
    budget: float | None = None
    fresh: bool = False
    replay: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Calibrated(NamedTuple):
    """What was found, and the certificate of it.

    Attributes:
        notes: sentences beside it: what was left out, and why.
        n_calls, n_reused: answers in all, and those that were recorded already.
        cost: US dollars of all answers, recorded ones included; None: unknown.
        unparsed: reasons of verdicts without a label -> number.
    """

    found: Calibration
    certificate: Certificate
    notes: tuple[str, ...]
    n_calls: int
    n_reused: int
    cost: float | None
    unparsed: dict[str, int]
    path: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON of `evalkit calibrate --json`, with the certificate."""
        own = self.certificate
        plain = self.found.to_json()
        cautions = plain.get("certificate", {}).get("cautions", [])
        return plain | {
            "probes": own.probes,
            "retest_flip": own.retest_flip,
            "unparsed": self.unparsed,
            "calls": {"n": self.n_calls, "n_reused": self.n_reused, "cost": self.cost},
            "notes": list(self.notes),
            "certificate": {
                "digest": own.digest,
                "judge": own.judge,
                "usable": own.usable,
                "reasons": own.reasons,
                "cautions": cautions,
                "created": own.created,
                "expires": own.expires,
                "rubric": own.rubric,
                "rubric_id": own.rubric_id,
                "labels": own.labels,
                "models": own.models,
                "limits": own.limits,
                "renew": own.renew,
                "path": None if self.path is None else str(self.path),
            },
        }


def calibrate(live: Live, store: Store, progress: Callable[[str, int, int], None]) -> Calibrated:
    """Judge the labelled items, probe the judge, and keep a certificate of what was found.

    Raises:
        InputError: the rubric, the labels or the judge cannot be used, or no call can succeed.
        RunBroke: the judge cannot be asked any further; what it said is kept, and the same command goes on.
    """
    from evalkit.judges.rubric import read_rubric

    rubric = read_rubric(live.rubric)
    items = read_items(live.labels or _own_examples(rubric), rubric)
    # What the statistics refuse, they refuse before anybody is asked.
    calibration(as_ratings(items.rows[:1], rubric, [{"label": rubric.menu[0]}]), **_options(live, rubric))
    subject = judge_given(live.judge, rubric, live.overrides)
    calls = Calls(CallPolicy(concurrency=live.concurrency, budget=live.budget), fresh=live.fresh, replay=live.replay)
    passes = Passes(calls, store, progress)
    try:
        made = _measured(live, rubric, items, subject, passes, store)
    except BaseException:
        passes.close(done=False)
        raise
    path = store.put_certificate(made.certificate)
    passes.close(done=True)
    return made._replace(path=path)


def _own_examples(rubric: Rubric) -> str:
    if rubric.calibration is None:
        what = f"no labels were given, and the rubric {rubric.id!r} has no examples of its own"
        raise InputError(what, str(rubric.path), "Add --labels FILE.jsonl: labelled items of your own.")
    return str(rubric.calibration)


def _options(live: Live, rubric: Rubric) -> dict[str, Any]:
    """Of the statistics."""
    positive = live.positive or (rubric.positive if rubric.kind == "single" else None)
    return {"positive": positive, "epsilon": live.epsilon, "alpha": live.alpha, "delta": live.delta}


def _measured(live: Live, rubric: Rubric, items: Items, subject: Subject, passes: Passes, store: Store) -> Calibrated:
    judge, rows = subject.judge, items.rows
    questions = as_questions(rows)
    verdicts, first = passes.heard("calibration", judge, questions)
    failed = sum(isinstance(verdict, dict) and "failure" in verdict for verdict in verdicts)
    if live.replay and failed == len(rows):
        raise InputError("no verdict on these items is recorded", items.source, "Calibrate without --replay first.")
    asked_now = passes.n_reused < len(passes.answers)
    options = _options(live, rubric)
    found = _with_orders(
        calibration(as_ratings(rows, rubric, verdicts), **options), rows, rubric, verdicts, first, options
    )
    of = Judged(rows, verdicts, rubric, judge)
    baselines = beside_baselines(rows, rubric, [of.label(i) for i in range(len(rows))])
    found = replace(found, findings={**found.findings, "baselines": baselines, "spent": spent(first)})
    probed, notes = _probed(live, of, passes)
    digest = judge_digest(judge)
    unread = reasons_of(verdicts)
    grounds = Grounds(
        judge=digest,
        spec=judge.spec,
        rubric=rubric.digest,
        rubric_id=rubric.id,
        labels=items.labelled.digest,
        models=passes.models,
        now=live.clock(),
        at_most=None if asked_now or not makes_calls(judge) else _earlier_end(store, digest, items.labelled.digest),
        probes=probed,
        **_slice(store, of, questions),
        against=[
            *not_earned(baselines),
            *tuned(judge, items),
            *shown_already(rubric, items),
            *missing(unread, len(rows)),
        ],
        renew=_renew(live, subject),
        limits=about(items),
    )
    certificate = certificate_of(found, grounds, _policy(live, rubric))
    counted = (len(passes.answers), passes.n_reused, passes.cost)
    return Calibrated(found, certificate, (*notes, *left_out(items), *_to_ask(failed)), *counted, unread)


def _with_orders(
    found: Calibration,
    rows: Sequence[Any],
    rubric: Rubric,
    verdicts: Sequence[Any],
    heard: Heard,
    options: Mapping[str, Any],
) -> Calibration:
    """Of pairs judged in both orders, what the order does; all else is of the verdict that a gate reads."""
    if rubric.kind != "pair" or heard.asks % 2 or getattr(heard.judge, "_n_orders", heard.asks) != 2:
        return found
    half = heard.asks // 2
    orders: list[tuple[str | None, str | None]] = [(None, None)] * len(rows)
    for k, i in enumerate(heard.at):
        said = [_label(a.output) for a in heard.answers[k * heard.asks : (k + 1) * heard.asks]]
        orders[i] = (_winner(said[:half]), _winner(said[half:]))
    beside = calibration(as_ratings(rows, rubric, verdicts, orders), **options)
    findings = {**found.findings, "order": beside.findings["order"]}
    told = [caution for caution in beside.cautions if "depend on the order" in caution]
    return replace(found, findings=findings, cautions=(*told, *found.cautions))


def _label(output: Any) -> str | None:
    return output.get("label") if isinstance(output, dict) else None


def _winner(said: Sequence[str | None]) -> str | None:
    known = [label for label in said if label is not None]
    return None if 2 * len(known) <= len(said) else majority(known) or "tie"


def _to_ask(failed: int) -> list[str]:
    return [f"{failed:,} calls brought no answer: the same command asks them again."] if failed else []


def _probed(live: Live, of: Judged, passes: Passes) -> tuple[dict[str, Any], list[str]]:
    if not makes_calls(of.judge):
        return {}, ["The judge makes no calls: nothing to probe or to judge twice."]
    found = probes(of, passes, live.probes) if live.probes else {}
    notes = (
        unheard(of, live.probes, found)
        if live.probes
        else ["Probes were left out: nobody knows whether an answer can tell the judge what to say."]
    )
    twice = retest(of, passes, live.retest) if live.retest else None
    if twice is not None:
        found["retest"] = twice
    else:
        notes.append("Nothing was judged twice: a sentinel has no noise to hold changes against.")
    return found, notes


def _policy(live: Live, rubric: Rubric) -> Policy:
    own, standard = rubric.limits, Policy()
    return Policy(
        min_items=max(standard.min_items, own.min_items or 0),
        min_agreement=own.min_agreement,
        min_kappa=live.min_kappa,
        expires_days=live.expires_days or own.expires_days or standard.expires_days,
        subsets=tuple(own.subsets),
    )


def _slice(store: Store, of: Judged, questions: Questions) -> dict[str, Any]:
    """The frozen verdicts that a sentinel asks again: in the certificate, and with what was shown in the workspace."""
    with_label = [i for i in range(len(of.rows)) if of.label(i) is not None]
    if not with_label or not makes_calls(of.judge):
        return {}
    at = sampled(of.rows, with_label, MOST, "sentinel")
    items = [
        Frozen(questions.ids[i], questions.repeats[i], questions.inputs[i], questions.digests[i], of.label(i))._asdict()
        for i in at
    ]
    blob = store.put_blob(canonical_json({"sentinel": 1, "items": items}).encode())
    return {"verdicts": {one["digest"]: one["label"] for one in items}, "slice": blob}


def _earlier_end(store: Store, judge: str, labels: str) -> str | None:
    """When an earlier certificate of the same verdicts ends: without a new call it is not made to hold longer."""
    ends = [c.expires for c in store.certificates() if c.judge == judge and c.labels == labels and c.expires]
    return max(ends, default=None)


def _renew(live: Live, subject: Subject) -> str:
    words = ["evalkit", "calibrate", live.rubric, *(["--labels", live.labels] if live.labels else [])]
    if live.judge or "EVALKIT_JUDGE" not in os.environ:
        words += ["--judge", subject.text]
    for name, value in live.overrides.items():
        words += [f"--{name.replace('_', '-')}", json.dumps(value) if not isinstance(value, str) else value]
    return shlex.join(words)
