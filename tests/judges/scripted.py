"""A provider that says what a script says: for judges that ask models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from evalkit.core.protocols import Answer, Completion, Request
from evalkit.judges.model import ModelJudge

Reply = Completion | str | None | Exception


class Scripted:
    """Replies by a function of the messages, the parameters and the number of the call (from 1)."""

    spec: Mapping[str, Any] = {"provider": "scripted", "base_url": "nowhere", "model": "m"}

    def __init__(self, reply: Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any], int], Reply]) -> None:
        self.reply = reply
        self.messages: list[Sequence[Mapping[str, Any]]] = []
        self.parameters: list[Mapping[str, Any]] = []

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[..., Awaitable[Completion]]]:
        async def complete(messages: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Completion:
            self.messages.append(messages)
            self.parameters.append(parameters)
            said = self.reply(messages, parameters, len(self.messages))
            if isinstance(said, Exception):
                raise said
            if isinstance(said, Completion):
                return said
            return Completion(said, finish="stop", model="m-1", tokens_in=100, tokens_out=10, cost=0.01)

        yield complete


def always(*said: Reply) -> Scripted:
    """One reply after the other; the last one for ever."""
    return Scripted(lambda messages, parameters, n: said[min(n, len(said)) - 1])


def ask(judge: ModelJudge, question: Any, number: int = 0) -> Answer:
    """One call."""
    return asked(judge, question, [number])[0]


def asked(judge: ModelJudge, question: Any, numbers: Sequence[int]) -> list[Answer]:
    """Some calls of one session, one after the other."""

    async def run() -> list[Answer]:
        async with judge.session(1) as answer:
            return [await answer(Request("c", number, question, 1)) for number in numbers]

    return asyncio.run(run())


def verdict(judge: ModelJudge, question: Any) -> dict[str, Any]:
    """All calls of a question, settled."""
    return judge.settle([answer.output for answer in asked(judge, question, range(judge.asks))])
