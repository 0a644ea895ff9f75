"""A model behind an endpoint as a judge: it is asked by a rubric, in votes and orders, and read by the protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from evalkit.core.digest import canonical_jsons, digest_bytes, digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, Provider, Request
from evalkit.judges.model_call import Asking, Call
from evalkit.judges.model_options import Orders, Structured, read_options
from evalkit.judges.model_settled import settle_pair, settle_single
from evalkit.judges.prompt import NONCE, Messages, Prompt
from evalkit.judges.rubric import Rubric
from evalkit.judges.verdict import VERDICT_VERSION
from evalkit.providers import open_provider

REASKS = 1


@dataclass(frozen=True)
class ModelJudge:
    """A judge that asks a model.

    Attributes:
        provider: where the model is asked.
        rubric: what it reads by; None until `bound`.
        parameters: sent with every call. A seed is raised by the number of the call, so that votes differ.
        votes: calls a question and order.
        orders: of a pair: both, or one that the question's digest draws.
        structured: `auto` asks the endpoint to hold the reply to a schema, and goes on without where it cannot.
        top_logprobs: alternatives a token that are asked for; 0: none.
        reasks: how often a reply without a usable verdict is asked for again; None: as the rubric says (else once).
        limits: what bounds its calls; in no digest.
    """

    provider: Provider
    rubric: Rubric | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    votes: int = 1
    orders: Orders = "both"
    structured: Structured = "auto"
    top_logprobs: int = 0
    reasks: int | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], base: Path = Path()) -> ModelJudge:
        """From what stands behind `openai:` and the options beside it. A file of prices is relative to `base`.

        Raises:
            InputError: there is no model, or an option is wrong.
        """
        read = read_options(options)
        place = dict(read.place)
        if isinstance(place.get("prices"), str):
            place["prices"] = str(base / place["prices"])
        return cls(
            provider=open_provider(f"openai:{rest}", place),
            parameters=read.parameters,
            votes=read.votes,
            orders=read.orders,
            structured=read.structured,
            top_logprobs=read.top_logprobs,
            reasks=read.reasks,
            limits=read.limits,
        )

    def bound(self, rubric: Rubric) -> ModelJudge:
        """The same judge reading by a rubric."""
        return replace(self, rubric=rubric)

    @property
    def asks(self) -> int:
        """Calls a question."""
        return self.votes * self._n_orders

    @cached_property
    def spec(self) -> dict[str, Any]:
        """All that can change a verdict."""
        rubric = self.rubric
        asked = {
            "judge": "model",
            **self.provider.spec,
            "sampling": dict(self._sampling),
            "votes": self.votes,
            "structured": self.structured,
            "top_logprobs": self.top_logprobs,
            "protocol": VERDICT_VERSION,
        }
        if rubric is None:
            return {**asked, "rubric": None, "orders": self.orders, "reasks": self.reasks}
        pair = {"orders": self.orders} if rubric.kind == "pair" else {}
        name = {"id": rubric.id, "version": rubric.version, "digest": rubric.digest}
        return {**asked, **pair, "rubric": name, "prompt": self._prompt.digest, "reasks": self._reasks}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The spec pins an answer, beside the question and the number of the call."""
        return self.spec

    def key(self, request: Request) -> str | None:
        """Key of one call in the cache: of this judge, the question and the number of the call."""
        return digest_of([self._digest, request.input, request.repeat])

    def keys(self, requests: Sequence[Request]) -> list[str]:
        """`key` of many calls, whose questions are written in JSON at once."""
        begun = f'["{self._digest}",'
        texts = canonical_jsons([[request.input, request.repeat] for request in requests])
        return [digest_bytes((begun + text[1:]).encode()) for text in texts]

    def render(self, question: Mapping[str, Any], call: int = 0) -> Messages:
        """The messages of one call of a question, as they are sent first.

        Raises:
            MissingField: the template reads what the case lacks.
        """
        one = self._call(question, call)
        return self._prompt.messages(one.shown, one.nonce, self._by_schema)

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`: one call, and its re-asks.

        Raises:
            InputError: the judge is bound to no rubric.
        """
        rubric = self._rubric
        async with self.provider.session(concurrency) as complete:
            asking = Asking(
                rubric=rubric,
                prompt=self._prompt,
                complete=complete,
                parameters=self._sent,
                reasks=self._reasks,
                by_schema=self._by_schema,
                may_fall_back=self.structured == "auto",
            )

            async def answer(request: Request) -> Answer:
                return await asking.answer(self._call(request.input, request.repeat))

            yield answer

    def settle(self, outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The calls of one question, in order -> its verdict."""
        if self._rubric.kind == "pair":
            return settle_pair(outputs, self._n_orders)
        return settle_single(self._rubric, outputs)

    def _call(self, question: Any, number: int) -> Call:
        """Call `number` of a question: orders change slowest, votes fastest."""
        key = digest_of([self._digest, question, number])
        case = question if isinstance(question, Mapping) else {}
        swapped = False
        if self._rubric.kind == "pair":
            swapped = number % self.asks >= self.votes
            if self.orders == "one":
                swapped = int(digest_of([self._digest, question])[:8], 16) % 2 == 1
        return Call(case, key[:NONCE], number, swapped)

    @property
    def _rubric(self) -> Rubric:
        if self.rubric is None:
            raise InputError(
                "a model judges by a rubric, and it was given none", remedy="Name one: rubric: correctness."
            )
        return self.rubric

    @cached_property
    def _prompt(self) -> Prompt:
        return Prompt(self._rubric)

    @cached_property
    def _digest(self) -> str:
        return digest_of(self.spec)

    @property
    def _n_orders(self) -> int:
        return 2 if self.rubric is not None and self.rubric.kind == "pair" and self.orders == "both" else 1

    @property
    def _by_schema(self) -> bool:
        return self.structured != "none" and self._rubric.pattern is None

    @cached_property
    def _reasks(self) -> int:
        own = self._rubric.limits.reasks
        return self.reasks if self.reasks is not None else REASKS if own is None else own

    @cached_property
    def _sampling(self) -> dict[str, Any]:
        """The parameters, with the rubric's limit of tokens where none is named."""
        limit = None if self.rubric is None else self.rubric.limits.max_tokens
        named = {"max_tokens", "max_completion_tokens"} & self.parameters.keys()
        return dict(self.parameters) | ({} if limit is None or named else {"max_tokens": limit})

    @cached_property
    def _sent(self) -> dict[str, Any]:
        return self._sampling | ({"logprobs": True, "top_logprobs": self.top_logprobs} if self.top_logprobs else {})
