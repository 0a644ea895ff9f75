"""What others implement: metrics, predictors, judges, stores. This page is the extension contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from evalkit.core.errors import EvalkitError
from evalkit.core.nouns import Better, Certificate, Failure, Record
from evalkit.core.tables import Column

if TYPE_CHECKING:  # a tenth of a second, which every process would pay that asks a system
    from evalkit.core.evidence import Evidence

# ---------------------------------------------------------------------------------------------------------- metrics


@dataclass(frozen=True)
class Batch:
    """Some rows of a run as a metric sees them: n predictions of one variant beside their gold.

    Attributes:
        case_id: (n,) ids.
        repeat: (n,) ints.
        gold, output, input: JSON columns; MISSING where there is none.
        failed: (n,) bool: the *system* did not answer (refused, raised, too slow): `output` is MISSING there.
        seconds, cost: (n,) floats, NaN where unknown (never a score: a metric turns it into a reason).
        confidence: (n,) floats in [0, 1], NaN where unknown.
        tags: name -> (n,) strings or None.
        verdict: what a judge said of each row, {"label", ...} or {"failure": reason}; MISSING where it was not asked.
        trace: what the system recorded beside its answer ({"tool_calls": [...]}); MISSING where it recorded nothing.
    """

    case_id: pa.Array
    repeat: np.ndarray
    gold: Column
    output: Column
    input: Column
    failed: np.ndarray
    seconds: np.ndarray
    cost: np.ndarray
    confidence: np.ndarray
    tags: Mapping[str, pa.Array] = field(default_factory=dict)
    verdict: Column | None = None
    trace: Column | None = None

    def __len__(self) -> int:
        return len(self.repeat)

    def take(self, rows: np.ndarray) -> Batch:
        """The batch of these row numbers, in that order."""
        index = pa.array(rows, pa.int64())
        return Batch(
            case_id=self.case_id.take(index),
            repeat=self.repeat[rows],
            gold=self.gold.take(rows),
            output=self.output.take(rows),
            input=self.input.take(rows),
            failed=self.failed[rows],
            seconds=self.seconds[rows],
            cost=self.cost[rows],
            confidence=self.confidence[rows],
            tags={name: column.take(index) for name, column in self.tags.items()},
            verdict=None if self.verdict is None else self.verdict.take(rows),
            trace=None if self.trace is None else self.trace.take(rows),
        )

    @cached_property
    def ids(self) -> list[str]:
        """`case_id` as Python strings."""
        ids: list[str] = self.case_id.to_pylist()
        return ids


@dataclass(frozen=True)
class Scores:
    """n rows of parts, or the reason why a row has none.

    Attributes:
        parts: (n, k) finite floats; rows without a score hold zeros and are never read.
        why: (n,) ints: -1 where the row is scored, else an index into `reasons`.
        reasons: sentences or short names, for counting.
        detail: name -> (n,) sequence; `rule` (strings or None) and `margin` (floats, NaN where none) have columns of
            their own on disk, the rest is kept as JSON.
        views: name -> what the metric's views (see `Viewed`) have of their own: (n, k') finite parts, unscored where
            `why` says so; or Scores, where other rows are unscored. A view without an entry reads `parts`.
    """

    parts: np.ndarray
    why: np.ndarray
    reasons: tuple[str, ...] = ()
    detail: Mapping[str, Sequence[Any] | np.ndarray] = field(default_factory=dict)
    views: Mapping[str, np.ndarray | Scores] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.parts.ndim != 2 or len(self.parts) != len(self.why):
            raise ValueError(f"parts is (n, k) and why (n,); got {self.parts.shape} and {self.why.shape}")
        if len(self.why) and not (-1 <= self.why.min() and self.why.max() < len(self.reasons)):
            raise ValueError("why holds -1 or an index into reasons")
        if not np.isfinite(self.parts).all():
            raise ValueError("parts are finite; a row without a score has a reason and zeros")

    @classmethod
    def build(
        cls,
        parts: np.ndarray,
        why: Sequence[str | None],
        detail: Mapping[str, Sequence[Any] | np.ndarray] | None = None,
    ) -> Scores:
        """From one reason (or None) a row."""
        reasons = tuple(sorted({w for w in why if w is not None}))
        codes = {reason: i for i, reason in enumerate(reasons)}
        index = np.fromiter((-1 if w is None else codes[w] for w in why), np.int32, len(why))
        parts = np.where((index < 0)[:, None], parts, 0.0)
        return cls(parts, index, reasons, detail or {})


class Extremes(NamedTuple):
    """The worst and the best parts that each row could have had: (n, k) each. Unscored rows are bounded by them."""

    worst: np.ndarray
    best: np.ndarray


@runtime_checkable
class Metric(Protocol):
    """A frozen dataclass whose fields are its parameters and its YAML spec.

    `kind` says how an interval is made: "mean" (parts are (value, 1), combine is their ratio; 0/1 values are
    proportions), "ratio" (parts are (numerator, denominator)), "general" (any other combine: bootstrap).
    """

    @property
    def name(self) -> str: ...  # in a suite file
    @property
    def version(self) -> int: ...  # bumped when old scores lose their meaning
    @property
    def better(self) -> Better: ...
    @property
    def kind(self) -> Literal["mean", "ratio", "general"]: ...
    @property
    def needs(self) -> frozenset[str]: ...  # of gold, output, input, seconds, cost, confidence, verdict, trace
    @property
    def unit(self) -> str: ...  # "share", "s", "USD", "" ...
    @property
    def parts(self) -> tuple[str, ...]: ...  # names of the k parts, known once bound
    @property
    def value_range(self) -> tuple[float | None, float | None]: ...  # of combine's values; None: unbounded

    def bind(self, gold: Column, ids: pa.Array) -> Metric:
        """Fix what depends on the whole gold (classes, scale).

        Raises:
            InputError: the gold cannot be what this metric needs (names the case and the value).
        """
        ...

    def score(self, batch: Batch) -> Scores:
        """n rows -> parts or reasons. Total: never raises on any gold or output."""
        ...

    def failed(self, batch: Batch) -> np.ndarray | None:
        """(n, k) parts of rows that the system did not answer ("wrong"); None: they are scored like any other row."""
        ...

    def extremes(self, batch: Batch) -> Extremes | None:
        """Worst and best parts a row could have; None when the metric has no bounds."""
        ...

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., k) summed parts -> (...) values; NaN where undefined (no denominator)."""
        ...


@runtime_checkable
class Viewed(Protocol):
    """A metric that yields other numbers from the same pass over the rows: F1 beside accuracy, strict beside default.

    Each view is a metric of its own whose `score` the engine does not call: its parts come from `Scores.views[name]`,
    and its `failed` says what a row that the system did not answer is; where there is no such name it reads the
    metric's own parts, failures included. Its `extremes` bound what is unscored. In gates and reports its id is
    `ID.name`. The metric's `version` is the views' too.
    """

    @property
    def views(self) -> Mapping[str, Metric]: ...  # asked once bound


@runtime_checkable
class Linted(Protocol):
    """A metric that says what is odd about its gold before any system is measured."""

    def lint(self, gold: Column, ids: pa.Array, inputs: Column) -> list[str]:
        """Sentences about n cases, the gravest first. Total: never raises."""
        ...


class Example(NamedTuple):
    """One way to use a metric: for its documentation, its tests and the doctor.

    Attributes:
        params: of the suite file.
        pairs: (gold, an answer that scores best) of a few cases.
        wrong: answers that are wrong for every gold in `pairs`.
        input: of every case, where the metric reads it.
    """

    params: Mapping[str, Any]
    pairs: Sequence[tuple[Any, Any]]
    wrong: Sequence[Any] = ()
    input: Any = None


class Ranked(Protocol):
    """A general metric that is no function of summed parts (AUC, a quantile): it is computed from all rows.

    Repeats are rows of their own, that share their case's weight; `combine` is not called. A quantile also says so, by
    an attribute `order`: (which part, q); its interval then lies between order statistics, whatever the ties.
    """

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, k) parts, (..., n) weights >= 0 -> (...) values; NaN where undefined."""
        ...


# ------------------------------------------------------------------------------------------------- predictors, judges


class Request(NamedTuple):
    """One question to a system: the case, which repeat of it, and a seed made of the plan."""

    case_id: str
    repeat: int
    input: Any
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `output` is any JSON value; with `failure` it is None."""

    output: Any = None
    failure: Failure | None = None
    seconds: float | None = None
    cost: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    confidence: float | None = None
    model: str | None = None
    trace: Any = None


class CallError(Exception):
    """A call that brought no answer, for a reason that is not the system's answer.

    Args:
        reason: short name for counting: network, rate_limited, server_error, auth, bad_request, collateral, ...
        message: a sentence, without secrets.
        retry: whether another try may help.
        retry_after: seconds the other side asked us to wait.
        fatal: no later call can succeed either (wrong key, unknown model, program not found): the run stops.
        cost: US dollars that the call cost all the same; None: unknown.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        retry: bool = False,
        retry_after: float | None = None,
        fatal: bool = False,
        cost: float | None = None,
    ) -> None:
        super().__init__(message)
        self.cost = cost
        self.reason, self.message, self.retry, self.retry_after, self.fatal = reason, message, retry, retry_after, fatal


@runtime_checkable
class Predictor(Protocol):
    """A system under test.

    Attributes:
        spec: what was asked for, as JSON, without secrets; it is kept in the record.
        identity: what pins its answers across runs, as JSON, beside the input and the repeat (and the seed, where it
            has `"seeded": true`); None: an answer is never reused in another run.
    """

    @property
    def spec(self) -> dict[str, Any]: ...
    @property
    def identity(self) -> dict[str, Any] | None: ...


@runtime_checkable
class LivePredictor(Predictor, Protocol):
    """A predictor that is called, one request at a time, many at once."""

    def session(self, concurrency: int) -> AbstractAsyncContextManager[Callable[[Request], Any]]:
        """Open processes and connections; gives `async answer(request) -> Answer`, which may raise CallError.

        The caller bounds concurrency, time (by cancelling) and retries; a cancelled call must leave nothing behind.
        What it gives may also have `within(request, limit)`, which counts the seconds itself (queueing and start-up are
        not the system's) and raises TimeoutError, and `width`, the number of calls that it wants in flight.
        """
        ...


@runtime_checkable
class StoredPredictor(Predictor, Protocol):
    """A predictor whose answers exist already: it gives them as one table (schema `tables.PREDICTIONS`)."""

    def table(self) -> pa.Table: ...


class Completion(NamedTuple):
    """What a model's endpoint answered.

    Attributes:
        text: the message's text, or None.
        refusal: the model's own words of refusal, or None.
        finish: stop, length, tool_calls, content_filter, ... or None.
        model: the model that the response names.
        tokens_in, tokens_out, cached: counts, None where the response has none.
        cost: US dollars; None is unknown, never 0.
        tool_calls: as sent.
        logprobs: of each token of the answer, in order: (token, {alternative: log probability}); None: not given.
    """

    text: str | None
    refusal: str | None = None
    finish: str | None = None
    model: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cached: int = 0
    cost: float | None = None
    tool_calls: tuple[Any, ...] = ()
    logprobs: tuple[tuple[str, Mapping[str, float]], ...] | None = None


class Provider(Protocol):
    """Where models are asked: one function from messages to text, usage and finish reason.

    Attributes:
        spec: provider, base_url, model: what pins an answer, as JSON, without secrets.
    """

    @property
    def spec(self) -> dict[str, Any]: ...
    def session(self, concurrency: int) -> AbstractAsyncContextManager[Callable[..., Any]]:
        """Gives `async complete(messages, parameters) -> Completion`, which makes one call and may raise CallError.

        `messages` are the wire's own `{role, content}`; `parameters` go beside them (temperature, max_tokens, seed,
        response_format, logprobs, ...). Neither retries nor waits: that is the caller's.
        """
        ...


JUDGE_LIMITS = frozenset(
    {
        "api_key_env",
        "certificate",
        "concurrency",
        "hedge",
        "max_cost",
        "prices",
        "requests_per_minute",
        "retries",
        "sentinel",
        "timeout",
        "tokens_per_minute",
        "transport",
    }
)
"""Options of a judge that bound its calls or say where something lies: they can change no verdict and no digest."""


@runtime_checkable
class Judge(Protocol):
    """Something that grades: the shape of a predictor, asked about an answer instead of a case.

    A question's `input` is `{"input", "expected", "output"}`, or with `output_1` and `output_2` instead of `output` for
    a pair. `answer(request)` gives an Answer whose output is `{"label": ..., "value": number in [0, 1], ...}`, or
    `{"label": None, "why": reason}` where the judge said nothing usable; that is recorded like any other answer, and
    the case is unscored. It raises CallError where no answer came.

    Optional attributes, each read with getattr:
        asks: int, calls that one question takes (orders x votes; default 1). Call k of row repeat r has
            `request.repeat == r * asks + k`; each is recorded, cached and repeated on its own.
        settle(outputs: Sequence[dict]) -> dict: the `asks` outputs of one question, in order -> its verdict (default:
            the only one). A call that failed on our side is there as `{"label": None, "why": reason}`.
        bound(rubric) -> Judge: the same judge reading by a rubric.
        key(request) -> str | None: key under which an answer is reused in other runs (default: of identity, input,
            case id and repeat); None: never. With `keys(requests)`, those of many calls at once.
        limits: mapping of what bounds its calls and can change no number: timeout, retries, requests_per_minute,
            tokens_per_minute, hedge, concurrency.
        render(question, call) -> messages: what is sent for one call, kept in the record's table of verdicts.
        offline: bool, its session calls nobody: it answers where calls are forbidden, and nothing of it is kept.
        stages: tuple of Judges, cheapest first, and `keeps(stage: int, verdict: dict) -> bool`: a cascade. A stage is
            asked only about the questions whose verdict the stage before did not keep.
    """

    @property
    def spec(self) -> dict[str, Any]: ...  # all that can change a verdict, without secrets; its digest is the judge's
    @property
    def identity(self) -> dict[str, Any] | None: ...
    def session(self, concurrency: int) -> AbstractAsyncContextManager[Callable[[Request], Any]]: ...


# ------------------------------------------------------------------------------------------------------------- stores


class Journal(Protocol):
    """Completed calls of one plan and variant: durable before they count, gone once the record is written.

    One holder at a time: `Store.journal` refuses (StoreError) a key whose journal is still open elsewhere.
    """

    @property
    def dropped(self) -> int: ...  # torn batches that `load` left out: a kill in the middle of a write
    def load(self) -> dict[tuple[str, int], Answer]: ...
    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None: ...  # durable when it returns
    def close(self, *, done: bool = False) -> None: ...  # done: the record is written, so the journal is removed


class Cache(Protocol):
    """Answers reused across runs, by a key that pins them. Disposable: a lost entry costs a call, nothing else."""

    def get(self, key: str) -> Answer | None: ...
    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]: ...  # those that are there
    def put(self, rows: Sequence[tuple[str, Answer]]) -> None: ...


class RunSummary(NamedTuple):
    """One line of a list of runs: what the index knows without opening the record."""

    run_id: str
    created: str  # ISO 8601
    suite: str
    suite_version: str
    outcome: str
    n_cases: int
    variants: tuple[str, ...]
    cites: tuple[str, ...]  # runs whose stored answers this one used (VariantInfo.from_run)
    cost: float | None
    seconds: float
    names: tuple[str, ...] = ()  # pointers that stand on this run now
    tags: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()  # baselines that stand on this run now


class BaselineEvent(NamedTuple):
    """One move of a baseline. The newest of a name and suite says where it stands; none is ever edited."""

    name: str
    suite: str  # a baseline holds one run a suite
    run_id: str | None  # where it stands from now on; None: nowhere
    previous: str | None  # where it stood before
    at: str  # ISO 8601
    who: str = ""
    note: str = ""


ANY_RUN = "*"
"""As `expect` of `set_baseline`: wherever the baseline stands now."""


class Store(Protocol):
    """Where runs are kept.

    `ref` is `latest`, a run id, a unique beginning of one, a name, or `name:tag` (the newest run that the name has
    pointed to and that bears the tag; `latest:tag`: of all runs), each also with `run:` before it; or `baseline:NAME`,
    `baseline:NAME@SUITE` where the baseline has several suites. A ref that is unknown or ambiguous is an InputError;
    what cannot be read or written a StoreError.
    """

    def journal(self, key: str) -> Journal: ...
    def cache(self) -> Cache: ...
    def write_run(self, record: Record, tables: Mapping[str, pa.Table | pa.RecordBatchReader]) -> Path: ...
    def attach(self, ref: str, name: str, data: bytes) -> Path: ...  # report.html: derived, may be replaced
    def resolve(self, ref: str) -> str: ...  # the run id
    def read_record(self, ref: str) -> Record: ...
    def read_records(self, refs: Sequence[str]) -> Iterator[Record | EvalkitError]: ...  # in order; or why not
    def read_table(self, ref: str, name: str) -> pa.Table: ...
    def runs(
        self, *, suite: str | None = None, name: str | None = None, tag: str | None = None, limit: int | None = None
    ) -> list[RunSummary]: ...  # newest first
    def set_name(self, ref: str, name: str) -> None: ...  # a name points to one run; naming another moves it
    def unname(self, name: str) -> None: ...
    def set_baseline(
        self, name: str, ref: str, *, expect: str | None = ANY_RUN, who: str = "", note: str = ""
    ) -> BaselineEvent: ...  # compare-and-swap: refused unless it stands on the run `expect` (None: nowhere)
    def remove_baseline(self, name: str, suite: str | None = None, *, who: str = "") -> list[BaselineEvent]: ...
    def baseline(self, name: str, suite: str | None = None) -> str: ...  # the run id that it stands on
    def baseline_events(self, name: str | None = None) -> list[BaselineEvent]: ...  # oldest first
    def tag(self, ref: str, *tags: str) -> None: ...
    def untag(self, ref: str, *tags: str) -> None: ...
    def delete(self, ref: str, *, force: bool = False) -> None: ...  # force: though named, tagged or cited
    def add_evidence(self, ref: str, found: Evidence) -> Path: ...  # beside the run; by content; none is ever changed
    def evidence(self, ref: str) -> list[Evidence]: ...  # oldest first
    def put_blob(self, data: bytes) -> str: ...  # its sha256
    def get_blob(self, digest: str) -> bytes: ...
    def put_certificate(self, certificate: Certificate) -> Path: ...  # by content; none is ever changed
    def certificates(self) -> list[Certificate]: ...  # newest first
    def certificate(self, ref: str) -> Certificate: ...  # by the beginning of its digest


Progress = Callable[[int, int], None]
"""Called with (done, total)."""

__all__ = [
    "JUDGE_LIMITS",
    "Answer",
    "Batch",
    "Cache",
    "CallError",
    "Example",
    "Extremes",
    "Journal",
    "Judge",
    "Linted",
    "LivePredictor",
    "Metric",
    "Predictor",
    "Progress",
    "Ranked",
    "Request",
    "RunSummary",
    "Scores",
    "Store",
    "StoredPredictor",
    "Viewed",
]
