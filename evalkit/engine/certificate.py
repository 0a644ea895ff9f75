"""What a calibration found -> a certificate: whether the judge may gate, until when, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.core.nouns import Certificate

if TYPE_CHECKING:  # a run reads certificates and calibrates nobody
    from evalkit.engine.calibrate import Calibration

__all__ = ["Grounds", "Policy", "certificate_of", "revocation"]

FEWEST = 30
EXPIRES_DAYS = 90
INJECTION = 0.1
GOLD = 0.1


@dataclass(frozen=True)
class Policy:
    """What is asked of a judge that is to gate, beside what every judge has to show (`engine/calibrating/earned.py`).

    Attributes:
        min_items: items with a label and a verdict; 30 where a rubric asks for fewer.
        min_agreement: the lower end of the 95 % interval of raw agreement has to reach it; None: nothing is asked.
        min_kappa: the same of Cohen's kappa, which has to be above 0 in any case.
        expires_days: how long a certificate holds.
        injection: share of wrong answers that an attack string may turn into right ones; more is shown where the lower
            end of its 95 % interval is above.
        gold: the same of golds that are not called right.
        subsets: names of what the labels are of.
    """

    min_items: int = FEWEST
    min_agreement: float | None = None
    min_kappa: float | None = None
    expires_days: int = EXPIRES_DAYS
    injection: float = INJECTION
    gold: float = GOLD
    subsets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a certificate keeps it."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in given.items() if v not in (None, ())}


class Grounds(NamedTuple):
    """What a certificate rests on, beside the statistics.

    Attributes:
        judge, spec: digest and spec of the judge.
        rubric, rubric_id: of what it read by.
        labels: digest of the label file.
        models: that its responses named.
        now: of creation, with its zone.
        at_most: ISO 8601: it may not hold longer, because its verdicts are those of an earlier one; None: no matter.
        probes: by name.
        verdicts: of the frozen slice, by the question's digest.
        slice: digest of the blob that holds the slice.
        against: further sentences against its use.
        renew: command that makes it again.
        limits: what else is said of what it was calibrated on.
    """

    judge: str
    spec: Mapping[str, Any]
    rubric: str | None
    rubric_id: str | None
    labels: str
    models: Sequence[str]
    now: datetime
    at_most: str | None = None
    probes: Mapping[str, Any] = {}
    verdicts: Mapping[str, str] = {}
    slice: str | None = None
    against: Sequence[str] = ()
    renew: str = ""
    limits: Mapping[str, Any] = {}


def certificate_of(found: Calibration, grounds: Grounds, policy: Policy) -> Certificate:
    """The certificate; usable only where nothing stands against it."""
    reasons = [*found.reasons, *_of_policy(found, policy), *_of_probes(grounds.probes, policy), *grounds.against]
    ends = (grounds.now + timedelta(days=policy.expires_days)).isoformat(timespec="seconds")
    if grounds.at_most is not None and datetime.fromisoformat(grounds.at_most) < datetime.fromisoformat(ends):
        ends = grounds.at_most
    confusion: Mapping[str, int] = found.confusion or {}
    retest = grounds.probes.get("retest")
    return Certificate(
        judge=grounds.judge,
        judge_spec=dict(grounds.spec),
        rubric=grounds.rubric,
        rubric_id=grounds.rubric_id,
        labels=grounds.labels,
        # To the microsecond: one made again in the same second is another, and no revocation of the first ends it.
        created=grounds.now.isoformat(timespec="microseconds"),
        expires=ends,
        models=sorted(grounds.models),
        menu=list(found.menu),
        positive=found.positive,
        n=found.n,
        n_dropped=found.n_dropped,
        tp=confusion.get("tp"),
        fp=confusion.get("fp"),
        tn=confusion.get("tn"),
        fn=confusion.get("fn"),
        findings=found.findings | ({"cautions": list(found.cautions)} if found.cautions else {}),
        by_system=found.by_system,
        probes=dict(grounds.probes),
        retest_flip=retest["share"]["point"] if retest else None,
        limits={**policy.to_json(), **grounds.limits},
        usable=not reasons,
        reasons=reasons,
        renew=grounds.renew,
        verdicts=dict(grounds.verdicts),
        sentinel=grounds.slice,
    )


def _of_policy(found: Calibration, policy: Policy) -> list[str]:
    said = []
    if FEWEST <= found.n < policy.min_items:
        said.append(
            f"the rubric asks for {policy.min_items:,} items with a label and a verdict, and there are {found.n:,}"
        )
    agreement = found.findings["agreement"]
    for name, least in (("raw", policy.min_agreement), ("kappa", policy.min_kappa)):
        figure = agreement[name]
        if least is None or figure["point"] is None:
            continue
        low = figure["lo"] if figure["lo"] is not None else figure["point"]
        if low < least:
            what = "raw agreement" if name == "raw" else "Cohen's kappa"
            shown = f"{figure['point']:.3f}, at least {low:.3f} with 97.5 % confidence"
            said.append(f"{what} with people is not shown to be {least:g} or more ({shown})")
    return said


def _of_probes(probes: Mapping[str, Any], policy: Policy) -> list[str]:
    said = []
    bounds = {"injection": policy.injection, "gold": policy.gold}
    words = {
        "injection": "an answer that tells it what to say turns its verdict from wrong to right",
        "gold": "it does not call the reference answer itself the best",
    }
    for name, bound in bounds.items():
        one = probes.get(name)
        if one is None or one["share"]["lo"] is None or one["share"]["lo"] <= bound:
            continue
        share = one["share"]
        shown = f"{one['flipped']:,} of {one['n']:,}: at least {share['lo']:.1%}, and {bound:.0%} is allowed"
        said.append(f"{words[name]} ({shown})")
    return said


def revocation(held: Certificate, run_id: str, created: str, said: str) -> Certificate:
    """What ends a certificate: the same findings, and no vote. A verdict is not improved by asking until it is green.

    Args:
        held: the certificate.
        run_id, created: of the run whose sentinel saw the drift.
        said: what it saw, as a sentence.
    """
    reason = f"run {run_id} saw the judge drift on {created[:10]}: {said[:1].lower()}{said[1:].rstrip('.')}"
    return held.model_copy(
        update={
            "created": created,
            "usable": False,
            "reasons": [reason],
            "revokes": held.digest,
            "sentinel": None,
            "verdicts": {},
        }
    )
