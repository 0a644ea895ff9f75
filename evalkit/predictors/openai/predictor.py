"""A model behind an OpenAI-compatible endpoint as a system under test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.options import check_options, plain, text
from evalkit.core.protocols import Answer, CallError, Completion, Request
from evalkit.predictors.openai import transform
from evalkit.predictors.openai.prompt import Prompt, messages_of
from evalkit.predictors.rows import system
from evalkit.providers.chat import OPENAI_URL, PARAMETERS, PLACE, ChatProvider, mapping_option, placed
from evalkit.providers.prices import Price

_OPTIONS = PLACE | PARAMETERS | {"prompt", "transform", "extra_body"}


@dataclass(frozen=True)
class OpenAIPredictor:
    """One chat completion a case.

    The key is read from the environment when the session opens; it is in no field, record or message.

    Attributes:
        model: as the endpoint calls it.
        base_url: the address before `/chat/completions`.
        api_key_env: the environment variable that holds the key.
        prompt: the prompt file's content; None: the input is the question.
        parameters: sent beside model and messages (temperature, tools, ...). `seed: "plan"` sends the plan's own seed
            of each request.
        steps: output transforms.
        price: of a token; None: the cost is unknown.
        transport: `lean` or `sdk`; no part of the spec, for both send the same.
    """

    model: str
    base_url: str = OPENAI_URL
    api_key_env: str = "OPENAI_API_KEY"
    prompt: Prompt | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    price: Price | None = None
    transport: str = "lean"

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> OpenAIPredictor:
        """From what stands behind `openai:`.

        Raises:
            InputError: there is no model, or an option, the prompt file or the price table is wrong.
        """
        check_options("openai", options, _OPTIONS)
        prompt_file = text("openai", options, "prompt")
        prompt = Prompt.read(prompt_file) if prompt_file else None
        parameters = _parameters(prompt, options)
        steps = transform.steps_of(options.get("transform", prompt.transform if prompt else None))
        at = placed(rest, options, parameters)
        return cls(rest, at.base_url, at.api_key_env, prompt, parameters, steps, at.price, at.transport)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What was asked for: all that shapes an answer, and where the key is found, but not the key."""
        messages = None if self.prompt is None else [dict(message) for message in self.prompt.messages]
        return {
            "predictor": "openai",
            "base_url": self.base_url,
            "model": self.model,
            "api_key_env": self.api_key_env,
            "messages": messages,
            "messages_digest": digest_of(messages),
            "parameters": dict(self.parameters),
            "transform": list(self.steps),
        }

    @cached_property
    def identity(self) -> dict[str, Any] | None:
        """What pins an answer beside the input and the repeat; None where a prompt also reads the case id."""
        if self.prompt is not None and "case_id" in self.prompt.reads:
            return None
        pinned = {key: value for key, value in self.spec.items() if key not in {"api_key_env", "messages"}}
        return {**pinned, "seeded": True} if self.parameters.get("seed") == "plan" else pinned

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Open connections.

        Raises:
            CallError: fatal; OpenAI's own endpoint needs a key and there is none.
        """
        # The parameters go with each call, where the plan's seed is filled in.
        provider = ChatProvider(self.model, self.base_url, self.api_key_env, self.transport, {}, self.price)
        async with provider.session(concurrency) as complete:

            async def answer(request: Request) -> Answer:
                messages = messages_of(request.input) if self.prompt is None else self.prompt.render(request)
                try:
                    return self._answer(await complete(messages, self._sent(request)))
                except CallError as error:
                    return _told(error)

            yield answer

    def _sent(self, request: Request) -> Mapping[str, Any]:
        if self.parameters.get("seed") == "plan":
            return {**self.parameters, "seed": request.seed % 2**31}
        return self.parameters

    def _answer(self, found: Completion) -> Answer:
        known = self._known(found)
        if found.refusal or found.finish == "content_filter":
            return system("refused", found.refusal or "the provider's content filter stopped the answer", **known)
        if not found.text:
            return Answer(output={"tool_calls": list(found.tool_calls)} if found.tool_calls else None, **known)
        try:
            return Answer(output=transform.apply(self.steps, found.text), **known)
        except transform.NoMatch as error:
            known["trace"] = {**(known["trace"] or {}), "text": found.text[:20_000]}
            return system("unparseable", str(error), **known)

    def _known(self, found: Completion) -> dict[str, Any]:
        trace: dict[str, Any] = {}
        if found.finish not in {None, "stop"}:
            trace["finish_reason"] = found.finish
        if found.finish == "length":
            trace["note"] = "the answer was cut off at the token limit"
        if found.tool_calls:
            trace["tool_calls"] = list(found.tool_calls)
        if self.steps and found.text:
            trace["text"] = found.text[:20_000]
        return {
            "cost": found.cost,
            "tokens_in": found.tokens_in,
            "tokens_out": found.tokens_out,
            "model": found.model,
            "trace": trace or None,
        }


def _told(error: CallError) -> Answer:
    """What a call without an answer says of the system: where it is the system's own failure, an answer.

    Raises:
        CallError: it is not.
    """
    if error.reason == "content_filter":
        return system("refused", "the provider's content filter stopped the prompt")
    if error.reason == "too_large":
        return system("too_large", error.message)
    if error.reason in {"context_too_long", "unsupported_format"}:
        error.reason = "bad_request"
    raise error


def _parameters(prompt: Prompt | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Prompt file first, options over it.

    Raises:
        InputError: `extra_body` is no object.
    """
    found: dict[str, Any] = {}
    if prompt is not None:
        found |= {key: value for key in ("tools", "response_format") if (value := getattr(prompt, key)) is not None}
        found |= prompt.parameters
    found |= {key: plain(value) for key, value in options.items() if key in PARAMETERS}
    return found | mapping_option(options, "extra_body")
