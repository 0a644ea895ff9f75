"""The calls of one judge about some questions: recorded, cached and repeated one by one, settled per question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from evalkit.core.asks import asks_of, named
from evalkit.core.digest import digest_of
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, CallError, Journal, Judge, Request, Store
from evalkit.engine.calls import Calls, ReplayOnly, VerdictsOnly, open_cache, open_journal
from evalkit.engine.intake import checked
from evalkit.engine.judging.questions import Questions
from evalkit.engine.keys import CacheKeys
from evalkit.engine.limits import CallPolicy
from evalkit.engine.runner import run_blocking, run_calls

Known = Mapping[tuple[str, int], Answer]


class Heard(NamedTuple):
    """What one judge, or one stage of a cascade, said.

    Attributes:
        judge: who was asked.
        at: indices of the questions.
        requests, answers: `asks` calls a question, in order.
        verdicts: one a question: {"label", ...}, or {"failure": reason}.
        journal: open until the record is written; None: the judge calls nobody.
        n_reused: calls that were answered already.
        sent: calls that were made now, as (case id, repeat).
    """

    judge: Judge
    at: list[int]
    requests: list[Request]
    answers: list[Answer]
    verdicts: list[Any]
    journal: Journal | None
    n_reused: int
    sent: set[tuple[str, int]]

    @property
    def asks(self) -> int:
        """Calls a question."""
        return asks_of(self.judge)


class Noting:
    """A judge that remembers which calls were made, beside those that were answered already."""

    def __init__(self, judge: Judge) -> None:
        """None yet."""
        self._judge, self.sent = judge, set[tuple[str, int]]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._judge, name)

    @property
    def spec(self) -> dict[str, Any]:
        """The judge's."""
        return self._judge.spec

    @property
    def identity(self) -> dict[str, Any] | None:
        """The judge's."""
        return self._judge.identity

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """The judge's session."""
        async with _opened(self._judge, concurrency) as ask:

            async def answer(request: Request) -> Answer:
                self.sent.add((request.case_id, request.repeat))
                return await _guest(ask, request)

            yield answer


@dataclass(frozen=True)
class Errand:
    """What a judge is asked about, and for whom.

    Attributes:
        questions: all of the metric and variant.
        name: metric and variant, for progress.
        recorded: what its verdicts are kept under; see `verdicts_key`.
        plan: digest of the plan.
    """

    questions: Questions
    name: str
    recorded: str
    plan: str


def ask(errand: Errand, judge: Judge, at: list[int], desk: tuple[Calls, Store, Callable[..., None]]) -> Heard:
    """Ask one judge about some of the questions; every answer is durable before it counts.

    Args:
        errand: the questions.
        judge: who is asked.
        at: indices of the questions.
        desk: how calls are made, where answers are kept, and who is told of progress.

    Raises:
        InputError: no call can succeed. RunBroke: the judge cannot be asked any further; what it said is kept.
    """
    requests = errand.questions.requests(at, asks_of(judge))
    calls, store, progress = desk
    if getattr(judge, "offline", False):
        said = run_blocking(lambda: _look_up(judge, requests))
        return Heard(judge, at, requests, said, verdicts_of(judge, said), None, 0, set())
    digests = errand.questions.digests
    key = digest_of([errand.plan, errand.recorded, judge.spec, [digests[i] for i in at]])
    journal = open_journal(store, key, calls)
    noting = Noting(judge)
    try:
        result = run_blocking(
            lambda: run_calls(
                requests,
                ReplayOnly(judge) if calls.replay else noting,
                policy_of(judge, calls, errand.name),
                journal=journal,
                progress=lambda done, total: progress(errand.name, done, total),
                known=_still_meant(calls.known.get(errand.recorded), requests, at, errand.questions),
                budget=calls.budget,
                **_cached(judge, requests, store, calls),
            )
        )
        if result.stopped:
            raise RunBroke(result.stopped, remedy="What was judged is kept.")
        said = [result.answers[r.case_id, r.repeat] for r in requests]
        verdicts = verdicts_of(judge, said)
    except BaseException:
        journal.close(done=False)
        raise
    return Heard(judge, at, requests, said, verdicts, journal, result.n_reused, noting.sent)


def policy_of(judge: Judge, calls: Calls, name: str) -> CallPolicy:
    """The limits of a judge's calls."""
    return calls.policy.limited(getattr(judge, "limits", None), f"judge of {name}")


def verdicts_of(judge: Judge, said: Sequence[Answer]) -> list[Any]:
    """One verdict a question, of its calls in order; a call that failed on our side is one without a label."""
    asks = asks_of(judge)
    settle: Callable[[Sequence[dict[str, Any]]], dict[str, Any]] | None = getattr(judge, "settle", None)
    if settle is None:
        return [_alone(said[start]) for start in range(0, len(said), asks)]
    found: list[Any] = []
    for start in range(0, len(said), asks):
        calls = said[start : start + asks]
        failed = [a.failure for a in calls if a.failure is not None]
        if len(failed) == asks:
            found.append({"failure": failed[0].reason})
            continue
        try:
            verdict = settle([_output(a) for a in calls])
        except Exception as error:
            what = f"its settle raised {type(error).__name__}: {error!s:.200}"
            raise RunBroke(what, f"judge {named(judge)}", "Correct the judge; what it said is kept.") from error
        value = verdict.get("value") if isinstance(verdict, dict) else None
        if isinstance(value, float) and value.is_integer():  # what is written 1 need not be searched for floats
            verdict = {**verdict, "value": int(value)}
        found.append(verdict)
    return found


@asynccontextmanager
async def _opened(judge: Judge, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
    """The session of a judge, which may be anybody's code.

    Raises:
        CallError: fatal; it could not be opened.
    """
    async with AsyncExitStack() as stack:
        try:
            ask = await stack.enter_async_context(judge.session(concurrency))
        except (CallError, EvalkitError):
            raise
        except Exception as error:
            what = f"the session of the judge {named(judge)} raised {type(error).__name__}: {error!s:.500}"
            raise CallError("raised", what, fatal=True) from error
        yield ask


async def _guest(ask: Callable[[Request], Awaitable[Answer]], request: Request) -> Answer:
    """A call of a judge, which may be anybody's code: what it raises by mistake is a failure of that call.

    Raises:
        CallError: no answer came.
    """
    try:
        return await ask(request)
    except (CallError, TimeoutError, EvalkitError):
        raise
    except Exception as error:
        raise CallError("raised", f"the judge raised {type(error).__name__}: {error!s:.500}") from error


def _alone(answer: Answer) -> Any:
    return {"failure": answer.failure.reason} if answer.failure else answer.output


def _output(answer: Answer) -> dict[str, Any]:
    if answer.failure is not None:
        return {"label": None, "why": answer.failure.reason}
    return answer.output if isinstance(answer.output, dict) else {"label": None, "why": "no_verdict"}


async def _look_up(judge: Judge, requests: Sequence[Request]) -> list[Answer]:
    """The answers of a judge that calls nobody: there is nothing to bound, to repeat, or to keep.

    Raises:
        InputError: its session could not be opened.
    """
    found = []
    try:
        async with _opened(judge, 1) as answer:
            for request in requests:
                try:
                    found.append(checked(await _guest(answer, request), 1 << 30))
                except CallError as error:
                    found.append(Answer(failure=Failure(kind="harness", reason=error.reason, message=error.message)))
    except CallError as error:
        raise InputError(error.message) from error
    return found


def _cached(judge: Judge, requests: Sequence[Request], store: Store, calls: Calls) -> dict[str, Any]:
    """The cache and its keys, where something pins the judge's answers."""
    key = cache_key_of(judge, requests)
    if key is None:
        return {}
    cache = open_cache(store, calls)
    return {"cache": VerdictsOnly(cache) if calls.unsettled else cache, "cache_key": key}


def cache_key_of(judge: Judge, requests: Sequence[Request]) -> Callable[[Request], str] | None:
    """What a judge's answers to these requests are kept under; None: nothing pins them."""
    identity = judge.identity
    if identity is None:
        return None
    own: Callable[[Request], str | None] | None = getattr(judge, "key", None)
    if own is None:
        return CacheKeys(identity, lambda r: (r.input, r.case_id, r.repeat))
    many: Callable[[Sequence[Request]], list[str]] | None = getattr(judge, "keys", None)
    made = [own(r) for r in requests] if many is None else many(requests)
    if None in made:
        return None
    keys = {(r.case_id, r.repeat): key for r, key in zip(requests, made, strict=True)}
    return lambda r: str(keys[r.case_id, r.repeat])


def _still_meant(
    known: Known | None, requests: Sequence[Request], at: Sequence[int], questions: Questions
) -> Known | None:
    """Recorded answers to these very questions: a verdict on another answer, or against another gold, is not one.

    An old record does not say what was asked; its verdicts are taken for what they are kept under.
    """
    if not known:
        return known
    asks = len(requests) // len(at) if at else 1
    asked = {(r.case_id, r.repeat): questions.digests[at[i // asks]] for i, r in enumerate(requests)}
    return {
        key: answer
        for key, answer in known.items()
        if (about := question_of(answer)) is None or about == asked.get(key)
    }


def question_of(answer: Answer) -> str | None:
    """The digest of the question that a recorded answer is to; None: it is not known."""
    said = answer.trace.get("question") if isinstance(answer.trace, dict) else None
    return said if isinstance(said, str) else None
