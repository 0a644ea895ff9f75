"""All that a judge's card may read: its certificate, and what the workspace knows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from evalkit.core.nouns import Certificate, SentinelInfo, Span

__all__ = ["Criterion", "Earlier", "JudgeCard", "Look", "MenuLabel", "RubricText", "Strength", "Use", "Width"]

State = Literal["may_gate", "expired", "revoked", "may_advise", "unbound"]
"""`unbound`: verdicts beside labels without a judge that they are of: nothing that a gate reads."""


class MenuLabel(NamedTuple):
    """A label of a menu: what it is worth in [0, 1], and what it means."""

    label: str
    value: float
    text: str


class Criterion(NamedTuple):
    """One thing that is judged by itself."""

    id: str
    text: str
    weight: float
    veto: bool
    menu: tuple[MenuLabel, ...]


@dataclass(frozen=True)
class RubricText:
    """The rubric that the judge reads by, word for word.

    Attributes:
        id, version, kind, digest: of the file; the digest is of all that can change a verdict.
        source: where it was found.
        description: for people.
        system, template: what the judge is sent.
        menu, criteria: what it chooses between.
        n_examples: cases that the prompt shows with their labels.
    """

    id: str
    version: int
    kind: str
    digest: str
    source: str
    description: str
    system: str
    template: str
    menu: tuple[MenuLabel, ...]
    criteria: tuple[Criterion, ...]
    n_examples: int


@dataclass(frozen=True)
class Look:
    """One sentinel: verdicts of this judge that a run asked again.

    Attributes:
        run_id, created, suite: of the run.
        certificate: digest of the one that the run read.
        info: what came of it.
        share: of verdicts that changed, 95 %.
        alarm: share from which on it is a drift; None: none could be, or there is no noise to hold it against.
    """

    run_id: str
    created: str
    suite: str
    certificate: str | None
    info: SentinelInfo
    share: Span | None = None
    alarm: float | None = None


@dataclass(frozen=True)
class Use:
    """What the judge did in one run, over metrics and systems.

    Attributes:
        run_id, created, suite: of the run.
        metrics: ids.
        n_asked: answers that it was asked about. n_calls: of the judge; n_reused of them were recorded.
        cost: US dollars; None: unknown. seconds: of its calls.
        per_verdict: US dollars an answer that it was asked about; None: unknown.
    """

    run_id: str
    created: str
    suite: str
    metrics: tuple[str, ...]
    n_asked: int
    n_calls: int
    n_reused: int
    cost: float | None
    seconds: float | None
    per_verdict: float | None


@dataclass(frozen=True)
class Earlier:
    """Another certificate of this judge, or of another one by this rubric.

    Attributes:
        certificate: itself.
        same: whether it is of exactly this judge.
        changed: what differs from this judge, as words.
        revoked: digest of the certificate that ended it.
    """

    certificate: Certificate
    same: bool
    changed: tuple[str, ...] = ()
    revoked: str | None = None


class Width(NamedTuple):
    """How sure a rate is that rests on so many items.

    Attributes:
        n: judged items, or labels.
        judged: corrected by the certificate's error rates, or by the labels. people: n labels of people alone.
    """

    n: int
    judged: Span
    people: Span


@dataclass(frozen=True)
class Strength:
    """What verdicts of this judge are worth, foretold from its calibration.

    Attributes:
        rate: share of positives that is assumed: that among the labels of the calibration set.
        carried: by items judged, without a label among them (Rogan and Gladen, with the certificate's error rates).
        fresh: by labels on the judged answers (PPI++), of `n_judged` judged ones.
        n_judged: answers that the judge is assumed to see beside fresh labels.
        why_not: why `carried` is empty, as a sentence.
    """

    rate: float
    carried: tuple[Width, ...] = ()
    fresh: tuple[Width, ...] = ()
    n_judged: int = 0
    why_not: str = ""


@dataclass(frozen=True)
class JudgeCard:
    """One judge as its certificate shows it.

    Attributes:
        certificate: what was found. Its texts and findings are a file's: anything may stand there.
        digest: that it is stored and cited under.
        name: of the judge in a suite; empty: nobody named it.
        origin: where it was found, in words: `the workspace`, `the file x.json`, `run ...`.
        state: what the judge may do, read by whoever gathered the card.
        said: why it may not gate, as sentences; empty: it may.
        whole: false where only the output of a calibration was given, which leaves out the judge's spec.
        cautions: what does not bar a vote, as sentences.
        rubric: found, with the digest that the certificate names; None: `rubric_why` says why not.
        history: other certificates, oldest first, with this one's place given by its time.
        revoked: digest of the certificate that ended this one.
        looks: sentinels, oldest first.
        uses: runs that asked it, oldest first.
        strength: None where labels have no positive class.
        notes: what could not be read, as sentences.
        command: what makes this page again.
    """

    certificate: Certificate
    digest: str
    origin: str
    state: State
    said: str = ""
    whole: bool = True
    cautions: tuple[str, ...] = ()
    rubric: RubricText | None = None
    rubric_why: str = ""
    history: tuple[Earlier, ...] = ()
    revoked: str | None = None
    looks: tuple[Look, ...] = ()
    uses: tuple[Use, ...] = ()
    strength: Strength | None = None
    notes: tuple[str, ...] = ()
    name: str = ""
    command: tuple[str, ...] = ()
