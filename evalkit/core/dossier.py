"""All that a report may read: records, their tables, and what `app` gathered. A report computes no statistic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa

from evalkit.core.comparison import Comparison
from evalkit.core.evidence import Evidence
from evalkit.core.nouns import Certificate, Record, RunOutcome
from evalkit.core.tables import CaseTable


@dataclass(frozen=True)
class Flips:
    """What changed from baseline to candidate under one metric; row numbers into the cases.

    A row "broke" when its per-case value got worse, "fixed" when it got better (in the metric's own direction).
    """

    metric: str
    candidate: str
    baseline: str
    broke: np.ndarray
    fixed: np.ndarray
    n_same: int
    n_unscored: int


@dataclass(frozen=True)
class UnscoredGroup:
    """Cases that one metric could not score, for one reason."""

    metric: str
    variant: str
    reason: str
    n: int
    examples: list[str]  # case ids


@dataclass(frozen=True)
class RuleCount:
    """How many answers one rule of a mean metric decided, and what they scored on average (1: all right, 0: all wrong).

    An unscored answer has the rule "unscored" and no value.
    """

    metric: str
    variant: str
    rule: str
    n: int
    value: float | None


@dataclass(frozen=True)
class Confusion:
    """Answers of one variant against gold under a classification with one class a case.

    Attributes:
        metric, variant: as in the record.
        classes: names of the k classes, in the metric's order.
        counts: (k, k + 1) answers by class of gold and class answered, the last column those that are no class;
            repeats are counted apart.
    """

    metric: str
    variant: str
    classes: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True)
class Reliability:
    """What one variant's stated probabilities came to, in bins of as many answers each (ties stay together).

    Attributes:
        metric, variant: as in the record.
        stated: (b,) mean probability of each bin that holds an answer.
        right: (b,) share that came true.
        n: (b,) answers.
    """

    metric: str
    variant: str
    stated: np.ndarray
    right: np.ndarray
    n: np.ndarray


@dataclass(frozen=True)
class Moved:
    """One part of a change: a gate, a field of a specification, a package.

    Attributes:
        what: its name.
        before, after: as text; None: it was not there.
        bend: what became of it; "loosened" and "tightened" are of gates.
        said: the same as a sentence, where it needs one.
    """

    what: str
    before: str | None
    after: str | None
    bend: Literal["added", "removed", "loosened", "tightened", "changed"] = "changed"
    said: str = ""


@dataclass(frozen=True)
class Change:
    """One thing that is (or is not) as it was in the last release.

    Attributes:
        what: cases, scoring, policy, model, code, judge, ...: one word or two.
        before, after: what it was and is: a digest, a version, a commit; None where it is not known or not there.
        same: whether it is as it was; None: it cannot be known.
        said: what that means for the comparison, as a sentence.
        parts: what of it changed.
    """

    what: str
    before: str | None
    after: str | None
    same: bool | None
    said: str = ""
    parts: list[Moved] = field(default_factory=list)


@dataclass(frozen=True)
class Release:
    """What a release report reads beside the record.

    Attributes:
        previous: the record of the last release, where there is one.
        changes: what is as it was and what is not, in the order of the pipeline: data first.
        since: this run against the last release on the same cases under one scoring; None: not comparable, or nothing
            to compare with (`apart` says which).
        apart: why there is no `since`, as a sentence.
        evidence: validation, lineage, registry, shadow, A/B, rollout, monitor, approvals, limits, oldest first.
        certificates: of the judges that gate, also those that the record has not.
        record_digest: of the record: what an approval is for.
        command: what makes this report again.
        found: by which rule the last release was found, or why there is none, as a sentence.
        tokens: variant -> tokens that its answers took (in, out); None: no answer had a count.
    """

    record_digest: str
    previous: Record | None = None
    changes: list[Change] = field(default_factory=list)
    since: Comparison | None = None
    apart: str = ""
    evidence: list[Evidence] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    command: tuple[str, ...] = ()
    found: str = ""
    tokens: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Dossier:
    """One record and its columns.

    Attributes:
        record: verdicts, estimates, identity.
        cases: the cases, n rows.
        predictions: schema `variant` + tables.PREDICTIONS.
        scores: schema tables.SCORES.
        values: (metric id, variant) -> (n,) floats, the mean over repeats of the per-case value; NaN where there is
            none. Only metrics of kind "mean" have per-case values.
        flips: one entry per (gated or first mean metric, candidate), when there is a baseline.
        unscored: by metric, variant and reason, most frequent first.
        confusions, reliabilities: one a metric (in the record's order) and variant that has them.
        rules: which rule decided how many answers, by metric and variant.
        verdicts: schema tables.VERDICTS (older runs: a part of its columns); None where no judge was asked.
        cases_file: name of the Parquet file beside the page that holds every case, whole; empty: there is none.
        comparison: where several systems are compared.
        release: where a release is reported.
        redacted: fields that were taken out, in words: the page says them.
    """

    record: Record
    cases: CaseTable
    predictions: pa.Table
    scores: pa.Table
    values: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    flips: list[Flips] = field(default_factory=list)
    unscored: list[UnscoredGroup] = field(default_factory=list)
    rules: list[RuleCount] = field(default_factory=list)
    confusions: list[Confusion] = field(default_factory=list)
    reliabilities: list[Reliability] = field(default_factory=list)
    verdicts: pa.Table | None = None
    cases_file: str = ""
    comparison: Comparison | None = None
    release: Release | None = None
    redacted: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteRun:
    """One run as a site over many runs tells it.

    Attributes:
        record: without the estimates of slices that no gate decides on.
        alone: what this run alone says; where it is a rerun, the record has the verdict that stands.
        names, tags, baselines: that stand on it.
        changed: what is not as it was in the suite's run before; None: there is no run before.
        comparable: whether cases and scoring are those of the run before, so that their numbers may be joined.
        page: its report, from the root of the site; empty: it has none (`why` says why not, where that is a failure).
        content: sha256 of the whole record as JSON: what its page depends on.
    """

    record: Record
    alone: RunOutcome
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    changed: tuple[Change, ...] | None = None
    comparable: bool = True
    page: str = ""
    why: str = ""
    content: str = ""


@dataclass(frozen=True)
class Repeated:
    """Runs of the same candidate on the same cases, under the same scoring and gates.

    Attributes:
        digest: of the candidate, or of all candidates together.
        runs: ids, oldest first.
        outcomes: of each run alone.
        n_changes: runs whose outcome is not that of the run before.
        n_answers: how many different sets of answers there were: 1 says that nothing but us could have changed.
    """

    digest: str
    runs: tuple[str, ...]
    outcomes: tuple[RunOutcome, ...]
    n_changes: int
    n_answers: int


@dataclass(frozen=True)
class SuiteTrend:
    """All runs of one suite, oldest first.

    Attributes:
        name: of the suite.
        slug: file name of its page without the ending, unique in the site.
        runs: those that can be read.
        repeated: candidates that were run more than once.
        unread: run id -> why it cannot be read, as a sentence.
    """

    name: str
    slug: str
    runs: tuple[SiteRun, ...]
    repeated: tuple[Repeated, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """What a static site over the runs of a workspace shows.

    Attributes:
        title: of the index.
        suites: the one with the newest run first.
        certificates: of judges, newest first.
        cards: digest of a certificate -> its page, from the root of the site.
        version: of evalkit.
        command: what makes the site again.
    """

    title: str
    suites: tuple[SuiteTrend, ...]
    certificates: tuple[Certificate, ...] = ()
    cards: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    command: tuple[str, ...] = ()
