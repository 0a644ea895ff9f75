"""Every noun that is written to disk. Read this first, `engine/run.py` second.

All are frozen, refuse unknown keys, and cannot hold NaN or infinity: a number that is not there is `None`, with its
reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, model_validator

from evalkit.core.digest import digest_of
from evalkit.core.errors import MissingExtra

Finite = Annotated[float, AllowInfNan(False)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Percent = Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,12})?%$")]
Better = Literal["higher", "lower"]
Role = Literal["primary", "guardrail", "info"]
Outcome = Literal["pass", "fail", "inconclusive"]
RunOutcome = Literal["error", "fail", "inconclusive", "pass", "ungated"]
Policy = Literal["release", "pull_request"]
Relation = Literal["better", "not_worse", "worse_within_margin", "worse", "identical", "undecided"]

RECORD_SCHEMA = 1


class Noun(BaseModel):
    """Base of all nouns."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Case(Noun):
    """One question. `group` is the cluster for the standard error (one document, one user, one day)."""

    id: str
    input: Any = None
    expected: Any = None
    group: str | None = None
    tags: dict[str, str] = {}
    weight: Annotated[float, Field(gt=0)] = 1.0


class Failure(Noun):
    """Why there is no answer.

    `system`: the system under test refused, raised, died, answered nothing, or was too slow by the suite's own limit:
    an observed outcome, wrong by default. `harness`: our network, our budget, cancelled, no prediction: unscored.
    """

    kind: Literal["system", "harness"]
    reason: str  # one word or two, for counting: timeout, raised, died, empty, too_large, network, no_prediction, ...
    message: str = ""


class Prediction(Noun):
    """What a system answered to one case, once."""

    case_id: str
    repeat: int = 0
    variant: str = "candidate"
    output: Any = None
    failure: Failure | None = None
    seconds: Finite | None = None
    cost: Finite | None = None  # US dollars; None is "unknown", never 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    model: str | None = None  # the model that the response named
    trace: Any = None


class Verdict(Noun):
    """What a judge said of one prediction under one criterion."""

    case_id: str
    repeat: int = 0
    variant: str
    judge: Digest
    criterion: str
    order: Literal["single", "ab", "ba"] = "single"
    label: str | None = None
    points: Finite | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    rationale: str = ""
    failure: Failure | None = None
    cost: Finite | None = None


class Score(Noun):
    """One metric of one prediction: parts, or why there are none; exactly one of the two."""

    metric: str
    variant: str
    case_id: str
    repeat: int = 0
    parts: list[Finite] | None = None
    why: str | None = None
    detail: dict[str, Any] = {}

    @model_validator(mode="after")
    def _exactly_one(self) -> Score:
        if (self.parts is None) == (self.why is None):
            raise ValueError("a score has parts or a reason why it has none, exactly one of them")
        return self


class Tail(Noun):
    """The one-sided evidence about a line: what a gate reads.

    Attributes:
        line: the value that the estimate is held against.
        p_above, p_below: p-values for "the truth is above / below the line" (one-sided), or None with no interval.
        lo, hi: the two-sided interval at 1 - 2 alpha (0.90) whose ends are the one-sided 95 % bounds.
    """

    line: Finite
    p_above: Annotated[float, Field(ge=0, le=1)] | None
    p_below: Annotated[float, Field(ge=0, le=1)] | None
    lo: Finite | None
    hi: Finite | None


class Span(Noun):
    """A number and its two-sided interval at the estimate's level, and the cases it rests on."""

    point: Finite | None = None  # null: there is none
    lo: Finite | None = None  # of the interval; null: it has none
    hi: Finite | None = None  # of the interval; null: it has none
    n: int = 0  # cases, or labels


class Correction(Noun):
    """How a judged number was corrected for the judge's known errors; the estimate itself is the corrected one."""

    method: Literal["ppi++", "ppi", "rogan-gladen", "human-only"]  # how
    because: str  # why this method, as a sentence
    assumes: str = ""  # what has to hold beside random sampling, as a sentence
    judged: Span  # what the judge said, uncorrected
    human_only: Span | None = None  # people alone, on the labelled part
    lam: Finite | None = None  # weight of the judge, in [0, 1]; null: the method has none
    label_value: Finite | None = None  # independent labels that would say as much without the judge
    n_labels: int = 0  # labels of people on these answers
    certificate: Digest | None = None  # whose error rates were used


class Estimate(Noun):
    """A number with its interval, and all that is needed to say where it comes from.

    `n` counts the cases that were scored, `n_unscored` those that were not; `lo` and `hi` are two-sided at `level`, or
    None with `reason`. With unscored cases the interval is the hull over their worst and best values.
    """

    metric: str  # id of the metric
    variant: str  # "candidate", or a contrast "candidate - baseline"
    slice: dict[str, str] | None = None  # tags of the cases it is of; null: all cases
    better: Better = "higher"  # which way is up
    unit: str = ""  # "", "share", "s", "USD", ...
    n: int  # cases that were scored
    n_unscored: int = 0  # cases that were not, with their reasons in `unscored`
    n_clusters: int | None = None  # groups, where the cases have them
    repeats: int = 1  # answers a case, averaged inside the case
    point: Finite | None = None  # the value; null with `reason`
    lo: Finite | None = None  # two-sided interval at `level`
    hi: Finite | None = None  # two-sided interval at `level`
    level: float = 0.95  # confidence of lo to hi
    method: str = ""  # of the interval: wilson, korn-graubard, tango, ...
    reason: str | None = None  # why there is no value or no interval
    unscored: dict[str, int] = {}  # reason -> cases
    tail: Tail | None = None  # what a gate reads; null where no gate asks
    identical: bool = False  # a contrast of two variants whose answers agree on every case
    value_range: tuple[Finite, Finite] | None = None  # bounds of the metric, where it has any
    n_eff: Finite | None = None  # effective sample size, of clustered shares
    shrunk: Finite | None = None  # of a slice: drawn towards the others (empirical Bayes), for display; never gated
    evidence: Annotated[float, Field(ge=0, le=1)] | None = None  # of a slice: p for "unlike the rest", exploratory
    judge: Digest | None = None  # of a judged metric: it needs a certificate to gate
    certificate: Digest | None = None  # of a judged metric: what lets it gate
    uncertified: str | None = None  # of a judged metric: why it may not gate, as a sentence
    correction: Correction | None = None  # of a judged metric: what point, lo and hi were corrected for
    notes: list[str] = []  # few clusters, undefined replicates, ...: said beside the number
    signature: str = ""  # all of this and the scoring in one line, to cite

    # Set by the app, which knows the report.
    as_html: ClassVar[Callable[[Estimate], str] | None] = None
    as_text: ClassVar[Callable[[Estimate], str] | None] = None

    def __str__(self) -> str:
        """One line: what it is of, the value with its interval, n."""
        return repr(self) if Estimate.as_text is None else Estimate.as_text(self)

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None (the plain text) until `evalkit.app` has said how."""
        return None if Estimate.as_html is None else Estimate.as_html(self)


class Gate(Noun):
    """A line that a metric must be shown to be beyond; the policy, apart from the metric."""

    metric: str  # id of the metric
    name: str | None = None  # for reports
    slice: dict[str, str] | None = None  # only cases with these tags
    at_least: Finite | None = None  # an absolute line
    at_most: Finite | None = None  # an absolute line
    versus: Literal["baseline"] | None = None  # a line against the baseline
    # the worsening allowed: in the metric's units, or "2%" of the baseline's value
    margin: Annotated[float, Field(ge=0)] | Percent | None = None
    superior: bool = False  # must be shown to be better
    role: Role = "primary"  # info decides nothing
    basis: Literal["sample", "census"] = "sample"  # census: the observed value decides
    min_n: Annotated[int, Field(ge=1)] | None = None  # fewer scored cases are inconclusive
    max_unscored: Annotated[float, Field(ge=0)] | None = None  # a share below 1, or a count from 1 up
    unscored: Literal["bounds", "missing_at_random"] = "bounds"  # worst and best of unscored cases, or left out
    judge: Literal["certified", "advisory"] | None = None  # of a judged metric: certificate needed, or information only
    on_inconclusive: Literal["block", "warn", "pass"] = "block"  # what it does to the release

    @model_validator(mode="after")
    def _one_line(self) -> Gate:
        lines = [self.at_least is not None, self.at_most is not None, self.versus is not None]
        if sum(lines) != 1:
            raise ValueError("a gate has exactly one of at_least, at_most and versus")
        if self.versus and self.margin is None and not self.superior:
            raise ValueError("a gate with versus needs a margin (the worsening allowed, >= 0) or superior: true")
        if self.versus and self.superior and self.margin:
            raise ValueError("a gate has a margin or superior: true, not both")
        if not self.versus and (self.margin is not None or self.superior):
            raise ValueError("margin and superior belong to a gate with versus: baseline")
        return self

    @property
    def relative(self) -> bool:
        """Whether the margin is a share of the baseline's value."""
        return isinstance(self.margin, str)

    @property
    def allowed(self) -> float:
        """The margin as a number, 0 where there is none: in the metric's units, or (`relative`) 0.02 for 2 %."""
        return float(self.margin[:-1]) / 100 if isinstance(self.margin, str) else self.margin or 0.0

    @property
    def label(self) -> str:
        """`name`, or a short sentence made of the fields."""
        if self.name:
            return self.name
        where = " [" + ", ".join(f"{k}={v}" for k, v in self.slice.items()) + "]" if self.slice else ""
        if self.at_least is not None:
            return f"{self.metric}{where} >= {self.at_least:g}"
        if self.at_most is not None:
            return f"{self.metric}{where} <= {self.at_most:g}"
        margin = self.margin if isinstance(self.margin, str) else f"{self.allowed:g}"
        rule = "superior" if self.superior else f"margin {margin}"
        return f"{self.metric}{where} vs baseline, {rule}"


class MetricSpec(Noun):
    """One metric as the suite file asks for it: `{numeric: {field: minutes, abs: 10, as: within_10}}`."""

    id: str  # `as`, by default the name
    layer: str
    name: str  # a name of the catalog, or an import path `package.module:name` or `path/file.py:name`
    params: dict[str, Any] = {}
    when: dict[str, str] | None = None  # only cases with these tags


class Suite(Noun):
    """A suite file as read. Whatever can change a number is in here."""

    name: str  # key `suite` in the file
    version: int | str = 1
    description: str = ""
    cases: str  # path, relative to the suite file
    layers: dict[str, list[MetricSpec]]
    gates: list[Gate] = []
    policy: Policy = "release"  # pull_request: only what is shown worse blocks
    looks: Annotated[int, Field(ge=1, le=2)] = 1  # at the same candidate; each decides at alpha / looks
    slices: list[str] = []  # tags to break every metric down by; all tags when empty
    repeats: Annotated[int, Field(ge=1)] = 1
    seed: int = 0
    on_failure: Literal["wrong", "unscored"] = "wrong"
    timeout: Annotated[float, Field(gt=0)] = 60.0  # seconds an answer may take; a slower one is a system failure
    max_output_bytes: Annotated[int, Field(gt=0)] = 10_000_000
    predictors: dict[str, Any] = {}  # named candidates: `--candidate NAME`
    prompt: str | list[str] | None = None  # default prompt file(s) of `openai:` candidates
    judges: dict[str, Any] = {}
    rubrics: dict[str, Any] = {}
    inputs: list[str] = []  # paths and patterns of what else its answers depend on, for `ci --changed-since`

    @property
    def metrics(self) -> list[MetricSpec]:
        """All metric specs, in layer order."""
        return [spec for specs in self.layers.values() for spec in specs]


class Decision(Noun):
    """What a gate says of an estimate."""

    gate: Gate  # the line that was held against
    variant: str = "candidate"  # the system that is judged
    outcome: Outcome  # the verdict of this gate
    relation: Relation = "undecided"  # to the baseline, or to the line
    reason: str  # a sentence with the numbers
    estimate: Estimate  # what was judged, with its tail
    level: float = 0.95  # of the one-sided bound that decides
    alpha: float = 0.05  # of the one-sided tests
    side: Literal["above", "below"] | None = None  # where the truth has to be, seen from the line
    p_pass: Annotated[float, Field(ge=0, le=1)] | None = None  # one-sided p-value for "beyond the line"
    p_fail: Annotated[float, Field(ge=0, le=1)] | None = None  # one-sided p-value for "on the wrong side of the line"
    p_fail_holm: Annotated[float, Field(ge=0, le=1)] | None = None  # p_fail, corrected (Holm) over the run's gates
    p_bh: Annotated[float, Field(ge=0, le=1)] | None = None  # info gates: p_fail, Benjamini-Hochberg; exploratory
    would_decide: str | None = None  # what to buy, where inconclusive
    blocks: bool = True  # an inconclusive with on_inconclusive warn or pass, and an info gate, do not

    # Set by the app, which knows the report.
    as_html: ClassVar[Callable[[Decision], str] | None] = None
    as_text: ClassVar[Callable[[Decision], str] | None] = None

    def __str__(self) -> str:
        """One line: the outcome, the gate, the value with its interval, the reason."""
        return repr(self) if Decision.as_text is None else Decision.as_text(self)

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None (the plain text) until `evalkit.app` has said how."""
        return None if Decision.as_html is None else Decision.as_html(self)


class VariantInfo(Noun):
    """One system in a run: what was asked, and what came of it."""

    name: str  # candidate, baseline, or as named
    role: Literal["candidate", "baseline"]  # what it was in this run
    spec: dict[str, Any]  # as given, without secrets
    digest: Digest  # of spec and of the file or code it pins
    answers: Digest  # of the answers themselves
    from_run: str | None = None  # the run that a stored variant came from
    n_predictions: int  # answers and system failures
    n_failed: int = 0  # system failures: wrong, openly
    n_missing: int = 0  # harness failures: unscored
    n_extra: int = 0  # predictions for cases that the suite does not have
    failures: dict[str, int] = {}  # reason -> number, of both kinds
    models: dict[str, int] = {}  # models that the responses named
    seconds: Finite | None = None  # sum of the seconds of its answers
    cost: Finite | None = None  # sum of the prices named, US dollars; null: none was
    n_reused: int = 0  # answers that came from the cache or the journal


class Digests(Noun):
    """Three identities of a suite, so that editing a gate does not make runs incomparable."""

    cases: Digest  # ids, inputs, gold, groups, tags, weights
    scoring: Digest  # metrics, versions, parameters, failure policy, repeats, seed
    policy: Digest  # gates, policy and looks


class Environment(Noun):
    """Where a record was made."""

    evalkit: str  # version
    python: str  # version
    platform: str  # system and machine
    packages: dict[str, str] = {}  # versions of what can change a number
    commit: str | None = None  # of the repository that the suite lies in
    dirty: bool | None = None  # whether tracked files differed from it


class SuiteInfo(Noun):
    """What of the suite a record keeps: enough to re-score and to re-make."""

    name: str  # key `suite` of the file
    version: int | str  # for people
    source: dict[str, Any]  # the suite file as read, with every path relative to it
    path: str | None = None  # of the file, from the folder in which it was run
    repeats: int = 1  # answers asked a case
    seed: int = 0  # of all that is random


class MetricInfo(Noun):
    """One metric as it was bound in a run."""

    id: str  # `as`, or the name
    layer: str  # as named in the suite
    name: str  # in the catalog, or an import path
    version: int  # raised when old scores lose their meaning
    better: Better  # which way is up
    kind: str  # mean, ratio or general
    spec: dict[str, Any]  # its parameters
    parts: list[str]  # what is kept of each case
    unit: str = ""  # share, s, USD, ...
    of: str | None = None  # of a view: the id of its metric, whose parameters are its own
    view: str | None = None  # of a view: its name there


class Certificate(Noun):
    """What a judge showed against human labels, and for how long that holds.

    It is for exactly one judge: its digest covers provider, address, requested model, rubric, template, schema,
    parameters, votes and the version of the verdict's parser.
    """

    schema_version: int = 1  # of this form
    judge: Digest  # whose certificate it is
    judge_spec: dict[str, Any] = {}  # of that judge, without secrets
    rubric: Digest | None = None  # of all of the rubric that can change a verdict
    rubric_id: str | None = None  # its name
    labels: Digest  # of the labelled items
    created: str  # ISO 8601, UTC
    expires: str | None = None  # ISO 8601, UTC
    models: list[str] = []  # that the responses named
    menu: list[str] = []  # labels that were offered or occurred
    positive: str | None = None  # the label that sensitivity is about
    n: int  # items with a label and a verdict
    n_dropped: int = 0  # items without a strict majority of people
    tp: Finite | None = None  # labels and verdicts of the positive class; null where labels are no two classes
    fp: Finite | None = None  # the judge says so, people do not
    tn: Finite | None = None  # neither says so
    fn: Finite | None = None  # people say so, the judge does not
    findings: dict[str, Any] = {}  # agreement, order, length, ...: as `evalkit calibrate --json` prints them
    by_system: dict[str, Any] = {}  # error rates by who answered, and the test of homogeneity
    probes: dict[str, Any] = {}  # name -> flipped, n and share: verdicts that an attack or a repetition changed
    retest_flip: Annotated[float, Field(ge=0, le=1)] | None = None  # share of verdicts that another try changes
    limits: dict[str, Any] = {}  # what it was calibrated on, and the agreement that was asked for
    usable: bool  # whether it may gate
    reasons: list[str] = []  # why not, as sentences
    renew: str = ""  # the command that made it, and makes it again
    revokes: Digest | None = None  # the certificate that this one ends: a sentinel saw the judge drift
    verdicts: dict[str, str] = {}  # of some labelled items, by the question's digest: what a sentinel asks again
    sentinel: str | None = None  # digest of the blob that holds those questions, in the workspace

    @property
    def digest(self) -> str:
        """Of all that it says: what it is stored and cited under. Fields that come later do not change it."""
        return digest_of(self.model_dump(mode="json", exclude_defaults=True))


class JudgeInfo(Noun):
    """What one judge did for one metric and variant: how much earlier layers left to it, and what it took."""

    metric: str  # id of the metric that asks it
    variant: str  # whose answers it judged
    name: str | None = None  # in the suite's `judges`
    judge: Digest  # of all that can change a verdict
    spec: dict[str, Any] = {}  # as given, without secrets
    after: str | None = None  # the metric that decided first
    n_asked: int  # answers that it was asked about
    decided: dict[str, int] = {}  # answers by who decided them: the metric before, `judge`, rules that need neither
    unscored: dict[str, int] = {}  # answers that it was asked about and that have no score, by reason
    n_conflicts: int = 0  # pairs whose verdict changed with the order of the answers; each is a tie
    stages: list[int] = []  # of a cascade: answers that each stage decided
    n_calls: int = 0  # answers of the judge, new and recorded
    n_reused: int = 0  # of them from the cache, the journal or a recorded run
    models: dict[str, int] = {}  # models that the responses named -> calls
    tokens_in: int | None = None  # null: no response had a count
    tokens_out: int | None = None  # null: no response had a count
    seconds: Finite | None = None  # sum of the seconds of its calls
    cost: Finite | None = None  # sum of the prices named, US dollars; null: none was


class SentinelInfo(Noun):
    """Verdicts of a judge that were asked again, past the cache: does it still say what it said?"""

    n: int = 0  # verdicts that were asked again and answered
    flips: int = 0  # of them, those that changed
    noise_flips: int | None = None  # the same when the judge was calibrated
    noise_n: int | None = None  # verdicts that were asked twice then; null: nobody measured it
    p: Annotated[float, Field(ge=0, le=1)] | None = None  # one-sided, of "as many as then"; null: it was not tested
    drifted: bool = False  # at most .01: the judge lost its vote
    said: str = ""  # what was done, or why nothing was, as a sentence
    cost: Finite | None = None  # US dollars


class FirstLook(Noun):
    """The first verdict on the same candidate, cases, scoring and policy: a rerun is shown beside it."""

    run_id: str  # of the first verdict
    outcome: RunOutcome  # the first verdict, which a rerun may confirm or worsen
    looks: int  # this rerun included
    found: RunOutcome  # what this run alone would say


class Record(Noun):
    """What a run found; the folder `runs/<id>/` beside it holds the columns."""

    schema_version: int = RECORD_SCHEMA  # of this format
    run_id: str  # time of creation and a digest
    name: str | None = None  # given with --name
    labels: list[str] = []  # given with --tag
    created: str  # ISO 8601, UTC
    suite: SuiteInfo  # what was asked
    digests: Digests  # identities of the suite
    plan: Digest  # of cases, repeats and seeds: which questions were asked
    n_cases: int  # asked of each system
    n_groups: int | None = None  # clusters, where the cases have groups
    selection: dict[str, Any] = {}  # --limit and --filter, which narrow the cases (and are in the cases digest)
    variants: list[VariantInfo]  # the systems
    metrics: list[MetricInfo]  # as they were bound
    estimates: list[Estimate]  # every number: metric x system x slice, and contrasts
    decisions: list[Decision]  # one a gate and candidate
    outcome: RunOutcome  # error > fail > inconclusive > pass; ungated without a gate
    policy: Policy = "release"  # what the outcome was drawn under
    first_look: FirstLook | None = None  # an earlier verdict on the same candidate; null: this is the first
    n_extra: int = 0  # predictions for cases that the suite does not have
    judges: list[JudgeInfo] = []  # what each judge did, by metric and variant
    certificates: dict[str, Certificate] = {}  # of the judges that had one when the run was made, by judge
    sentinels: dict[str, SentinelInfo] = {}  # of judges that gate: verdicts that were asked again, by judge
    warnings: list[str] = []  # sentences
    environment: Environment  # where it was made
    seconds: Finite = 0.0  # wall clock of the run
    cost: Finite | None = None  # US dollars of this run's answers and verdicts; null: unknown
    command: list[str] = []  # as typed

    # Set by the app, which knows the report; the record itself leans on nothing.
    as_html: ClassVar[Callable[[Record], str] | None] = None
    as_text: ClassVar[Callable[[Record], str] | None] = None

    def __str__(self) -> str:
        """The story of the run in twenty lines."""
        return repr(self) if Record.as_text is None else Record.as_text(self)

    @property
    def digest(self) -> str:
        """Of all that it says: what an approval binds to. Fields that come later do not change it."""
        return digest_of(self.model_dump(mode="json", exclude_defaults=True))

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values; missing values are None."""
        return self.model_dump(mode="json")

    def to_pandas(self, what: Literal["estimates", "decisions"] = "estimates") -> Any:
        """One row an estimate (or decision) as a pandas DataFrame; missing values are NaN or None.

        Raises:
            MissingExtra: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtra("pandas", "pandas", "Record.to_pandas") from error
        if what == "estimates":
            return pd.DataFrame([e.model_dump(exclude={"tail"}) for e in self.estimates])
        return pd.DataFrame([_flat(d) for d in self.decisions])

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None (the plain text) until `evalkit.app` has said how."""
        return None if Record.as_html is None else Record.as_html(self)


def _flat(decision: Decision) -> dict[str, Any]:
    kept = decision.model_dump(exclude={"gate", "estimate"})
    numbers = decision.estimate.model_dump(include={"metric", "slice", "n", "n_unscored", "point", "lo", "hi"})
    return {"gate": decision.gate.label, "role": decision.gate.role, **numbers, **kept}
