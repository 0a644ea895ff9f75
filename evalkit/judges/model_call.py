"""One call of a model that judges: asked, read, and asked again where its reply holds no usable verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from evalkit.core.protocols import Answer, CallError, Completion
from evalkit.core.texts import clip
from evalkit.judges.model_logprobs import label_probabilities
from evalkit.judges.prompt import Messages, Prompt
from evalkit.judges.prompt_template import MissingField, shown
from evalkit.judges.rubric import Rubric
from evalkit.judges.verdict import LABEL, CriteriaReading, LabelReading, Verdict, read_verdict
from evalkit.judges.verdict_pattern import Pattern

AGAIN = frozenset({"no_verdict", "several_verdicts", "off_menu", "empty"})
"""Reasons for which a reply is asked for again; a refusal, an injection or a cut reply would come back."""
MAX_KEPT = 2_000  # characters of a rationale or reply
_OTHER = {"1": "2", "2": "1"}


class Call(NamedTuple):
    """One call of a question.

    Attributes:
        case: the question's fields.
        nonce: of its fences and verdict block.
        number: among the calls of all repeats of the row.
        swapped: output 2 is shown first.
    """

    case: Mapping[str, Any]
    nonce: str
    number: int
    swapped: bool

    @property
    def shown(self) -> Mapping[str, Any]:
        """The fields as the template reads them."""
        if not self.swapped:
            return self.case
        turned = {"output_1": self.case.get("output_2"), "output_2": self.case.get("output_1")}
        return {**self.case, **turned}


@dataclass
class Asking:
    """How one session asks.

    Attributes:
        complete: the provider's function.
        parameters: sent with each call.
        reasks: how often a reply is asked for again.
        by_schema: the endpoint is asked to hold the reply to the schema; off for the rest of the session once it has
            refused, where `may_fall_back`.
    """

    rubric: Rubric
    prompt: Prompt
    complete: Callable[..., Awaitable[Completion]]
    parameters: Mapping[str, Any]
    reasks: int
    by_schema: bool
    may_fall_back: bool

    async def answer(self, call: Call) -> Answer:
        """The reply's verdict, or the reason why there is none, with what all its calls cost.

        Raises:
            CallError: no reply came.
        """
        schema = self.by_schema
        try:
            messages = self.prompt.messages(call.shown, call.nonce, schema)
        except MissingField as error:
            return Answer(output={"label": None, "why": "template", "detail": str(error)}, cost=0.0)
        spent: list[Completion] = []
        while True:
            try:
                reply = await self._complete(messages, call, schema)
            except CallError as error:
                if schema and self.may_fall_back and _refuses_schema(error):
                    schema = self.by_schema = False
                    messages = self.prompt.messages(call.shown, call.nonce, schema)
                    continue
                if error.reason == "content_filter":
                    return _answered({"label": None, "why": "refused", "detail": clip(error.message, 300)}, spent)
                if (before := _sum([one.cost for one in spent])) is not None and spent:
                    error.cost = before + (error.cost or 0.0)
                raise
            spent.append(reply)
            verdict = self._read(reply, call)
            if verdict.labels is not None or verdict.why not in AGAIN or len(spent) > self.reasks:
                return _answered(self._output(verdict, reply, call), spent)
            messages = [*messages, *self.prompt.again(reply.text, verdict.detail, call.nonce, schema)]

    async def _complete(self, messages: Messages, call: Call, schema: bool) -> Completion:
        sent = dict(self.parameters)
        if schema:
            sent["response_format"] = self.prompt.response_format
        if isinstance(sent.get("seed"), int):
            sent["seed"] += call.number
        return await self.complete(messages, sent)

    def _read(self, reply: Completion, call: Call) -> Verdict:
        if reply.refusal or reply.finish == "content_filter":
            return Verdict(None, "refused", detail="the judge declined")
        texts = [*_texts(call.case), *self._shown_before]
        if self._pattern is not None:
            if reply.finish == "length":
                return Verdict(None, "truncated", detail="the reply was cut off at the token limit")
            return self._pattern.read(reply.text, texts)
        return read_verdict(reply.text, self._reading, nonce=call.nonce, texts=texts, finish=reply.finish)

    @cached_property
    def _shown_before(self) -> tuple[str, ...]:
        """The verdicts of the examples: a reply that repeats one judges nothing."""
        turns = self.prompt.messages_of_examples
        return tuple(turn["content"] for turn in turns if turn["role"] == "assistant")

    @cached_property
    def _reading(self) -> LabelReading | CriteriaReading:
        if self.rubric.criteria:
            return CriteriaReading({c.id: c.menu for c in self.rubric.criteria})
        return LabelReading(self.rubric.menu)

    @cached_property
    def _pattern(self) -> Pattern | None:
        if self.rubric.pattern is None:
            return None
        return Pattern.compile(self.rubric.pattern, self.rubric.menu, self.rubric.captures)

    def _output(self, verdict: Verdict, reply: Completion, call: Call) -> dict[str, Any]:
        """What is recorded of the reply."""
        first = {"first": "2" if call.swapped else "1"} if self.rubric.kind == "pair" else {}
        if verdict.labels is None:
            told = {"label": None, "why": verdict.why, "detail": clip(verdict.detail, 300)}
            text = reply.refusal or reply.text
            return told | first | ({"text": clip(text, MAX_KEPT)} if text else {})
        reasons = {"rationale": clip(verdict.rationale, MAX_KEPT)} if verdict.rationale else {}
        if self.rubric.criteria:
            labels = dict(verdict.labels)
            label, value = self.rubric.settle(labels)
            points = {c.id: int(labels[c.id]) for c in self.rubric.criteria if c.numeric}
            return {"label": label, "value": value, "labels": labels, "points": points} | reasons
        label = _turned(verdict.labels[LABEL], call)
        found: dict[str, Any] = {"label": label, "value": self.rubric.values[label], **first}
        chances = label_probabilities(reply.logprobs, self.rubric.menu)
        if chances is not None:
            chances = {_turned(name, call): round(chance, 9) for name, chance in chances.items()}
            found |= {"probability": chances[label], "probabilities": chances}
        return found | reasons


def _refuses_schema(error: CallError) -> bool:
    """Whether the endpoint cannot hold a reply to a schema."""
    named = "response_format" in error.message or "json_schema" in error.message
    return error.reason == "unsupported_format" or (error.reason == "bad_request" and named)


def _turned(label: str, call: Call) -> str:
    """The output that a label names, whatever was shown first."""
    return _OTHER.get(label, label) if call.swapped else label


def _texts(value: Any) -> Iterator[str]:
    """The texts of a case in which a verdict could stand: each by itself, and each field as it is shown."""
    for field in value.values():
        if not isinstance(field, str):
            yield shown(field)
        stack = [field]
        while stack:
            one = stack.pop()
            if isinstance(one, str):
                yield one
            elif isinstance(one, Mapping):
                stack += [*one, *one.values()]
            elif isinstance(one, list):
                stack += one


def _answered(output: dict[str, Any], spent: list[Completion]) -> Answer:
    """The answer, with the sums of all calls; unknown where one is."""
    return Answer(
        output=output,
        cost=_sum([one.cost for one in spent]),
        tokens_in=_sum([one.tokens_in for one in spent]),
        tokens_out=_sum([one.tokens_out for one in spent]),
        model=spent[-1].model if spent else None,
    )


def _sum(values: list[Any]) -> Any:
    return None if not values or None in values else sum(values)
